/**
 * The client's making: the place where the rooms meet. A call reads the scope once, becomes a finished event, passes the
 * before-send hooks and is offered to delivery.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Compression from "./delivery/Compression.js"
import * as Delivery from "./delivery/Delivery.js"
import * as Routes from "./delivery/Routes.js"
import * as DeliverySummary from "./DeliverySummary.js"
import type { CaptureOutcome, ImmediateOutcome, RefusalReason } from "./domain/CaptureOutcome.js"
import { type JsonObject, toJsonObject } from "./domain/JsonValue.js"
import type { CaptureOptions } from "./event/EventBuilder.js"
import * as EventBuilder from "./event/EventBuilder.js"
import * as HostProperties from "./event/HostProperties.js"
import * as Inspection from "./event/Inspection.js"
import * as Library from "./event/Library.js"
import * as Preparation from "./event/Preparation.js"
import * as Uuid from "./event/Uuid.js"
import * as EventIntake from "./EventIntake.js"
import * as ExceptionEvents from "./exception/ExceptionEvents.js"
import * as Redaction from "./exception/privacy/Redaction.js"
import * as ResolvedExceptionOptions from "./exception/ResolvedExceptionOptions.js"
import * as FlagCalled from "./flags/called/FlagCalled.js"
import * as FlagsClient from "./flags/FlagsClient.js"
import * as ResolvedFlagsOptions from "./flags/ResolvedFlagsOptions.js"
import * as NoopClient from "./NoopClient.js"
import * as PosthogConfig from "./PosthogConfig.js"
import { type CaptureIn, captureIn, type CaptureTo, captureTo, type Service } from "./PosthogService.js"
import * as ResolvedOptions from "./ResolvedOptions.js"
import * as CurrentScope from "./scope/CurrentScope.js"
import type { ScopeView } from "./scope/PosthogScope.js"
import * as Signals from "./Signals.js"
import * as WaitUntil from "./WaitUntil.js"

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
      : options.captureMode === "v1" && !/^[\x21-\x7e]+$/.test(apiKey)
      ? "the API key has characters that no header takes"
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
        NoopClient.make
      )
    }
    const settings = ResolvedOptions.resolve(options)
    const makeDelivery = (uuids: Uuid.UuidGenerator) =>
      Delivery.make({
        ...settings,
        host,
        requestId: uuids.next,
        routes: Routes.make({
          mode: settings.captureMode,
          apiKey: Redacted.make(apiKey),
          historicalMigration: options.historicalMigration ?? false,
          maxBatchBytes: settings.maxBatchBytes
        }),
        concurrency: settings.maxConcurrentRequests,
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
      const problem = Compression.unsupported(options.compression ?? "gzip")
      if (problem !== undefined) {
        yield* Effect.annotateLogs(Effect.logError(`${problem}: gzip stands in`), annotations)
      }
      // its fibers outlive whoever builds the layer: they must not keep that one's scope
      const signals = yield* Signals.make({ ...settings, host, apiKey: Redacted.make(apiKey) })
      return yield* CurrentScope.withoutScope(
        Effect.gen(function*() {
          const uuids = yield* Uuid.make
          return yield* makeWith(
            { ...options, apiKey: Redacted.make(apiKey), host },
            yield* makeDelivery(uuids),
            uuids,
            signals
          )
        })
      )
    })
  })

/**
 * A client over any delivery: the one that sends, or the testing kit's, which has no signals. It shuts down when its scope
 * closes.
 */
