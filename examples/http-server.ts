/** An HTTP server: each request in a scope of its own, with who asks, a correlation and the route; its failure is one exception. */
import { FetchHttpClient, HttpClient, HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Console, Data, Effect, Layer } from "effect"
import { Posthog, PosthogTest, tag } from "effect-posthog"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import { createServer } from "node:http"

class ShelfCollapsed extends Data.TaggedError("ShelfCollapsed")<{ readonly shelf: number }> {
  override get message() {
    return `shelf ${this.shelf} has collapsed`
  }
}

const shop = HttpRouter.empty.pipe(
  HttpRouter.get(
    "/items/:id",
    Effect.gen(function*() {
      const { id } = yield* HttpRouter.params
      yield* tag("item", id ?? "")
      yield* Posthog.capture("item looked up")
      return id === "2" ? yield* new ShelfCollapsed({ shelf: 2 }) : HttpServerResponse.text("3 pieces")
    })
  )
)

const Served = shop.pipe(HttpServer.serve(PosthogHttp.middleware({
  extractUser: ({ headers }) =>
    Effect.succeed(headers["authorization"] === "Bearer ada" ? { id: "ada", email: "ada@example.com" } : undefined),
  extraTags: ({ headers }) => ({ tenant: headers["x-tenant"] }),
  onResponse: ({ status }) => Posthog.capture("request answered", { properties: { status } })
})))

const program = Effect.gen(function*() {
  const client = yield* HttpClient.HttpClient
  const url = yield* HttpServer.addressFormattedWith(Effect.succeed)
  const ask = (id: number, user: string) =>
    client.get(`${url}/items/${id}`, {
      headers: { authorization: `Bearer ${user}`, "x-tenant": "acme", "x-correlation-id": `corr_${id}` }
    })
  // at once: neither sees the other
  const answers = yield* Effect.all([ask(1, "ada"), ask(2, "ada"), ask(3, "nobody")], { concurrency: "unbounded" })
  yield* Console.log(answers.map(({ status }) => status))
  for (const { distinctId, event, properties } of yield* PosthogTest.events) {
    const { correlation_id, item, operation_name, status, tenant } = properties
    yield* Console.log(
      `${event} of ${distinctId.length > 30 ? "somebody" : distinctId}:`,
      { operation_name, correlation_id, item, tenant, ...(status === undefined ? {} : { status }) }
    )
  }
})

const Live = Served.pipe(
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
  Layer.provideMerge(PosthogTest.layer),
  Layer.merge(FetchHttpClient.layer)
)

program.pipe(Effect.provide(Live), Effect.runPromise)
