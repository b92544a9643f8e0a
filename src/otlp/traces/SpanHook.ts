/**
 * Runs the application's hooks on a span that has ended (TRACE-33). They fail closed: what cannot be understood is dropped.
 *
 * @since 0.1.0
 */
import type * as Tracer from "effect/Tracer"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as PlainValue from "./PlainValue.js"
import type { BeforeSpanSend, SpanData, SpanEventData, SpanStatus } from "./SpanData.js"
import * as SpanNotice from "./SpanNotice.js"
import * as SpanRecord from "./SpanRecord.js"
import * as SpanTime from "./SpanTime.js"

/** The span again, or why it is dropped. */
export type Verdict = SpanRecord.SpanParts | "beforeSpanSend" | "beforeSpanSendFailed"

/** `record`: the same span as `parts`, as it would be sent. */
export const run = (
  hooks: ReadonlyArray<BeforeSpanSend>,
  record: SpanRecord.SpanRecord,
  parts: SpanRecord.SpanParts
): Verdict => {
  let current = toData(record, parts)
  for (const hook of hooks) {
    try {
      const result: unknown = hook(current)
      if (result === null || result === undefined) {
        return "beforeSpanSend"
      }
      const next = fromHook(result, current, parts.identity)
      if (next === undefined) {
        return failed("returned something that is no span")
      }
      current = next
    } catch (error) {
      // only the kind of error: its message may hold what the hook was there to remove
      return failed(`failed with ${GuardedRead.guarded(() => error instanceof Error ? error.name : typeof error)}`)
    }
  }
  return {
    ...parts,
    name: current.name,
    kind: current.kind,
    startTime: current.startTime,
    endTime: current.endTime,
    attributes: Object.entries(current.attributes),
    droppedAttributes: record.droppedAttributesCount ?? 0,
    events: current.events,
    droppedEvents: record.droppedEventsCount ?? 0,
    status: current.status
  }
}

const failed = (what: string): Verdict => {
  SpanNotice.debug(`a span was dropped: a hook before its sending ${what}`)
  return "beforeSpanSendFailed"
}

/** A copy, so that the hook may change whatever it likes. */
const toData = (record: SpanRecord.SpanRecord, parts: SpanRecord.SpanParts): SpanData => ({
  ...ids(parts.identity),
  name: record.name,
  kind: parts.kind,
  startTime: BigInt(record.startTimeUnixNano),
  endTime: BigInt(record.endTimeUnixNano),
  attributes: PlainValue.fromAttributes(record.attributes),
  events: record.events.map(({ attributes, name, timeUnixNano }) => ({
    name,
    time: BigInt(timeUnixNano),
    attributes: PlainValue.fromAttributes(attributes)
  })),
  status: parts.status
})

/** `undefined` where it is no span; what of a span makes no sense is as it was before. May throw: it is hostile. */
const fromHook = (result: unknown, before: SpanData, identity: SpanRecord.SpanIdentity): SpanData | undefined => {
  if (typeof result !== "object" || result === null) {
    return undefined
  }
  const span: { readonly [Key in keyof SpanData]?: unknown } = result
  const { attributes, endTime, events, kind, startTime, status } = span
  if (typeof attributes !== "object" || attributes === null || !Array.isArray(events)) {
    return undefined
  }
  noteIds(span, identity)
  return {
    ...ids(identity),
    // an empty one, and one that is no text, is sanitized with all others
    name: span.name as string,
    kind: isKind(kind) ? kind : before.kind,
    startTime: SpanTime.orElse(startTime, () => before.startTime),
    endTime: SpanTime.orElse(endTime, () => before.endTime),
    attributes: Object.fromEntries(Object.entries(attributes)),
    events: events.filter(GuardedRead.isObject).map((event) => fromEvent(event, before)),
    status: toStatus(status) ?? before.status
  }
}

const fromEvent = (event: { readonly [Key in keyof SpanEventData]?: unknown }, span: SpanData): SpanEventData => ({
  // as above
  name: event.name as string,
  time: SpanTime.orElse(event.time, () => span.endTime),
  attributes: Object(event.attributes ?? {})
})

const isKind = (kind: unknown): kind is Tracer.SpanKind =>
  typeof kind === "string" && Object.hasOwn(SpanRecord.kinds, kind)

const toStatus = (input: unknown): SpanStatus | undefined => {
  if (typeof input !== "object" || input === null) {
    return undefined
  }
  const { code, message }: { readonly [Key in keyof SpanStatus]?: unknown } = input
  return code === "error" && typeof message === "string"
    ? { code, message }
    : code === "unset" || code === "ok" || code === "error"
    ? { code }
    : undefined
}

const ids = ({ parentSpanId, spanId, traceId, traceState }: SpanRecord.SpanIdentity): SpanRecord.SpanIdentity => ({
  traceId,
  spanId,
  parentSpanId,
  traceState
})

const idKeys: ReadonlyArray<keyof SpanRecord.SpanIdentity> = ["traceId", "spanId", "parentSpanId", "traceState"]

const noteIds = (span: { readonly [Key in keyof SpanData]?: unknown }, identity: SpanRecord.SpanIdentity): void => {
  const changed = idKeys.filter((key) => span[key] !== identity[key])
  if (changed.length > 0) {
    SpanNotice.debug(`a hook's changes of ${changed.join(", ")} are ignored: a span keeps its ids`)
  }
}
