/**
 * Captures what went wrong: once for each error, however often and in whatever wrapping it is seen.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { captured, type CaptureOutcome } from "../domain/CaptureOutcome.js"
import type { JsonObject } from "../domain/JsonValue.js"
import type { CaptureExceptionOptions, Service } from "../scope/ExceptionCapture.js"
import * as CapturedExceptions from "./CapturedExceptions.js"
import * as ExceptionList from "./ExceptionList.js"
import * as ExceptionProperties from "./ExceptionProperties.js"

export interface Settings {
  /** Captures the `$exception` event; the options are read in its own step, which survives what they may throw. */
  readonly capture: (
    options: () => { readonly distinctId: string | undefined; readonly properties: JsonObject }
  ) => Effect.Effect<CaptureOutcome>
  /** What a cause without any error comes to. */
  readonly interrupted: Effect.Effect<CaptureOutcome>
}

export const make = (settings: Settings): Service["captureException"] => {
  const exceptions = CapturedExceptions.make()
  return (input: unknown, options: CaptureExceptionOptions = {}) =>
    Effect.suspend(() => {
      const leaves = ExceptionList.leaves(input)
      if (leaves.length === 0) {
        return settings.interrupted
      }
      const fresh = exceptions.fresh(leaves)
      const known = exceptions.eventId(leaves)
      if (fresh.length === 0 && known !== undefined) {
        return Effect.succeed(captured(known))
      }
      return Effect.map(
        settings.capture(() => ({
          distinctId: options.distinctId,
          properties: ExceptionProperties.make(fresh.map((leaf) => leaf.error), options)
        })),
        (outcome) => {
          if (outcome._tag === "Captured") {
            exceptions.remember(fresh, outcome.eventId)
          }
          return outcome
        }
      )
    })
}
