/**
 * The headers of a trace as a scope keeps them: valid, and written as they will be sent.
 *
 * @since 0.1.0
 */
import type * as Tracer from "effect/Tracer"
import type { TraceFields } from "../scope/sections/TraceSection.js"
import { present } from "./Propagated.js"
import * as Baggage from "./w3c/Baggage.js"
import * as TraceContext from "./w3c/TraceContext.js"
import * as TraceParent from "./w3c/TraceParent.js"

/** What came in, of it what is valid. */
export const received = (headers: { readonly [Name in keyof TraceFields]: unknown }): TraceFields | undefined => {
  const context = headers.traceparent === undefined ? undefined : TraceContext.extract(headers)
  return present({
    ...(context === undefined ? {} : TraceContext.inject(context)),
    baggage: baggageOf(headers.baggage)
  })
}

/** What goes out: the trace of the active span, otherwise the one that came in; the baggage in either case. */
export const sent = (inbound: TraceFields | undefined, span: Tracer.AnySpan | undefined): TraceFields | undefined => {
  const before = inbound === undefined ? undefined : received(inbound)
  if (span === undefined) {
    return before
  }
  const context = before === undefined ? undefined : TraceContext.extract(before)
  const isSame = context?.traceId === span.traceId
  return present({
    ...TraceContext.inject({
      traceId: span.traceId,
      spanId: span.spanId,
      // that the trace id is random stays true for as long as it is the same one
      flags: (span.sampled ? TraceParent.sampled : 0) | (isSame ? context.flags & TraceParent.random : 0),
      traceState: isSame ? context.traceState : undefined
    }),
    baggage: before?.baggage
  })
}

const baggageOf = (header: unknown): string | undefined =>
  header === undefined ? undefined : Baggage.format(Baggage.parse(header))
