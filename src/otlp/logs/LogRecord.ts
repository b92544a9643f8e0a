/**
 * Log records as OTLP's JSON (LOG-03, LOG-08).
 *
 * @since 0.1.0
 */
import * as ActiveSpan from "../ActiveSpan.js"
import * as OtlpResource from "../OtlpResource.js"
import * as OtlpValue from "../OtlpValue.js"
import { type Log, severity } from "./Log.js"

/** The record's JSON: made at once, so that nothing changes it while it waits. `undefined` where the body has no value. */
export const write = (
  log: Log,
  timeUnixNano: string,
  onLargeInteger: OtlpValue.OnLargeInteger
): string | undefined => {
  const body = OtlpValue.toAnyValue(log.body, onLargeInteger)
  if (body === undefined) {
    return undefined
  }
  const { number: severityNumber, text: severityText } = severity(log.level)
  return JSON.stringify({
    timeUnixNano,
    observedTimeUnixNano: timeUnixNano,
    severityNumber,
    severityText,
    body,
    attributes: OtlpValue.toAttributes(log.attributes, onLargeInteger),
    traceId: ActiveSpan.toTraceId(log.traceId),
    spanId: ActiveSpan.toSpanId(log.spanId),
    flags: isFlags(log.traceFlags) ? log.traceFlags : undefined
  })
}

const isFlags = (flags: unknown): flags is number =>
  Number.isInteger(flags) && Number(flags) >= 0 && Number(flags) <= 255

/** The bodies of requests: one `resourceLogs` with one `scopeLogs`. */
export const bodies = (resource: OtlpResource.Resource): (records: ReadonlyArray<string>) => string => {
  const open = `{"resourceLogs":[{"resource":${JSON.stringify(resource)},"scopeLogs":[{"scope":${
    JSON.stringify(OtlpResource.scope)
  },"logRecords":[`
  return (records) => `${open}${records.join(",")}]}]}]}`
}
