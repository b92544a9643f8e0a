/**
 * PostHog as a provider for OpenFeature (`@openfeature/server-sdk`, an optional peer).
 *
 * - Context: `targetingKey` is the distinct id; `groups`, `groupProperties` and `deviceId` are PostHog's; every other
 *   attribute is a person property.
 * - Boolean: is the flag on. String: the variant's key. Number: the variant's key where all of it is a number, otherwise a
 *   payload that is one. Object: a payload that is an object or an array. A flag that is on and has no value of that kind
 *   is a `TYPE_MISMATCH`; one that is off has the caller's default, except as a boolean, where it is `false`.
 * - Reasons: `STATIC` (on for everybody), `TARGETING_MATCH`, `SPLIT` (a percentage decided), `DISABLED`, `DEFAULT` (no
 *   condition matched, or the rollout excludes), `CACHED`, `STALE`, `UNKNOWN` (PostHog did not say) and `ERROR`.
 * - Each evaluation is an access of the flag, and reported as `$feature_flag_called` like any other.
 *
 * @since 0.1.0
 */
import { type EvaluationContext, type Provider, ProviderFatalError } from "@openfeature/server-sdk"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import type { FeatureFlags } from "../flags/FeatureFlags.js"
import { Posthog } from "../Posthog.js"
import * as CurrentScope from "../scope/CurrentScope.js"
import * as ScopeContext from "./ScopeContext.js"
import * as ServerProvider from "./ServerProvider.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long the initialization may wait for flag definitions, where the client uses any. Default 10 seconds. */
  readonly readyTimeout?: Duration.DurationInput | undefined
  /** How soon it is noticed that definitions have become stale, or fresh again. Default 1 second. */
  readonly statusInterval?: Duration.DurationInput | undefined
}

const resolveOptions = ({ readyTimeout, statusInterval }: Options) => ({
  readyTimeout: Duration.decode(readyTimeout ?? "10 seconds"),
  statusInterval: Duration.decode(statusInterval ?? "1 second")
})

/**
 * A provider on the client of this program. Closing it flushes and leaves the client open; when the surrounding `Scope`
 * closes, the provider ends too.
 *
 * Initializing it waits for the flag definitions, where the client uses any. Where they do not come, OpenFeature says
 * `ERROR`; PostHog is then asked for each evaluation, and `PROVIDER_READY` follows when they are there.
 *
 * An evaluation runs outside every scope, that of whoever made the provider included: OpenFeature's client calls from a
 * place where no fiber's scope can be seen. Pass `currentContext`, or set OpenFeature's own contexts. `track` is called
 * at once, and so has the scope of the fiber that calls it.
 *
 * @example
 * import { OpenFeature } from "@openfeature/server-sdk"
 * import { Effect } from "effect"
 * import * as PosthogProvider from "effect-posthog/openfeature/PosthogProvider"
 *
 * const program = Effect.gen(function*() {
 *   const provider = yield* PosthogProvider.make()
 *   yield* Effect.promise(() => OpenFeature.setProviderAndWait(provider))
 *   const client = OpenFeature.getClient()
 *   return yield* Effect.promise(() => client.getBooleanValue("new-checkout", false, { targetingKey: "user-1" }))
 * })
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Provider, never, FeatureFlags | Posthog | Scope.Scope> =>
  Effect.gen(function*() {
    const runtime = yield* Effect.runtime<FeatureFlags | Posthog>()
    const client = yield* Posthog
    const provider = ServerProvider.make({
      ...resolveOptions(options),
      runtime,
      connect: Effect.succeed(runtime),
      closed: client.flush
    })
    yield* Effect.addFinalizer(() => provider.disconnect)
    return provider
  })

/**
 * A provider with a client of its own, for programs without Effect. The client is built when OpenFeature initializes the
 * provider, and shut down, which delivers what it has, when OpenFeature closes it. Where it cannot be built the provider
 * is `FATAL`.
 *
 * @example
 * import { OpenFeature } from "@openfeature/server-sdk"
 * import { PosthogLive } from "effect-posthog"
 * import * as PosthogProvider from "effect-posthog/openfeature/PosthogProvider"
 *
 * const main = async () => {
 *   await OpenFeature.setProviderAndWait(PosthogProvider.fromLayer(PosthogLive))
 *   const isNew = await OpenFeature.getClient().getBooleanValue("new-checkout", false, { targetingKey: "user-1" })
 *   await OpenFeature.close()
 *   return isNew
 * }
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromLayer = <E>(layer: Layer.Layer<FeatureFlags | Posthog, E>, options: Options = {}): Provider =>
  ServerProvider.make({
    ...resolveOptions(options),
    runtime: Runtime.defaultRuntime,
    connect: Effect.catchAllCause(
      Layer.toRuntime(layer),
      (cause) => {
        const error = Cause.squash(cause)
        const why = error instanceof Error ? `: ${error.message}` : ""
        return Effect.fail(new ProviderFatalError(`the PostHog client cannot be built${why}`, { cause: error }))
      }
    ),
    closed: Effect.void
  })

/**
 * What the scope knows of whom flags are evaluated for, as an evaluation context: distinct id, device, groups and the
 * properties that were set for flags.
 *
 * @example
 * import { OpenFeature } from "@openfeature/server-sdk"
 * import { Effect } from "effect"
 * import { fresh, withScope } from "effect-posthog"
 * import * as PosthogProvider from "effect-posthog/openfeature/PosthogProvider"
 *
 * const program = Effect.gen(function*() {
 *   const context = yield* PosthogProvider.currentContext
 *   return yield* Effect.promise(() => OpenFeature.getClient().getStringValue("pricing", "low", context))
 * }).pipe(withScope(fresh, { distinctId: "user-1", groups: { company: "acme" } }))
 *
 * @since 0.1.0
 * @category contexts
 */
export const currentContext: Effect.Effect<EvaluationContext> = Effect.map(
  CurrentScope.get,
  ({ view }) => ScopeContext.fromView(view)
)
