/**
 * When a request about flags is repeated: a few times, soon, because somebody waits for it.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { FlagsUnavailable } from "../evaluation/FlagError.js"
import type { Failure } from "./FlagsTransport.js"

export interface FlagsRetry {
  readonly maxRetries: number
  /** The pause before the first repetition; each further one is twice as long (HTTP-15). */
  readonly delay: Duration.Duration
}

/** However many repetitions are configured, there are no more (HTTP-14). */
export const mostRetries = 10

const longestDelay = Duration.seconds(30)

export const make = (maxRetries: number, delay: Duration.DurationInput): FlagsRetry => ({
  maxRetries: Number.isNaN(maxRetries) ? 0 : Math.min(mostRetries, Math.max(0, Math.floor(maxRetries))),
  delay: Duration.decode(delay)
})

/** Runs `attempt` until it succeeds, fails for good, or has been repeated often enough. */
export const run = <A>(
  { delay, maxRetries }: FlagsRetry,
  attempt: Effect.Effect<A, Failure>
): Effect.Effect<A, FlagsUnavailable> => {
  const from = (number: number): Effect.Effect<A, FlagsUnavailable> =>
    Effect.catchAll(attempt, ({ error, retryable }) =>
      retryable && number <= maxRetries
        ? Effect.logDebug(`attempt ${number} failed: ${error.message}`).pipe(
          Effect.annotateLogs({ package: "effect-posthog", module: "flags" }),
          Effect.zipRight(Effect.sleep(Duration.min(Duration.times(delay, 2 ** (number - 1)), longestDelay))),
          Effect.zipRight(Effect.suspend(() => from(number + 1)))
        )
        : Effect.fail(error))
  return from(1)
}
