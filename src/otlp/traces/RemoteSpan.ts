/**
 * A span of another process, as W3C's headers name it (TRACE-11, TRACE-12).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as TraceContext from "../../propagation/w3c/TraceContext.js"
import * as TraceParent from "../../propagation/w3c/TraceParent.js"
import * as W3cTraceState from "../../propagation/w3c/TraceState.js"
import { TraceState } from "./SpanContext.js"

/** `None` where the first text is no `traceparent`; an invalid `tracestate` is dropped alone. */
export const fromHeaders = (traceparent: string, tracestate: string | undefined): Option.Option<Tracer.ExternalSpan> =>
  Option.map(
    Option.fromNullable(GuardedRead.guarded(() => TraceContext.extract({ traceparent, tracestate }))),
    ({ flags, spanId, traceId, traceState }) => {
      const text = W3cTraceState.format(traceState)
      return Tracer.externalSpan({
        traceId,
        spanId,
        sampled: (flags & TraceParent.sampled) !== 0,
        context: text === undefined ? Context.empty() : Context.make(TraceState, text)
      })
    }
  )
