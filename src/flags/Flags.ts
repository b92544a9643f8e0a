/**
 * Flag checks that compose: functions over the `FeatureFlags` service.
 *
 * Whom a flag is evaluated for is what the scope says, and what is passed wins over it. With a `default` a check cannot
 * fail; without one it fails with a typed error.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { JsonValue } from "../domain/JsonValue.js"
import type { RefreshOutcome } from "./definitions/Definitions.js"
import type { Explanation } from "./evaluation/Explanation.js"
import type { FlagDefinitions } from "./evaluation/FlagDefinitions.js"
import { type FlagError, FlagPayloadInvalid } from "./evaluation/FlagError.js"
import * as FlagEvaluation from "./evaluation/FlagEvaluation.js"
import { type EvaluateOptions, FeatureFlags, type FlagOptions } from "./FeatureFlags.js"
import { FlagCheck, type Reading } from "./FlagCheck.js"
import type { FlagSnapshot } from "./FlagSnapshot.js"

export type {
  /** @since 0.1.0 */
  EvaluateOptions,
  /** @since 0.1.0 */
  FlagOptions,
  /** @since 0.1.0 */
  FlagSnapshot
}

export { renderExplanation } from "./evaluation/RenderExplanation.js"
export { registry } from "./registry/FlagRegistry.js"

/**
 * The flags of one person in an immutable snapshot: read it as often as you like, attach it to events. What can be is
 * evaluated here, for the rest PostHog is asked once (FLAGS-EVAL-01 to -32).
 *
 * @example
 * import { Effect } from "effect"
 * import { Flags, Posthog } from "effect-posthog"
 *
 * const program = Effect.gen(function*() {
 *   const flags = yield* Flags.evaluate({ distinctId: "user-1" })
 *   const isNew = yield* flags.isEnabled("new-checkout")
 *   yield* Posthog.capture("checkout opened", { distinctId: "user-1", flags })
 *   return isNew
 * })
 *
 * @since 0.1.0
 * @category evaluation
 */
export const evaluate = (options?: EvaluateOptions): Effect.Effect<FlagSnapshot, never, FeatureFlags> =>
  Effect.flatMap(FeatureFlags, (flags) => flags.evaluate(options))

/**
 * One flag with all that is known of it: value, payload, reason, version.
 *
 * @since 0.1.0
 * @category evaluation
 */
export const flag = (
  key: string,
  options?: FlagOptions
): Effect.Effect<FlagEvaluation.FlagEvaluation, FlagError, FeatureFlags> =>
  Effect.flatMap(FeatureFlags, (flags) => flags.evaluateFlag(key, options))

/**
 * Is the flag on? A variant is on. With a `default` it cannot fail: that is the answer where there is nothing to report;
 * a flag that is off is off whatever the default is (FLAGS-ISEN-01 to -05).
 *
 * @example
 * import { Effect } from "effect"
 * import { Flags } from "effect-posthog"
 *
 * const program = Effect.gen(function*() {
 *   return (yield* Flags.isEnabled("new-checkout", { default: false })) ? "new" : "old"
 * })
 *
 * @since 0.1.0
 * @category checks
 */
export function isEnabled(
  key: string,
  options: FlagOptions & { readonly default: boolean }
): Effect.Effect<boolean, never, FeatureFlags>
export function isEnabled(
  key: string,
  options?: FlagOptions
): Effect.Effect<boolean, FlagError, FeatureFlags>
export function isEnabled(
  key: string,
  options: FlagOptions & { readonly default?: boolean } = {}
): Effect.Effect<boolean, FlagError, FeatureFlags> {
  return new FlagCheck(key, options, enabled(options.default))
}

const succeedTrue = Effect.succeed(true)
const succeedFalse = Effect.succeed(false)

const onFlag = (flag: FlagEvaluation.FlagEvaluation) => FlagEvaluation.isEnabled(flag) ? succeedTrue : succeedFalse

