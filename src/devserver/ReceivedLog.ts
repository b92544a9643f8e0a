/**
 * A log record on the wire, and what the embedded PostHog keeps of it.
 *
 * @since 0.1.0
 */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import {
  AnyValue,
  Attributes,
  idOf,
  InstrumentationScope,
  Nanos,
  type ReceivedBy,
  Resource,
  Whole
} from "./OtlpValue.js"

const LogRecord = Schema.Struct({
  timeUnixNano: Nanos,
  observedTimeUnixNano: Schema.optionalWith(Nanos, { exact: true }),
  severityNumber: Schema.optionalWith(Whole, { exact: true }),
  severityText: Schema.optionalWith(Schema.String, { exact: true }),
  body: Schema.optionalWith(AnyValue, { exact: true }),
  attributes: Schema.optionalWith(Attributes, { default: () => ({}) }),
  traceId: Schema.optionalWith(idOf(32), { exact: true }),
  spanId: Schema.optionalWith(idOf(16), { exact: true }),
  flags: Schema.optionalWith(Whole, { exact: true })
})

/**
 * A stored log record: its values plain, its times and ids as texts.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReceivedLog extends Schema.Schema.Type<typeof LogRecord>, ReceivedBy {}

/**
 * The body of a request to `/i/v1/logs`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeLogs = ParseResult.decodeUnknownEither(
  Schema.Struct({
    resourceLogs: Schema.Array(Schema.Struct({
      resource: Schema.optionalWith(Resource, { default: () => ({ attributes: {} }) }),
      scopeLogs: Schema.Array(Schema.Struct({
        scope: Schema.optionalWith(InstrumentationScope, { default: () => ({ name: "", version: "" }) }),
        logRecords: Schema.Array(LogRecord)
      }))
    }))
  }),
  { errors: "all" }
)
