/**
 * What the flags are for somebody, and why.
 *
 * @since 0.1.0
 */
import { toJsonObject } from "../../domain/JsonValue.js"
import { empty as nobody, type Subject } from "../../flags/context/Subject.js"
import type { Explanation as Decision } from "../../flags/evaluation/Explanation.js"
import { Inconclusive } from "../../flags/evaluation/Inconclusive.js"
import type { TimeSource } from "../../flags/evaluation/LocalOutcome.js"
import { renderExplanation } from "../../flags/evaluation/RenderExplanation.js"
import type { FlagResult, FlagsRequest, FlagValues } from "../FlagRoutes.js"
import type { Board } from "./FlagBoard.js"
import * as FlagBoard from "./FlagBoard.js"
import type { ExplainRequest, Explanation, JsonObject } from "./PageApi.js"

const textsIn = (values: Readonly<Record<string, unknown>> | undefined): { readonly [type: string]: string } =>
  Object.fromEntries(
    Object.entries(values ?? {}).flatMap(([type, key]) =>
      typeof key === "string" || typeof key === "number" ? [[type, String(key)]] : []
    )
  )

/** `known` is what the events say of the person; what is asked with wins. */
const subjectOf = (
  request: {
    readonly distinctId: string
    readonly personProperties: Readonly<Record<string, unknown>> | undefined
    readonly groups: Readonly<Record<string, unknown>> | undefined
    readonly groupProperties: Readonly<Record<string, unknown>> | undefined
  },
  known: JsonObject
): Subject => {
  const properties = { ...known, ...toJsonObject(request.personProperties ?? {}) }
  const device = properties["$device_id"]
  return {
    ...nobody(),
    distinctId: request.distinctId,
    deviceId: typeof device === "string" ? device : undefined,
    personProperties: { distinct_id: request.distinctId, ...properties },
    groups: textsIn(request.groups),
    groupProperties: Object.fromEntries(
      Object.entries(request.groupProperties ?? {}).map(([type, properties]) => [type, toJsonObject(properties)])
    )
  }
}

/** PostHog knows all properties of a person: one that is missing there does not match, and is nothing to ask about. */
const isNoMatch = ({ reason }: Inconclusive): boolean => reason === "missingProperty" || reason === "missingGroup"

/** As PostHog says it; only the evaluator in an SDK says that it was evaluated locally. */
const inWords = (code: string, condition: number | undefined): string | undefined =>
  code === "condition_match" && condition !== undefined
    ? `Matched condition set ${condition + 1}`
    : code === "no_condition_match"
    ? "No matching condition set"
    : code === "out_of_rollout_bound"
    ? "Out of rollout bound"
    : code === "disabled"
    ? "Feature flag is disabled"
    : undefined

export interface Answers {
  readonly values: FlagValues
  /** Some flags cannot be evaluated here, and are left out. */
  readonly incomplete: boolean
}

/** What `/flags` answers. */
export const answer = (board: Board, request: FlagsRequest, known: JsonObject, time: TimeSource): Answers => {
  const subject = subjectOf({
    distinctId: request.distinct_id,
    personProperties: request.person_properties,
    groups: request.groups,
    groupProperties: request.group_properties
  }, known)
  const values: Record<string, FlagResult> = Object.create(null)
  let incomplete = false
  for (const [key, outcome] of board.compiled.evaluateAll(subject, time)) {
    if (!(outcome instanceof Inconclusive)) {
      const { code, condition, description } = outcome.reason
      values[key] = {
        enabled: outcome.value !== false,
        ...(typeof outcome.value === "string" ? { variant: outcome.value } : {}),
        ...(outcome.payload === undefined ? {} : { payload: outcome.payload }),
        ...(outcome.id === undefined ? {} : { id: outcome.id }),
        ...(outcome.version === undefined ? {} : { version: outcome.version }),
        ...(outcome.hasExperiment === undefined ? {} : { hasExperiment: outcome.hasExperiment }),
        reason: { code, condition_index: condition ?? null, description: inWords(code, condition) ?? description }
      }
    } else if (isNoMatch(outcome)) {
      values[key] = {
        enabled: false,
        reason: {
          code: "no_condition_match",
          condition_index: null,
          description: `No condition can match: ${outcome.detail} is not known here`
        }
      }
    } else {
      incomplete = true
    }
  }
  return { values, incomplete }
}

const outcomeOf = (
  { reached, result }: Decision["conditions"][number]
): Explanation["conditions"][number]["outcome"] =>
  !reached
    ? "notReached"
    : result instanceof Inconclusive
    ? "inconclusive"
    : result === "noMatch"
    ? "notMatched"
    : result === "outOfRollout"
    ? "outsideRollout"
    : "matched"

/** The lines of the rendered decision about one condition, without its headline. */
const detailOf = (decision: Decision, condition: Decision["conditions"][number]): string =>
  renderExplanation({ ...decision, holdout: undefined, conditions: [condition] })
    .split("\n").slice(3).map((line) => line.replace(/^ {4}/, "")).join("\n")

/** The line that says which part of the definition decided. */
const reasonOf = (decision: Decision): string => {
  const because = renderExplanation({ ...decision, holdout: undefined, conditions: [] }).split("\n")[1]?.trim() ?? ""
  const { outcome } = decision
  if (!(outcome instanceof Inconclusive)) {
    return because
  }
  const what = `${outcome.reason}${outcome.detail === "" ? "" : ` (${outcome.detail})`}`
  return `${because}: ${what}; /flags ${isNoMatch(outcome) ? "answers false" : "leaves it out"}`
}

/** Every flag for somebody, condition by condition. */
export const explain = (
  board: Board,
  request: ExplainRequest,
  known: JsonObject,
  time: TimeSource
): ReadonlyArray<Explanation> => {
  const subject = subjectOf({
    distinctId: request.distinctId,
    personProperties: request.personProperties,
    groups: request.groups,
    groupProperties: undefined
  }, known)
  return FlagBoard.list(board).flatMap(({ conditions, key }) => {
    const decision = board.compiled.explain(key, subject, time)
    return decision === undefined ? [] : [{
      key,
      value: decision.outcome instanceof Inconclusive ? null : decision.outcome.value,
      reason: reasonOf(decision),
      conditions: decision.conditions.map((condition) => ({
        description: conditions[condition.index]?.description ?? "",
        outcome: outcomeOf(condition),
        detail: detailOf(decision, condition)
      }))
    }]
  })
}
