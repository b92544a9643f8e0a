/**
 * The trace that records belong to (TRACE-09).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Tracer from "effect/Tracer"

export interface SpanIds {
  /** 32 lowercase hexadecimal digits, not all zero. */
  readonly traceId: string
  /** 16 lowercase hexadecimal digits, not all zero. */
  readonly spanId: string
  /** W3C trace flags: 1 for a sampled span. */
  readonly traceFlags: number
}

/** A trace id in lower case; `undefined` for what is none: PostHog refuses the whole request for it, or zeroes it. */
export const toTraceId = (input: unknown): string | undefined => toHex(input, traceIdPattern)

export const toSpanId = (input: unknown): string | undefined => toHex(input, spanIdPattern)

const traceIdPattern = /^(?!0{32})[0-9a-f]{32}$/i
const spanIdPattern = /^(?!0{16})[0-9a-f]{16}$/i

const toHex = (input: unknown, pattern: RegExp): string | undefined =>
  typeof input === "string" && pattern.test(input) ? input.toLowerCase() : undefined

/** The span that is active in a fiber with this context; one that is never sent, or whose tracer has other ids, is none. */
export const fromContext = (context: Context.Context<never>): SpanIds | undefined => {
  const span = context.unsafeMap.get(Tracer.ParentSpan.key) as Tracer.AnySpan | undefined // the tag's own service
  if (span === undefined || Context.get(span.context, Tracer.DisablePropagation)) {
    return undefined
  }
  const traceId = toTraceId(span.traceId)
  const spanId = toSpanId(span.spanId)
  return traceId === undefined || spanId === undefined
    ? undefined
    : { traceId, spanId, traceFlags: span.sampled ? 1 : 0 }
}
