/** What a scope is: fresh and inherited ones, concurrent requests that never meet, a child whose tags join its parent. */
import { Console, Effect } from "effect"
import {
  currentTags,
  fresh,
  identifyScope,
  inherited,
  layerScope,
  Posthog,
  PosthogTest,
  tag,
  withScope
} from "effect-posthog"

/** A step that knows nothing of requests: it tags and captures in the scope that is there. */
const pay = (total: number) =>
  Effect.gen(function*() {
    yield* tag("total", total)
    yield* Posthog.capture("order paid")
  }).pipe(withScope(inherited, { tags: { step: "payment" } }))

const request = (user: string, total: number) =>
  Effect.gen(function*() {
    yield* identifyScope(user)
    yield* Effect.sleep("5 millis")
    yield* pay(total)
    // what was set in the inner scope is gone; what concurrent children set has joined
    yield* Effect.all([tag("stock", "checked"), tag("address", "checked")], { concurrency: "unbounded" })
    yield* Posthog.capture("order done")
  }).pipe(withScope(fresh, { tags: { path: "/checkout" } }))

Effect.gen(function*() {
  yield* Effect.all([request("ada", 42), request("bob", 7)], { concurrency: "unbounded" })
  yield* currentTags.pipe(
    Effect.tap((tags) => Console.log("a scope as a layer:", { ...tags })),
    Effect.provide(layerScope(fresh, { tags: { job: "nightly" }, captureExceptions: false }))
  )
  yield* tag("nobody's", true)
  yield* Console.log("outside of every scope:", { ...(yield* currentTags) })
  for (const { distinctId, event, properties } of yield* PosthogTest.events) {
    const { address, path, step, stock, total } = properties
    yield* Console.log(`${event} of ${distinctId}:`, { path, step, total, stock, address })
  }
}).pipe(Effect.provide(PosthogTest.layer), Effect.runPromise)
