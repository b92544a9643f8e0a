/**
 * A server of the HTTP benchmark. Its arguments: `with` or `without` the middleware and one captured event for each
 * request, or `byHand` for that event without the library, and the port of the sink. It says its own port, and when asked
 * how much of a processor's time has passed.
 */
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { NodeHttpClient, NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, Logger, LogLevel, ManagedRuntime, Redacted, Schema } from "effect"
import { Posthog } from "effect-posthog"
import { createServer } from "node:http"
import * as PosthogHttp from "../../dist/propagation/http/PosthogHttp.js"
import * as ByHand from "./httpByHand.js"
import { event, serve, type Side } from "./httpWork.js"

// http.ts starts one of each
const side = process.argv[2] as Side
const host = `http://127.0.0.1:${process.argv[3]}`

const Order = Schema.Struct({
  sku: Schema.NonEmptyString,
  quantity: Schema.Int.pipe(Schema.between(1, 100)),
  note: Schema.optional(Schema.String),
  coupon: Schema.optional(Schema.String)
})

const answer = (id: string | undefined, quantity: number) =>
  HttpServerResponse.json({
    id,
    quantity,
    status: "placed",
    total: quantity * 42.5,
    currency: "EUR",
    items: ["sku-1042", "sku-2077", "sku-3001"]
  })

const byHand = ByHand.make(host)

const properties = (quantity: number) => ({ quantity, total: quantity * 42.5, currency: "EUR" })

const captures: Readonly<
  Record<
    Side,
    (quantity: number) => Effect.Effect<unknown, never, Posthog.Posthog | HttpServerRequest.HttpServerRequest>
  >
> = {
  with: (quantity) => Posthog.capture(event, { properties: properties(quantity) }),
  byHand: (quantity) => byHand.capture(properties(quantity)),
  without: () => Effect.void
}

const capture = captures[side]

const app = HttpRouter.empty.pipe(
  HttpRouter.get(
    "/orders/:id",
    Effect.flatMap(HttpRouter.params, ({ id }) => Effect.zipRight(capture(1), answer(id, 1)))
  ),
  HttpRouter.post(
    "/orders/:id",
    Effect.gen(function*() {
      const { id } = yield* HttpRouter.params
      const { quantity } = yield* HttpServerRequest.schemaBodyJson(Order)
      yield* capture(quantity)
      return yield* answer(id, quantity)
    })
  )
)

const served = side === "with" ? app.pipe(HttpServer.serve(PosthogHttp.middleware())) : app.pipe(HttpServer.serve())

const PosthogLive = Posthog.layer({ apiKey: Redacted.make("phc_bench"), host }).pipe(
  Layer.provide(NodeHttpClient.layerUndici)
)

const { runPromise } = ManagedRuntime.make(
  served.pipe(
    Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
    Layer.provideMerge(PosthogLive),
    Layer.provide(Logger.minimumLogLevel(LogLevel.None))
  )
)

const spent = (): number => {
  const { system, user } = process.cpuUsage()
  return system + user
}

const address = await runPromise(HttpServer.addressWith(Effect.succeed))

serve(address._tag === "TcpAddress" ? address.port : 0, async (question: "before" | "after") => {
  if (question === "before") {
    globalThis.gc?.({ type: "minor" })
  } else if (side === "with") {
    // what is captured is sent within the round it belongs to
    await runPromise(Posthog.flush)
  } else if (side === "byHand") {
    await byHand.flush()
  }
  return spent()
})
