/**
 * When to try again: exponential backoff with full jitter, never sooner than `Retry-After` (RETRY-07, RETRY-10).
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

export interface RetryPolicy {
  /** How often a request is repeated after its first attempt. */
  readonly maxRetries: number
  /** The longest first delay; each further one may be twice as long. */
  readonly baseDelay: Duration.Duration
  readonly maxDelay: Duration.Duration
}

/** No delay is shorter unless the longest one is: a sender that comes back at once is no backoff. */
export const minDelayMillis = 100

/** The delay after attempt number `attempt` (1, 2, …) has failed. `retryAfterMillis` is what the answer asked for. */
export const delay = (
  policy: RetryPolicy,
  attempt: number,
  retryAfterMillis: number | undefined
): Effect.Effect<Duration.Duration> =>
  Effect.map(Random.next, (random) => {
    const longest = Math.min(
      Duration.toMillis(policy.baseDelay) * 2 ** (attempt - 1),
      Duration.toMillis(policy.maxDelay)
    )
    const jittered = Math.min(minDelayMillis, longest) + random * Math.max(longest - minDelayMillis, 0)
    return Duration.millis(Math.ceil(Math.max(jittered, retryAfterMillis ?? 0)))
  })
