/**
 * W3C Trace Context as a whole: both headers, each by its own rules.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as TraceParent from "./TraceParent.js"
import * as TraceState from "./TraceState.js"

/**
 * Where a request or a message stands in a trace.
 *
 * @since 0.1.0
 * @category models
 */
export interface TraceContext extends TraceParent.Fields {
  readonly traceState: TraceState.TraceState
}

/**
 * The headers as they come from outside: texts, bytes, or several of them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Received {
  readonly traceparent?: unknown
  readonly tracestate?: unknown
}

/**
 * The headers to send. One that has nothing to say is not there.
 *
 * @since 0.1.0
 * @category models
 */
export interface Headers {
  readonly traceparent?: string
  readonly tracestate?: string
}

/**
 * The trace that the headers continue, `undefined` where there is none. Without a valid `traceparent` the `tracestate`
 * is not looked at; an invalid `tracestate` is dropped alone.
 *
 * @since 0.1.0
 * @category conversions
 */
export const extract = (headers: Received): TraceContext | undefined => {
  const parent = TraceParent.parse(headers.traceparent)
  return parent === undefined
    ? undefined
    : {
      traceId: parent.traceId,
      spanId: parent.spanId,
      flags: parent.flags,
      traceState: TraceState.parse(headers.tracestate) ?? TraceState.empty
    }
}

/**
 * The headers that pass the trace on; `spanId` is to be the span that sends them. Ids that are not valid give none.
 *
 * @example
 * import * as TraceContext from "effect-posthog/propagation/w3c/TraceContext"
 *
 * const received = TraceContext.extract({
 *   traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
 *   tracestate: "congo=t61rcWkgMzE"
 * })
 * const sent = received && TraceContext.inject({ ...received, spanId: "00f067aa0ba902b7" })
 * // { traceparent: "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", tracestate: "congo=t61rcWkgMzE" }
 *
 * @since 0.1.0
 * @category conversions
 */
export const inject = (
  context: TraceParent.Fields & { readonly traceState?: TraceState.TraceState | undefined }
): Headers =>
  GuardedRead.guarded((): Headers => {
    const parent = TraceParent.make(context)
    if (parent === undefined) {
      return {}
    }
    const traceparent = TraceParent.format(parent)
    const tracestate = context.traceState === undefined ? undefined : TraceState.format(context.traceState)
    return tracestate === undefined ? { traceparent } : { traceparent, tracestate }
  }) ?? {}
