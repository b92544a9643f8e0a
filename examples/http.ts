/** Two services over HTTP: what the one in front knows of a request goes with its call to the one at the back. */
import { FetchHttpClient, HttpClient, HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Console, Effect, Layer, Redacted } from "effect"
import { Posthog, tag } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import { createServer } from "node:http"

/** Each service has a client of its own, which says what service it is, and a free port. */
const serviceOf = (name: string) =>
  Layer.build(Layer.merge(
    Posthog.layer({ apiKey: Redacted.make("phc_example"), service: { name } }),
    NodeHttpServer.layer(() => createServer(), { port: 0, host: "127.0.0.1" })
  ))

const address = HttpServer.addressFormattedWith(Effect.succeed)

const stock = HttpRouter.empty.pipe(
  HttpRouter.post("/reservations", Effect.as(Posthog.capture("item reserved"), HttpServerResponse.text("reserved")))
)

const shop = (client: HttpClient.HttpClient, stockUrl: string) => {
  const toStock = client.pipe(
    HttpClient.filterStatusOk,
    PosthogHttp.withPropagation({
      // a real one would be "stock.internal"
      hosts: ["127.0.0.1"],
      policy: { tags: ["sku"] },
      targetService: "stock",
      onEnd: (call) => Posthog.captureOperation(call, { event: "stock called" })
    })
  )
  return HttpRouter.empty.pipe(HttpRouter.post(
    "/orders/:sku",
    Effect.gen(function*() {
      const { sku = "" } = yield* HttpRouter.params
      yield* tag("sku", sku)
      yield* tag("basket", "stays in the shop")
      yield* Posthog.capture("order placed")
      const answer = yield* toStock.post(`${stockUrl}/reservations`)
      return HttpServerResponse.text(`${sku} ${yield* answer.text}`)
    })
  ))
}

const start = (client: HttpClient.HttpClient) =>
  Effect.gen(function*() {
    const back = yield* serviceOf("stock")
    // the shop is believed, its tag included: it is one of ours
    yield* HttpServer.serveEffect(stock, PosthogHttp.middleware({ acceptTags: ["sku"] })).pipe(Effect.provide(back))
    const stockUrl = yield* Effect.provide(address, back)
    const front = yield* serviceOf("shop")
    yield* HttpServer.serveEffect(shop(client, stockUrl), PosthogHttp.middleware()).pipe(Effect.provide(front))
    return yield* Effect.provide(address, front)
  })

const order = (client: HttpClient.HttpClient, url: string, user: string, sku: string) =>
  Effect.gen(function*() {
    const answer = yield* client.post(`${url}/orders/${sku}`, {
      headers: { "x-posthog-distinct-id": user, "x-posthog-session-id": `session-of-${user}` }
    })
    yield* Console.log(`${user}: ${yield* answer.text}`)
  })

const orders = Effect.gen(function*() {
  const client = yield* Effect.provide(HttpClient.HttpClient, FetchHttpClient.layer)
  const url = yield* start(client)
  yield* Effect.all([order(client, url, "ada", "book"), order(client, url, "bob", "lamp")], {
    concurrency: "unbounded"
  })
}).pipe(Effect.scoped)

const program = Effect.gen(function*() {
  // when both services have shut down, all that they captured is here
  yield* orders
  const events = yield* (yield* DevServer.DevServer).events
  const correlations = new Set(events.map(({ properties }) => properties["correlation_id"]))
  for (const correlation of correlations) {
    yield* Console.log(`\n${correlation}`)
    for (const { distinct_id, event, properties } of events) {
      if (properties["correlation_id"] === correlation) {
        yield* Console.log(`  ${event} of ${distinct_id}:`, {
          service: properties["service_name"],
          operation: properties["operation_name"],
          caller: properties["caller_service_name"],
          session: properties["$session_id"],
          sku: properties["sku"],
          basket: properties["basket"]
        })
      }
    }
  }
})

Effect.runPromise(Effect.provide(program, DevServer.layerInMemory()))
