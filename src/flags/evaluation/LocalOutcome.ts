/**
 * What a local evaluation comes to, and what it needs to know of time.
 *
 * @since 0.1.0
 */
import type { FlagEvaluation } from "./FlagEvaluation.js"
import type { Inconclusive } from "./Inconclusive.js"

/** The moment of an evaluation; read only by filters that compare with now. Effect's `Clock` is one. */
export interface TimeSource {
  readonly unsafeCurrentTimeMillis: () => number
}

/** A value, or why it cannot be told here. */
export type LocalOutcome = FlagEvaluation | Inconclusive
