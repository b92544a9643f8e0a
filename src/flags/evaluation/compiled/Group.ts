/**
 * Filters of a cohort that belong together.
 *
 * @since 0.1.0
 */
import type { Ternary } from "../Inconclusive.js"
import { every, type Filter, sizeOf, some } from "./Filter.js"
import type { Pass } from "./Pass.js"

export class Group implements Filter {
  readonly _tag = "Group"
  readonly size: number
  readonly type: "AND" | "OR"
  readonly filters: ReadonlyArray<Filter>
  constructor(type: "AND" | "OR", filters: ReadonlyArray<Filter>) {
    this.type = type
    this.filters = filters
    this.size = 1 + sizeOf(filters)
  }
  /** An empty `AND` is true, an empty `OR` false (FLAGS-LOCAL-70). */
  evaluate(pass: Pass): Ternary {
    pass.steps++
    return this.type === "AND" ? every(this.filters, pass) : some(this.filters, pass)
  }
}
