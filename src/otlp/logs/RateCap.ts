/**
 * At most so many records in a window of time; the windows follow one another (LOG-15).
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"

/** `first`: the first record of its window that is too many. */
export type Verdict = "pass" | "first" | "excess"

export type RateCap = (now: number) => Verdict

/** A maximum or a window that is not positive caps nothing. A clock that goes backwards begins a new window. */
export const make = (max: number, window: Duration.Duration): RateCap => {
  const millis = Duration.toMillis(window)
  let from = Number.NEGATIVE_INFINITY
  let count = 0
  if (max <= 0 || millis <= 0) {
    return () => "pass"
  }
  return (now) => {
    if (now < from || now - from >= millis) {
      from = now
      count = 0
    }
    count++
    return count <= max ? "pass" : count === max + 1 ? "first" : "excess"
  }
}
