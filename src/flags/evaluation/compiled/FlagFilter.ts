/**
 * A filter on what another flag evaluates to.
 *
 * @since 0.1.0
 */
import type { FlagValue } from "../FlagEvaluation.js"
import { Inconclusive, type Ternary } from "../Inconclusive.js"
import type { Fields } from "../OwnField.js"
import type { CompiledFlag } from "./CompiledFlag.js"
import { type Filter, negate } from "./Filter.js"
import type { Link } from "./Link.js"
import type { Pass } from "./Pass.js"

export class FlagFilter implements Filter {
  readonly _tag = "FlagFilter"
  readonly size: number
  readonly key: string
  readonly definition: Fields
  readonly expected: unknown
  /** What has to be evaluated first, in this order; `key` is one of them (FLAGS-LOCAL-31). */
  readonly chain: ReadonlyArray<Link<CompiledFlag>>
  readonly negated: boolean
  readonly #unresolved: Inconclusive
  constructor(
    key: string,
    definition: Fields,
    expected: unknown,
    chain: ReadonlyArray<Link<CompiledFlag>>,
    negated: boolean
  ) {
    this.key = key
    this.definition = definition
    this.expected = expected
    this.chain = chain
    this.negated = negated
    this.size = 1 + chain.length
    this.#unresolved = new Inconclusive("inconclusiveDependency", key)
  }
  evaluate(pass: Pass): Ternary {
    pass.steps++
    let value: FlagValue = false
    for (const link of this.chain) {
      pass.steps++
      if (link.broken !== undefined) {
        return link.broken
      }
      const outcome = link.target.evaluate(pass)
      if (outcome._tag === "Inconclusive") {
        return this.#unresolved
      }
      if (link.target.name === this.key) {
        value = outcome.value
      }
    }
    return negate(evaluatesTo(value, this.expected), this.negated)
  }
}

/** `true` is any variant too, a text only that variant; what is neither never matches (FLAGS-LOCAL-29). */
const evaluatesTo = (value: FlagValue, expected: unknown): boolean =>
  expected === true ? value !== false && value !== "" : value === expected
