/** One process of the chain: HTTP in front, a worker behind a queue, HTTP at the back. */
import {
  FetchHttpClient,
  HttpClient,
  HttpRouter,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { connect } from "amqplib"
import { Deferred, Effect, Layer, Logger, Redacted, Runtime, Schema } from "effect"
import { createServer } from "node:http"
import * as PosthogOtlp from "../../../src/otlp/PosthogOtlp.js"
import * as Posthog from "../../../src/Posthog.js"
import * as PosthogHttp from "../../../src/propagation/http/PosthogHttp.js"
import * as AmqpCarrier from "../../../src/propagation/queue/AmqpCarrier.js"
import * as Envelope from "../../../src/propagation/queue/Envelope.js"
import * as PosthogQueue from "../../../src/propagation/queue/PosthogQueue.js"
import { tag } from "../../../src/scope/ScopeSetters.js"
import type { Job } from "./protocol.js"

const job: Job = JSON.parse(process.argv[2] ?? "{}")

const Orders = Envelope.make(Schema.Struct({ n: Schema.Number }))

/** Everything leaves: what may, is not what this is about. */
const policy = { userId: true, requestId: true, tags: "all" } as const

const tell = (url: string) => Effect.sync(() => process.send?.({ url }))

/** One of each: an event, a log record and a span, with another request's turn in between. */
const work = (n: number) =>
  Effect.gen(function*() {
    yield* Effect.sleep(n % 7)
    yield* Posthog.capture(`${job.role} event`, { properties: { n } })
    yield* Effect.logInfo(`${job.role} log ${n}`)
  }).pipe(Effect.withSpan(`${job.role} work`, { attributes: { n } }))

const channel = Effect.acquireRelease(
  Effect.promise(async () => {
    const connection = await connect(job.amqp)
    const channel = await connection.createConfirmChannel()
    return { connection, channel }
  }),
  ({ connection }) => Effect.promise(() => connection.close().catch(() => undefined))
).pipe(Effect.map(({ channel }) => channel))

const serve = <E>(app: HttpRouter.HttpRouter<E, Posthog.Posthog>) =>
  Effect.gen(function*() {
    const server = yield* HttpServer.HttpServer
    yield* server.serve(HttpRouter.toHttpApp(app).pipe(Effect.flatten, PosthogHttp.middleware({ acceptTags: "all" })))
    yield* tell(server.address._tag === "TcpAddress" ? `http://127.0.0.1:${server.address.port}` : "")
    return yield* Effect.never
  }).pipe(Effect.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })))

const number = Effect.map(HttpServerRequest.HttpServerRequest, ({ url }) => Number(url.split("/").at(-1)))

const front = Effect.gen(function*() {
  const queue = yield* channel
  return yield* serve(HttpRouter.empty.pipe(
    HttpRouter.post(
      "/orders/:n",
      Effect.gen(function*() {
        const n = yield* number
        yield* work(n)
        yield* tag("plan", n % 3 === 0 ? "pro" : "free")
        yield* PosthogQueue.publishWithContext(
          { queue: job.queue, envelope: Orders, data: { n }, policy },
          ({ body, headers }) =>
            Effect.async<void>((resume) => {
              queue.sendToQueue(job.queue, Buffer.from(body), AmqpCarrier.inject({}, headers), (error) =>
                resume(error === null || error === undefined ? Effect.void : Effect.die(error)))
            })
        )
        return HttpServerResponse.empty({ status: 202 })
      })
    )
  ))
})

const worker = Effect.gen(function*() {
  const queue = yield* channel
  const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts: ["127.0.0.1"], policy })
  const handle = PosthogQueue.consumeWithContext({ queue: job.queue, envelope: Orders })(({ n }) =>
    Effect.zipRight(
      work(n),
      client.post(`${job.back}/invoices/${n}`).pipe(Effect.flatMap((response) => response.text), Effect.scoped)
    )
  )
  const runtime = yield* Effect.runtime<Posthog.Posthog | Effect.Effect.Context<ReturnType<typeof handle>>>()
  yield* Effect.promise(async () => {
    await queue.prefetch(16)
    await queue.consume(job.queue, (message) => {
      if (message !== null) {
        Runtime.runFork(runtime)(
          handle({ headers: AmqpCarrier.extract(message), body: message.content }).pipe(
            Effect.matchCause({
              onSuccess: () => queue.ack(message),
              onFailure: () => queue.nack(message, false, false)
            })
          )
        )
      }
    })
  })
  yield* tell("")
  return yield* Effect.never
})

const back = serve(HttpRouter.empty.pipe(
  HttpRouter.post("/invoices/:n", Effect.flatMap(number, work).pipe(Effect.as(HttpServerResponse.text("done"))))
))

const Client = Posthog.layer({
  apiKey: Redacted.make("phc_chain"),
  host: job.posthog,
  service: { name: job.role, version: `${job.role.length}` },
  flushInterval: "200 millis",
  maxBufferedEvents: 100_000
}).pipe(Layer.provideMerge(FetchHttpClient.layer))

const Live = PosthogOtlp.layer({
  serviceName: job.role,
  logs: { flushInterval: "200 millis", maxQueueSize: 100_000 },
  traces: { flushInterval: "200 millis", maxQueueSize: 100_000 }
}).pipe(Layer.provideMerge(Client), Layer.provide(Logger.remove(Logger.defaultLogger)))

const main = Effect.gen(function*() {
  const stop = yield* Deferred.make<void>()
  process.once("message", () => Deferred.unsafeDone(stop, Effect.void))
  yield* Effect.raceFirst({ front, worker, back }[job.role], Deferred.await(stop))
}).pipe(Effect.scoped, Effect.provide(Live))

void Effect.runPromise(main).then(() => process.disconnect())
