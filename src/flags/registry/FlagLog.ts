/**
 * What the log says when a declared flag is not what PostHog says.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { FlagError, FlagPayloadInvalid } from "../evaluation/FlagError.js"
import type { FlagEvaluation } from "../evaluation/FlagEvaluation.js"

export interface FlagLog {
  /** The flag has no value. */
  readonly unavailable: (key: string, error: FlagError) => Effect.Effect<void>
  /** The flag of variants has a value that is none of them. */
  readonly undeclared: (evaluation: FlagEvaluation) => Effect.Effect<void>
  /** The schema does not accept the payload. */
  readonly refused: (invalid: FlagPayloadInvalid) => Effect.Effect<void>
  /** There is no usable payload. */
  readonly withoutPayload: (invalid: FlagPayloadInvalid) => Effect.Effect<void>
}

const annotated = Effect.annotateLogs({ package: "effect-posthog", module: "FlagRegistry" })

/** A flag that does not fit its declaration is a warning once, however often it is read; then it is a debug line. */
export const make = (): FlagLog => {
  const warned = new Set<string>()
  const debug = (line: string) => annotated(Effect.logDebug(line))
  const warnOnce = (key: string, line: string) =>
    Effect.suspend(() => {
      if (warned.has(key)) {
        return debug(line)
      }
      warned.add(key)
      return annotated(Effect.logWarning(line))
    })

  return {
    unavailable: (key, { message }) => debug(`flag ${JSON.stringify(key)} is its default: ${message}`),
    undeclared: ({ key, reason, value }) => {
      const line = `flag ${JSON.stringify(key)} is its default: it is ${JSON.stringify(value)}, no declared variant`
      // that a flag is off, or holds somebody out, is no surprise
      return value === false
        ? Effect.void
        : reason.code === "holdout_condition_value"
        ? debug(line)
        : warnOnce(key, line)
    },
    refused: ({ key, message }) => warnOnce(key, message),
    withoutPayload: ({ message }) => debug(message)
  }
}
