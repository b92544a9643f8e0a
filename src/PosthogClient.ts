/**
 * The client's making: the place where the rooms meet. A call reads the scope once, becomes a finished event, passes the
 * before-send hooks and is offered to delivery.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Delivery from "./delivery/Delivery.js"
import * as DeliveryMetrics from "./delivery/DeliveryMetrics.js"
import * as Protocol from "./delivery/Protocol.js"
import {
  captured,
  type CaptureOutcome,
  type ImmediateOutcome,
  type RefusalReason,
  type Refused,
  refused
} from "./domain/CaptureOutcome.js"
import type { DropReason } from "./domain/DropReason.js"
import { type JsonObject, toJsonObject } from "./domain/JsonValue.js"
import type { Properties } from "./domain/PropertyValue.js"
import * as BeforeSendChain from "./event/BeforeSendChain.js"
import type { CaptureOptions, GroupIdentifyOptions, IdentifyOptions, PersonOptions } from "./event/EventBuilder.js"
import * as EventBuilder from "./event/EventBuilder.js"
import type { FinishedEvent } from "./event/FinishedEvent.js"
import * as HostProperties from "./event/HostProperties.js"
import * as Library from "./event/Library.js"
import * as Preparation from "./event/Preparation.js"
import * as Uuid from "./event/Uuid.js"
import * as CapturedExceptions from "./exception/CapturedExceptions.js"
import * as ExceptionList from "./exception/ExceptionList.js"
import * as ExceptionProperties from "./exception/ExceptionProperties.js"
import * as PosthogConfig from "./PosthogConfig.js"
import * as ResolvedOptions from "./ResolvedOptions.js"
import * as CurrentScope from "./scope/CurrentScope.js"
import type { Service as ExceptionCaptureService } from "./scope/ExceptionCapture.js"
import type { ScopeView } from "./scope/PosthogScope.js"

/**
 * A PostHog client. Nothing in it fails: what could not be captured is an outcome, a log line and a counter.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends ExceptionCaptureService {
  readonly capture: (event: string, options?: CaptureOptions) => Effect.Effect<CaptureOutcome>
  readonly captureImmediate: (event: string, options?: CaptureOptions) => Effect.Effect<ImmediateOutcome>
  readonly set: (properties: Properties, options?: PersonOptions) => Effect.Effect<CaptureOutcome>
  readonly setOnce: (properties: Properties, options?: PersonOptions) => Effect.Effect<CaptureOutcome>
  readonly unset: (
    names: string | ReadonlyArray<string>,
    options?: PersonOptions
  ) => Effect.Effect<CaptureOutcome>
  readonly identify: (distinctId: string, options?: IdentifyOptions) => Effect.Effect<CaptureOutcome>
  readonly alias: (distinctId: string, alias: string) => Effect.Effect<CaptureOutcome>
  readonly groupIdentify: (
    type: string,
    key: string | number,
    options?: GroupIdentifyOptions
  ) => Effect.Effect<CaptureOutcome>
  readonly optIn: Effect.Effect<void>
  readonly optOut: Effect.Effect<void>
  readonly isOptedOut: Effect.Effect<boolean>
  readonly flush: Effect.Effect<Delivery.FlushReport>
  readonly shutdown: Effect.Effect<Delivery.FlushReport>
  readonly stats: Effect.Effect<Delivery.Stats>
}

const annotations = { package: "effect-posthog", module: "Posthog" }

/** A client that sends to PostHog; inert, with an error in the log, where it cannot (SETUP-02, SETUP-08). */
export const make = (
  options: PosthogConfig.Options
): Effect.Effect<Service, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.suspend(() => {
    const host = PosthogConfig.normalizeHost(options.host)
    const apiKey = Redacted.value(options.apiKey).trim()
    const inert = options.disabled === true
      ? "disabled by its options"
      : apiKey === ""
      ? "the API key is empty"
      : host === undefined
      ? "the host is no http or https address"
      : undefined
    if (inert !== undefined || host === undefined) {
      return Effect.zipRight(
        Effect.annotateLogs(
          options.disabled === true
            ? Effect.logDebug(`PostHog is ${inert}`)
            : Effect.logError(`PostHog is disabled: ${inert}`),
          annotations
        ),
        makeNoop
      )
    }
    const settings = ResolvedOptions.resolve(options)
    const delivery = Delivery.make({
      host,
      protocol: Protocol.batch({
        apiKey: Redacted.make(apiKey),
        historicalMigration: options.historicalMigration ?? false
      }),
      compression: settings.compression,
      requestTimeout: settings.requestTimeout,
      buffer: {
        maxEvents: settings.maxBufferedEvents,
        maxBytes: settings.maxBufferedBytes,
        overflow: settings.overflow
      },
      flushAt: settings.flushAt,
      flushInterval: settings.flushInterval,
      maxBatchSize: settings.maxBatchSize,
      maxBatchBytes: settings.maxBatchBytes,
      retry: {
        maxRetries: settings.maxRetries,
        baseDelay: settings.retryDelay,
        maxDelay: settings.maxRetryDelay
      },
      pause: settings.retryPause,
      onDropped: options.onDropped ?? (() => Effect.void)
    })
    return Effect.gen(function*() {
      if (options.secretKey !== undefined && PosthogConfig.isProjectKey(options.secretKey)) {
        yield* Effect.logError("the secret key is a project's public key: it is not used").pipe(
          Effect.annotateLogs(annotations)
        )
      }
      // its fibers outlive whoever builds the layer: they must not keep that one's scope
      return yield* makeWith(options, yield* CurrentScope.withoutScope(delivery))
    })
  })

