/**
 * The service that evaluates feature flags: here where it can, otherwise by asking PostHog once.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Option from "effect/Option"
import type { JsonValue } from "../domain/JsonValue.js"
import type { SubjectOptions } from "./context/Subject.js"
import type { Definitions } from "./definitions/Definitions.js"
import type { Explanation } from "./evaluation/Explanation.js"
import type { FlagError, FlagsUnavailable } from "./evaluation/FlagError.js"
import type { FlagEvaluation, FlagValue } from "./evaluation/FlagEvaluation.js"
import type { FlagSnapshot } from "./FlagSnapshot.js"

/**
 * How one flag is evaluated.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagOptions extends SubjectOptions {
  /** Never ask PostHog. Default: the client's, which is `false`. */
  readonly onlyEvaluateLocally?: boolean | undefined
  /** Capture `$feature_flag_called` at the first read of a value. Default: the client's, which is `true`. */
  readonly sendEvents?: boolean | undefined
  /** Keep PostHog from looking up where the sender's address is. Default: the client's `disableGeoip`. */
  readonly disableGeoip?: boolean | undefined
}

/**
 * How a snapshot is made.
 *
 * @since 0.1.0
 * @category models
 */
export interface EvaluateOptions extends FlagOptions {
  /** Only these flags. Default: all. */
  readonly flagKeys?: ReadonlyArray<string> | undefined
}

/**
 * What posthog-node calls a result.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagResult {
  readonly key: string
  readonly enabled: boolean
  readonly variant: string | undefined
  readonly payload: JsonValue | undefined
}

/**
 * Feature flags. What the scope says is the default of everything that is asked about a person.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The flags of one person: what can be is evaluated here, for the rest PostHog is asked at most once. */
  readonly evaluate: (options?: EvaluateOptions) => Effect.Effect<FlagSnapshot>
  /** One flag with everything that is known of it; reading it is an access. */
  readonly evaluateFlag: (key: string, options?: FlagOptions) => Effect.Effect<FlagEvaluation, FlagError>
  readonly getFeatureFlag: (
    key: string,
    distinctId?: string,
    options?: FlagOptions
  ) => Effect.Effect<FlagValue | undefined>
  readonly isFeatureEnabled: (
    key: string,
    distinctId?: string,
    options?: FlagOptions & { readonly default?: boolean | undefined }
  ) => Effect.Effect<boolean>
  readonly getFeatureFlagPayload: (
    key: string,
    distinctId?: string,
    matchValue?: FlagValue,
    options?: FlagOptions
  ) => Effect.Effect<JsonValue | undefined>
  readonly getFeatureFlagResult: (
    key: string,
    distinctId?: string,
    options?: FlagOptions
  ) => Effect.Effect<FlagResult | undefined>
  readonly getAllFlags: (
    distinctId?: string,
    options?: EvaluateOptions
  ) => Effect.Effect<{ readonly [key: string]: FlagValue }>
  readonly getAllFlagsAndPayloads: (
    distinctId?: string,
    options?: EvaluateOptions
  ) => Effect.Effect<{
    readonly featureFlags: { readonly [key: string]: FlagValue }
    readonly featureFlagPayloads: { readonly [key: string]: JsonValue }
  }>
  /** The payload of a remote config flag; needs the secret key (FLAGS-LOCAL-79). */
  readonly getRemoteConfigPayload: (key: string) => Effect.Effect<JsonValue, FlagsUnavailable>
  /** The decision as data; nothing where no such flag is defined here. Captures nothing. */
  readonly explain: (key: string, options?: FlagOptions) => Effect.Effect<Option.Option<Explanation>>
  readonly definitions: Definitions
  /** Forgets the values that PostHog answered, and which reads were captured (FLAGS-CACHE-03, FLAGS-TRACK-07). */
  readonly clearCache: Effect.Effect<void>
  /** How many reads are remembered as captured; none after the client is shut down (FLAGS-TRACK-06). */
  readonly trackedReads: Effect.Effect<number>
  /** @internal */
  readonly [peek]?: Peek
}

/**
 * What `Flags` finds in a service of ours: a flag that can be told at once and whose read is reported already, for a
 * caller that has the fiber at hand. `undefined`: take the ordinary way.
 *
 * @internal
 * @since 0.1.0
 * @category symbols
 */
export const peek: unique symbol = Symbol.for("effect-posthog/FeatureFlags/peek")

type Peek = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  key: string,
  options: FlagOptions
) => FlagEvaluation | undefined

/**
 * @since 0.1.0
 * @category tags
 */
export class FeatureFlags extends Context.Tag("effect-posthog/FeatureFlags")<FeatureFlags, Service>() {}
