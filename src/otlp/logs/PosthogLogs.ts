/**
 * Logs over a client: the queue, the service and the logger (LOG-09, LOG-10).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Signals } from "../../Signals.js"
import * as OtlpQueue from "../OtlpQueue.js"
import * as OtlpResource from "../OtlpResource.js"
import * as EffectLogs from "./EffectLogs.js"
import type * as LogCapture from "./LogCapture.js"
import * as LogIntake from "./LogIntake.js"
import * as LogOptions from "./LogOptions.js"
import * as LogRecord from "./LogRecord.js"
import * as LogService from "./LogService.js"

export interface PosthogLogs {
  readonly capture: LogCapture.Service
  /** `undefined` where what the program logs is not to be sent. */
  readonly logger: Logger.Logger<unknown, void> | undefined
}

export const inert: PosthogLogs = { capture: LogService.inert, logger: undefined }

export const make = (
  options: LogOptions.LogOptions,
  signals: Signals
): Effect.Effect<PosthogLogs, never, Scope.Scope> =>
  Effect.gen(function*() {
    const resolved = LogOptions.resolve(options)
    const queue = yield* OtlpQueue.make<string>(signals, {
      what: "log records",
      path: `/i/v1/logs?token=${encodeURIComponent(Redacted.value(signals.apiKey).toWellFormed())}`,
      headers: {},
      encode: LogRecord.bodies(OtlpResource.make(options)),
      sizeOf: (record) => record.length,
      maxQueueSize: resolved.maxQueueSize,
      maxQueueBytes: resolved.maxQueueText,
      overflow: "dropOldest",
      flushInterval: resolved.flushInterval,
      flushThreshold: resolved.flushThreshold,
      maxBatchSize: resolved.maxExportBatchSize,
      maxRetries: resolved.maxRetries
    })
    const intake = LogIntake.make({ queue, options: resolved, isOptedOut: signals.isOptedOut })
    return {
      capture: LogService.make(intake, queue.stats),
      logger: options.effectLogs === false ? undefined : EffectLogs.make(intake)
    }
  })
