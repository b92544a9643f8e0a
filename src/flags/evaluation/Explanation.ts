/**
 * A decision as data: what was asked, what was read, and which branch was taken.
 *
 * It holds what filters read of a person: it is for those who may see that, and no part of it is logged or sent.
 *
 * @since 0.1.0
 */
import type { FlagReason, FlagValue } from "./FlagEvaluation.js"
import type { Inconclusive } from "./Inconclusive.js"

/**
 * What a filter, or several together, come to.
 *
 * @since 0.1.0
 * @category models
 */
export type Verdict = "match" | "noMatch" | Inconclusive

/**
 * Whom buckets are made of, and whose properties filters read.
 *
 * @since 0.1.0
 * @category models
 */
export interface BucketingExplanation {
  readonly by: "distinctId" | "deviceId" | "groupKey"
  /** `undefined`: the person. */
  readonly groupType: string | undefined
  /** `undefined`: it is not known. */
  readonly identifier: string | undefined
}

/**
 * Where somebody falls, and up to where people are in.
 *
 * @since 0.1.0
 * @category models
 */
export interface RolloutExplanation {
  /** As it was defined; `undefined`: everybody. */
  readonly percentage: number | undefined
  /** From 0 to 1; `undefined`: no hash is needed, or there is nobody to hash. */
  readonly bucket: number | undefined
  /** A bucket above it is out. */
  readonly threshold: number
  readonly included: boolean | undefined
}

/**
 * How a variant is chosen.
 *
 * @since 0.1.0
 * @category models
 */
export interface VariantExplanation {
  /** The condition names the variant, and nothing is hashed. */
  readonly override: string | undefined
  readonly bucket: number | undefined
  /** `from` belongs to a range, `to` does not. */
  readonly ranges: ReadonlyArray<{ readonly key: string; readonly from: number; readonly to: number }>
  /** `undefined`: no range holds the bucket, or there is no bucket. */
  readonly chosen: string | undefined
}

/**
 * A filter on a property.
 *
 * @since 0.1.0
 * @category models
 */
export interface PropertyExplanation {
  readonly _tag: "Property"
  readonly property: string
  readonly operator: string
  readonly expected: unknown
  readonly negated: boolean
  /** What was read; `undefined`: the property is missing. */
  readonly actual: unknown
  readonly verdict: Verdict
}

/**
 * A filter on membership in a cohort.
 *
 * @since 0.1.0
 * @category models
 */
export interface CohortExplanation {
  readonly _tag: "Cohort"
  readonly cohort: string
  readonly negated: boolean
  readonly verdict: Verdict
  /** What the cohort asks; `undefined`: everybody belongs to it, it is not followed, or it is explained above. */
  readonly definition: FilterExplanation | undefined
}

/**
 * A filter on another flag.
 *
 * @since 0.1.0
 * @category models
 */
export interface DependencyExplanation {
  readonly _tag: "Dependency"
  readonly flag: string
  readonly expected: unknown
  readonly negated: boolean
  readonly verdict: Verdict
  /** The flags that it needs, itself last as a rule; only those that are not explained above. */
  readonly chain: ReadonlyArray<Explanation>
}

/**
 * Filters of a cohort that belong together.
 *
 * @since 0.1.0
 * @category models
 */
export interface GroupExplanation {
  readonly _tag: "Group"
  readonly type: "AND" | "OR"
  readonly filters: ReadonlyArray<FilterExplanation>
  readonly verdict: Verdict
}

/**
 * A part of the definition that cannot be evaluated here.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnreadableExplanation {
  readonly _tag: "Unreadable"
  readonly definition: unknown
  readonly verdict: Verdict
}

/**
 * @since 0.1.0
 * @category models
 */
export type FilterExplanation =
  | PropertyExplanation
  | CohortExplanation
  | DependencyExplanation
  | GroupExplanation
  | UnreadableExplanation

/**
 * One condition. Every filter is explained, those too that the evaluation did not need to look at.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConditionExplanation {
  /** Counted from 0. */
  readonly index: number
  readonly bucketing: BucketingExplanation
  readonly filters: ReadonlyArray<FilterExplanation>
  readonly rollout: RolloutExplanation
  /** `undefined`: the flag has no variants. */
  readonly variant: VariantExplanation | undefined
  /** Did an earlier condition decide already? Then the result is what this one would have come to. */
  readonly reached: boolean
  /** A value; filters that do not match; a rollout that excludes; or no answer. */
  readonly result: { readonly value: FlagValue } | "noMatch" | "outOfRollout" | Inconclusive
}

/**
 * The people who are kept out.
 *
 * @since 0.1.0
 * @category models
 */
export interface HoldoutExplanation {
  readonly id: string
  readonly bucketing: BucketingExplanation
  readonly rollout: RolloutExplanation
  readonly result: "heldOut" | "notHeldOut" | Inconclusive
}

/**
 * Why a flag has its value, or none.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explanation {
  readonly key: string
  /** Exactly what evaluating the flag comes to. */
  readonly outcome: { readonly value: FlagValue } | Inconclusive
  /** `undefined` where the outcome is inconclusive. */
  readonly reason: FlagReason | undefined
  /** Which part of the definition decided; the condition's number is in the reason. */
  readonly branch: "definition" | "holdout" | "condition" | "earlyExit" | "noCondition" | "inconclusive"
  /** A condition whose filters match and whose rollout excludes ends the evaluation (FLAGS-LOCAL-20). */
  readonly earlyExit: boolean
  readonly holdout: HoldoutExplanation | undefined
  readonly conditions: ReadonlyArray<ConditionExplanation>
}
