/**
 * Feature flags for plain code: the words of `Flags`, with promises in place of effects.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { JsonValue } from "../domain/JsonValue.js"
import type { EventFlags } from "../event/EventFlags.js"
import { type FlagError, FlagPayloadInvalid } from "../flags/evaluation/FlagError.js"
import type { FlagValue } from "../flags/evaluation/FlagEvaluation.js"
import type { EvaluateOptions, FlagOptions } from "../flags/FeatureFlags.js"
import * as Flags from "../flags/Flags.js"
import type { FlagSnapshot } from "../flags/FlagSnapshot.js"
import type { Border, Services } from "./Border.js"

/**
 * The flags of one person, evaluated once: reading it is synchronous, evaluates nothing and asks nobody. Attach it to
 * events with `flags`.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlainSnapshot extends EventFlags {
  /** The keys of the flags in it; their order says nothing. */
  readonly keys: ReadonlyArray<string>
  /** Whose flags these are; `undefined` where nobody was named, and then the snapshot is empty. */
  readonly distinctId: string | undefined
  /** Is the flag on? Missing: `default`, otherwise `false`. */
  readonly isEnabled: (key: string, options?: { readonly default?: boolean | undefined }) => boolean
  /** `true`, `false` or the variant's key; `undefined` where the flag is missing. */
  readonly variant: (key: string) => FlagValue | undefined
  /** The payload, silently; `undefined` where it is missing or the schema does not accept it. */
  readonly payload: {
    (key: string): JsonValue | undefined
    <A, I>(key: string, schema: Schema.Schema<A, I>): A | undefined
  }
  /** Only these flags, of those that are here. */
  readonly only: (keys: Iterable<string>) => PlainSnapshot
  /** Only the flags whose value was read before. */
  readonly onlyAccessed: () => PlainSnapshot
  /** Why some flags may be missing. */
  readonly error: FlagError | undefined
  /** The same snapshot for code with effects. */
  readonly snapshot: FlagSnapshot
}

/**
 * What the promise facade has of feature flags. With a `default` a promise never rejects; without one it rejects with a
 * `FlagError` where the flag cannot be told.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlainFlags {
  /** Is the flag on? A variant is on. */
  readonly isEnabled: (
    key: string,
    options?: FlagOptions & { readonly default?: boolean | undefined }
  ) => Promise<boolean>
  /** The flag's value: `true`, `false`, or the key of the variant. */
  readonly variant: {
    <A>(key: string, options: FlagOptions & { readonly default: A }): Promise<FlagValue | A>
    (key: string, options?: FlagOptions): Promise<FlagValue>
  }
  /** The payload of the flag's value, decoded where a schema is given. Reading it is no access. */
  readonly payload: {
    <A, I, D>(
      key: string,
      schema: Schema.Schema<A, I>,
      options: FlagOptions & { readonly default: D }
    ): Promise<A | D>
    <A, I>(key: string, schema: Schema.Schema<A, I>, options?: FlagOptions): Promise<A>
    <D>(key: string, options: FlagOptions & { readonly default: D }): Promise<JsonValue | D>
    (key: string, options?: FlagOptions): Promise<JsonValue>
  }
  /** The flags of one person: what can be is evaluated here, for the rest PostHog is asked once. It never rejects. */
  readonly evaluate: (options?: EvaluateOptions) => Promise<PlainSnapshot>
}

type Fallback<D> = FlagOptions & { readonly default?: D }

export const make = <R>(border: Border<R | Services>): PlainFlags => {
  function payload(key: string, first?: unknown, second?: Fallback<unknown>): Promise<never> {
    const read = (): Effect.Effect<unknown, FlagError | FlagPayloadInvalid, Services> => {
      const [schema, options] = Schema.isSchema(first)
        // a schema of plain code's needs no services: the types of `payload` ask for none
        ? [first as Schema.Schema<unknown, unknown>, second]
        // what is no schema are the options: the types of `payload` know nothing else
        : [undefined, first as Fallback<unknown> | undefined]
      const { default: fallback, ...rest } = options ?? {}
      const found = schema === undefined ? rawPayload(key, rest) : Flags.payload(key, schema, rest)
      return fallback === undefined ? found : Effect.orElseSucceed(found, () => fallback)
    }
    // the overloads say of which type it is
    return border.promise(read) as Promise<never>
  }
  return {
    isEnabled: (key, { default: fallback, ...options } = {}) =>
      border.promise(() =>
        fallback === undefined
          ? Flags.isEnabled(key, options)
          : Flags.isEnabled(key, { ...options, default: fallback })
      ),
    // the overloads say of which type it is
    variant:
      ((key: string, options: Fallback<unknown> = {}) =>
        border.promise(() => Flags.variant(key, options))) as PlainFlags["variant"],
    payload,
    evaluate: async (options) => plain(border, await border.promise(() => Flags.evaluate(options)))
  }
}

const rawPayload = (key: string, options: FlagOptions) =>
  Effect.flatMap(
    Flags.flag(key, { ...options, sendEvents: false }),
    ({ payload }) =>
      payload === undefined ? Effect.fail(new FlagPayloadInvalid({ key, reason: "missing" })) : Effect.succeed(payload)
  )

const plain = <R>(border: Border<R | Services>, snapshot: FlagSnapshot): PlainSnapshot => ({
  values: snapshot.values,
  keys: snapshot.keys,
  distinctId: snapshot.distinctId,
  snapshot,
  isEnabled: (key, options) => border.sync(() => snapshot.isEnabled(key, options), options?.default ?? false),
  variant: (key) => Option.getOrUndefined(border.sync(() => snapshot.variant(key), Option.none())),
  // without a schema it is the JSON value: the overloads say so
  payload: ((key: string, schema?: Schema.Schema<unknown, unknown>) =>
    schema === undefined
      ? Option.getOrUndefined(snapshot.payload(key))
      : Option.getOrUndefined(snapshot.payload(key, schema))) as PlainSnapshot["payload"],
  only: (keys) => plain(border, border.sync(() => snapshot.only(keys), snapshot)),
  onlyAccessed: () => plain(border, border.sync(() => snapshot.onlyAccessed, snapshot)),
  error: Option.getOrUndefined(snapshot.error)
})
