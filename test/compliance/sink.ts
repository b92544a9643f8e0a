/** A PostHog that only records: what it was sent, when, and what it answered. One queue of answers, then 200. */
import { Effect, type Scope } from "effect"
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { createGunzip } from "node:zlib"

export interface Answer {
  readonly status: number
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
}

export interface Envelope {
  readonly api_key: string
  readonly batch: ReadonlyArray<SentEvent>
  readonly sent_at: string
  readonly historical_migration?: boolean
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

export const make: Effect.Effect<Sink, never, Scope.Scope> = Effect.acquireRelease(
  Effect.async<{ readonly sink: Sink; readonly close: () => void }>((resume) => {
    const requests: Array<Recorded> = []
    const queue: Array<Answer> = []
    const reply = (response: ServerResponse, { body, hang, headers, status }: Answer) => {
      if (hang !== true) {
        response.writeHead(status, { "content-type": "application/json", ...headers }).end(body ?? "{\"status\":1}")
      }
    }
    const server = createServer((request, response) => {
      const at = performance.now()
      const source = request.headers["content-encoding"] === "gzip" ? request.pipe(createGunzip()) : request
      text(source).then((body) => {
        const answer = queue.shift() ?? { status: 200 }
        const { headers, url: path = "" } = request
        requests.push({ at, path, headers, body: JSON.parse(body) as Envelope, status: answer.status })
        reply(response, answer)
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
