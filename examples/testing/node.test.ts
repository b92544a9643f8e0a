/** The testing kit with nothing but `node:test`: node --import tsx --test examples/testing/node.test.ts */
import { Effect, Fiber, Layer, TestClock, TestContext } from "effect"
import { PosthogTest } from "effect-posthog"
import * as EventMatchers from "effect-posthog/testing/EventMatchers"
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { checkout, ShopFlags } from "./checkout.js"

/** Every test gets a recording client of its own, and a clock that stands still. */
const live = () => Layer.provideMerge(PosthogTest.layer, TestContext.TestContext)

const run = <A, E>(test: Effect.Effect<A, E, Layer.Layer.Success<ReturnType<typeof live>>>) =>
  Effect.runPromise(Effect.provide(test, live()))

const flags = PosthogTest.flagsOf(ShopFlags)

describe("checkout", { concurrency: true }, () => {
  for (const [person, total] of [["ada", 21], ["bob", 42]] as const) {
    it(`costs ${person} ${total}`, () =>
      run(Effect.gen(function*() {
        yield* flags.set("pricing", "low", { distinctId: "ada" })
        yield* flags.set("express-checkout", true)
        const running = yield* Effect.fork(checkout(person, 42))
        yield* TestClock.adjust("1 second")
        assert.equal(yield* Fiber.join(running), total)
        // an effect that fails the test with a message that shows the difference …
        yield* PosthogTest.expectEvent("checkout paid", { distinctId: person, properties: { total } })
        // … and the same without Effect, on the events as values
        const events = yield* PosthogTest.events
        EventMatchers.assertCaptured(events, "checkout started", { properties: { express: true } })
        EventMatchers.assertNotCaptured(events, "checkout paid", { distinctId: person === "ada" ? "bob" : "ada" })
      })))
  }
})
