/**
 * A filter on membership in a cohort.
 *
 * @since 0.1.0
 */
import type { Ternary } from "../Inconclusive.js"
import type { Fields } from "../OwnField.js"
import type { CompiledCohort } from "./CompiledCohort.js"
import { type Filter, negate } from "./Filter.js"
import type { Link } from "./Link.js"
import type { Pass } from "./Pass.js"

export class CohortFilter implements Filter {
  readonly _tag = "CohortFilter"
  readonly size = 1
  readonly definition: Fields
  readonly link: Link<CompiledCohort>
  /** `not_in`, turned once more by a negation inside a cohort. */
  readonly negated: boolean
  constructor(definition: Fields, link: Link<CompiledCohort>, negated: boolean) {
    this.definition = definition
    this.link = link
    this.negated = negated
  }
  evaluate(pass: Pass): Ternary {
    pass.steps++
    return this.link.broken ?? negate(this.link.target.evaluate(pass), this.negated)
  }
}
