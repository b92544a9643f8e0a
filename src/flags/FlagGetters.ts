/**
 * The getters that posthog-node has, for those who come from there (FLAGS-GET-01 to -12, FLAGS-ISEN-01 to -05).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { JsonValue } from "../domain/JsonValue.js"
import type { FlagError } from "./evaluation/FlagError.js"
import { type FlagEvaluation, type FlagValue, isEnabled } from "./evaluation/FlagEvaluation.js"
import type { EvaluateOptions, FlagOptions, Service } from "./FeatureFlags.js"

type Getters = Pick<
  Service,
  | "getFeatureFlag"
  | "isFeatureEnabled"
  | "getFeatureFlagPayload"
  | "getFeatureFlagResult"
  | "getAllFlags"
  | "getAllFlagsAndPayloads"
>

export interface Sources {
  /** One flag; reading it is an access unless `sendEvents` is off. */
  readonly evaluateFlag: (key: string, options: FlagOptions) => Effect.Effect<FlagEvaluation, FlagError>
  /** Flags without any access. */
  readonly evaluateSilently: (options: EvaluateOptions) => Effect.Effect<ReadonlyMap<string, FlagEvaluation>>
  /** The payload that a definition has for a value; `undefined` where it is not defined here. */
  readonly definedPayload: (key: string, value: FlagValue) => JsonValue | undefined
}

export const make = ({ definedPayload, evaluateFlag, evaluateSilently }: Sources): Getters => {
  const of = (key: string, distinctId: string | undefined, options: FlagOptions | undefined) =>
    Effect.catchAll(evaluateFlag(key, forPerson(distinctId, options)), () => Effect.succeed(undefined))

  const all = (distinctId: string | undefined, options: EvaluateOptions | undefined) =>
    evaluateSilently(forPerson(distinctId, options))

  return {
    getFeatureFlag: (key, distinctId, options) => Effect.map(of(key, distinctId, options), (flag) => flag?.value),
    isFeatureEnabled: (key, distinctId, options) =>
      Effect.map(
        of(key, distinctId, options),
        (flag) => flag === undefined ? options?.default ?? false : isEnabled(flag)
      ),
    getFeatureFlagPayload: (key, distinctId, matchValue, options) => {
      if (matchValue !== undefined) {
        const defined = definedPayload(key, matchValue)
        if (defined !== undefined) {
          return Effect.succeed(defined)
        }
      }
      return Effect.map(all(distinctId, { ...options, flagKeys: [key] }), (flags) => {
        const flag = flags.get(key)
        return matchValue === undefined || flag?.value === matchValue ? flag?.payload : undefined
      })
    },
    getFeatureFlagResult: (key, distinctId, options) =>
      Effect.map(of(key, distinctId, options), (flag) =>
        flag === undefined ? undefined : {
          key,
          enabled: isEnabled(flag),
          variant: typeof flag.value === "string" ? flag.value : undefined,
          payload: flag.payload
        }),
    getAllFlags: (distinctId, options) => Effect.map(all(distinctId, options), values),
    getAllFlagsAndPayloads: (distinctId, options) =>
      Effect.map(all(distinctId, options), (flags) => ({
        featureFlags: values(flags),
        featureFlagPayloads: record(
          Array.from(flags).flatMap(([key, { payload }]) => payload === undefined ? [] : [[key, payload]])
        )
      }))
  }
}

const forPerson = <A extends FlagOptions>(distinctId: string | undefined, options: A | undefined): FlagOptions =>
  distinctId === undefined ? options ?? {} : { ...options, distinctId }

const values = (flags: ReadonlyMap<string, FlagEvaluation>): { readonly [key: string]: FlagValue } =>
  record(Array.from(flags, ([key, { value }]) => [key, value]))

/** An object without a prototype: a flag may be called `constructor`, or `__proto__`. */
const record = <A>(entries: ReadonlyArray<readonly [key: string, value: A]>): { readonly [key: string]: A } => {
  const result: Record<string, A> = Object.create(null)
  for (const [key, value] of entries) {
    result[key] = value
  }
  return result
}
