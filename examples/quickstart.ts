/** A capture in a scope, delivered to the embedded PostHog in memory. */
import { Console, Effect, Layer, Redacted } from "effect"
import { fresh, identifyScope, Posthog, tag, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"

const checkout = Effect.gen(function*() {
  yield* identifyScope("user-123")
  yield* tag("cart.items", 3)
  yield* Posthog.capture("checkout started", { properties: { total: 42 } })
}).pipe(withScope(fresh, { tags: { tenant: "acme" } }))

const Client = Posthog.layer({ apiKey: Redacted.make("phc_example") }).pipe(
  Layer.provideMerge(DevServer.layerInMemory())
)

Effect.gen(function*() {
  yield* checkout
  yield* Posthog.flush
  const server = yield* DevServer.DevServer
  for (const event of yield* server.events) {
    yield* Console.log(event.event, event.distinct_id, event.properties)
  }
}).pipe(Effect.provide(Client), Effect.runPromise)
