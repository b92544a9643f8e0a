/**
 * A decision in words, for a person to read.
 *
 * @since 0.1.0
 */
import { toJsonValue } from "../../domain/JsonValue.js"
import type {
  BucketingExplanation,
  ConditionExplanation,
  Explanation,
  FilterExplanation,
  HoldoutExplanation,
  RolloutExplanation,
  VariantExplanation,
  Verdict
} from "./Explanation.js"
import { Inconclusive } from "./Inconclusive.js"

type Lines = ReadonlyArray<string>

/**
 * Prints a decision as indented text: the outcome first, then what led to it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const renderExplanation = (explanation: Explanation): string => flag(explanation).join("\n")

const flag = (explanation: Explanation): Lines => {
  const { conditions, holdout, key, outcome } = explanation
  return [
    `${key}: ${outcome instanceof Inconclusive ? inconclusive(outcome) : value(outcome.value)}`,
    ...indent([
      because(explanation),
      ...(holdout === undefined ? [] : renderHoldout(holdout)),
      ...conditions.flatMap(condition)
    ])
  ]
}

const because = ({ branch, reason }: Explanation): string => {
  const condition = `condition ${(reason?.condition ?? 0) + 1}`
  switch (branch) {
    case "definition":
      return reason === undefined ? "the definition cannot be evaluated here" : "the flag is switched off"
    case "holdout":
      return "held out, before any condition"
    case "condition":
      return `${condition} matches`
    case "earlyExit":
      return `${condition} matches but its rollout excludes, and the flag exits early`
    case "noCondition":
      return reason?.condition === undefined
        ? "no condition matches"
        : `no condition gives a value; ${condition} matches but its rollout excludes`
    case "inconclusive":
      return "what decides is not known here"
  }
}

const renderHoldout = ({ bucketing, id, result, rollout }: HoldoutExplanation): Lines => [
  `holdout ${id}: ${
    result instanceof Inconclusive ? inconclusive(result) : result === "heldOut" ? "held out" : "not held out"
  }`,
  ...indent([...renderBucketing(bucketing), ...renderRollout(rollout)])
]

const condition = (explanation: ConditionExplanation): Lines => {
  const { bucketing, filters, index, reached, result, rollout, variant } = explanation
  return [
    `condition ${index + 1}: ${resultText(result)}${reached ? "" : " (not reached)"}`,
    ...indent([
      ...renderBucketing(bucketing),
      ...(filters.length === 0 ? ["no filters"] : filters.flatMap(filter)),
      ...renderRollout(rollout),
      ...(variant === undefined ? [] : renderVariant(variant))
    ])
  ]
}

const resultText = (result: ConditionExplanation["result"]): string => {
  if (result instanceof Inconclusive) {
    return inconclusive(result)
  }
  if (typeof result === "string") {
    return result === "noMatch" ? "does not match" : "matches, outside of the rollout"
  }
  return `matches: ${value(result.value)}`
}

const kinds = { distinctId: "distinct id", deviceId: "device id", groupKey: "group key" } as const

const renderBucketing = ({ by, groupType, identifier }: BucketingExplanation): Lines => [
  `by ${kinds[by]}${groupType === undefined ? "" : ` of "${groupType}"`}: ${
    identifier === undefined ? "not known" : value(identifier)
  }`
]

const renderRollout = ({ bucket, included, percentage, threshold }: RolloutExplanation): Lines => {
  if (percentage === undefined) {
    return []
  }
  const verdict = included === undefined ? "cannot be told" : included ? "in" : "out"
  return [
    `rollout ${percentage}%: ${verdict}${bucket === undefined ? "" : ` (bucket ${bucket}, up to ${threshold} is in)`}`
  ]
}

const renderVariant = ({ bucket, chosen, override, ranges }: VariantExplanation): Lines => [
  override === undefined
    ? `variant: ${chosen === undefined ? "none" : value(chosen)}${bucket === undefined ? "" : ` (bucket ${bucket})`}`
    : `variant: ${value(override)}, as the condition says`,
  ...indent(ranges.map(({ from, key, to }) => `${value(key)} from ${from} up to ${to}`))
]

const filter = (explanation: FilterExplanation): Lines => {
  const verdict = verdictText(explanation.verdict)
  switch (explanation._tag) {
    case "Property": {
      const { actual, expected, negated, operator, property } = explanation
      return [
        `${property} ${negated ? "not " : ""}${operator}${
          expected === undefined ? "" : ` ${value(expected)}`
        }: ${verdict} (${actual === undefined ? "missing" : `it is ${value(actual)}`})`
      ]
    }
    case "Cohort":
      return [
        `${explanation.negated ? "not in" : "in"} cohort ${explanation.cohort}: ${verdict}`,
        ...indent(explanation.definition === undefined ? [] : filter(explanation.definition))
      ]
    case "Dependency":
      return [
        `flag ${explanation.flag} ${explanation.negated ? "does not evaluate" : "evaluates"} to ${
          value(explanation.expected)
        }: ${verdict}`,
        ...indent(explanation.chain.flatMap(flag))
      ]
    case "Group":
      return [
        `${explanation.type === "AND" ? "all of" : "any of"}: ${verdict}`,
        ...indent(explanation.filters.flatMap(filter))
      ]
    case "Unreadable":
      return [`${value(explanation.definition)}: ${verdict}`]
  }
}

const verdictText = (verdict: Verdict): string =>
  verdict instanceof Inconclusive ? inconclusive(verdict) : verdict === "match" ? "match" : "no match"

const inconclusive = ({ detail, reason }: Inconclusive): string =>
  `inconclusive, ${reason}${detail === "" ? "" : ` (${detail})`}`

const longest = 120

const value = (input: unknown): string => {
  const text = JSON.stringify(toJsonValue(input) ?? null)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

const indent = (lines: Lines): Lines => lines.map((line) => `  ${line}`)
