/**
 * A filter on one property of the person or of a group.
 *
 * @since 0.1.0
 */
import * as ContextProperty from "../../context/ContextProperty.js"
import { Inconclusive, type Ternary } from "../Inconclusive.js"
import { type Fields, ownField } from "../OwnField.js"
import type { Matcher } from "../PropertyMatcher.js"
import { type Filter, negate } from "./Filter.js"
import type { Pass } from "./Pass.js"

/** Reads one property; `undefined`: it is missing. */
export type Reader = (pass: Pass) => unknown

export class PropertyFilter implements Filter {
  readonly _tag = "PropertyFilter"
  readonly size = 1
  readonly key: string
  readonly definition: Fields
  readonly negated: boolean
  readonly read: Reader
  readonly #match: Matcher
  readonly #unreadable: Inconclusive
  constructor(key: string, definition: Fields, negated: boolean, read: Reader, match: Matcher) {
    this.key = key
    this.definition = definition
    this.negated = negated
    this.read = read
    this.#match = match
    this.#unreadable = new Inconclusive("unreadable", key)
  }
  evaluate(pass: Pass): Ternary {
    pass.steps++
    try {
      return negate(this.#match(this.read(pass), pass), this.negated)
    } catch {
      // a getter or a proxy of the application's
      return this.#unreadable
    }
  }
}

/** What was passed, then the context, then, for `distinct_id`, whom the flag is evaluated for. */
export const personProperty = (key: string): Reader => {
  const fromContext = ContextProperty.reader(key)
  const isDistinctId = key === "distinct_id"
  return ({ subject }) => {
    const passed = ownField(subject.personProperties, key)
    if (passed !== undefined) {
      return passed
    }
    const known = fromContext(subject.context)
    return known === undefined && isDistinctId ? subject.distinctId : known
  }
}

/** A group's properties; its key is one of them. */
export const groupProperty = (type: string, key: string): Reader => {
  const isGroupKey = key === "$group_key"
  return ({ subject }) => {
    // the type says what it holds, which is checked here and nowhere before
    const properties = ownField(subject.groupProperties, type)
    const known = typeof properties === "object" ? ownField(properties as Fields | null, key) : undefined
    return known === undefined && isGroupKey ? ownField(subject.groups, type) : known
  }
}
