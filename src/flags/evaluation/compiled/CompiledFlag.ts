/**
 * A flag, compiled: what it evaluates to is worked out at most once in a pass.
 *
 * @since 0.1.0
 */
import type { FlagDefinition } from "../FlagDefinition.js"
import type { FlagEvaluation } from "../FlagEvaluation.js"
import { Inconclusive } from "../Inconclusive.js"
import type { LocalOutcome } from "../LocalOutcome.js"
import type { Condition } from "./Condition.js"
import type { Holdout } from "./Holdout.js"
import type { Link, Linked } from "./Link.js"
import type { Pass } from "./Pass.js"

/** What remains to be done for each person. */
export interface Plan {
  readonly holdout: Holdout | undefined
  readonly conditions: ReadonlyArray<Condition>
  readonly earlyExit: boolean
  readonly noMatch: FlagEvaluation
}

export class CompiledFlag implements Linked {
  readonly definition: FlagDefinition
  readonly name: string
  readonly links: Array<Link> = []
  #plan: Plan | LocalOutcome
  #epoch = -1
  #outcome: LocalOutcome

  constructor(definition: FlagDefinition) {
    this.definition = definition
    this.name = definition.key
    this.#plan = this.#outcome = new Inconclusive("malformedDefinition", definition.key)
  }

  /** The same for everybody, or what remains to be done. */
  get plan(): Plan | LocalOutcome {
    return this.#plan
  }

  get size(): number {
    const plan = this.#plan
    return "_tag" in plan
      ? 1
      : plan.conditions.reduce((total, condition) => total + condition.size, 1 + (plan.holdout?.size ?? 0))
  }

  /** Once, when everything that it may refer to is known. */
  complete(plan: Plan | LocalOutcome): void {
    this.#plan = plan
  }

  evaluate(pass: Pass): LocalOutcome {
    if (this.#epoch !== pass.epoch) {
      pass.steps++
      const { epoch } = pass
      this.#outcome = "_tag" in this.#plan ? this.#plan : decide(this.#plan, pass)
      this.#epoch = epoch
    }
    return this.#outcome
  }
}

/** The first condition that matches decides, even after one that cannot be told (FLAGS-LOCAL-18, -21). */
const decide = ({ conditions, earlyExit, holdout, noMatch }: Plan, pass: Pass): LocalOutcome => {
  const held = holdout?.evaluate(pass)
  if (held !== undefined) {
    return held
  }
  let doubt: Inconclusive | undefined
  let excluded: FlagEvaluation | undefined
  for (const condition of conditions) {
    const outcome = condition.evaluate(pass)
    if (outcome === undefined) {
      continue
    }
    if (outcome._tag === "Inconclusive") {
      doubt ??= outcome
    } else if (outcome.value !== false) {
      return outcome
    } else {
      excluded ??= outcome
      if (earlyExit) {
        break
      }
    }
  }
  return doubt ?? excluded ?? noMatch
}
