/**
 * The client: capture events, change person properties, flush.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { FlushReport } from "./delivery/Delivery.js"
import type { Stats } from "./delivery/Ledger.js"
import type { CaptureOutcome, ImmediateOutcome } from "./domain/CaptureOutcome.js"
import type { Properties } from "./domain/PropertyValue.js"
import type { CaptureOptions, GroupIdentifyOptions, IdentifyOptions, PersonOptions } from "./event/EventBuilder.js"
import * as OperationProperties from "./event/OperationProperties.js"
import { FeatureFlags } from "./flags/FeatureFlags.js"
import * as NoopClient from "./NoopClient.js"
import * as PosthogClient from "./PosthogClient.js"
import * as PosthogConfig from "./PosthogConfig.js"
import * as PosthogService from "./PosthogService.js"
import { ExceptionCapture } from "./scope/ExceptionCapture.js"
import { ProcessService } from "./scope/ProcessService.js"
import type { TimedOperation } from "./scope/TimedOperation.js"

export type {
  /** @since 0.1.0 */
  CaptureOptions,
  /** @since 0.1.0 */
  FlushReport,
  /** @since 0.1.0 */
  GroupIdentifyOptions,
  /** @since 0.1.0 */
  IdentifyOptions,
  /** @since 0.1.0 */
  PersonOptions,
  /** @since 0.1.0 */
  Stats
}

/**
 * A PostHog client.
 *
 * @since 0.1.0
 * @category models
 */
export type Service = PosthogService.Service

/**
 * @since 0.1.0
 * @category tags
 */
export class Posthog extends Context.Tag("effect-posthog/Posthog")<Posthog, Service>() {}

/**
 * Captures an event: in one synchronous step it reads the scope, stamps uuid and time, serializes the properties and
 * puts the finished event into the buffer. It never fails and never waits (CAP-01 to CAP-25).
 *
 * @example
 * import { Effect } from "effect"
 * import { Posthog } from "effect-posthog"
 *
 * const program = Effect.gen(function*() {
 *   const outcome = yield* Posthog.capture("order paid", { distinctId: "user-1", properties: { total: 42 } })
 *   return outcome._tag === "Captured" ? outcome.eventId : outcome.reason
 * })
 *
 * @since 0.1.0
 * @category capture
 */
export const capture = (
  event: string,
  options?: CaptureOptions
): Effect.Effect<CaptureOutcome, never, Posthog> =>
  // one step in place of three: this call stands in every program's hottest path
  Effect.withFiberRuntime((fiber) => {
    const client = Context.unsafeGet(fiber.currentContext, Posthog)
    const captureIn = client[PosthogService.captureIn]
    return captureIn === undefined ? client.capture(event, options) : captureIn(fiber, event, options ?? {})
  })

/**
 * What `captureOperation` takes.
 *
 * @since 0.1.0
 * @category models
 */
export interface CaptureOperationOptions extends CaptureOptions {
  /** The event's name. Default `operation completed`. */
  readonly event?: string | undefined
}

/**
 * Captures an operation that has ended as an event of the current scope: `operation_name`, `duration_seconds`,
 * `start_time`, `end_time`, `outcome`, `error_type`, `error_message` (redacted as exceptions are) and what was noted about
 * it under `operation_metadata`. Properties that are passed win.
 *
 * @example
 * import { Effect } from "effect"
 * import { Posthog, timedOperation } from "effect-posthog"
 *
 * const program = Effect.sleep("10 millis").pipe(timedOperation("import", { onEnd: Posthog.captureOperation }))
 *
 * @since 0.1.0
 * @category capture
 */
export const captureOperation = (
  operation: TimedOperation,
  options: CaptureOperationOptions = {}
): Effect.Effect<CaptureOutcome, never, Posthog> =>
  Effect.flatMap(Posthog, (client) => {
    const { event = "operation completed", ...captureOptions } = options
    return client.capture(event, {
      ...captureOptions,
      properties: {
        ...OperationProperties.of(operation, client.redactMessage ?? ((text) => text)),
        ...captureOptions.properties
      }
    })
  })

/**
 * Captures an event and sends it at once, past the buffer, with the client's retries: for the last thing a short-lived
 * process does. The outcome tells whether PostHog has it (CAP-12, CAP-17).
 *
 * @since 0.1.0
 * @category capture
 */