export const makeWith = (
  options: PosthogConfig.Options,
  plainDelivery: Delivery.Delivery,
  uuids: Uuid.UuidGenerator,
  signals?: Signals.Registry
): Effect.Effect<Service, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const settings = ResolvedOptions.resolve(options)
    const delivery = options.waitUntil === undefined
      ? plainDelivery
      : yield* WaitUntil.around(plainDelivery, options.waitUntil)
    const library: JsonObject = { $lib: Library.name, $lib_version: Library.version }
    const builder = EventBuilder.make({
      client: {
        library,
        system: {
          ...(options.systemProperties === true ? HostProperties.read() : {}),
          ...(options.isServer === false ? {} : { $is_server: true }),
          ...(options.disableGeoip === false ? {} : { $geoip_disable: true })
        },
        superProperties: toJsonObject(options.superProperties),
        service: settings.service
      },
      uuids,
      tagsInSet: options.tagsInSet ?? true,
      maxEventBytes: settings.maxEventBytes,
      maxAiEventBytes: settings.maxAiEventBytes
    })
    const hooks = options.beforeSend === undefined
      ? []
      : typeof options.beforeSend === "function"
      ? [options.beforeSend]
      : options.beforeSend
    const preparation = yield* Preparation.make({
      fibers: settings.maxPreparing,
      tasks: settings.maxPreparingExceptions
    })
    const intake = EventIntake.make(hooks, preparation, delivery)
    // for a dying process: outside every scope, as all of the client's own work
    const runtime = yield* CurrentScope.withoutScope(Effect.runtime<never>())
    let optedOut = options.optedOut ?? false
    let closed = false

    /** One synchronous step from the call to the buffer: the scope and the clock are read here and nowhere later. */
    const run = (
      what: string,
      build: (now: number, view: ScopeView) => EventBuilder.Built
    ): Effect.Effect<CaptureOutcome> => Effect.withFiberRuntime((fiber) => runIn(fiber, what, build))

    const inspect = options.inspect === true
      ? Inspection.make(new Set(Object.keys(toJsonObject(options.superProperties))))
      : undefined

    const inspected = (fiber: Fiber.RuntimeFiber<unknown, unknown>, built: EventBuilder.Built): EventBuilder.Built =>
      inspect !== undefined && EventBuilder.isFinished(built)
        ? inspect(built, CurrentScope.unsafeGet(fiber))
        : built

    const runIn = (
      fiber: Fiber.RuntimeFiber<unknown, unknown>,
      what: string,
      build: (now: number, view: ScopeView) => EventBuilder.Built
    ): Effect.Effect<CaptureOutcome> => {
      const built = inspected(fiber, buildIn(fiber, build))
      return EventBuilder.isFinished(built) ? intake.accept(built) : refuse(what, built)
    }

    const refuse = (what: string, why: RefusalReason | EventBuilder.TooLarge) =>
      typeof why === "string"
        ? intake.refuse(what, why)
        // never its values: they may be what must not be logged (CAPAI-06)
        : intake.refuse(`event "${why.tooLarge.event}" of ${why.tooLarge.bytes} bytes`, "tooLarge")

    /** The same, and past the buffer. */
    const sendIn = (
      fiber: Fiber.RuntimeFiber<unknown, unknown>,
      build: (now: number, view: ScopeView) => EventBuilder.Built
    ): Effect.Effect<ImmediateOutcome> => {
      const built = inspected(fiber, buildIn(fiber, build))
      return EventBuilder.isFinished(built) ? intake.sendNow(built) : refuse("an event", built)
    }

    const storeElsewhere: CaptureTo = (event, captureOptions, store) =>
      Effect.withFiberRuntime((fiber) => {
        const built = inspected(
          fiber,
          buildIn(fiber, (now, view) => builder.capture(now, view, event, captureOptions))
        )
        return EventBuilder.isFinished(built) ? intake.through(built, store) : refuse("an event", built)
      })

    const captureEvent: CaptureIn = (fiber, event, captureOptions) => {
      const outcome = runIn(fiber, "an event", (now, view) => builder.capture(now, view, event, captureOptions))
      return event === "$exception"
        ? Effect.zipRight(
          Effect.annotateLogs(Effect.logWarning("use captureException to capture an exception"), annotations),
          outcome
        )
        : outcome
    }

    const buildIn = <A>(
      fiber: Fiber.RuntimeFiber<unknown, unknown>,
      build: (now: number, view: ScopeView) => A | RefusalReason
    ): A | RefusalReason => {
      if (closed) {
        return "closed"
      }
      if (optedOut) {
        return "optedOut"
      }
      const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
      try {
        return build(clock.unsafeCurrentTimeMillis(), CurrentScope.unsafeGet(fiber).view)
      } catch {
        // options that are a revoked proxy, or no object at all
        return "unreadable"
      }
    }

    /** That a flag was read, in the scope of the reader and as the person it was read for. */
    const captureFlagCalled = (called: FlagCalled.FlagCalled) => {
      const { disableGeoip, distinctId, groups } = called.origin
      const captureOptions = (): CaptureOptions => ({
        distinctId,
        disableGeoip,
        groups: Object.keys(groups).length === 0 ? undefined : groups,
        properties: FlagCalled.properties(called)
      })
      return run("a read of a flag", (now, view) =>
        FlagCalled.isMinimal(called)
          ? builder.captureOnly(now, view, FlagCalled.name, captureOptions(), FlagCalled.minimalProperties)
          : builder.capture(now, view, FlagCalled.name, captureOptions()))
    }

    const flags = yield* FlagsClient.make({
      host: PosthogConfig.normalizeHost(options.host) ?? PosthogConfig.defaultHost,
      apiKey: options.apiKey,
      secretKey: options.secretKey === undefined || PosthogConfig.isProjectKey(options.secretKey)
        ? undefined
        : options.secretKey,
      disableGeoip: options.disableGeoip ?? true,
      options: ResolvedFlagsOptions.resolve(options.featureFlags),
      service: settings.service,
      capture: captureFlagCalled
    })

    const exceptionOptions = ResolvedExceptionOptions.resolve(options.exceptions)
    const redaction = Redaction.make(exceptionOptions.redaction)
    const exceptions = ExceptionEvents.make({
      options: exceptionOptions,
      begin: (fiber, captureOptions) => {
        const draft = buildIn(fiber, (now, view) => builder.begin(now, view, "$exception", captureOptions))
        if (inspect === undefined || typeof draft === "string") {
          return draft
        }
        const scope = CurrentScope.unsafeGet(fiber)
        const finish: EventBuilder.EventDraft["finish"] = (own, names) => {
          const built = draft.finish(own, names)
          return EventBuilder.isFinished(built) ? inspect(built, scope) : built
        }
        return { ...draft, finish }
      },
      refuse: (reason) => intake.refuse("an exception", reason),
      accept: intake.accept,
      drop: (draft, reason) =>
        intake.drop(
          draft,
          reason,
          reason === "tooLarge" ? "it is larger than maxEventBytes" : "too many exceptions wait to be prepared"
        ),
      abandon: (draft) => delivery.dropUnoffered(draft, "shutdown"),
      enqueue: preparation.enqueue
    })

    const shutdown = Effect.suspend(() => {
      closed = true
      return Effect.gen(function*() {
        yield* flags.forget
        const timeout = settings.shutdownTimeout
        const [elapsed] = yield* Effect.timed(
          Duration.toMillis(timeout) > 0
            ? Effect.timeoutOption(Effect.interruptible(preparation.settled), timeout)
            : Effect.void
        )
        yield* exceptions.reportSuppressed
        const left = Duration.subtract(timeout, elapsed)
        const closing = delivery.shutdown(left)
        return yield* signals === undefined ? closing : signals.shutdownBeside(closing, left)
      })
    })
    yield* Effect.addFinalizer(() => shutdown)

    const flush = Effect.zipRight(
      preparation.settled,
      signals === undefined ? delivery.flush : signals.flushBeside(delivery.flush)
    )

    const stats = Effect.zipWith(delivery.stats, preparation.pending, (stats, preparing) => ({
      ...stats,
      captured: stats.captured + preparing,
      pending: stats.pending + preparing
    }))

    const capture: Service["capture"] = (event, captureOptions = {}) =>
      Effect.withFiberRuntime((fiber) => captureEvent(fiber, event, captureOptions))

    if (options.deliverySummary !== undefined) {
      yield* DeliverySummary.start(
        Duration.decode(options.deliverySummary),
        stats,
        (event, properties) => capture(event, { properties })
      )
    }

    return {
      captureExceptionsByDefault: options.captureExceptions ?? true,
      processService: settings.service,
      aiCapture: { full: options.enableFullAiCapture ?? false, privacyMode: options.aiPrivacyMode ?? false },
      redactMessage: (text) => redaction.text(text, "message"),
      [captureIn]: captureEvent,
      [captureTo]: storeElsewhere,
      ...(signals === undefined ? {} : { [Signals.signals]: signals.signals(() => optedOut) }),
      capture,
      captureImmediate: (event, captureOptions = {}) =>
        Effect.withFiberRuntime((fiber) =>
          sendIn(fiber, (now, view) => builder.capture(now, view, event, captureOptions))
        ),
      captureAi: (event, captureOptions = {}) =>
        run("an AI event", (now, view) => builder.captureAi(now, view, event, captureOptions)),
      captureAiImmediate: (event, captureOptions = {}) =>
        Effect.withFiberRuntime((fiber) =>
          sendIn(fiber, (now, view) => builder.captureAi(now, view, event, captureOptions))
        ),
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
      captureException: exceptions.captureException,
      flushAtExit: (timeoutMillis) => {
        Runtime.runSyncExit(runtime)(
          Effect.zipRight(preparation.runAtExit, delivery.sendAtExit(timeoutMillis)).pipe(
            // nothing of ours beside the last words of the process
            Logger.withMinimumLogLevel(LogLevel.None)
          )
        )
      },
      featureFlags: flags.service,
      optIn: Effect.sync(() => {
        optedOut = false
      }),
      optOut: Effect.sync(() => {
        optedOut = true
      }),
      isOptedOut: Effect.sync(() => optedOut),
      flush,
      flushWithin: (timeout) =>
        Effect.gen(function*() {
          const before = yield* stats
          const report = yield* Effect.timeoutOption(flush, timeout)
          if (report._tag === "Some") {
            return report.value
          }
          const { delivered, dropped, pending } = yield* stats
          return { delivered: delivered - before.delivered, dropped: dropped - before.dropped, pending }
        }),
      shutdown,
      stats
    }
  })
