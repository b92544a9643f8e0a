/**
 * What a flag can evaluate to: each result is made once and handed out again and again.
 *
 * @since 0.1.0
 */
import type { FlagDefinition } from "../FlagDefinition.js"
import type { FlagEvaluation, FlagValue } from "../FlagEvaluation.js"
import * as Payloads from "./Payloads.js"

/** The reasons that an evaluation here can have. */
export type ReasonCode =
  | "condition_match"
  | "no_condition_match"
  | "out_of_rollout_bound"
  | "holdout_condition_value"
  | "disabled"

export interface Decision {
  readonly value: FlagValue
  readonly code: ReasonCode
  readonly condition?: number
  readonly split?: boolean
}

export type Evaluations = (decision: Decision) => FlagEvaluation

export const make =
  ({ hasExperiment, id, key }: FlagDefinition, payloads: unknown): Evaluations =>
  ({ code, condition, split = false, value }) => ({
    _tag: "FlagEvaluation",
    key,
    value,
    payload: Payloads.lookup(payloads, value),
    reason: { code, condition, split, description: "Evaluated locally" },
    source: "local",
    id,
    // PostHog's own SDKs do not say which version they evaluated (FLAGS-EVAL-31)
    version: undefined,
    hasExperiment
  })