const enabledOrError: Reading<boolean, FlagError> = { onFlag, onError: Effect.fail }
const enabledOrTrue: Reading<boolean, never> = { onFlag, onError: () => succeedTrue }
const enabledOrFalse: Reading<boolean, never> = { onFlag, onError: () => succeedFalse }

const enabled = (fallback: boolean | undefined): Reading<boolean, FlagError> =>
  fallback === undefined ? enabledOrError : fallback ? enabledOrTrue : enabledOrFalse

/** What cannot fail where the options name a default. */
const orDefault = <A, E, R, D>(
  self: Effect.Effect<A, E, R>,
  options: { readonly default?: D }
): Effect.Effect<A | D, E, R> => {
  const { default: fallback } = options
  return fallback === undefined ? self : Effect.orElseSucceed(self, () => fallback)
}

/**
 * The flag's value: `true`, `false`, or the key of the variant. With a `default` it cannot fail.
 *
 * @since 0.1.0
 * @category checks
 */
export function variant<A>(
  key: string,
  options: FlagOptions & { readonly default: A }
): Effect.Effect<FlagEvaluation.FlagValue | A, never, FeatureFlags>
export function variant(
  key: string,
  options?: FlagOptions
): Effect.Effect<FlagEvaluation.FlagValue, FlagError, FeatureFlags>
export function variant(
  key: string,
  options: FlagOptions & { readonly default?: unknown } = {}
): Effect.Effect<unknown, FlagError, FeatureFlags> {
  const { default: fallback } = options
  return new FlagCheck<unknown, FlagError>(
    key,
    options,
    fallback === undefined ? valueOrError : { onFlag: value, onError: () => Effect.succeed(fallback) }
  )
}

const value = (flag: FlagEvaluation.FlagEvaluation) => Effect.succeed(flag.value)

const valueOrError: Reading<FlagEvaluation.FlagValue, FlagError> = { onFlag: value, onError: Effect.fail }

/**
 * The payload of the flag's value, decoded. Reading it is no access: no event is captured (FLAGS-GET-06, -07). With a
 * `default` it cannot fail: that is what a missing flag, a missing payload and one that the schema does not accept give.
 *
 * @example
 * import { Effect, Schema } from "effect"
 * import { Flags } from "effect-posthog"
 *
 * const Price = Schema.Struct({ price: Schema.Number })
 *
 * const program = Effect.gen(function*() {
 *   const { price } = yield* Flags.payload("pricing", Price, { default: { price: 10 } })
 *   return price
 * })
 *
 * @since 0.1.0
 * @category checks
 */
export function payload<A, I, R, D>(
  key: string,
  schema: Schema.Schema<A, I, R>,
  options: FlagOptions & { readonly default: D }
): Effect.Effect<A | D, never, FeatureFlags | R>
export function payload<A, I, R>(
  key: string,
  schema: Schema.Schema<A, I, R>,
  options?: FlagOptions
): Effect.Effect<A, FlagError | FlagPayloadInvalid, FeatureFlags | R>
export function payload<A, I, R>(
  key: string,
  schema: Schema.Schema<A, I, R>,
  options: FlagOptions & { readonly default?: unknown } = {}
): Effect.Effect<unknown, FlagError | FlagPayloadInvalid, FeatureFlags | R> {
  const decoded = Effect.flatMap(flag(key, { ...options, sendEvents: false }), ({ payload }) =>
    payload === undefined
      ? Effect.fail(new FlagPayloadInvalid({ key, reason: "missing" }))
      : Effect.mapError(
        Schema.decodeUnknown(schema)(payload),
        (error) => new FlagPayloadInvalid({ key, reason: ParseResult.TreeFormatter.formatErrorSync(error) })
      ))
  return orDefault(decoded, options)
}

/**
 * Runs the effect only where the flag is on. A flag that cannot be told is off, unless `default` says otherwise.
 *
 * @example
 * import { Effect } from "effect"
 * import { Flags } from "effect-posthog"
 *
 * const program = Effect.succeed("recommended for you").pipe(Flags.whenEnabled("recommendations"))
 *
 * @since 0.1.0
 * @category pipelines
 */
