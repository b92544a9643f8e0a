/**
 * PostHog for code that is not Effect: the same client with promises in place of effects, and with its own scope for each
 * request through `AsyncLocalStorage`.
 *
 * What needs no waiting is synchronous: `capture` returns at once and never throws. For frameworks there are
 * `PosthogExpress`, `PosthogFastify`, `PosthogHono` and `PosthogNext`.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import type * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import type { FlushReport } from "../delivery/Delivery.js"
import * as Ledger from "../delivery/Ledger.js"
import { type CaptureOutcome, type ImmediateOutcome, refused } from "../domain/CaptureOutcome.js"
import type { DroppedEvent } from "../domain/DropReason.js"
import * as GuardedRead from "../domain/GuardedRead.js"
import type { Properties } from "../domain/PropertyValue.js"
import type { CaptureOptions, GroupIdentifyOptions, IdentifyOptions, PersonOptions } from "../event/EventBuilder.js"
import * as Posthog from "../Posthog.js"
import type * as PosthogConfig from "../PosthogConfig.js"
import * as CurrentScope from "../scope/CurrentScope.js"
import * as ExceptionCapture from "../scope/ExceptionCapture.js"
import * as Border from "./Border.js"
import * as PlainFlags from "./PlainFlags.js"
import * as PlainScope from "./PlainScope.js"
import * as ScopeCell from "./ScopeCell.js"
import * as StartOptions from "./StartOptions.js"

export type {
  /** @since 0.1.0 */
  PlainSnapshot
} from "./PlainFlags.js"

/**
 * The client's options as plain code gives them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<PosthogConfig.Options, "apiKey" | "secretKey" | "onDropped"> {
  /** The project's API key, `phc_…`. A blank one makes an inert client and an error in the log. */
  readonly apiKey: string | Redacted.Redacted
  /** A `phx_` personal or `phs_` project key, for feature flag definitions. */
  readonly secretKey?: string | Redacted.Redacted | undefined
  /** Is told of every event that was captured and will never be delivered. */
  readonly onDropped?: ((dropped: DroppedEvent) => Effect.Effect<void> | void) | undefined
  /** What requests are sent with. Default: `fetch`. It has to be built without waiting. */
  readonly httpClient?: Layer.Layer<HttpClient.HttpClient> | undefined
}

/**
 * A client for plain code. Nothing in it throws, and no promise of it rejects but those that say so.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service<R = never> extends PlainScope.PlainScope, PlainFlags.PlainFlags {
  /** Captures an event, in one synchronous step: it reads the scope and puts the finished event into the buffer. */
  readonly capture: (event: string, options?: CaptureOptions) => CaptureOutcome
  /** Captures an event and sends it at once. It never rejects: the outcome tells whether PostHog has it. */
  readonly captureImmediate: (event: string, options?: CaptureOptions) => Promise<ImmediateOutcome>
  /** Captures an event for PostHog's address for AI events. */
  readonly captureAi: (event: string, options?: CaptureOptions) => CaptureOutcome
  readonly captureAiImmediate: (event: string, options?: CaptureOptions) => Promise<ImmediateOutcome>
  /** Captures an error or anything thrown as one `$exception` event; the same error again makes no second one. */
  readonly captureException: (
    error: unknown,
    options?: ExceptionCapture.CaptureExceptionOptions
  ) => CaptureOutcome
  /** Sets properties of the person that the scope, or `distinctId`, names. */
  readonly set: (properties: Properties, options?: PersonOptions) => CaptureOutcome
  readonly setOnce: (properties: Properties, options?: PersonOptions) => CaptureOutcome
  readonly unset: (names: string | ReadonlyArray<string>, options?: PersonOptions) => CaptureOutcome
  /** Captures one `$identify` event. It changes no scope: for that there is `identifyScope`. */
  readonly identify: (distinctId: string, options?: IdentifyOptions) => CaptureOutcome
  readonly alias: (distinctId: string, alias: string) => CaptureOutcome
  readonly groupIdentify: (type: string, key: string | number, options?: GroupIdentifyOptions) => CaptureOutcome
  readonly optIn: () => void
  readonly optOut: () => void
  readonly isOptedOut: () => boolean
  /** Sends what was captured before, and waits for PostHog's answer. It never rejects. */
  readonly flush: () => Promise<FlushReport>
  /** The same, for at most so long. */
  readonly flushWithin: (timeout: Duration.DurationInput) => Promise<FlushReport>
  /** Closes the client within its `shutdownTimeout`. It never rejects, and afterwards nothing of it keeps a process alive. */
  readonly shutdown: () => Promise<FlushReport>
  readonly stats: () => Ledger.Stats
  /** Runs an effect in the scope of whoever calls. It rejects with the effect's own error. */
  readonly runPromise: <A, E>(effect: Effect.Effect<A, E, R | Border.Services>) => Promise<A>
  /** @internal */
  readonly [border]: Border.Border<Border.Services>
}

