/**
 * The ways to read declared flags, from PostHog or from a snapshot.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type {
  BooleanKey,
  FlagDeclarations,
  PayloadErrorOf,
  PayloadKey,
  PayloadOf,
  VariantOf,
  VariantsKey
} from "./FlagTypes.js"

/**
 * Reading declared flags never fails: where a flag has no usable value, its declared default is its value, and the log
 * says why. `R` is what reading needs, `Options` what may follow the other arguments.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagReads<Flags extends FlagDeclarations, R, Options extends ReadonlyArray<unknown>> {
  /** Is the flag on? */
  readonly isEnabled: <Key extends BooleanKey<Flags>>(key: Key, ...options: Options) => Effect.Effect<boolean, never, R>

  /** Runs the effect if the flag is on. */
  readonly whenEnabled: When<BooleanKey<Flags>, R, Options>

  /** Runs the effect if the flag is off. */
  readonly whenDisabled: When<BooleanKey<Flags>, R, Options>

  /** Runs one effect if the flag is on, the other if it is off. */
  readonly ifEnabled: <Key extends BooleanKey<Flags>, A1, E1, R1, A2, E2, R2>(
    key: Key,
    branches: {
      readonly onTrue: Effect.Effect<A1, E1, R1>
      readonly onFalse: Effect.Effect<A2, E2, R2>
    },
    ...options: Options
  ) => Effect.Effect<A1 | A2, E1 | E2, R | R1 | R2>

  /** The flag's variant; its default where the flag is off, or is a variant that is not declared. */
  readonly variant: <Key extends VariantsKey<Flags>>(
    key: Key,
    ...options: Options
  ) => Effect.Effect<VariantOf<Flags[Key]>, never, R>

  /** Runs the effect of the flag's variant. Every variant has one: a missing or an unknown one does not compile. */
  readonly match: <
    Key extends VariantsKey<Flags>,
    Branches extends { readonly [Variant in VariantOf<Flags[Key]>]: Effect.Effect<unknown, unknown, unknown> }
  >(
    key: Key,
    branches: Branches & { readonly [Unknown in Exclude<keyof Branches, VariantOf<Flags[Key]>>]: never },
    ...options: Options
  ) => Effect.Effect<
    Effect.Effect.Success<Branches[VariantOf<Flags[Key]>]>,
    Effect.Effect.Error<Branches[VariantOf<Flags[Key]>]>,
    R | Effect.Effect.Context<Branches[VariantOf<Flags[Key]>]>
  >

  /**
   * The flag's payload, decoded. Where there is none, or none that the schema accepts: the default payload, or a failure
   * with `FlagPayloadInvalid` where none is declared. Silent: no `$feature_flag_called` is captured (FLAGS-GET-07).
   */
  readonly payload: <Key extends PayloadKey<Flags>>(
    key: Key,
    ...options: Options
  ) => Effect.Effect<PayloadOf<Flags[Key]>, PayloadErrorOf<Flags[Key]>, R>
}

/**
 * Runs an effect or leaves it: `effect.pipe(when(key))`, or `when(effect, key)`.
 *
 * @since 0.1.0
 * @category models
 */
export interface When<Key, R, Options extends ReadonlyArray<unknown>> {
  (key: Key, ...options: Options): <A, E, R1>(
    self: Effect.Effect<A, E, R1>
  ) => Effect.Effect<Option.Option<A>, E, R | R1>
  <A, E, R1>(
    self: Effect.Effect<A, E, R1>,
    key: Key,
    ...options: Options
  ): Effect.Effect<Option.Option<A>, E, R | R1>
}
