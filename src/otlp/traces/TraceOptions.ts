/**
 * The options of the traces, and their defaults (TRACE-35, TRACE-38).
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { atLeast } from "../../domain/AtLeast.js"
import type { ResourceOptions } from "../OtlpResource.js"
import type { BeforeSpanSend } from "./SpanData.js"

/**
 * What may be said of the traces; those of the resource are shared with the logs. There are no traces until these options
 * are given, if only as `{}`.
 *
 * @since 0.1.0
 * @category models
 */
export interface TraceOptions extends ResourceOptions {
  /** A lone span waits no longer than this once it has ended. Default 5 seconds. */
  readonly flushInterval?: Duration.DurationInput | undefined
  /** Ended spans that may wait or be on their way; at the bound the span that has just ended is dropped. Default 2,048 (TRACE-24). */
  readonly maxQueueSize?: number | undefined
  /** Spans in one request; as soon as so many wait they are sent. Default 512. */
  readonly maxExportBatchSize?: number | undefined
  /** Spans that may be open at a time; one that is started beyond that is never sent. Default 10,000 (TRACE-25). */
  readonly maxLiveSpans?: number | undefined
  /** A span that is open for longer than this is given up and never sent. Default 1 hour (TRACE-25). */
  readonly maxSpanAge?: Duration.DurationInput | undefined
  /** Attributes that the application sets on one span; the first ones stay. Default 128 (TRACE-27, LIMIT-05). */
  readonly maxAttributesPerSpan?: number | undefined
  /** Events of one span; the first ones stay. Default 128 (TRACE-27, LIMIT-05). */
  readonly maxEventsPerSpan?: number | undefined
  /** One hook or several, in order: the last word on every span that has ended. Default: none (TRACE-33). */
  readonly beforeSpanSend?: BeforeSpanSend | ReadonlyArray<BeforeSpanSend> | undefined
}

/** The options that are not the resource's, with every default filled in. */
export interface ResolvedTraceOptions extends SpanLimits {
  readonly flushInterval: Duration.Duration
  readonly maxQueueSize: number
  readonly maxExportBatchSize: number
  readonly maxLiveSpans: number
  readonly maxSpanAge: Duration.Duration
  readonly beforeSpanSend: ReadonlyArray<BeforeSpanSend>
}

/** How much of what the application says of a span is kept. */
export interface SpanLimits {
  readonly maxAttributesPerSpan: number
  readonly maxEventsPerSpan: number
}

export const resolve = (options: TraceOptions): ResolvedTraceOptions => {
  const { beforeSpanSend } = options
  return {
    flushInterval: Duration.decode(options.flushInterval ?? "5 seconds"),
    maxQueueSize: atLeast(1, options.maxQueueSize, 2048),
    maxExportBatchSize: atLeast(1, options.maxExportBatchSize, 512),
    maxLiveSpans: atLeast(0, options.maxLiveSpans, 10_000),
    maxSpanAge: Duration.decode(options.maxSpanAge ?? "1 hour"),
    maxAttributesPerSpan: atLeast(0, options.maxAttributesPerSpan, 128),
    maxEventsPerSpan: atLeast(0, options.maxEventsPerSpan, 128),
    beforeSpanSend: beforeSpanSend === undefined
      ? []
      : typeof beforeSpanSend === "function"
      ? [beforeSpanSend]
      : [...beforeSpanSend]
  }
}