/**
 * What the adapters to frameworks find in a client.
 *
 * @internal
 * @since 0.1.0
 * @category symbols
 */
export const border: unique symbol = Symbol.for("effect-posthog/hosts/PosthogPromise/border")

/**
 * A client of its own, for programs without Effect. It is ready at once, and sends until `shutdown`.
 *
 * @example
 * import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
 *
 * const main = async () => {
 *   const posthog = PosthogPromise.make({ apiKey: "phc_…" })
 *   await posthog.withScope("fresh", { distinctId: "user-1" }, async () => {
 *     posthog.tag("plan", "pro")
 *     posthog.capture("order paid", { properties: { total: 42 } })
 *   })
 *   await posthog.shutdown()
 * }
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Service => {
  const scope = Effect.runSync(Scope.make())
  const built = Effect.runSyncExit(
    Posthog.layer(toConfig(options)).pipe(
      Layer.provide(options.httpClient ?? FetchHttpClient.layer),
      Layer.toRuntime,
      Scope.extend(scope)
    )
  )
  const runtime = Exit.isSuccess(built) ? built.value : Effect.runSync(
    Effect.logError("PostHog is disabled: its HTTP client could not be built at once", built.cause).pipe(
      Effect.annotateLogs({ package: "effect-posthog", module: "PosthogPromise" }),
      Effect.zipRight(Layer.toRuntime(Posthog.layerNoop)),
      Scope.extend(scope)
    )
  )
  const service = fromRuntime(runtime)
  const closed = () => Effect.runPromise(Scope.close(scope, Exit.void))
  return {
    ...service,
    shutdown: async () => {
      const report = await service.shutdown()
      await closed()
      return report
    }
  }
}

/**
 * A client on the runtime of an application: its `Posthog` is used, and left open but for `shutdown`.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { Layer, ManagedRuntime, Redacted } from "effect"
 * import { Posthog } from "effect-posthog"
 * import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
 *
 * const App = Posthog.layer({ apiKey: Redacted.make("phc_…") }).pipe(Layer.provide(FetchHttpClient.layer))
 *
 * const main = async () => {
 *   const runtime = ManagedRuntime.make(App)
 *   const posthog = await PosthogPromise.fromManagedRuntime(runtime)
 *   posthog.capture("app started")
 *   await runtime.dispose()
 * }
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromManagedRuntime = <R, E>(
  runtime: ManagedRuntime.ManagedRuntime<R | Border.Services, E>
): Promise<Service<R>> => runtime.runtime().then((made) => fromRuntime<R>(made))

/**
 * A client on a runtime that is there already.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromRuntime = <R = never>(runtime: Runtime.Runtime<R | Border.Services>): Service<R> => {
  const edge = Border.make<R>(runtime)
  const failed = refused("unreadable")
  const sync = (effect: () => Effect.Effect<CaptureOutcome, never, Border.Services>) =>
    edge.sync<CaptureOutcome>(effect, failed)
  const captureException: Service["captureException"] = (error, options) =>
    sync(() => {
      const isError = GuardedRead.guarded(() => error instanceof Error) === true
      return ExceptionCapture.capture(error, isError ? options : withCallSite(options, captureException))
    })
  return {
    ...PlainScope.make(edge),
    ...PlainFlags.make(edge),
    capture: (event, options) => sync(() => Posthog.capture(event, options)),
    captureImmediate: (event, options) =>
      edge.promise(() => Posthog.captureImmediate(event, options)).catch((): ImmediateOutcome => failed),
    captureAi: (event, options) => sync(() => Posthog.captureAi(event, options)),
    captureAiImmediate: (event, options) =>
      edge.promise(() => Posthog.captureAiImmediate(event, options)).catch((): ImmediateOutcome => failed),
    captureException,
    set: (properties, options) => sync(() => Posthog.set(properties, options)),
    setOnce: (properties, options) => sync(() => Posthog.setOnce(properties, options)),
    unset: (names, options) => sync(() => Posthog.unset(names, options)),
    identify: (distinctId, options) => sync(() => Posthog.identify(distinctId, options)),
    alias: (distinctId, alias) => sync(() => Posthog.alias(distinctId, alias)),
    groupIdentify: (type, key, options) => sync(() => Posthog.groupIdentify(type, key, options)),
    optIn: () => edge.sync(() => Posthog.optIn, undefined),
    optOut: () => edge.sync(() => Posthog.optOut, undefined),
    isOptedOut: () => edge.sync(() => Posthog.isOptedOut, false),
    flush: () => edge.promise(() => Posthog.flush).catch(() => nothing),
    flushWithin: (timeout) => edge.promise(() => Posthog.flushWithin(timeout)).catch(() => nothing),
    shutdown: () => edge.promise(() => Posthog.shutdown).catch(() => nothing),
    stats: () => edge.sync(() => Posthog.stats, Ledger.nothing),
    runPromise: (effect) => edge.promise(() => effect),
    [border]: edge
  }
}

/**
 * Runs plain code from an effect, in the effect's scope: what it captures, before and after it has waited for something,
 * belongs there. What it sets stays inside. A rejection is a defect, as with `Effect.promise`.
 *
 * @example
 * import { Effect } from "effect"
 * import { fresh, withScope } from "effect-posthog"
 * import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
 *
 * const posthog = PosthogPromise.make({ apiKey: "phc_…" })
 *
 * const legacy = async () => {
 *   await Promise.resolve()
 *   posthog.capture("old code ran")
 * }
 *
 * const program = PosthogPromise.plain(legacy).pipe(withScope(fresh, { distinctId: "user-1", captureExceptions: false }))
 *
 * @since 0.1.0
 * @category regions
 */
