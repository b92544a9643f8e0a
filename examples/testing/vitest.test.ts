/** The testing kit with @effect/vitest: each test has a layer of its own, and a clock that stands still. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import { Posthog, PosthogTest } from "effect-posthog"
import * as EventMatchers from "effect-posthog/testing/EventMatchers"
import { expect } from "vitest"
import { checkout, ShopEvents, ShopFlags } from "./checkout.js"

expect.extend(EventMatchers.matchers)

declare module "vitest" {
  interface Assertion<T> extends EventMatchers.Matchers {}
}

const flags = PosthogTest.flagsOf(ShopFlags)

describe("checkout", () => {
  it.effect("takes a minute, and halves the price for those who have the low one", () =>
    Effect.gen(function*() {
      yield* flags.set("pricing", "low", { distinctId: "ada" })
      const running = yield* Effect.fork(checkout("ada", 42))
      yield* PosthogTest.awaitEvent("checkout started")
      yield* PosthogTest.expectNoEvent("checkout paid")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(running), 21)
      yield* PosthogTest.expectEventOf(ShopEvents, "checkout paid", {
        distinctId: "ada",
        timestamp: "1970-01-01T00:01:00.000Z",
        properties: { total: 21 }
      })
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("goes on whatever becomes of its events and flags", () =>
    Effect.gen(function*() {
      yield* flags.fail("pricing")
      yield* PosthogTest.refuse("bufferFull", { event: "checkout started" })
      yield* PosthogTest.failDelivery("rejected")
      const running = yield* Effect.fork(checkout("ada", 42))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(running), 42)
      const events = (yield* PosthogTest.events).filter(({ event }) => event !== "$feature_flag_called")
      expect(events).toHaveCapturedExactly(["checkout paid"])
      expect(events).toHaveCaptured("checkout paid", { properties: { total: 42 } })
      yield* Posthog.flush
      assert.isTrue((yield* PosthogTest.dropped).every(({ reason }) => reason === "rejected"))
    }).pipe(Effect.provide(PosthogTest.layer)))
})
