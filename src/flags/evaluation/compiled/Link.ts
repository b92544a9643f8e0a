/**
 * How definitions refer to each other. What is found out about a reference is found out when definitions are compiled:
 * one that is part of a cycle, or leads too deep, is never followed, so no evaluation depends on where it began.
 *
 * @since 0.1.0
 */
import { Inconclusive } from "../Inconclusive.js"

/** How many groups, cohorts and flags deep is followed (FLAGS-LOCAL-72). */
export const maxDepth = 256

/** A flag or a cohort. */
export interface Linked {
  readonly name: string
  /** Filled when it is compiled. */
  readonly links: Array<Link>
}

export class Link<out Target extends Linked = Linked> {
  readonly target: Target
  /** How many groups of its own stand around it. */
  readonly depth: number
  readonly #cycle: "cohortCycle" | "dependencyCycle"
  #broken: Inconclusive | undefined
  constructor(target: Target, depth: number, cycle: "cohortCycle" | "dependencyCycle") {
    this.target = target
    this.depth = depth
    this.#cycle = cycle
  }
  /** Why it is not followed. */
  get broken(): Inconclusive | undefined {
    return this.#broken
  }
  breakCycle(): void {
    this.#broken = new Inconclusive(this.#cycle, this.target.name)
  }
  breakDepth(): void {
    this.#broken = new Inconclusive("tooDeep", this.target.name)
  }
}
