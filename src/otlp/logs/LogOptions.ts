/**
 * The options of logs (LOG-11).
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { atLeast } from "../../domain/AtLeast.js"
import type { ResourceOptions } from "../OtlpResource.js"
import type { BeforeSendLog } from "./BeforeSendLog.js"

/**
 * How logs are sent. What is not said here (address, key, compression, request timeout, retry delays, the time for the
 * last flush) is the client's.
 *
 * @since 0.1.0
 * @category models
 */
export interface LogOptions extends ResourceOptions {
  /** A lone record waits no longer. Default: 3 seconds. */
  readonly flushInterval?: Duration.DurationInput | undefined
  /** So many waiting records are sent at once. Default: 100. */
  readonly flushThreshold?: number | undefined
  /** How many records are in memory at most, those being sent included; then the oldest is dropped. Default: 10,000. */
  readonly maxQueueSize?: number | undefined
  /** How many UTF-16 units of JSON are in memory at most; then the oldest is dropped. Default: 64 Mi. */
  readonly maxQueueText?: number | undefined
  /** How many records a request holds at most. Default: 100. */
  readonly maxExportBatchSize?: number | undefined
  /** How often a request is repeated before its records are dropped. Default: 10, within up to three minutes. */
  readonly maxRetries?: number | undefined
  /**
   * So many records in each window, the rest is dropped; a number or a window that is not positive: no cap. Default:
   * 10,000 in 10 seconds.
   */
  readonly rateCap?: {
    readonly max?: number | undefined
    readonly window?: Duration.DurationInput | undefined
  } | undefined
  /** Sees every record before it is counted and queued, in order. Default: none. */
  readonly beforeSend?: BeforeSendLog | ReadonlyArray<BeforeSendLog> | undefined
  /** Sends what the program logs with `Effect.log` too, beside its other loggers. Default: `true`. */
  readonly effectLogs?: boolean | undefined
}

export interface ResolvedLogOptions {
  readonly flushInterval: Duration.Duration
  readonly flushThreshold: number
  readonly maxQueueSize: number
  readonly maxQueueText: number
  readonly maxExportBatchSize: number
  readonly maxRetries: number
  readonly rateCapMax: number
  readonly rateCapWindow: Duration.Duration
  readonly hooks: ReadonlyArray<BeforeSendLog>
}

export const resolve = (options: LogOptions): ResolvedLogOptions => ({
  flushInterval: Duration.decode(options.flushInterval ?? "3 seconds"),
  flushThreshold: atLeast(1, options.flushThreshold, 100),
  maxQueueSize: atLeast(1, options.maxQueueSize, 10_000),
  maxQueueText: atLeast(1, options.maxQueueText, 64 * 1024 * 1024),
  maxExportBatchSize: atLeast(1, options.maxExportBatchSize, 100),
  maxRetries: atLeast(0, options.maxRetries, 10),
  rateCapMax: atLeast(0, options.rateCap?.max, 10_000),
  rateCapWindow: Duration.decode(options.rateCap?.window ?? "10 seconds"),
  hooks: options.beforeSend === undefined
    ? []
    : typeof options.beforeSend === "function"
    ? [options.beforeSend]
    : options.beforeSend
})
