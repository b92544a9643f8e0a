/**
 * What a span is told beside Effect's own options: it travels in `SpanOptions.context`, and in the context of a span of
 * another process.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"

/** W3C `tracestate`, for whoever continues the trace (TRACE-12). */
export class TraceState extends Context.Tag("effect-posthog/otlp/TraceState")<TraceState, string>() {}

/** When the work began, in nanoseconds since the epoch, where that was before the span was made (TRACE-01). */
export class SpanStart extends Context.Tag("effect-posthog/otlp/SpanStart")<SpanStart, bigint>() {}
