/**
 * From a filter of a definition to one that can be evaluated.
 *
 * @since 0.1.0
 */
import { Inconclusive, type InconclusiveReason } from "../Inconclusive.js"
import { type Fields, isFields, ownField } from "../OwnField.js"
import { compile as compileMatcher, type MatcherSettings } from "../PropertyMatcher.js"
import { CohortFilter } from "./CohortFilter.js"
import type { CompiledCohort } from "./CompiledCohort.js"
import type { CompiledFlag } from "./CompiledFlag.js"
import { type Filter, UnreadableFilter } from "./Filter.js"
import { FlagFilter } from "./FlagFilter.js"
import { Link, type Linked } from "./Link.js"
import { groupProperty, personProperty, PropertyFilter } from "./PropertyFilter.js"
import type { SharedParts } from "./SharedParts.js"

/** Everything that a filter may refer to. */
export interface Library {
  readonly flags: ReadonlyMap<string, CompiledFlag>
  readonly cohorts: ReadonlyMap<string, CompiledCohort>
  readonly settings: Omit<MatcherSettings, "place">
  readonly shared: SharedParts
}

/** Where a filter stands. */
export interface Place {
  readonly kind: "condition" | "cohort"
  /** Whose links are collected. */
  readonly owner: Linked
  /** The group type whose properties are read; `undefined`: the person's. */
  readonly groupType: string | undefined
  /** How many groups stand around it. */
  readonly depth: number
}

export const compile = (definition: unknown, place: Place, library: Library): Filter => {
  if (!isFields(definition)) {
    return unreadable(definition, "malformedDefinition", "filter")
  }
  const type = ownField(definition, "type") ?? "person"
  switch (type) {
    case "cohort":
      return compileCohort(definition, place, library)
    case "flag":
      return compileFlag(definition, place, library)
    case "person":
    case "group":
      return compileProperty(definition, place, library)
    default:
      return unreadable(definition, "unsupportedFilter", typeof type === "string" ? type : "type")
  }
}

const unreadable = (definition: unknown, reason: InconclusiveReason, detail: string): UnreadableFilter =>
  new UnreadableFilter(definition, new Inconclusive(reason, detail))

/** Counts inside cohorts only (FLAGS-LOCAL-71). */
const isNegated = (definition: Fields, { kind }: Place): boolean =>
  kind === "cohort" && Boolean(ownField(definition, "negation"))

const compileProperty = (definition: Fields, place: Place, { settings, shared }: Library): Filter => {
  const key = ownField(definition, "key")
  if (typeof key !== "string" || key === "") {
    return unreadable(definition, place.kind === "cohort" ? "malformedCohort" : "malformedDefinition", "key")
  }
  const { groupType, kind } = place
  const operator = ownField(definition, "operator")
  const value = ownField(definition, "value")
  const read = shared.reader(
    groupType,
    key,
    () => groupType === undefined ? personProperty(key) : groupProperty(groupType, key)
  )
  const match = shared.matcher(
    kind,
    key,
    operator,
    value,
    () => compileMatcher(key, operator, value, { ...settings, place: kind })
  )
  return new PropertyFilter(key, definition, isNegated(definition, place), read, match)
}

const compileCohort = (definition: Fields, place: Place, { cohorts }: Library): Filter => {
  const operator = ownField(definition, "operator") ?? "in"
  // an omitted operator is `exact` elsewhere, and PostHog's own SDKs take `exact` for `in`
  if (operator !== "in" && operator !== "not_in" && operator !== "exact") {
    return unreadable(definition, "unknownOperator", typeof operator === "string" ? operator : "operator")
  }
  const id = ownField(definition, "value")
  if (typeof id !== "string" && typeof id !== "number") {
    return unreadable(definition, "malformedDefinition", "cohort")
  }
  const cohort = cohorts.get(String(id))
  if (cohort === undefined) {
    return unreadable(definition, "missingCohort", String(id))
  }
  const link = new Link(cohort, place.depth, "cohortCycle")
  place.owner.links.push(link)
  return new CohortFilter(definition, link, (operator === "not_in") !== isNegated(definition, place))
}

const compileFlag = (definition: Fields, place: Place, { flags }: Library): Filter => {
  const key = ownField(definition, "key")
  const operator = ownField(definition, "operator")
  const expected = ownField(definition, "value")
  const chain: unknown = ownField(definition, "dependency_chain")
  if (typeof key !== "string" || key === "") {
    return unreadable(definition, "malformedDefinition", "key")
  }
  if (operator !== "flag_evaluates_to") {
    return unreadable(definition, "unknownOperator", typeof operator === "string" ? operator : "operator")
  }
  if (expected === undefined) {
    return unreadable(definition, "invalidFilterValue", key)
  }
  if (!Array.isArray(chain)) {
    return unreadable(definition, "malformedDefinition", `${key}: dependency_chain`)
  }
  if (chain.length === 0) {
    // how the service says that there is a cycle
    return unreadable(definition, "dependencyCycle", key)
  }
  if (!chain.includes(key)) {
    return unreadable(definition, "malformedDefinition", `${key}: dependency_chain`)
  }
  const links: Array<Link<CompiledFlag>> = []
  for (const member of chain) {
    const flag = flags.get(member)
    if (flag === undefined) {
      return unreadable(definition, "missingFlag", typeof member === "string" ? member : key)
    }
    links.push(new Link(flag, place.depth, "dependencyCycle"))
  }
  place.owner.links.push(...links)
  return new FlagFilter(key, definition, expected, links, isNegated(definition, place))
}
