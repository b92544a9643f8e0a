/**
 * A span as OTLP writes it (TRACE-13), within the caps and sanitized (TRACE-16, TRACE-27, TRACE-37).
 *
 * It is JSON, not protobuf: measured on batches of 512 spans with eight attributes and one event each, JSON takes 2.7 µs a
 * span, the protobuf encoder of `@effect/opentelemetry` 60 µs and a package more; compressed they are of the same size
 * (TRACE-22).
 *
 * @since 0.1.0
 */
import type * as Tracer from "effect/Tracer"
import * as BoundedText from "../../domain/BoundedText.js"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as OtlpValue from "../OtlpValue.js"
import type { SpanStatus } from "./SpanData.js"
import * as SpanNotice from "./SpanNotice.js"

export interface SpanIdentity {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly traceState: string | undefined
}

/** What is known of a span that has ended. Nothing but the identity and the times has to be what its type says. */
export interface SpanParts {
  readonly identity: SpanIdentity
  readonly name: unknown
  readonly kind: Tracer.SpanKind
  readonly startTime: bigint
  readonly endTime: bigint
  readonly attributes: Iterable<readonly [key: string, value: unknown]>
  /** Is the attribute one that is not counted? */
  readonly isAutomatic: (key: string) => boolean
  readonly maxAttributes: number
  readonly maxEvents: number
  readonly droppedAttributes: number
  readonly events: Iterable<{ readonly name: unknown; readonly time: bigint; readonly attributes: unknown }>
  readonly droppedEvents: number
  readonly status: SpanStatus
}

export interface EventRecord {
  readonly name: string
  readonly timeUnixNano: string
  readonly attributes: ReadonlyArray<OtlpValue.KeyValue>
  readonly droppedAttributesCount?: number
}

/** What protobuf has a default for and is that default is left out. */
export interface SpanRecord {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  /** W3C trace flags: sampled. */
  readonly flags: 1
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: ReadonlyArray<OtlpValue.KeyValue>
  readonly droppedAttributesCount?: number
  readonly events: ReadonlyArray<EventRecord>
  readonly droppedEventsCount?: number
  readonly status: { readonly code: number; readonly message?: string }
}

/** 0 stands for a kind that was not said: Effect always says one. */
export const kinds: { readonly [Kind in Tracer.SpanKind]: number } = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5
}

export const statusCodes: { readonly [Code in SpanStatus["code"]]: number } = { unset: 0, ok: 1, error: 2 }

/** UTF-16 units of an attribute that is a text, and of names (TRACE-38). */
const maxTextLength = 8192

/** Attributes of one event (TRACE-37). */
const maxAttributesPerEvent = 128

export const make = (parts: SpanParts): SpanRecord => {
  const { endTime, identity, startTime, status } = parts
  const { attributes, dropped } = spanAttributes(parts)
  const events: Array<EventRecord> = []
  let droppedEvents = parts.droppedEvents
  for (const event of parts.events) {
    if (events.length < parts.maxEvents) {
      events.push(eventRecord(event))
    } else {
      droppedEvents++
    }
  }
  return {
    traceId: identity.traceId,
    spanId: identity.spanId,
    ...(identity.parentSpanId === undefined ? {} : { parentSpanId: identity.parentSpanId }),
    ...(identity.traceState === undefined ? {} : { traceState: identity.traceState }),
    flags: 1,
    name: toName(parts.name),
    kind: kinds[parts.kind] ?? kinds.internal,
    startTimeUnixNano: startTime.toString(),
    endTimeUnixNano: (endTime < startTime ? startTime : endTime).toString(),
    attributes,
    ...(dropped === 0 ? {} : { droppedAttributesCount: dropped }),
    events,
    ...(droppedEvents === 0 ? {} : { droppedEventsCount: droppedEvents }),
    status: status.code === "error" && typeof status.message === "string" && status.message !== ""
      ? { code: statusCodes.error, message: BoundedText.cut(status.message, maxTextLength) }
      : { code: statusCodes[status.code] ?? statusCodes.unset }
  }
}

const spanAttributes = (parts: SpanParts) => {
  const attributes: Array<OtlpValue.KeyValue> = []
  let counted = 0
  let dropped = parts.droppedAttributes
  for (const [key, value] of parts.attributes) {
    if (parts.isAutomatic(key) || counted < parts.maxAttributes) {
      counted += put(attributes, key, value) && !parts.isAutomatic(key) ? 1 : 0
    } else {
      dropped++
    }
  }
  return { attributes, dropped }
}

const eventRecord = (event: { readonly name: unknown; readonly time: bigint; readonly attributes: unknown }) => {
  const attributes: Array<OtlpValue.KeyValue> = []
  const input = GuardedRead.isObject(event.attributes) ? event.attributes : {}
  const keys = GuardedRead.keys(input)
  for (const key of keys.slice(0, maxAttributesPerEvent)) {
    put(attributes, key, GuardedRead.read(input, key))
  }
  const dropped = Math.max(0, keys.length - maxAttributesPerEvent)
  return {
    name: toName(event.name),
    timeUnixNano: event.time.toString(),
    attributes,
    ...(dropped === 0 ? {} : { droppedAttributesCount: dropped })
  }
}

/** Is it there now? An empty key names nothing, and OTLP has no null (TRACE-17, TRACE-37). */
const put = (target: Array<OtlpValue.KeyValue>, key: string, input: unknown): boolean => {
  if (key === "") {
    return false
  }
  const value = OtlpValue.toAnyValue(
    typeof input === "string" ? BoundedText.cut(input, maxTextLength) : input,
    (digits) => SpanNotice.debug(`an integer beyond 64 bits is sent as a text: ${digits}`)
  )
  if (value === undefined) {
    return false
  }
  target.push({ key: BoundedText.head(key, maxTextLength), value })
  return true
}

const toName = (name: unknown): string =>
  typeof name === "string" && name !== "" ? BoundedText.head(name, maxTextLength) : "unknown"
