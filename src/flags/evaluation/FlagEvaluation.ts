/**
 * What one flag is for one person, and why.
 *
 * @since 0.1.0
 */
import type { JsonValue } from "../../domain/JsonValue.js"

/**
 * On, off, or the key of a variant (FLAGS-EVAL-13).
 *
 * @since 0.1.0
 * @category models
 */
export type FlagValue = boolean | string

/**
 * Why a flag has its value, in PostHog's words.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagReason {
  /** `condition_match`, `no_condition_match`, `out_of_rollout_bound`, `holdout_condition_value`, `disabled`, or what the service says. */
  readonly code: string
  /** The condition that decided, counted from 0. */
  readonly condition: number | undefined
  /** Did a percentage decide: of a rollout below 100, of variants, of a holdout? */
  readonly split: boolean
  /** For people. `Evaluated locally` where it was (FLAGS-EVAL-31). */
  readonly description: string
}

/**
 * One flag, evaluated. Immutable; equal evaluations of one definition are the same object.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagEvaluation {
  readonly _tag: "FlagEvaluation"
  readonly key: string
  readonly value: FlagValue
  /** Decoded where it is JSON text, the raw text where it is not, `undefined` where there is none (FLAGS-GET-11). */
  readonly payload: JsonValue | undefined
  readonly reason: FlagReason
  /** Evaluated here, or by PostHog. */
  readonly source: "local" | "remote"
  readonly id: number | undefined
  readonly version: number | undefined
  /** `undefined` where the definition does not say (FLAGS-TRACK-12). */
  readonly hasExperiment: boolean | undefined
}

/**
 * Is the flag on? A variant is on (FLAGS-EVAL-12).
 *
 * @since 0.1.0
 * @category accessors
 */
export const isEnabled = ({ value }: FlagEvaluation): boolean => value !== false && value !== ""