export const captureImmediate = (
  event: string,
  options?: CaptureOptions
): Effect.Effect<ImmediateOutcome, never, Posthog> =>
  Effect.flatMap(Posthog, (client) => client.captureImmediate(event, options))

/**
 * Captures an event of the `$ai_` family, with inputs and outputs that may be large: it takes what `capture` takes, and
 * goes to PostHog's address for AI events, past everything else, with bounds of its own (8 MiB for an event). Nothing of it
 * is redacted or shortened (CAPAI-01 to CAPAI-11, CAPAI-15).
 *
 * @example
 * import { Posthog } from "effect-posthog"
 *
 * const program = Posthog.captureAi("$ai_generation", {
 *   distinctId: "user-1",
 *   properties: { $ai_model: "small", $ai_input: [{ role: "user", content: "Hello" }], $ai_latency: 0.4 }
 * })
 *
 * @since 0.1.0
 * @category capture
 */
export const captureAi = (
  event: string,
  options?: CaptureOptions
): Effect.Effect<CaptureOutcome, never, Posthog> =>
  Effect.flatMap(Posthog, (client) => client.captureAi(event, options))

/**
 * The same, sent at once as `captureImmediate` does (CAPAI-02).
 *
 * @since 0.1.0
 * @category capture
 */
export const captureAiImmediate = (
  event: string,
  options?: CaptureOptions
): Effect.Effect<ImmediateOutcome, never, Posthog> =>
  Effect.flatMap(Posthog, (client) => client.captureAiImmediate(event, options))

/**
 * Sets properties of the person that the scope, or `distinctId`, names. With nobody named it does nothing: the outcome
 * is `personless`. The scope's tags are set too unless `tagsInSet` is off (seed 000 §7.1).
 *
 * @since 0.1.0
 * @category persons
 */
export const set = (
  properties: Properties,
  options?: PersonOptions
): Effect.Effect<CaptureOutcome, never, Posthog> => Effect.flatMap(Posthog, (client) => client.set(properties, options))

/**
 * Like `set`, but only for properties that the person does not have yet.
 *
 * @since 0.1.0
 * @category persons
 */
export const setOnce = (
  properties: Properties,
  options?: PersonOptions
): Effect.Effect<CaptureOutcome, never, Posthog> =>
  Effect.flatMap(Posthog, (client) => client.setOnce(properties, options))

/**
 * Removes properties of a person; blank names are passed over (PERSON-03).
 *
 * @since 0.1.0
 * @category persons
 */
export const unset = (
  names: string | ReadonlyArray<string>,
  options?: PersonOptions
): Effect.Effect<CaptureOutcome, never, Posthog> => Effect.flatMap(Posthog, (client) => client.unset(names, options))

/**
 * Captures one `$identify` event: these properties belong to this person (IDENT-01). It changes no scope: for that there
 * is `identifyScope`.
 *
 * @since 0.1.0
 * @category persons
 */
export const identify = (
  distinctId: string,
  options?: IdentifyOptions
): Effect.Effect<CaptureOutcome, never, Posthog> =>
  Effect.flatMap(Posthog, (client) => client.identify(distinctId, options))

/**
 * Captures one `$create_alias` event: `alias` is another id of the person with `distinctId` (ALIAS-01).
 *
 * @since 0.1.0
 * @category persons
 */
export const alias = (
  distinctId: string,
  alias: string
): Effect.Effect<CaptureOutcome, never, Posthog> => Effect.flatMap(Posthog, (client) => client.alias(distinctId, alias))

/**
 * Captures one `$groupidentify` event: these properties belong to this group (GROUPID-01). It carries the scope's
 * session, not its tags.
 *
 * @since 0.1.0
 * @category groups
 */
export const groupIdentify = (
  type: string,
  key: string | number,
  options?: GroupIdentifyOptions
): Effect.Effect<CaptureOutcome, never, Posthog> =>
  Effect.flatMap(Posthog, (client) => client.groupIdentify(type, key, options))

/**
 * Takes events again after `optOut`, from the next call on (CONSENT-02).
 *
 * @since 0.1.0
 * @category consent
 */
export const optIn: Effect.Effect<void, never, Posthog> = Effect.flatMap(Posthog, (client) => client.optIn)

/**
 * Takes no more events, from the next call on. What was captured before is still delivered (CONSENT-01).
 *
 * @since 0.1.0
 * @category consent
 */
export const optOut: Effect.Effect<void, never, Posthog> = Effect.flatMap(Posthog, (client) => client.optOut)

