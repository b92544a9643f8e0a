/**
 * A check of one flag as an effect.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import * as Fiber from "effect/Fiber"
import type * as Option from "effect/Option"
import type { FlagError } from "./evaluation/FlagError.js"
import type { FlagEvaluation } from "./evaluation/FlagEvaluation.js"
import { FeatureFlags, type FlagOptions, peek } from "./FeatureFlags.js"

/** What a flag that was evaluated, and one that was not, give. */
export interface Reading<A, E> {
  readonly onFlag: (flag: FlagEvaluation) => Effect.Effect<A, E>
  readonly onError: (error: FlagError) => Effect.Effect<A, E>
}

/**
 * Reads a flag in the fiber that runs it. It is one small object and one step where the flag can be told at once: a
 * check stands in every program's hot path, and `withFiberRuntime` would cost half as much again.
 */
export class FlagCheck<A, E> extends Effectable.Class<A, E, FeatureFlags> {
  readonly #key: string
  readonly #options: FlagOptions
  readonly #reading: Reading<A, E>

  constructor(key: string, options: FlagOptions, reading: Reading<A, E>) {
    super()
    this.#key = key
    this.#options = options
    this.#reading = reading
  }

  override commit(): Effect.Effect<A, E, FeatureFlags> {
    // an effect is only ever run by a fiber
    const { value: fiber } = Fiber.getCurrentFiber() as Option.Some<Fiber.RuntimeFiber<unknown, unknown>>
    const flags = Context.unsafeGet(fiber.currentContext, FeatureFlags)
    const flag = flags[peek]?.(fiber, this.#key, this.#options)
    return flag === undefined
      ? Effect.matchEffect(flags.evaluateFlag(this.#key, this.#options), {
        onFailure: this.#reading.onError,
        onSuccess: this.#reading.onFlag
      })
      : this.#reading.onFlag(flag)
  }
}
