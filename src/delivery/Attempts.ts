/**
 * Sends a batch until PostHog has answered for it, or the repetitions are used up.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { FinishedEvent } from "../event/FinishedEvent.js"
import type { Answer } from "./Answer.js"
import type { Ledger } from "./Ledger.js"
import * as RetryPolicy from "./RetryPolicy.js"
import type { Transport } from "./Transport.js"

/** The last answer: `Retry` after `maxRetries` repetitions. */
export type Attempts = (events: ReadonlyArray<FinishedEvent>, maxRetries: number) => Effect.Effect<Answer>

export const make = (transport: Transport, policy: RetryPolicy.RetryPolicy, ledger: Ledger): Attempts => {
  const attempt = (
    events: ReadonlyArray<FinishedEvent>,
    maxRetries: number,
    number: number
  ): Effect.Effect<Answer> =>
    Effect.gen(function*() {
      yield* ledger.requested(number > 1)
      const answer = yield* transport.send(events)
      if (answer._tag !== "Retry") {
        ledger.answered(answer._tag === "Delivered" ? undefined : `status ${answer.status}`)
        return answer
      }
      ledger.answered(answer.reason)
      yield* Effect.logDebug(`attempt ${number} with ${events.length} events failed: ${answer.reason}`).pipe(
        Effect.annotateLogs({ package: "effect-posthog", module: "delivery" })
      )
      if (number > maxRetries) {
        return answer
      }
      yield* Effect.sleep(yield* RetryPolicy.delay(policy, number, answer.retryAfter))
      return yield* attempt(events, maxRetries, number + 1)
    })
  return (events, maxRetries) => attempt(events, maxRetries, 1)
}
