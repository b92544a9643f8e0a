/** A PostHog that only records: what it was sent, when, and what it answered. One queue of answers, then 200. */
import { Effect, type Scope } from "effect"
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import * as Zlib from "node:zlib"

export interface Answer {
  readonly status: number
  /** Of the events by position, in place of `body`, as capture v1 has them. */
  readonly results?: ReadonlyArray<string>
  readonly headers?: Readonly<Record<string, string>>
  /** The text of the answer. */
  readonly body?: string
  /** Keeps the request open for ever. */
  readonly hang?: boolean
}

export interface SentEvent {
  readonly event: string
  readonly distinct_id: string
  readonly uuid: string
  readonly timestamp: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly options?: Readonly<Record<string, unknown>>
}

export interface Envelope {
  readonly api_key: string
  readonly batch: ReadonlyArray<SentEvent>
  readonly sent_at: string
  readonly historical_migration?: boolean
  /** Of capture v1. */
  readonly created_at?: string
}

export interface Recorded {
  readonly at: number
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Envelope
  readonly status: number
}

export interface Sink {
  readonly url: string
  readonly requests: ReadonlyArray<Recorded>
  readonly answer: (...answers: ReadonlyArray<Answer | number>) => void
}

const decoders = new Map<string, () => NodeJS.ReadWriteStream>([
  ["gzip", Zlib.createGunzip],
  ["deflate", Zlib.createInflate],
  ["br", Zlib.createBrotliDecompress],
  // absent before Node 22.15, whatever the types say
  ...(typeof Zlib.createZstdDecompress === "function" ? [["zstd", Zlib.createZstdDecompress] as const] : [])
])

export const make: Effect.Effect<Sink, never, Scope.Scope> = Effect.acquireRelease(
  Effect.async<{ readonly sink: Sink; readonly close: () => void }>((resume) => {
    const requests: Array<Recorded> = []
    const queue: Array<Answer> = []
    const reply = (response: ServerResponse, sent: Envelope, { body, hang, headers, results, status }: Answer) => {
      if (hang !== true) {
        response.writeHead(status, { "content-type": "application/json", ...headers }).end(
          results === undefined
            ? body ?? "{\"status\":1}"
            : JSON.stringify({
              results: Object.fromEntries(results.map((result, i) => [sent.batch[i]?.uuid, { result }]))
            })
        )
      }
    }
    const server = createServer((request, response) => {
      const at = performance.now()
      const decoder = decoders.get(request.headers["content-encoding"] ?? "")
      const source = decoder === undefined ? request : request.pipe(decoder())
      text(source).then((body) => {
        const answer = queue.shift() ?? { status: 200 }
        const { headers, url: path = "" } = request
        const sent = JSON.parse(body) as Envelope
        requests.push({ at, path, headers, body: sent, status: answer.status })
        reply(response, sent, answer)
      }).catch(() => response.writeHead(400).end())
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      resume(Effect.succeed({
        sink: {
          url: `http://127.0.0.1:${port}`,
          requests,
          answer: (...answers) => {
            queue.push(...answers.map((answer) => typeof answer === "number" ? { status: answer } : answer))
          }
        },
        close: () => {
          server.closeAllConnections()
          server.close()
        }
      }))
    })
  }),
  ({ close }) => Effect.sync(close)
).pipe(Effect.map(({ sink }) => sink))
