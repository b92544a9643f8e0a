/**
 * A span on the wire, and what the embedded PostHog keeps of it.
 *
 * @since 0.1.0
 */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Attributes, idOf, InstrumentationScope, Nanos, type ReceivedBy, Resource, Whole } from "./OtlpValue.js"

const Count = Schema.optionalWith(Whole, { default: () => 0 })

const Text = Schema.optionalWith(Schema.String, { exact: true })

const Event = Schema.Struct({
  name: Schema.String,
  timeUnixNano: Nanos,
  attributes: Schema.optionalWith(Attributes, { default: () => ({}) }),
  droppedAttributesCount: Count
})

const Span = Schema.Struct({
  traceId: idOf(32),
  spanId: idOf(16),
  parentSpanId: Schema.optionalWith(idOf(16), { exact: true }),
  traceState: Text,
  name: Schema.String,
  kind: Count,
  startTimeUnixNano: Nanos,
  endTimeUnixNano: Nanos,
  attributes: Schema.optionalWith(Attributes, { default: () => ({}) }),
  droppedAttributesCount: Count,
  events: Schema.optionalWith(Schema.Array(Event), { default: () => [] }),
  droppedEventsCount: Count,
  status: Schema.optionalWith(Schema.Struct({ code: Count, message: Text }), { default: () => ({ code: 0 }) }),
  flags: Schema.optionalWith(Whole, { exact: true })
})

/**
 * A stored span: its values plain, its times and ids as texts, its kind and status as OTLP's numbers.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReceivedSpan extends Schema.Schema.Type<typeof Span>, ReceivedBy {}

/**
 * The body of a request to `/i/v1/traces`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeSpans = ParseResult.decodeUnknownEither(
  Schema.Struct({
    resourceSpans: Schema.Array(Schema.Struct({
      resource: Schema.optionalWith(Resource, { default: () => ({ attributes: {} }) }),
      scopeSpans: Schema.Array(Schema.Struct({
        scope: Schema.optionalWith(InstrumentationScope, { default: () => ({ name: "", version: "" }) }),
        spans: Schema.Array(Span)
      }))
    }))
  }),
  { errors: "all" }
)
