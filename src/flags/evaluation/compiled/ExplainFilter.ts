/**
 * What filters come to, as data. Every verdict is asked of the filter that an evaluation asks.
 *
 * @since 0.1.0
 */
import type { Explanation, FilterExplanation, Verdict } from "../Explanation.js"
import type { Ternary } from "../Inconclusive.js"
import { ownField } from "../OwnField.js"
import { CohortFilter } from "./CohortFilter.js"
import type { CompiledFlag } from "./CompiledFlag.js"
import { type Filter, UnreadableFilter } from "./Filter.js"
import { FlagFilter } from "./FlagFilter.js"
import { Group } from "./Group.js"
import type { Linked } from "./Link.js"
import type { Pass } from "./Pass.js"
import { PropertyFilter } from "./PropertyFilter.js"

/** One explanation under way: what it holds already is not explained a second time. */
export interface Explaining {
  readonly pass: Pass
  readonly explained: Set<Linked>
  readonly flag: (flag: CompiledFlag, explaining: Explaining) => Explanation
}

export const explainFilter = (filter: Filter, explaining: Explaining): FilterExplanation => {
  if (filter instanceof PropertyFilter) {
    return explainProperty(filter, explaining)
  }
  if (filter instanceof CohortFilter) {
    return explainCohort(filter, explaining)
  }
  if (filter instanceof FlagFilter) {
    return explainDependency(filter, explaining)
  }
  const verdict = verdictOf(filter.evaluate(explaining.pass))
  if (filter instanceof Group) {
    return {
      _tag: "Group",
      type: filter.type,
      filters: filter.filters.map((inner) => explainFilter(inner, explaining)),
      verdict
    }
  }
  return {
    _tag: "Unreadable",
    definition: filter instanceof UnreadableFilter ? filter.definition : undefined,
    verdict
  }
}

const verdictOf = (answer: Ternary): Verdict => answer === true ? "match" : answer === false ? "noMatch" : answer

const explainProperty = (filter: PropertyFilter, { pass }: Explaining): FilterExplanation => {
  const operator = ownField(filter.definition, "operator") ?? "exact"
  return {
    _tag: "Property",
    property: filter.key,
    operator: typeof operator === "string" ? operator : "",
    expected: ownField(filter.definition, "value"),
    negated: filter.negated,
    actual: read(filter, pass),
    verdict: verdictOf(filter.evaluate(pass))
  }
}

const read = (filter: PropertyFilter, pass: Pass): unknown => {
  try {
    return filter.read(pass)
  } catch {
    return undefined
  }
}

const explainCohort = (filter: CohortFilter, explaining: Explaining): FilterExplanation => {
  const { broken, target } = filter.link
  const open = broken === undefined && !explaining.explained.has(target)
  explaining.explained.add(target)
  return {
    _tag: "Cohort",
    cohort: target.name,
    negated: filter.negated,
    verdict: verdictOf(filter.evaluate(explaining.pass)),
    definition: open && target.root !== undefined ? explainFilter(target.root, explaining) : undefined
  }
}

const explainDependency = (filter: FlagFilter, explaining: Explaining): FilterExplanation => ({
  _tag: "Dependency",
  flag: filter.key,
  expected: filter.expected,
  negated: filter.negated,
  verdict: verdictOf(filter.evaluate(explaining.pass)),
  chain: filter.chain.flatMap(({ broken, target }) => {
    if (broken !== undefined || explaining.explained.has(target)) {
      return []
    }
    explaining.explained.add(target)
    return [explaining.flag(target, explaining)]
  })
})
