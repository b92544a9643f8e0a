import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, FastCheck as fc, Random } from "effect"
import * as RetryPolicy from "../../src/delivery/RetryPolicy.js"

const policy: RetryPolicy.RetryPolicy = {
  maxRetries: 3,
  baseDelay: Duration.seconds(1),
  maxDelay: Duration.seconds(30)
}

describe("RetryPolicy", () => {
  it.effect.prop(
    "RETRY-10: a delay is at least 100 ms, at most the doubled base and the longest delay",
    [fc.integer({ min: 1, max: 40 }), fc.string()],
    ([attempt, seed]) =>
      Effect.gen(function*() {
        const delay = Duration.toMillis(yield* RetryPolicy.delay(policy, attempt, undefined))
        assert.isAtLeast(delay, 100)
        assert.isAtMost(delay, Math.min(1000 * 2 ** (attempt - 1), 30_000))
      }).pipe(Effect.withRandom(Random.make(seed)))
  )

  it.effect("RETRY-07: it is never shorter than Retry-After", () =>
    Effect.gen(function*() {
      assert.strictEqual(Duration.toMillis(yield* RetryPolicy.delay(policy, 1, 7000)), 7000)
    }))

  it.effect("RETRY-07: jitter spreads the delays over the whole range", () =>
    Effect.gen(function*() {
      const delays = yield* Effect.replicateEffect(RetryPolicy.delay(policy, 3, undefined), 500)
      const millis = delays.map(Duration.toMillis)
      assert.isBelow(Math.min(...millis), 500)
      assert.isAbove(Math.max(...millis), 3500)
    }).pipe(Effect.withRandom(Random.make("spread"))))

  it.effect("a base shorter than the floor is taken as it is", () =>
    Effect.gen(function*() {
      const short = { ...policy, baseDelay: Duration.millis(10), maxDelay: Duration.millis(20) }
      assert.isAtMost(Duration.toMillis(yield* RetryPolicy.delay(short, 5, undefined)), 20)
    }))
})
