/**
 * Logs and traces for PostHog, over OTLP.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import { Posthog } from "../Posthog.js"
import { type Signals, signals } from "../Signals.js"
import { LogCapture } from "./logs/LogCapture.js"
import type { LogOptions } from "./logs/LogOptions.js"
import * as PosthogLogs from "./logs/PosthogLogs.js"
import * as OtlpQueue from "./OtlpQueue.js"
import * as OtlpResource from "./OtlpResource.js"
import * as PosthogTracer from "./traces/PosthogTracer.js"
import * as SpanBatch from "./traces/SpanBatch.js"
import * as TraceOptions from "./traces/TraceOptions.js"

export type {
  /** @since 0.1.0 */
  BeforeSendLog
} from "./logs/BeforeSendLog.js"
export type {
  /** @since 0.1.0 */
  Log
} from "./logs/Log.js"
export type {
  /** @since 0.1.0 */
  LogOptions
} from "./logs/LogOptions.js"
export type {
  /** @since 0.1.0 */
  ResourceOptions
} from "./OtlpResource.js"
export type {
  /** @since 0.1.0 */
  BeforeSpanSend
} from "./traces/SpanData.js"
export type {
  /** @since 0.1.0 */
  TraceOptions
} from "./traces/TraceOptions.js"

/**
 * Each signal is off until its options are given, if only as `{}`. What `logs` and `traces` do not say of the resource
 * is taken from here.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends OtlpResource.ResourceOptions {
  readonly logs?: LogOptions | undefined
  readonly traces?: TraceOptions.TraceOptions | undefined
}

/**
 * Sends logs and traces through the client of the context: with its key, to its host, until it closes or this layer does.
 * Its `flush` and `shutdown` include them. A client that is disabled, or that records for tests, sends none.
 *
 * With `logs`, `LogCapture` takes records, and whatever the program logs with `Effect.log` is sent too, beside the loggers
 * there are. With `traces`, the program's tracer is the one whose spans are sent.
 *
 * @example
 * import { Effect, Layer } from "effect"
 * import { Posthog } from "effect-posthog"
 * import * as PosthogOtlp from "effect-posthog/otlp/PosthogOtlp"
 *
 * const Live = PosthogOtlp.layer({ serviceName: "shop", environment: "production", logs: {}, traces: {} }).pipe(
 *   Layer.provideMerge(Posthog.PosthogLive)
 * )
 *
 * const program = Effect.logInfo("the shop is open").pipe(
 *   Effect.withSpan("open"),
 *   Effect.provide(Live)
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<LogCapture, never, Posthog> =>
  Layer.unwrapScoped(
    Effect.gen(function*() {
      const connection = (yield* Posthog)[signals]
      if (connection === undefined) {
        yield* Effect.logDebug("neither logs nor traces are sent: this client has no connection").pipe(
          Effect.annotateLogs({ package: "effect-posthog", module: "otlp" })
        )
      }
      const { logs: logOptions, traces: traceOptions, ...resource } = options
      const logs = logOptions === undefined || connection === undefined
        ? PosthogLogs.inert
        : yield* PosthogLogs.make({ ...resource, ...logOptions }, connection)
      const tracer = traceOptions === undefined || connection === undefined
        ? undefined
        : yield* makeTracer({ ...resource, ...traceOptions }, connection)
      return Layer.mergeAll(
        Layer.succeedContext(Context.make(LogCapture, logs.capture)),
        logs.logger === undefined ? Layer.empty : Logger.add(logs.logger),
        tracer === undefined ? Layer.empty : Layer.setTracer(tracer)
      )
    })
  )

/** How much of spans waits in memory, in UTF-16 units of JSON. */
const maxQueueText = 64 * 1024 * 1024

/** Up to three minutes, after which a batch is given up. */
const maxRetries = 10

const makeTracer = (
  options: TraceOptions.TraceOptions,
  connection: Signals
): Effect.Effect<Tracer.Tracer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const resolved = TraceOptions.resolve(options)
    const queue = yield* OtlpQueue.make<SpanBatch.SpanText>(connection, {
      what: "spans",
      path: SpanBatch.path,
      headers: { authorization: `Bearer ${Redacted.value(connection.apiKey)}` },
      encode: SpanBatch.encoder(OtlpResource.make(options)),
      sizeOf: SpanBatch.sizeOf,
      maxQueueSize: resolved.maxQueueSize,
      maxQueueBytes: maxQueueText,
      overflow: "dropNewest",
      flushInterval: resolved.flushInterval,
      flushThreshold: resolved.maxExportBatchSize,
      maxBatchSize: resolved.maxExportBatchSize,
      maxRetries
    })
    return yield* PosthogTracer.make({ options: resolved, queue, isOptedOut: connection.isOptedOut })
  })