export const plain = <A>(f: (signal: AbortSignal) => PromiseLike<A>): Effect.Effect<A> =>
  Effect.flatMap(CurrentScope.get, (scope) => Effect.promise((signal) => ScopeCell.runIn(scope, () => f(signal))))

const nothing: FlushReport = { delivered: 0, dropped: 0, pending: 0 }

const redacted = (key: string | Redacted.Redacted): Redacted.Redacted =>
  Redacted.isRedacted(key) ? key : Redacted.make(key)

const toConfig = ({ apiKey, onDropped, secretKey, ...options }: Options): PosthogConfig.Options =>
  StartOptions.ready({
    ...options,
    apiKey: redacted(apiKey),
    secretKey: secretKey === undefined ? undefined : redacted(secretKey),
    onDropped: onDropped === undefined ? undefined : told(onDropped)
  })

/** Whoever drops an event does not wait for who is told of it. */
const told =
  (onDropped: NonNullable<Options["onDropped"]>): NonNullable<PosthogConfig.Options["onDropped"]> => (dropped) =>
    Effect.suspend(() => {
      const telling = onDropped(dropped)
      return Effect.isEffect(telling) ? Effect.asVoid(Effect.forkDaemon(telling)) : Effect.void
    })

/** What has no stack of its own gets that of the call. */
const withCallSite = (
  options: ExceptionCapture.CaptureExceptionOptions | undefined,
  called: (...args: Array<never>) => unknown
): ExceptionCapture.CaptureExceptionOptions => {
  const callSite = new Error()
  Error.captureStackTrace(callSite, called)
  return { callSite, ...options }
}
