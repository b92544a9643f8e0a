/**
 * What a span comes to when it has ended.
 *
 * @since 0.1.0
 */
import type * as PosthogSpan from "./PosthogSpan.js"
import * as SpanHook from "./SpanHook.js"
import * as SpanRecord from "./SpanRecord.js"
import type { ResolvedTraceOptions } from "./TraceOptions.js"

/** A hook dropped it, or failed. */
export type Refusal = "beforeSpanSend" | "beforeSpanSendFailed"

/** The gate of the hooks, then the caps and the sanitizing (TRACE-34). */
export const finish = (
  span: PosthogSpan.PosthogSpan,
  options: ResolvedTraceOptions
): SpanRecord.SpanRecord | Refusal => {
  const parts = toParts(span, options)
  const record = SpanRecord.make(parts)
  if (options.beforeSpanSend.length === 0) {
    return record
  }
  const verdict = SpanHook.run(options.beforeSpanSend, record, parts)
  return typeof verdict === "string" ? verdict : SpanRecord.make(verdict)
}

/** As Effect's own bridge to OpenTelemetry says it. */
const interruptedKey = "status.interrupted"

const toParts = (span: PosthogSpan.PosthogSpan, options: ResolvedTraceOptions): SpanRecord.SpanParts => {
  const { scope, status } = span
  const automatic: Array<readonly [key: string, value: unknown]> = Object.entries(scope)
  if (span.interrupted) {
    automatic.push([interruptedKey, true])
  }
  return {
    identity: span,
    name: span.name,
    kind: span.kind,
    startTime: status.startTime,
    endTime: status._tag === "Ended" ? status.endTime : status.startTime,
    // what the application said of the same key wins (TRACE-18)
    attributes: [...automatic.filter(([key]) => !span.attributes.has(key)), ...span.attributes],
    isAutomatic: (key) => Object.hasOwn(scope, key) || (span.interrupted && key === interruptedKey),
    maxAttributes: options.maxAttributesPerSpan,
    maxEvents: options.maxEventsPerSpan,
    droppedAttributes: span.droppedAttributes,
    events: span.events,
    droppedEvents: span.droppedEvents,
    status: span.outcome
  }
}
