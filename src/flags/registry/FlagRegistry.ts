/**
 * The flags of an application, declared once: their keys, variants, defaults and payloads are then checked where they
 * are used.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { EventFlags } from "../../event/EventFlags.js"
import { type FlagError, FlagNotFound } from "../evaluation/FlagError.js"
import type { FlagEvaluation } from "../evaluation/FlagEvaluation.js"
import { FeatureFlags, type FlagOptions } from "../FeatureFlags.js"
import { FlagCheck, type Reading } from "../FlagCheck.js"
import type { FlagSnapshot } from "../FlagSnapshot.js"
import * as FlagReader from "./FlagReader.js"
import type { FlagReads } from "./FlagReads.js"
import type { FlagDeclarations, FlagKey } from "./FlagTypes.js"

/**
 * Declared flags, read from PostHog.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagRegistry<Flags extends FlagDeclarations>
  extends FlagReads<Flags, FeatureFlags, [options?: FlagOptions]>
{
  /** The declarations, as they were passed. */
  readonly definitions: Flags
  readonly keys: ReadonlyArray<FlagKey<Flags>>
  /** Evaluates all of them at once, for one person at one moment: PostHog is asked once at most. */
  readonly evaluate: (options?: FlagOptions) => Effect.Effect<FlagRegistrySnapshot<Flags>, never, FeatureFlags>
}

/**
 * Declared flags of one person at one moment: reading them evaluates nothing and asks nobody. An event takes them as its
 * `flags`.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagRegistrySnapshot<Flags extends FlagDeclarations> extends FlagReads<Flags, never, []>, EventFlags {
  /** The same flags, not typed. */
  readonly snapshot: FlagSnapshot
}

/**
 * Declares the flags of an application.
 *
 * @example
 * import { Effect, Schema } from "effect"
 * import * as Flag from "effect-posthog/flags/registry/Flag"
 * import * as FlagRegistry from "effect-posthog/flags/registry/FlagRegistry"
 *
 * const ShopFlags = FlagRegistry.registry({
 *   "new-checkout": Flag.boolean({ default: false }),
 *   "pricing": Flag.variants(["control", "low", "high"], {
 *     default: "control",
 *     payload: Schema.Struct({ price: Schema.Number })
 *   })
 * })
 *
 * const checkout = Effect.succeed("the new checkout").pipe(ShopFlags.whenEnabled("new-checkout"))
 *
 * const offer = ShopFlags.match("pricing", {
 *   control: Effect.succeed("9.00"),
 *   low: Effect.succeed("7.00"),
 *   high: Effect.map(ShopFlags.payload("pricing"), ({ price }) => price.toFixed(2))
 * })
 *
 * @since 0.1.0
 * @category constructors
 */
export const registry = <const Flags extends FlagDeclarations>(definitions: Flags): FlagRegistry<Flags> => {
  const reader = FlagReader.make<Flags>(definitions)
  const reads = reader<FeatureFlags, [options?: FlagOptions]>((key, isAccess, options = {}) =>
    new FlagCheck(key, isAccess ? options : { ...options, sendEvents: false }, flagOrError)
  )
  // Object.keys says `string` of any object; these are the declarations' own
  const keys = Object.keys(definitions) as ReadonlyArray<FlagKey<Flags>>
  return {
    ...reads,
    definitions,
    keys,
    evaluate: (options) =>
      Effect.flatMap(FeatureFlags, (service) =>
        Effect.map(
          service.evaluate({ ...options, flagKeys: keys }),
          (snapshot): FlagRegistrySnapshot<Flags> => ({
            ...reader<never, []>((key, isAccess) =>
              Effect.suspend(() =>
                Effect.zipRight(
                  isAccess ? snapshot.variant(key) : Effect.void,
                  Option.match(snapshot.get(key), {
                    onNone: () => Effect.fail(Option.getOrElse(snapshot.error, () => new FlagNotFound({ key }))),
                    onSome: Effect.succeed
                  })
                )
              )
            ),
            snapshot,
            get values() {
              return snapshot.values
            }
          })
        ))
  }
}

const flagOrError: Reading<FlagEvaluation, FlagError> = { onFlag: Effect.succeed, onError: Effect.fail }
