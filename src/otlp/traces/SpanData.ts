/**
 * A span that has ended, as plain values: what the application's hooks see of it (TRACE-33).
 *
 * @since 0.1.0
 */
import type * as Tracer from "effect/Tracer"

/**
 * What became of a span's work: `unset` until somebody says more. Only `error` has a message.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpanStatus {
  readonly code: "unset" | "ok" | "error"
  readonly message?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface SpanEventData {
  name: string
  /** Nanoseconds since the epoch. */
  time: bigint
  attributes: { [key: string]: unknown }
}

/**
 * A copy of a span: it may be changed without touching anything of the application's. Changes of the ids and of the trace
 * state are ignored. Values are as they are sent: integers that are no safe ones are `bigint`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpanData {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly traceState: string | undefined
  name: string
  kind: Tracer.SpanKind
  /** Nanoseconds since the epoch. */
  startTime: bigint
  /** Nanoseconds since the epoch. */
  endTime: bigint
  /** The application's attributes, and what the scope said when the span started. */
  attributes: { [key: string]: unknown }
  events: Array<SpanEventData>
  status: SpanStatus
}

/**
 * Sees a span when it has ended; returns it, changed or not, or null to drop it. A hook that throws, or returns something
 * else, drops the span: what was meant to be redacted is never sent as it was. It runs in the step that ends the span, so
 * it is a plain function.
 *
 * @since 0.1.0
 * @category models
 */
export type BeforeSpanSend = (span: SpanData) => SpanData | null
