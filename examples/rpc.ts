/** @effect/rpc over HTTP: the caller's scope goes with the call, and the server handles it in one of its own. */
import { FetchHttpClient, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Rpc, RpcClient, RpcGroup, RpcSerialization, RpcServer } from "@effect/rpc"
import { Console, Effect, Layer, Redacted, Schema } from "effect"
import { fresh, Posthog, tag, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as PosthogRpc from "effect-posthog/propagation/rpc/PosthogRpc"
import { createServer } from "node:http"

class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", { sku: Schema.String }) {}

const Shop = RpcGroup.make(
  Rpc.make("Pay", { payload: { sku: Schema.String }, success: Schema.String, error: OutOfStock })
).middleware(PosthogRpc.PosthogRpc)

const ShopLive = Shop.toLayer({
  Pay: ({ sku }) =>
    Effect.gen(function*() {
      yield* tag("sku", sku)
      yield* Posthog.capture("order paid")
      return yield* sku === "gone"
        ? Effect.fail(new OutOfStock({ sku }))
        : sku === "broken"
        ? Effect.die(new Error("a fault of the server's"))
        : Effect.succeed(`paid ${sku}`)
    })
})

const Client = Posthog.layer({ apiKey: Redacted.make("phc_example") }).pipe(
  Layer.provideMerge(DevServer.layerInMemory())
)

const Served = Layer.unwrapScoped(Effect.map(RpcServer.toHttpApp(Shop), (app) => HttpServer.serve(app))).pipe(
  Layer.provide([ShopLive, PosthogRpc.layer()])
)

const Caller = Layer.unwrapEffect(
  Effect.map(
    HttpServer.HttpServer,
    ({ address }) =>
      RpcClient.layerProtocolHttp({ url: address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : "" })
  )
).pipe(Layer.provide(FetchHttpClient.layer), Layer.merge(PosthogRpc.layerClient()))

const Network = Layer.merge(Served, Caller).pipe(
  Layer.provide(RpcSerialization.layerNdjson),
  Layer.provide(NodeHttpServer.layer(() => createServer(), { port: 0, host: "127.0.0.1" }))
)

const program = Effect.gen(function*() {
  const shop = yield* RpcClient.make(Shop)
  const buy = (user: string, sku: string) =>
    Effect.exit(shop.Pay({ sku })).pipe(
      withScope(fresh, {
        distinctId: user,
        correlation: { id: `corr-of-${user}` },
        service: { name: "web" },
        captureExceptions: false
      })
    )
  const exits = yield* Effect.all([buy("ada", "book"), buy("bob", "gone"), buy("cid", "broken")], {
    concurrency: "unbounded"
  })
  yield* Console.log(exits.map(({ _tag }) => _tag))
  yield* Posthog.flush
  const { events } = yield* DevServer.DevServer
  for (const { distinct_id, event, properties } of yield* events) {
    yield* Console.log(`${event} of ${distinct_id}:`, {
      operation: properties["operation_name"],
      correlation: properties["correlation_id"],
      caller: properties["caller_service_name"],
      sku: properties["sku"]
    })
  }
})

Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(Network.pipe(Layer.provideMerge(Client)))))
