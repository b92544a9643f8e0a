/**
 * What the page wants to know of an event, a log record or a span when it arrives.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type { OtlpRecords } from "../OtlpStore.js"
import type { Plain } from "../OtlpValue.js"
import type { WireEvent } from "../ReceivedEvent.js"
import type { ArrivedEvent, ArrivedRecord } from "./EventDatabase.js"

const textIn = (values: Readonly<Record<string, unknown>>, ...names: ReadonlyArray<string>): string | undefined =>
  names.map((name) => Object.hasOwn(values, name) ? values[name] : undefined).find((value): value is string =>
    Predicate.isString(value) && value !== ""
  )

/** What is kept of the outermost exception, whatever its form. */
const exceptionIn = ({ event, properties }: WireEvent): ArrivedEvent["exception"] => {
  if (event !== "$exception") {
    return undefined
  }
  const list = properties["$exception_list"]
  const outermost: unknown = Array.isArray(list) ? list[0] : undefined
  const fields = Predicate.isRecord(outermost) ? outermost : {}
  return {
    type: textIn(fields, "type") ?? textIn(properties, "$exception_type") ?? "Error",
    value: textIn(fields, "value") ?? textIn(properties, "$exception_message") ?? ""
  }
}

/** An event that came at `receivedAt`, in milliseconds since the epoch. */
export const fromEvent = (event: WireEvent, receivedAt: number, remarks: ReadonlyArray<string>): ArrivedEvent => ({
  event,
  correlationId: textIn(event.properties, "correlation_id"),
  sessionId: event.session_id ?? textIn(event.properties, "$session_id"),
  service: textIn(event.properties, "service_name"),
  exception: exceptionIn(event),
  receivedAt,
  remarks
})

const millisOf = (nanos: string): number => Number(BigInt(nanos) / 1_000n) / 1_000

const titleOf = (body: unknown): string =>
  (Predicate.isString(body) ? body : JSON.stringify(body, (_, value) => typeof value === "bigint" ? `${value}` : value))
    ?.slice(0, 500) ?? ""

const serviceOf = (resource: Plain, attributes: Plain): string | undefined =>
  textIn(attributes, "service_name") ?? textIn(resource, "service.name")

/** The records that say which correlation they belong to; no others have a place on a time line. */
export const fromRecords = ({ logs, spans }: OtlpRecords): ReadonlyArray<ArrivedRecord> => [
  ...logs.flatMap((log): ReadonlyArray<ArrivedRecord> => {
    const correlationId = textIn(log.attributes, "correlation_id")
    return correlationId === undefined ? [] : [{
      kind: "log",
      correlationId,
      service: serviceOf(log.resource, log.attributes),
      at: millisOf(log.timeUnixNano),
      durationMillis: undefined,
      title: `${log.severityText === undefined ? "" : `${log.severityText} `}${titleOf(log.body)}`
    }]
  }),
  ...spans.flatMap((span): ReadonlyArray<ArrivedRecord> => {
    const correlationId = textIn(span.attributes, "correlation_id")
    const at = millisOf(span.startTimeUnixNano)
    return correlationId === undefined ? [] : [{
      kind: "span",
      correlationId,
      service: serviceOf(span.resource, span.attributes),
      at,
      durationMillis: Math.max(0, millisOf(span.endTimeUnixNano) - at),
      title: span.name
    }]
  })
]
