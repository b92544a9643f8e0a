/**
 * How many exceptions of one type may be captured automatically.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"

/**
 * A token bucket for each type (EXC-14).
 *
 * @since 0.1.0
 * @category models
 */
export interface RateLimitOptions {
  /** So many at once. Default 10. */
  readonly capacity?: number | undefined
  /** Then one more each time this has passed. Default 10 seconds. */
  readonly refillEvery?: Duration.DurationInput | undefined
  /** Types that are kept apart; beyond, the one unused for longest starts anew. Default 1,000. */
  readonly maxTypes?: number | undefined
  /** Also for failures that leave a scope? Default false: they are the program's own, and each is told. */
  readonly scopes?: boolean | undefined
}
