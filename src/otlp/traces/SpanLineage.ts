/**
 * What a span continues: the trace of its parent, or none (TRACE-10 to TRACE-12).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as PosthogScope from "../../scope/PosthogScope.js"
import * as TraceSection from "../../scope/sections/TraceSection.js"
import * as ActiveSpan from "../ActiveSpan.js"
import * as RemoteSpan from "./RemoteSpan.js"
import { TraceState } from "./SpanContext.js"

export interface SpanLineage {
  /** `undefined`: a trace of its own. */
  readonly traceId: string | undefined
  readonly parentSpanId: string | undefined
  readonly traceState: string | undefined
}

/** What another span of ours says of itself to its children. */
export interface Ancestor {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string | undefined
}

export const root: SpanLineage = { traceId: undefined, parentSpanId: undefined, traceState: undefined }

export const ofOurs = (parent: Ancestor): SpanLineage => ({
  traceId: parent.traceId,
  parentSpanId: parent.spanId,
  traceState: parent.traceState
})

/**
 * No span is active: the trace that the scope came with, from a request or a message, or none. A scope that arrived from
 * another process goes on in that one's trace, also where its headers were not read by Effect.
 */
export const ofScope = (scope: PosthogScope.PosthogScope): SpanLineage => {
  // another section of the application's own may fail to merge
  const trace = GuardedRead.guarded(() => PosthogScope.section(scope, TraceSection.section))
  const parent = trace?.traceparent === undefined
    ? Option.none()
    : RemoteSpan.fromHeaders(trace.traceparent, trace.tracestate)
  return Option.match(parent, { onNone: () => root, onSome: ofForeign })
}

/**
 * A span of another process or tracer. Ids that are none begin a new trace: PostHog would make zeros of them, or refuse
 * the whole request.
 */
export const ofForeign = (parent: Tracer.AnySpan): SpanLineage => {
  try {
    const traceId = toTraceId(parent.traceId)
    const parentSpanId = ActiveSpan.toSpanId(parent.spanId)
    return traceId === undefined || parentSpanId === undefined
      ? root
      : { traceId, parentSpanId, traceState: Option.getOrUndefined(Context.getOption(parent.context, TraceState)) }
  } catch {
    return root
  }
}

/** The old 64-bit ids of B3, which Effect reads too, are the right half of a trace id. */
const toTraceId = (id: unknown): string | undefined =>
  ActiveSpan.toTraceId(typeof id === "string" && id.length === 16 ? id.padStart(32, "0") : id)