/** A client over any delivery: the one that sends, or the testing kit's. It shuts down when its scope closes. */
export const makeWith = (
  options: Omit<PosthogConfig.Options, "apiKey">,
  delivery: Delivery.Delivery
): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function*() {
    const settings = ResolvedOptions.resolve(options)
    const library: JsonObject = { $lib: Library.name, $lib_version: Library.version }
    const builder = EventBuilder.make({
      client: {
        library,
        system: {
          ...(options.systemProperties === true ? HostProperties.read() : {}),
          ...(options.isServer === false ? {} : { $is_server: true }),
          ...(options.disableGeoip === false ? {} : { $geoip_disable: true })
        },
        superProperties: toJsonObject(options.superProperties)
      },
      uuids: yield* Uuid.make,
      tagsInSet: options.tagsInSet ?? true,
      maxEventBytes: settings.maxEventBytes
    })
    const hooks = options.beforeSend === undefined
      ? []
      : typeof options.beforeSend === "function"
      ? [options.beforeSend]
      : options.beforeSend
    const preparation = yield* Preparation.make(options.maxPreparing ?? 1000)
    const exceptions = CapturedExceptions.make()
    let optedOut = options.optedOut ?? false
    let closed = false
    let full = false

    /** A call that made no event. */
    const refuse = (what: string, reason: RefusalReason): Effect.Effect<Refused> => {
      const line = `${what} was refused: ${reason}`
      return Effect.annotateLogs(quiet.has(reason) ? Effect.logDebug(line) : Effect.logWarning(line), annotations).pipe(
        Effect.zipRight(Metric.incrementBy(DeliveryMetrics.refused.pipe(Metric.tagged("reason", reason)), 1)),
        Effect.as(refused(reason))
      )
    }

    /** An event that was made and must not be delivered. */
    const drop = (
      event: FinishedEvent,
      reason: RefusalReason & DropReason,
      detail: string
    ): Effect.Effect<Refused> => {
      const line = `event "${event.event}" was dropped: ${detail}`
      return Effect.annotateLogs(quiet.has(reason) ? Effect.logDebug(line) : Effect.logWarning(line), annotations).pipe(
        Effect.zipRight(delivery.dropUnoffered(event, reason)),
        Effect.as(refused(reason))
      )
    }

    /** Puts a finished event into the buffer. */
    const offer = (event: FinishedEvent): Effect.Effect<CaptureOutcome> => {
      const dropped = delivery.offer(event)
      if (dropped.length === 0) {
        full = false
        return Effect.succeed(captured(event.uuid))
      }
      // one warning each time it fills up, not one for each event
      const warning = full ? Effect.void : Effect.logWarning("the event buffer is full")
      full = true
      return warning.pipe(
        Effect.annotateLogs(annotations),
        Effect.zipRight(delivery.drop(dropped, "bufferFull")),
        Effect.as(dropped.includes(event) ? refused("bufferFull") : captured(event.uuid))
      )
    }

    /** Lets the hooks have their say, now or in the preparation stage, and hands what they pass to `next`. */
    const prepare = (
      event: FinishedEvent,
      next: (event: FinishedEvent) => Effect.Effect<CaptureOutcome>
    ): Effect.Effect<CaptureOutcome> => {
      if (hooks.length === 0) {
        return next(event)
      }
      const decide = (verdict: BeforeSendChain.Verdict): Effect.Effect<CaptureOutcome> => {
        switch (verdict._tag) {
          case "Pass":
            return warnIfBare(verdict.event, next)
          case "Refuse":
            return drop(event, verdict.reason, verdict.detail)
          case "Later":
            return Effect.flatMap(verdict.verdict, decide)
        }
      }
      const verdict = BeforeSendChain.run(hooks, event)
      return verdict._tag === "Later" ? later(event, decide(verdict)) : decide(verdict)
    }

    const later = (event: FinishedEvent, decision: Effect.Effect<CaptureOutcome>) =>
      Effect.flatMap(
        preparation.start(
          decision.pipe(Effect.onInterrupt(() => delivery.dropUnoffered(event, "shutdown")), Effect.asVoid)
        ),
        (started) =>
          started
            ? Effect.succeed(captured(event.uuid))
            : drop(event, "preparationFull", "too many events wait for before-send hooks")
      )

    /** HOOK-06 */
    const warnIfBare = (event: FinishedEvent, next: (event: FinishedEvent) => Effect.Effect<CaptureOutcome>) =>
      event.own === "{}" && event.shared === ""
        ? Effect.logWarning(`a before-send hook left event "${event.event}" without properties`).pipe(
          Effect.annotateLogs(annotations),
          Effect.zipRight(next(event))
        )
        : next(event)

    /** One synchronous step from the call to the buffer: the scope and the clock are read here and nowhere later. */
    const run = (
      what: string,
      build: (now: number, view: ScopeView) => EventBuilder.Built
    ): Effect.Effect<CaptureOutcome> =>
      Effect.withFiberRuntime((fiber) => {
        const built = buildIn(fiber, build)
        return typeof built === "string" ? refuse(what, built) : prepare(built, offer)
      })

    const buildIn = (
      fiber: Fiber.RuntimeFiber<unknown, unknown>,
      build: (now: number, view: ScopeView) => EventBuilder.Built
    ): EventBuilder.Built => {
      if (closed) {
        return "closed"
      }
      if (optedOut) {
        return "optedOut"
      }
      const clock = Context.get(fiber.getFiberRef(DefaultServices.currentServices), Clock.Clock)
      try {
        return build(clock.unsafeCurrentTimeMillis(), CurrentScope.unsafeGet(fiber).view)
      } catch {
        // options that are a revoked proxy, or no object at all
        return "unreadable"
      }
    }

    const shutdown = Effect.suspend(() => {
      closed = true
      return Effect.gen(function*() {
        const timeout = settings.shutdownTimeout
        const start = yield* Clock.currentTimeMillis
        if (Duration.toMillis(timeout) > 0) {
          yield* Effect.timeoutOption(Effect.interruptible(preparation.settled), timeout)
        }
        const elapsed = (yield* Clock.currentTimeMillis) - start
        return yield* delivery.shutdown(Duration.subtract(timeout, Duration.millis(elapsed)))
      })
    })
    yield* Effect.addFinalizer(() => shutdown)

    return {
      captureExceptionsByDefault: options.captureExceptions ?? true,
      capture: (event, captureOptions = {}) =>
        event === "$exception"
          ? Effect.zipRight(
            Effect.annotateLogs(Effect.logWarning("use captureException to capture an exception"), annotations),
            run("an event", (now, view) => builder.capture(now, view, event, captureOptions))
          )
          : run("an event", (now, view) => builder.capture(now, view, event, captureOptions)),
      captureImmediate: (event, captureOptions = {}) =>
        Effect.withFiberRuntime((fiber) => {
          const built = buildIn(fiber, (now, view) => builder.capture(now, view, event, captureOptions))
          return typeof built === "string" ? refuse("an event", built) : sendNow(built)
        }),
      set: (properties, personOptions = {}) =>
        run("set", (now, view) => builder.set(now, view, "$set", properties, personOptions)),
      setOnce: (properties, personOptions = {}) =>
        run("setOnce", (now, view) => builder.set(now, view, "$set_once", properties, personOptions)),
      unset: (names, personOptions = {}) =>
        run(
          "unset",
          (now, view) => builder.unset(now, view, typeof names === "string" ? [names] : names, personOptions)
        ),
      identify: (distinctId, identifyOptions = {}) =>
        run("identify", (now, view) => builder.identify(now, view, distinctId, identifyOptions)),
      alias: (distinctId, alias) => run("alias", (now, view) => builder.alias(now, view, distinctId, alias)),
      groupIdentify: (type, key, groupOptions = {}) =>
        run("groupIdentify", (now, view) => builder.groupIdentify(now, view, type, key, groupOptions)),
      captureException: (input, exceptionOptions = {}) =>
        Effect.suspend(() => {
          const leaves = ExceptionList.leaves(input)
          const known = exceptions.eventId(leaves)
          const fresh = exceptions.fresh(leaves)
          if (leaves.length === 0) {
            return refuse("an exception", "interrupted")
          }
          if (fresh.length === 0 && known !== undefined) {
            return Effect.succeed(captured(known))
          }
          return Effect.map(
            run("an exception", (now, view) =>
              builder.capture(now, view, "$exception", {
                distinctId: exceptionOptions.distinctId,
                properties: ExceptionProperties.make(fresh.map((leaf) => leaf.error), exceptionOptions)
              })),
            (outcome) => {
              if (outcome._tag === "Captured") {
                exceptions.remember(fresh, outcome.eventId)
              }
              return outcome
            }
          )
        }),
      optIn: Effect.sync(() => {
        optedOut = false
      }),
      optOut: Effect.sync(() => {
        optedOut = true
      }),
      isOptedOut: Effect.sync(() => optedOut),
      flush: Effect.zipRight(preparation.settled, delivery.flush),
      shutdown,
      stats: Effect.zipWith(delivery.stats, preparation.pending, (stats, preparing) => ({
        ...stats,
        captured: stats.captured + preparing,
        pending: stats.pending + preparing
      }))
    }

    /** The hooks' say, awaited, and then the event itself rather than its place in the buffer. */
    function sendNow(event: FinishedEvent): Effect.Effect<ImmediateOutcome> {
      const decide = (verdict: BeforeSendChain.Verdict): Effect.Effect<ImmediateOutcome> => {
        switch (verdict._tag) {
          case "Pass": {
            const eventId = verdict.event.uuid
            return Effect.map(delivery.sendNow(verdict.event), (sent): ImmediateOutcome =>
              sent === "delivered"
                ? { _tag: "Delivered", eventId }
                : sent === "pending"
                ? { _tag: "Pending", eventId }
                : { _tag: "Dropped", eventId, reason: sent })
          }
          case "Refuse":
            return drop(event, verdict.reason, verdict.detail)
          case "Later":
            return Effect.flatMap(verdict.verdict, decide)
        }
      }
      return decide(BeforeSendChain.run(hooks, event))
    }
  })