export const whenEnabled: {
  (
    key: string,
    options?: FlagOptions & { readonly default?: boolean }
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E, R | FeatureFlags>
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    key: string,
    options?: FlagOptions & { readonly default?: boolean }
  ): Effect.Effect<Option.Option<A>, E, R | FeatureFlags>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    key: string,
    options?: FlagOptions & { readonly default?: boolean }
  ): Effect.Effect<Option.Option<A>, E, R | FeatureFlags> =>
    Effect.flatMap(
      isEnabled(key, { ...options, default: options?.default ?? false }),
      (on) => on ? Effect.asSome(self) : Effect.succeed(Option.none<A>())
    )
)

/**
 * Runs the branch of the flag's variant; `orElse` where there is none of that name, the flag is off or cannot be told. A
 * flag that is on without variants takes the branch `true`. Typed and exhaustive: see `registry`.
 *
 * @since 0.1.0
 * @category pipelines
 */
export const match = <
  Branches extends { readonly [variant: string]: Effect.Effect<unknown, unknown, unknown> },
  A,
  E,
  R
>(
  key: string,
  options: FlagOptions & {
    readonly branches: Branches
    readonly orElse: Effect.Effect<A, E, R>
  }
): Effect.Effect<
  Effect.Effect.Success<Branches[keyof Branches]> | A,
  Effect.Effect.Error<Branches[keyof Branches]> | E,
  Effect.Effect.Context<Branches[keyof Branches]> | R | FeatureFlags
> =>
  Effect.flatMap(variant(key, { ...options, default: false }), (value) => {
    const { branches, orElse } = options
    const name = String(value)
    // what stands in `branches` is of its union of types
    return (value !== false && Object.hasOwn(branches, name) ? branches[name] : orElse) as Effect.Effect<
      Effect.Effect.Success<Branches[keyof Branches]> | A,
      Effect.Effect.Error<Branches[keyof Branches]> | E,
      Effect.Effect.Context<Branches[keyof Branches]> | R
    >
  })

/**
 * How the flag comes to its value, as data: every condition, every filter with the value it read, bucket and threshold.
 * Nothing where no such flag is defined here. It captures nothing and asks nobody. `renderExplanation` prints it.
 *
 * @since 0.1.0
 * @category explanation
 */
export const explain = (
  key: string,
  options?: FlagOptions
): Effect.Effect<Option.Option<Explanation>, never, FeatureFlags> =>
  Effect.flatMap(FeatureFlags, (flags) => flags.explain(key, options))

/**
 * The payload of a remote config flag, decrypted where it is stored encrypted; needs the secret key (FLAGS-LOCAL-79).
 *
 * @since 0.1.0
 * @category evaluation
 */
export const remoteConfigPayload = (key: string): Effect.Effect<JsonValue, FlagError, FeatureFlags> =>
  Effect.flatMap(FeatureFlags, (flags) => flags.getRemoteConfigPayload(key))

/**
 * Loads the definitions now.
 *
 * @since 0.1.0
 * @category definitions
 */
export const refresh: Effect.Effect<RefreshOutcome, never, FeatureFlags> = Effect.flatMap(
  FeatureFlags,
  ({ definitions }) => definitions.refresh
)

/**
 * Waits until definitions are loaded; `false` when `timeout` has passed before.
 *
 * @since 0.1.0
 * @category definitions
 */
export const awaitReady = (timeout: Duration.DurationInput): Effect.Effect<boolean, never, FeatureFlags> =>
  Effect.flatMap(FeatureFlags, ({ definitions }) => definitions.awaitReady(timeout))

/**
 * Every new set of definitions from now on.
 *
 * @since 0.1.0
 * @category definitions
 */
export const changes: Stream.Stream<FlagDefinitions, never, FeatureFlags> = Stream.unwrap(
  Effect.map(FeatureFlags, ({ definitions }) => definitions.changes)
)
