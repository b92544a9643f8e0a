/**
 * When to ask next.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Nobody asks more often, whatever the options say (FLAGS-DEFS-24). */
export const minInterval = 100

const maxBackoff = 60_000

/**
 * The time to the next poll in milliseconds: 85 to 95 % of the interval, so that processes do not poll in step and that
 * a change is seen within one interval, the way of the answer included (FLAGS-DEFS-03).
 */
export const untilNext = (interval: number): Effect.Effect<number> =>
  Effect.map(Random.next, (random) => interval * (0.85 + 0.1 * random))

/**
 * The pause after the n-th refusal in a row, n from 1: twice the interval, then twice as long each time, up to a minute
 * or the interval, whichever is longer; never less than what PostHog asks for (FLAGS-DEFS-23).
 */
export const untilRetry = (interval: number, refusals: number, retryAfter: number | undefined): Effect.Effect<number> =>
  Effect.map(Random.next, (random) => {
    const backoff = Math.max(interval, Math.min(maxBackoff, interval * 2 ** Math.min(refusals, 30)))
    return Math.max(backoff * (0.9 + 0.1 * random), (retryAfter ?? 0) * (1 + 0.1 * random))
  })

/** A poll begins so long after the last one began, but leaves some air when that one took long. */
export const remaining = (delay: number, startedAt: number, now: number): number =>
  Math.max(delay - (now - startedAt), delay / 10)