/** Refusals that are no mistake of the caller's. */
const quiet = new Set<RefusalReason>([
  "personless",
  "nothingToSet",
  "optedOut",
  "disabled",
  "closed",
  "beforeSend",
  "bufferFull",
  "interrupted"
])

const nothing: Delivery.FlushReport = { delivered: 0, dropped: 0, pending: 0 }

/** A client that does nothing. */
export const makeNoop: Effect.Effect<Service> = Effect.sync(() => {
  const disabled: Effect.Effect<CaptureOutcome> = Effect.succeed(refused("disabled"))
  let optedOut = false
  return {
    captureExceptionsByDefault: false,
    capture: () => disabled,
    captureImmediate: () => Effect.succeed({ _tag: "Refused", reason: "disabled" }),
    set: () => disabled,
    setOnce: () => disabled,
    unset: () => disabled,
    identify: () => disabled,
    alias: () => disabled,
    groupIdentify: () => disabled,
    captureException: () => disabled,
    optIn: Effect.sync(() => {
      optedOut = false
    }),
    optOut: Effect.sync(() => {
      optedOut = true
    }),
    isOptedOut: Effect.sync(() => optedOut),
    flush: Effect.succeed(nothing),
    shutdown: Effect.succeed(nothing),
    stats: Effect.succeed({
      captured: 0,
      delivered: 0,
      dropped: 0,
      pending: 0,
      requests: 0,
      retries: 0,
      lastError: undefined
    })
  }
})
