/**
 * What PostHog answered to a flag request.
 *
 * @since 0.1.0
 */
import type { FlagEvaluation } from "../evaluation/FlagEvaluation.js"

export interface RemoteAnswer {
  readonly flags: ReadonlyMap<string, FlagEvaluation>
  readonly requestId: string | undefined
  /** Milliseconds since the epoch. */
  readonly evaluatedAt: number | undefined
  /** Some flags could not be computed, or not be read: those that are here are good. */
  readonly errorsWhileComputing: boolean
  /** The team's gate for minimal `$feature_flag_called` events (FLAGS-TRACK-11). */
  readonly minimalFlagCalledEvents: boolean
}
