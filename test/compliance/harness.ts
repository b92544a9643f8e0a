/** What the tests of the adapter share: PostHog's harness as far as they need one, in front of a recording sink. */
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { ConfigProvider, Context, Effect, Layer, Logger, LogLevel } from "effect"
import type { PosthogConfig } from "effect-posthog"
import { createServer } from "node:http"
import { makeRouter } from "./router.js"
import * as Sink from "./sink.js"

export const apiKey = "phc_compliance"
export const uuidText = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const utcText = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/

interface Said {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: { readonly [key: string]: unknown }
}

/** The adapter on a port of its own, and the sink that its client is pointed at. */
export class Adapter extends Context.Tag("test/Adapter")<Adapter, {
  readonly sink: Sink.Sink
  readonly say: (method: "GET" | "POST", path: string, body?: unknown) => Effect.Effect<Said>
}>() {}

export const adapter = (
  tuning: Partial<PosthogConfig.Options> = {},
  environment: Readonly<Record<string, string>> = {}
) =>
  Layer.scoped(
    Adapter,
    Effect.gen(function*() {
      const sink = yield* Sink.make
      const address = yield* HttpServer.addressWith((address) =>
        Effect.succeed(address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : "")
      )
      const client = yield* HttpClient.HttpClient
      return {
        sink,
        say: (method, path, body) =>
          Effect.gen(function*() {
            const bare = HttpClientRequest.make(method)(address + path)
            const response = yield* client.execute(
              body === undefined ? bare : HttpClientRequest.bodyUnsafeJson(bare, body)
            )
            return {
              status: response.status,
              contentType: response.headers["content-type"],
              body: (yield* response.json) as Said["body"]
            }
          }).pipe(Effect.scoped, Effect.orDie)
      }
    })
  ).pipe(
    Layer.provideMerge(
      Layer.unwrapEffect(
        Effect.map(makeRouter({ retryDelay: "150 millis", ...tuning }), (router) => HttpServer.serve(router))
      )
    ),
    Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Logger.minimumLogLevel(LogLevel.None)),
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment)))))
  )

export const post = (path: string, body?: unknown) => Effect.flatMap(Adapter, ({ say }) => say("POST", path, body))

export const init = (options: Readonly<Record<string, unknown>> = {}) =>
  Effect.flatMap(Adapter, ({ sink }) => post("/init", { api_key: apiKey, host: sink.url, ...options }))

export const capture = (over: Readonly<Record<string, unknown>> = {}) =>
  post("/capture", { distinct_id: "test_user", event: "test_event", properties: null, timestamp: null, ...over })

export const captureMany = (count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, i) => i),
    (i) => capture({ distinct_id: `test_user_${i}`, event: `test_event_${i}` })
  )

export const flush = post("/flush")

export const requests = Effect.map(Adapter, ({ sink }) => sink.requests)

export const firstEvent = Effect.map(requests, (requests) => requests[0]!.body.batch[0]!)

export const answering = (...answers: ReadonlyArray<Sink.Answer | number>) =>
  Effect.map(Adapter, ({ sink }) => sink.answer(...answers))

export const stamps = ({ body }: Sink.Recorded) => body.batch.map(({ timestamp, uuid }) => ({ timestamp, uuid }))

export const one = (options?: Readonly<Record<string, unknown>>, over?: Readonly<Record<string, unknown>>) =>
  Effect.zipRight(init(options), Effect.zipRight(capture(over), flush))
