/**
 * Moments of spans: nanoseconds since the epoch, as Effect's tracer gives them.
 *
 * `Clock.unsafeCurrentTimeNanos` reads the wall clock once, when the process first asks, and adds the monotonic
 * `process.hrtime` to that: differences between two readings are those of a monotonic clock (TRACE-14).
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"

/**
 * A moment as a caller may give it: a `Date`, a `DateTime`, milliseconds as a number or nanoseconds as a bigint, both
 * since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export type SpanTimeInput = Date | DateTime.DateTime | number | bigint

const max = 2n ** 63n - 1n

/** Can OTLP hold this moment? (TRACE-16) */
export const isValid = (time: unknown): time is bigint => typeof time === "bigint" && time >= 0n && time <= max

export const orElse = (time: unknown, fallback: () => bigint): bigint => isValid(time) ? time : fallback()

/** The moment, or `undefined` where the input names none that a span can have. */
export const fromInput = (input: SpanTimeInput): bigint | undefined => {
  try {
    const nanos = typeof input === "bigint"
      ? input
      : fromMillis(DateTime.isDateTime(input) ? input.epochMillis : input instanceof Date ? input.getTime() : input)
    return isValid(nanos) ? nanos : undefined
  } catch {
    // NaN, fractions too fine for a bigint, or not one of the types above
    return undefined
  }
}

// a millisecond's fractions down to the microsecond: below that a number of this size has no digits left
const fromMillis = (millis: number): bigint => BigInt(Math.round(millis * 1000)) * 1000n

/** The wall clock's moment, for spans whose start was given (TRACE-14). */
export const wall = (clock: Clock.Clock): bigint => BigInt(Math.floor(clock.unsafeCurrentTimeMillis())) * 1_000_000n

/** A duration in nanoseconds; one that never ends is longer than every other. */
export const nanosOf = (duration: Duration.Duration): bigint =>
  Duration.match(duration, {
    onMillis: (millis) => Number.isFinite(millis) ? BigInt(Math.floor(millis * 1_000_000)) : max,
    onNanos: (nanos) => nanos
  })
