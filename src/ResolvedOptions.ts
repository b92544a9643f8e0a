/**
 * The options of a client with every default filled in.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Compression from "./delivery/Compression.js"
import type { Overflow } from "./delivery/Overflow.js"
import type { CaptureMode } from "./delivery/Routes.js"
import { atLeast } from "./domain/AtLeast.js"
import { guarded } from "./domain/GuardedRead.js"
import type { Options } from "./PosthogConfig.js"
import * as ServiceSection from "./scope/sections/ServiceSection.js"

export interface ResolvedOptions {
  readonly flushAt: number
  readonly flushInterval: Duration.Duration
  readonly maxBatchSize: number
  readonly maxBatchBytes: number
  readonly maxEventBytes: number
  readonly maxAiEventBytes: number
  readonly maxConcurrentRequests: number
  readonly maxBufferedEvents: number
  readonly maxBufferedBytes: number
  readonly overflow: Overflow
  readonly maxRetries: number
  readonly retryDelay: Duration.Duration
  readonly maxRetryDelay: Duration.Duration
  readonly retryPause: Duration.Duration
  readonly requestTimeout: Duration.Duration
  readonly shutdownTimeout: Duration.Duration
  readonly compression: Compression.Compression
  readonly captureMode: CaptureMode
  readonly maxPreparing: number
  readonly maxPreparingExceptions: number
  readonly service: ServiceSection.ServiceFields | undefined
}

export const resolve = (options: Omit<Options, "apiKey">): ResolvedOptions => ({
  flushAt: atLeast(1, options.flushAt, 100),
  flushInterval: Duration.decode(options.flushInterval ?? "5 seconds"),
  maxBatchSize: atLeast(1, options.maxBatchSize, 500),
  maxBatchBytes: atLeast(1, options.maxBatchBytes, 2 * 1024 * 1024),
  maxEventBytes: atLeast(1, options.maxEventBytes, 900 * 1024),
  maxAiEventBytes: atLeast(1, options.maxAiEventBytes, 8 * 1024 * 1024),
  maxConcurrentRequests: atLeast(1, options.maxConcurrentRequests, 4),
  maxBufferedEvents: atLeast(1, options.maxBufferedEvents, 250_000),
  maxBufferedBytes: atLeast(1, options.maxBufferedBytes, 128 * 1024 * 1024),
  overflow: options.overflow ?? "dropNewest",
  maxRetries: atLeast(0, options.maxRetries, 3),
  retryDelay: Duration.decode(options.retryDelay ?? "1 second"),
  maxRetryDelay: Duration.decode(options.maxRetryDelay ?? "30 seconds"),
  retryPause: Duration.decode(options.retryPause ?? "20 seconds"),
  requestTimeout: Duration.decode(options.requestTimeout ?? "10 seconds"),
  shutdownTimeout: Duration.decode(options.shutdownTimeout ?? "30 seconds"),
  compression: options.compression !== undefined && Compression.isSupported(options.compression)
    ? options.compression
    : "gzip",
  captureMode: options.captureMode ?? "v0",
  maxPreparing: atLeast(0, options.maxPreparing, 1000),
  maxPreparingExceptions: atLeast(0, options.exceptions?.maxPreparing, 1000),
  service: guarded(() => ServiceSection.fromFields(options.service ?? {}))
})
