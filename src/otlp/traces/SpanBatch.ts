/**
 * The body of a request: one `resourceSpans` with one `scopeSpans` (TRACE-20).
 *
 * Spans wait as the texts that they are sent as: immutable, of a known size, and written once however often a request is
 * repeated or split.
 *
 * @since 0.1.0
 */
import * as OtlpResource from "../OtlpResource.js"
import type { SpanRecord } from "./SpanRecord.js"

/** The JSON of one span. */
export type SpanText = string

export const contentType = "application/json"

export const path = "/i/v1/traces"

export const toText = (record: SpanRecord): SpanText => JSON.stringify(record)

/** UTF-16 units of a span's text; its bytes are three times as many at the most. */
export const sizeOf = (text: SpanText): number => text.length

export const encoder = (resource: OtlpResource.Resource): (spans: ReadonlyArray<SpanText>) => string => {
  const head = `{"resourceSpans":[{"resource":${JSON.stringify(resource)},"scopeSpans":[{"scope":${
    JSON.stringify(OtlpResource.scope)
  },"spans":[`
  return (spans) => `${head}${spans.join(",")}]}]}]}`
}
