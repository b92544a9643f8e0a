/**
 * A cohort, compiled: who belongs to it is worked out at most once in a pass.
 *
 * @since 0.1.0
 */
import type { Ternary } from "../Inconclusive.js"
import type { Filter } from "./Filter.js"
import type { Link, Linked } from "./Link.js"
import type { Pass } from "./Pass.js"

export class CompiledCohort implements Linked {
  readonly name: string
  readonly links: Array<Link> = []
  #root: Filter | undefined
  #epoch = -1
  #verdict: Ternary = false
  constructor(id: string) {
    this.name = id
  }
  /** `undefined`: the cohort `{}`, to which everybody belongs. */
  get root(): Filter | undefined {
    return this.#root
  }
  get size(): number {
    return 1 + (this.#root?.size ?? 0)
  }
  /** Once, when everything that it may refer to is known. */
  complete(root: Filter | undefined): void {
    this.#root = root
  }
  evaluate(pass: Pass): Ternary {
    if (this.#epoch !== pass.epoch) {
      pass.steps++
      const { epoch } = pass
      this.#verdict = this.#root === undefined ? true : this.#root.evaluate(pass)
      this.#epoch = epoch
    }
    return this.#verdict
  }
}
