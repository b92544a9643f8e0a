/**
 * One condition of a flag: filters, a rollout, and which variant it gives.
 *
 * @since 0.1.0
 */
import type { FlagEvaluation } from "../FlagEvaluation.js"
import type { LocalOutcome } from "../LocalOutcome.js"
import type { Bucketing } from "./Bucketing.js"
import type { Evaluations } from "./Evaluations.js"
import { every, type Filter, sizeOf } from "./Filter.js"
import type { Pass } from "./Pass.js"
import type { Rollout } from "./Rollout.js"
import * as Variants from "./Variants.js"

export interface ConditionParts {
  readonly key: string
  readonly index: number
  readonly bucketing: Bucketing
  readonly filters: ReadonlyArray<Filter>
  readonly rollout: Rollout
  /** The variant that everybody gets who matches; one that the flag has (FLAGS-LOCAL-19). */
  readonly override: string | undefined
  readonly ranges: ReadonlyArray<Variants.VariantRange>
  readonly evaluations: Evaluations
}

export class Condition {
  readonly size: number
  readonly parts: ConditionParts
  /** Is a variant found by hashing? */
  readonly splits: boolean
  #excluded: FlagEvaluation | undefined
  #on: FlagEvaluation | undefined
  readonly #variants: Array<FlagEvaluation | undefined>
  readonly #key: string
  readonly #bucketing: Bucketing
  readonly #filters: ReadonlyArray<Filter>
  readonly #decides: boolean
  readonly #threshold: number

  constructor(parts: ConditionParts) {
    this.parts = parts
    this.splits = parts.override === undefined && parts.ranges.length > 0
    this.#variants = parts.ranges.map(() => undefined)
    this.#key = parts.key
    this.#bucketing = parts.bucketing
    this.#filters = parts.filters
    this.#decides = parts.rollout.decides
    this.#threshold = parts.rollout.threshold
    this.size = 1 + (this.#decides ? 1 : 0) + (this.splits ? 1 : 0) + sizeOf(parts.filters)
  }

  /**
   * `undefined`: the filters do not match. `false` with `out_of_rollout_bound`: they do, and the rollout excludes
   * (FLAGS-LOCAL-20).
   */
  evaluate(pass: Pass): LocalOutcome | undefined {
    pass.steps++
    const { identify, missing, required } = this.#bucketing
    const identifier = identify(pass)
    if (identifier === undefined && required) {
      return missing
    }
    const verdict = every(this.#filters, pass)
    if (verdict !== true) {
      return verdict === false ? undefined : verdict
    }
    if (!this.#decides && !this.splits) {
      return this.#on ??= this.#matched(this.parts.override ?? true)
    }
    if (identifier === undefined) {
      return missing
    }
    if (this.#decides && this.bucket(pass, identifier) > this.#threshold) {
      return this.#excluded ??= this.parts.evaluations({
        value: false,
        code: "out_of_rollout_bound",
        condition: this.parts.index,
        split: true
      })
    }
    return this.splits ? this.#split(pass, identifier) : this.#on ??= this.#matched(this.parts.override ?? true)
  }

  /** Where somebody falls in the rollout. */
  bucket(pass: Pass, identifier: string): number {
    pass.steps++
    return pass.hash.unit(this.#key, ".", identifier, "")
  }

  /** Where somebody falls among the variants. */
  variantBucket(pass: Pass, identifier: string): number {
    pass.steps++
    return pass.hash.unit(this.#key, ".", identifier, "variant")
  }

  #split(pass: Pass, identifier: string): FlagEvaluation {
    const index = Variants.indexOf(this.parts.ranges, this.variantBucket(pass, identifier))
    return index < 0
      ? this.#on ??= this.#matched(true)
      : this.#variants[index] ??= this.#matched(this.parts.ranges[index]?.key ?? true)
  }

  #matched(value: string | true): FlagEvaluation {
    return this.parts.evaluations({
      value,
      code: "condition_match",
      condition: this.parts.index,
      split: this.#decides || this.splits
    })
  }
}
