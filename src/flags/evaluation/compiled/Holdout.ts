/**
 * People who are kept out of a flag, whatever its conditions say.
 *
 * @since 0.1.0
 */
import type { HoldoutDefinition } from "../FlagDefinition.js"
import type { LocalOutcome } from "../LocalOutcome.js"
import type { Bucketing } from "./Bucketing.js"
import type { Evaluations } from "./Evaluations.js"
import type { Pass } from "./Pass.js"

export class Holdout {
  readonly id: string
  readonly bucketing: Bucketing
  /** From 0 to 100, fractions kept (FLAGS-LOCAL-76). */
  readonly percentage: number
  readonly #held: LocalOutcome

  constructor(id: string, percentage: number, bucketing: Bucketing, evaluations: Evaluations) {
    this.id = id
    this.percentage = Math.min(Math.max(percentage, 0), 100)
    this.bucketing = bucketing
    this.#held = evaluations({ value: `holdout-${id}`, code: "holdout_condition_value", split: this.percentage < 100 })
  }

  get size(): number {
    return this.percentage < 100 ? 2 : 1
  }

  /** `undefined`: not held out. */
  evaluate(pass: Pass): LocalOutcome | undefined {
    pass.steps++
    const { identify, missing, required } = this.bucketing
    const identifier = identify(pass)
    if (identifier === undefined && (required || this.percentage < 100)) {
      return missing
    }
    return identifier === undefined || this.percentage >= 100 || this.bucket(pass, identifier) <= this.percentage / 100
      ? this.#held
      : undefined
  }

  /** Neither the flag nor the holdout is in it: one person is in all holdouts of a size, or in none (FLAGS-LOCAL-75). */
  bucket(pass: Pass, identifier: string): number {
    pass.steps++
    return pass.hash.unit("holdout", "-", identifier, "")
  }
}

/** A holdout without an id or a percentage is none. */
export const make = (
  definition: HoldoutDefinition | null | undefined,
  bucketing: Bucketing,
  evaluations: Evaluations
): Holdout | undefined => {
  const id = definition?.id ?? undefined
  const percentage = definition?.exclusion_percentage ?? undefined
  return id === undefined || percentage === undefined
    ? undefined
    : new Holdout(String(id), percentage, bucketing, evaluations)
}
