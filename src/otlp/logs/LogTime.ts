/**
 * Nanoseconds of log records: the milliseconds of the clock, and within a millisecond one more for each record, so that
 * they keep their order (LOG-05).
 *
 * @since 0.1.0
 */

export type LogTime = (millis: number) => string

/** The largest time that PostHog can store, in milliseconds. */
const maxMillis = 9_223_372_036_854

export const make = (): LogTime => {
  let last = Number.NaN
  let count = 0
  return (now) => {
    const millis = Number.isNaN(now) ? 0 : Math.trunc(Math.min(Math.max(now, 0), maxMillis))
    count = millis === last ? Math.min(count + 1, 999_999) : 0
    last = millis
    // as text: the product is more than a number can hold exactly
    return millis === 0 ? String(count) : `${millis}${String(count).padStart(6, "0")}`
  }
}
