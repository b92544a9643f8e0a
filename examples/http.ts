/**
 * A shop asks its stock over HTTP: one correlation through both services, each request in a scope of its own, and the
 * failure of the second one as an exception of the right customer.
 */
import { FetchHttpClient, HttpClient, HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Console, Data, Effect, Layer } from "effect"
import { Posthog, PosthogTest, tag, withService } from "effect-posthog"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import { createServer } from "node:http"

class ShelfCollapsed extends Data.TaggedError("ShelfCollapsed")<{ readonly shelf: number }> {
  override get message() {
    return `shelf ${this.shelf} has collapsed`
  }
}

const middleware = PosthogHttp.middleware({
  extractUser: ({ headers }) =>
    Effect.succeed(headers["authorization"] === "Bearer ada" ? { id: "ada", email: "ada@example.com" } : undefined),
  extraTags: ({ headers }) => ({ tenant: headers["x-tenant"] })
})

const stock = HttpRouter.empty.pipe(
  HttpRouter.get("/items/1", Effect.as(Posthog.capture("item looked up"), HttpServerResponse.text("3 pieces"))),
  HttpRouter.get("/items/2", new ShelfCollapsed({ shelf: 2 }))
)

const shop = (stockUrl: string) =>
  HttpRouter.empty.pipe(
    HttpRouter.get(
      "/buy/:id",
      Effect.gen(function*() {
        const { id } = yield* HttpRouter.params
        yield* tag("item", id ?? "")
        const client = (yield* HttpClient.HttpClient).pipe(
          PosthogHttp.withPropagation({ hosts: ["127.0.0.1"], targetService: "stock", onEnd: Posthog.captureOperation })
        )
        const response = yield* client.get(`${stockUrl}/items/${id}`)
        return HttpServerResponse.text(response.status === 200 ? yield* response.text : "sold out")
      }).pipe(withService("shop", "1.4.0"))
    )
  )

/** Serves on a free port until the program ends; the answer is where. */
const start = <E, R>(served: Layer.Layer<never, E, R>) =>
  Effect.gen(function*() {
    const context = yield* Layer.build(
      Layer.provideMerge(served, NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
    )
    const address = yield* Effect.provide(HttpServer.addressWith(Effect.succeed), context)
    return address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : address.path
  })

Effect.gen(function*() {
  const stockUrl = yield* start(stock.pipe(HttpServer.serve(middleware)))
  const shopUrl = yield* start(shop(stockUrl).pipe(HttpServer.serve(middleware)))
  const client = yield* HttpClient.HttpClient
  for (const id of [1, 2]) {
    const response = yield* client.get(`${shopUrl}/buy/${id}`, {
      headers: { authorization: "Bearer ada", "x-tenant": "acme", "x-correlation-id": `corr_${id}` }
    })
    yield* Console.log(`${response.status}: ${yield* response.text}`)
  }
  for (const { distinctId, event, properties } of yield* PosthogTest.events) {
    const { caller_service_name, correlation_id, operation_name, tenant } = properties
    yield* Console.log(
      `${event} for ${distinctId} in ${operation_name}, ${correlation_id}` +
        `${caller_service_name === undefined ? "" : `, asked by ${caller_service_name}`}` +
        `${tenant === undefined ? "" : `, tenant ${tenant}`}`
    )
  }
}).pipe(Effect.scoped, Effect.provide([PosthogTest.layer, FetchHttpClient.layer]), Effect.runPromise)
