/**
 * Why a flag evaluates to what it does. The outcome is the evaluation's own; the parts are asked of the same objects.
 *
 * @since 0.1.0
 */
import type {
  BucketingExplanation,
  ConditionExplanation,
  Explanation,
  HoldoutExplanation,
  RolloutExplanation,
  VariantExplanation
} from "../Explanation.js"
import type { LocalOutcome } from "../LocalOutcome.js"
import type { Bucketing } from "./Bucketing.js"
import type { CompiledFlag, Plan } from "./CompiledFlag.js"
import type { Condition } from "./Condition.js"
import { explainFilter, type Explaining } from "./ExplainFilter.js"
import type { Holdout } from "./Holdout.js"
import type { Linked } from "./Link.js"
import type { Pass } from "./Pass.js"
import * as Variants from "./Variants.js"

export const explain = (flag: CompiledFlag, outcome: LocalOutcome, pass: Pass): Explanation => {
  try {
    return explainFlag(flag, outcome, { pass, explained: new Set<Linked>([flag]), flag: explainDependency })
  } catch {
    // what could not be read for the evaluation cannot be read for its explanation
    return result(flag, outcome, undefined, undefined, [])
  }
}

const explainDependency = (flag: CompiledFlag, explaining: Explaining): Explanation =>
  explainFlag(flag, flag.evaluate(explaining.pass), explaining)

const explainFlag = (flag: CompiledFlag, outcome: LocalOutcome, explaining: Explaining): Explanation => {
  const plan = flag.plan
  if ("_tag" in plan) {
    return result(flag, outcome, undefined, undefined, [])
  }
  const holdout = plan.holdout === undefined ? undefined : explainHoldout(plan.holdout, explaining.pass)
  let decided = holdout !== undefined && holdout.result !== "notHeldOut"
  const conditions: Array<ConditionExplanation> = []
  for (const condition of plan.conditions) {
    const explained = explainCondition(condition, !decided, explaining)
    conditions.push(explained)
    decided ||= isDecisive(explained, plan)
  }
  return result(flag, outcome, plan, holdout, conditions)
}

const isDecisive = ({ result }: ConditionExplanation, { earlyExit }: Plan): boolean =>
  typeof result === "string" ? earlyExit && result === "outOfRollout" : "value" in result

const result = (
  { name }: CompiledFlag,
  outcome: LocalOutcome,
  plan: Plan | undefined,
  holdout: HoldoutExplanation | undefined,
  conditions: ReadonlyArray<ConditionExplanation>
): Explanation => ({
  key: name,
  outcome: outcome._tag === "Inconclusive" ? outcome : { value: outcome.value },
  reason: outcome._tag === "Inconclusive" ? undefined : outcome.reason,
  branch: branchOf(outcome, plan),
  earlyExit: plan?.earlyExit ?? false,
  holdout,
  conditions
})

const branchOf = (outcome: LocalOutcome, plan: Plan | undefined): Explanation["branch"] => {
  if (plan === undefined) {
    return "definition"
  }
  if (outcome._tag === "Inconclusive") {
    return "inconclusive"
  }
  switch (outcome.reason.code) {
    case "holdout_condition_value":
      return "holdout"
    case "condition_match":
      return "condition"
    case "out_of_rollout_bound":
      return plan.earlyExit ? "earlyExit" : "noCondition"
    default:
      return "noCondition"
  }
}

const explainHoldout = (holdout: Holdout, pass: Pass): HoldoutExplanation => {
  const bucketing = explainBucketing(holdout.bucketing, pass)
  const outcome = holdout.evaluate(pass)
  return {
    id: holdout.id,
    bucketing,
    rollout: explainRollout(
      holdout.percentage,
      holdout.percentage / 100,
      holdout.percentage < 100,
      bucketing.identifier,
      (identifier) => holdout.bucket(pass, identifier)
    ),
    result: outcome === undefined ? "notHeldOut" : outcome._tag === "Inconclusive" ? outcome : "heldOut"
  }
}

const explainBucketing = ({ by, groupType, identify }: Bucketing, pass: Pass): BucketingExplanation => ({
  by,
  groupType,
  identifier: identify(pass)
})

const explainRollout = (
  percentage: number | undefined,
  threshold: number,
  decides: boolean,
  identifier: string | undefined,
  hash: (identifier: string) => number
): RolloutExplanation => {
  const bucket = decides && identifier !== undefined ? hash(identifier) : undefined
  return {
    percentage,
    bucket,
    threshold,
    included: bucket === undefined ? (decides ? undefined : true) : !(bucket > threshold)
  }
}

const explainCondition = (condition: Condition, reached: boolean, explaining: Explaining): ConditionExplanation => {
  const { pass } = explaining
  const { filters, index, rollout } = condition.parts
  const bucketing = explainBucketing(condition.parts.bucketing, pass)
  return {
    index,
    bucketing,
    filters: filters.map((filter) => explainFilter(filter, explaining)),
    rollout: explainRollout(
      rollout.percentage,
      rollout.threshold,
      rollout.decides,
      bucketing.identifier,
      (identifier) => condition.bucket(pass, identifier)
    ),
    variant: explainVariant(condition, bucketing.identifier, pass),
    reached,
    result: conditionResult(condition.evaluate(pass))
  }
}

const conditionResult = (outcome: LocalOutcome | undefined): ConditionExplanation["result"] => {
  if (outcome === undefined) {
    return "noMatch"
  }
  return outcome._tag === "Inconclusive" ? outcome : outcome.value === false ? "outOfRollout" : { value: outcome.value }
}

const explainVariant = (
  condition: Condition,
  identifier: string | undefined,
  pass: Pass
): VariantExplanation | undefined => {
  const { override, ranges } = condition.parts
  if (ranges.length === 0) {
    return undefined
  }
  const bucket = condition.splits && identifier !== undefined ? condition.variantBucket(pass, identifier) : undefined
  const chosen = bucket === undefined ? override : ranges[Variants.indexOf(ranges, bucket)]?.key
  return { override, bucket, ranges, chosen }
}
