import { createServer } from "node:http"
import { gunzipSync } from "node:zlib"

export interface Sink {
  readonly url: string
  /** The names of the events received since the last call. */
  readonly take: () => ReadonlyArray<string>
  readonly close: () => Promise<void>
}

/** The least that a PostHog can be: takes every batch and remembers the names of its events. */
export const makeSink = (): Promise<Sink> =>
  new Promise((resolve) => {
    let names: Array<string> = []
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const body = Buffer.concat(chunks)
        if (request.url?.startsWith("/batch") === true) {
          const { batch }: { readonly batch: ReadonlyArray<{ readonly event: string }> } = JSON.parse(
            (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString()
          )
          names.push(...batch.map(({ event }) => event))
        }
        response.writeHead(200, { "content-type": "application/json" }).end("{\"status\":1}")
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve({
        url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
        take: () => {
          const taken = names
          names = []
          return taken
        },
        close: () =>
          new Promise((closed) => {
            server.closeAllConnections()
            server.close(() => closed())
          })
      })
    })
  })
