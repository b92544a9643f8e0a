import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, Random } from "effect"
import * as PollSchedule from "../../../src/flags/definitions/PollSchedule.js"

const interval = FastCheck.integer({ min: PollSchedule.minInterval, max: 3_600_000 })
const fraction = FastCheck.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

const at = (random: number) => Effect.withRandom(Random.fixed([random]))

describe("PollSchedule", () => {
  it.effect.prop(
    "FLAGS-DEFS-03 FLAGS-DEFS-24 a poll comes after 85 to 95 % of the interval: never late, and not in step with others",
    { interval, fraction },
    ({ fraction, interval }) =>
      Effect.gen(function*() {
        const millis = yield* at(fraction)(PollSchedule.untilNext(interval))
        assert.isAtLeast(millis, interval * 0.85)
        // 95 % of 100 is 95.00000000000001 % of it in doubles
        assert.isAtMost(millis, interval * 0.95 + 1e-6)
      })
  )

  it.effect("the draw decides where", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* at(0)(PollSchedule.untilNext(1000)), 850)
      assert.strictEqual(yield* at(0.5)(PollSchedule.untilNext(1000)), 900)
    }))

  it.effect.prop(
    "FLAGS-DEFS-23 pauses double up to a minute, are no shorter than the interval and obey Retry-After",
    {
      interval,
      fraction,
      refusals: FastCheck.integer({ min: 1, max: 5000 }),
      retryAfter: FastCheck.option(FastCheck.integer({ min: 0, max: 3_600_000 }), { nil: undefined })
    },
    ({ fraction, interval, refusals, retryAfter }) =>
      Effect.gen(function*() {
        const millis = yield* at(fraction)(PollSchedule.untilRetry(interval, refusals, retryAfter))
        const most = Math.max(interval, 60_000)
        assert.isAtLeast(millis, retryAfter ?? 0)
        assert.isAtLeast(millis, 0.9 * Math.min(most, interval * 2))
        assert.isAtMost(millis, Math.max(most, 1.1 * (retryAfter ?? 0)))
      })
  )

  it.effect.prop(
    "a slow refresh shortens the wait, but leaves some air",
    { delay: interval, took: FastCheck.integer({ min: 0, max: 100_000 }) },
    ({ delay, took }) =>
      Effect.sync(() => {
        const millis = PollSchedule.remaining(delay, 1000, 1000 + took)
        assert.isAtLeast(millis, delay / 10)
        assert.isAtMost(millis, delay)
        if (took <= delay * 0.8) {
          assert.approximately(millis + took, delay, 1e-6)
        }
      })
  )
})
