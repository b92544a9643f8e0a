/**
 * The testing kit: events as values, expectations that say what differs, flags and failures as a test wants them.
 * examples/testing has the same application under vitest and under node:test.
 */
import { Console, Effect, Fiber, Layer, TestClock, TestContext } from "effect"
import { Posthog, PosthogTest } from "effect-posthog"
import { checkout, ShopEvents, ShopFlags } from "./testing/checkout.js"

const flags = PosthogTest.flagsOf(ShopFlags)

const program = Effect.gen(function*() {
  yield* flags.set("pricing", "low", { distinctId: "ada" })
  const running = yield* Effect.fork(Effect.all([checkout("ada", 42), checkout("bob", 42)], { concurrency: 2 }))
  yield* TestClock.adjust("1 minute")
  yield* Console.log("prices of ada and bob:", yield* Fiber.join(running))

  const paid = yield* PosthogTest.expectEventOf(ShopEvents, "checkout paid", {
    distinctId: "ada",
    properties: { total: 21 }
  })
  yield* Console.log(`ada paid at ${paid.timestamp}`)

  const failure = yield* Effect.flip(
    PosthogTest.expectEvent("checkout paid", { distinctId: "bob", properties: { total: 21, currency: /^[A-Z]{3}$/ } })
  )
  yield* Console.log(`\nwhat a test that fails says:\n\n${failure.message}\n`)

  yield* PosthogTest.failDelivery("unavailable")
  yield* Posthog.capture("waits", { distinctId: "ada" })
  yield* Console.log("while PostHog does not answer:", yield* Posthog.flush)
  yield* PosthogTest.recover
  yield* Console.log("and then:", (yield* Posthog.stats).pending, "pending")
})

await program.pipe(
  Effect.provide(Layer.provideMerge(PosthogTest.layer, TestContext.TestContext)),
  Effect.runPromise
)