/**
 * @since 0.1.0
 * @category consent
 */
export const isOptedOut: Effect.Effect<boolean, never, Posthog> = Effect.flatMap(Posthog, (client) => client.isOptedOut)

/**
 * Sends what was captured before, and waits until PostHog has answered for it or the retries are used up. It never
 * fails; the report says what is still pending (FLUSH-01 to FLUSH-05).
 *
 * @since 0.1.0
 * @category lifecycle
 */
export const flush: Effect.Effect<FlushReport, never, Posthog> = Effect.flatMap(Posthog, (client) => client.flush)

/**
 * The same, and waits no longer than this: what is not delivered then is `pending` in the report, and delivery goes on.
 * For platforms that freeze a process after its answer.
 *
 * @example
 * import { Posthog } from "effect-posthog"
 *
 * const lastStep = Posthog.flushWithin("2 seconds")
 *
 * @since 0.1.0
 * @category lifecycle
 */
export const flushWithin = (timeout: Duration.DurationInput): Effect.Effect<FlushReport, never, Posthog> =>
  Effect.flatMap(Posthog, (client) => client.flushWithin(timeout))

/**
 * Closes the client as the end of its layer's scope does: it takes no more events, sends what it has within
 * `shutdownTimeout`, and drops and reports what is left. A second call waits for the first (SHUT-01 to SHUT-07).
 *
 * @since 0.1.0
 * @category lifecycle
 */
export const shutdown: Effect.Effect<FlushReport, never, Posthog> = Effect.flatMap(Posthog, (client) => client.shutdown)

/**
 * Where every event that was captured is now.
 *
 * @since 0.1.0
 * @category lifecycle
 */
export const stats: Effect.Effect<Stats, never, Posthog> = Effect.flatMap(Posthog, (client) => client.stats)

/**
 * A client that closes with the surrounding `Scope`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: PosthogConfig.Options
): Effect.Effect<Service, never, HttpClient.HttpClient | Scope.Scope> => PosthogClient.make(options)

const layerOf = <E, R>(
  client: Effect.Effect<Service, E, R>
): Layer.Layer<Posthog | ExceptionCapture | FeatureFlags, E, Exclude<R, Scope.Scope>> =>
  Layer.scopedContext(Effect.map(client, contextOf))

/**
 * The services of a client, as a layer of one provides them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const contextOf = (client: Service): Context.Context<Posthog | ExceptionCapture | FeatureFlags> => {
  const context = Context.make(Posthog, client).pipe(
    Context.add(ExceptionCapture, client),
    Context.add(FeatureFlags, client.featureFlags)
  )
  // a client that names no service leaves the one that another client named
  return client.processService === undefined ? context : Context.add(context, ProcessService, client.processService)
}

/**
 * The client as a layer. It flushes when its scope closes.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { Layer, Redacted } from "effect"
 * import { Posthog } from "effect-posthog"
 *
 * const PosthogEu = Posthog.layer({
 *   apiKey: Redacted.make("phc_…"),
 *   host: "https://eu.i.posthog.com"
 * }).pipe(Layer.provide(FetchHttpClient.layer))
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: PosthogConfig.Options
): Layer.Layer<Posthog | ExceptionCapture | FeatureFlags, never, HttpClient.HttpClient> => layerOf(make(options))

/**
 * The client as a layer, with its options from `Config`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<PosthogConfig.Options>
): Layer.Layer<Posthog | ExceptionCapture | FeatureFlags, ConfigError.ConfigError, HttpClient.HttpClient> =>
  layerOf(Effect.flatMap(Config.unwrap(config), make))

/**
 * A client that does nothing: every call is refused as `disabled`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerNoop: Layer.Layer<Posthog | ExceptionCapture | FeatureFlags> = layerOf(NoopClient.make)

/**
 * The client with its options from `POSTHOG_API_KEY`, `POSTHOG_HOST` and the other variables that
 * `PosthogConfig.fromEnv` names, and an HTTP client of its own that uses `fetch`. A missing key is a `ConfigError`.
 *
 * @since 0.1.0
 * @category layers
 */
export const PosthogLive: Layer.Layer<Posthog | ExceptionCapture | FeatureFlags, ConfigError.ConfigError> = layerOf(
  Effect.flatMap(PosthogConfig.fromEnv, make)
).pipe(Layer.provide(FetchHttpClient.layer))
