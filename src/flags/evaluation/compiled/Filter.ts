/**
 * What a condition or a cohort asks: a tree of questions with three answers.
 *
 * @since 0.1.0
 */
import type { Inconclusive, Ternary } from "../Inconclusive.js"
import type { Pass } from "./Pass.js"

/** What every kind of filter has: of a property, a cohort, another flag, a group of filters, or an unreadable one. */
export interface Filter {
  /** How many steps evaluating it takes at most, without what it refers to. */
  readonly size: number
  readonly evaluate: (pass: Pass) => Ternary
}

/** A part of a definition that cannot be evaluated here. */
export class UnreadableFilter implements Filter {
  readonly _tag = "UnreadableFilter"
  readonly size = 1
  readonly definition: unknown
  readonly why: Inconclusive
  constructor(definition: unknown, why: Inconclusive) {
    this.definition = definition
    this.why = why
  }
  evaluate(pass: Pass): Ternary {
    pass.steps++
    return this.why
  }
}

/** False if any is, else what cannot be told if anything cannot, else true (FLAGS-LOCAL-70): a later false is decisive. */
export const every = (filters: ReadonlyArray<Filter>, pass: Pass): Ternary => {
  let doubt: Inconclusive | undefined
  for (const filter of filters) {
    const verdict = filter.evaluate(pass)
    if (verdict === false) {
      return false
    }
    if (verdict !== true) {
      doubt ??= verdict
    }
  }
  return doubt ?? true
}

/** True if any is, else what cannot be told if anything cannot, else false. */
export const some = (filters: ReadonlyArray<Filter>, pass: Pass): Ternary => {
  let doubt: Inconclusive | undefined
  for (const filter of filters) {
    const verdict = filter.evaluate(pass)
    if (verdict === true) {
      return true
    }
    if (verdict !== false) {
      doubt ??= verdict
    }
  }
  return doubt ?? false
}

/** Turns only what is certain (FLAGS-LOCAL-36, -71). */
export const negate = (verdict: Ternary, negated: boolean): Ternary =>
  negated && typeof verdict === "boolean" ? !verdict : verdict

export const sizeOf = (filters: ReadonlyArray<Filter>): number =>
  filters.reduce((total, filter) => total + filter.size, 0)
