/**
 * The two parts of an envelope that are not the application's: where the message comes from (seed 001 §4.2).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as BoundedJson from "../../domain/BoundedJson.js"
import { isJsonObject, type JsonObject } from "../../domain/JsonValue.js"
import * as PosthogScope from "../../scope/PosthogScope.js"
import * as OperationSection from "../../scope/sections/OperationSection.js"
import * as Extract from "../Extract.js"
import { present, type Propagated } from "../Propagated.js"
import * as HeaderText from "../text/HeaderText.js"
import * as TransportedTags from "../TransportedTags.js"
import type { EnvelopePolicy } from "./EnvelopePolicy.js"
import * as HeaderOverlay from "./HeaderOverlay.js"

const Text = Schema.NullOr(Schema.String)

const Json = Schema.declare((input: unknown): input is JsonObject =>
  typeof input === "object" && input !== null && !Array.isArray(input)
)

const nine = {
  correlation_id: Text,
  parent_correlation_id: Text,
  service_name: Text,
  service_version: Text,
  user_id: Text,
  operation_name: Text,
  request_id: Text,
  /** ISO 8601, in UTC. */
  operation_start_time: Text,
  operation_metadata: Schema.NullOr(Json)
}

const ours = {
  distinct_id: Schema.optional(Schema.String),
  session_id: Schema.optional(Schema.String),
  context_tags: Schema.optional(Json),
  traceparent: Schema.optional(Schema.String),
  tracestate: Schema.optional(Schema.String),
  baggage: Schema.optional(Schema.String)
}

export interface EnvelopeContext extends Schema.Schema.Type<typeof EnvelopeContext> {}

export const EnvelopeContext = Schema.Struct({ ...nine, ...ours })

export interface EnvelopeMetadata extends Schema.Schema.Type<typeof EnvelopeMetadata> {}

export const EnvelopeMetadata = Schema.Struct({
  correlation_id: Text,
  service_name: Text,
  service_version: Text,
  user_id: Text,
  operation_name: Text,
  /** When it was published: ISO 8601, in UTC. */
  timestamp: Text,
  publisher: Text
})

/** What is known of the operation that sends. */
export interface SentOperation {
  /** Milliseconds since the epoch. */
  readonly startTime: number | undefined
  readonly metadata: JsonObject | undefined
}

export const operationOf = (scope: PosthogScope.PosthogScope, policy: EnvelopePolicy): SentOperation => ({
  startTime: policy.operation === false
    ? undefined
    : PosthogScope.section(scope, OperationSection.section)?.startTime,
  metadata: policy.operationMetadata === undefined
    ? undefined
    : TransportedTags.allowed(scope.view.metadata, policy.operationMetadata)
})

export const contextOf = (propagated: Propagated, operation: SentOperation): EnvelopeContext => ({
  correlation_id: propagated.correlation?.id ?? null,
  parent_correlation_id: propagated.correlation?.parentId ?? null,
  service_name: propagated.service?.name ?? null,
  service_version: propagated.service?.version ?? null,
  user_id: propagated.userId ?? null,
  operation_name: propagated.operationName ?? null,
  request_id: propagated.requestId ?? null,
  operation_start_time: operation.startTime === undefined ? null : new Date(operation.startTime).toISOString(),
  operation_metadata: operation.metadata ?? null,
  ...present({
    distinct_id: propagated.distinctId,
    session_id: propagated.sessionId,
    context_tags: propagated.tags,
    traceparent: propagated.trace?.traceparent,
    tracestate: propagated.trace?.tracestate,
    baggage: propagated.trace?.baggage
  })
})

export const metadataOf = (propagated: Propagated, now: number): EnvelopeMetadata => ({
  correlation_id: propagated.correlation?.id ?? null,
  service_name: propagated.service?.name ?? null,
  service_version: propagated.service?.version ?? null,
  user_id: propagated.userId ?? null,
  operation_name: propagated.operationName ?? null,
  timestamp: new Date(now).toISOString(),
  publisher: propagated.service?.name ?? null
})

/** What arrived as context, each field for itself: what is malformed is missing. Total. */
export const readContext = (input: unknown): EnvelopeContext => {
  const propagated = Extract.extract(input)
  const read = contextOf(propagated, { startTime: undefined, metadata: undefined })
  return {
    ...read,
    operation_start_time: readTime(HeaderOverlay.property(input, "operation_start_time")),
    operation_metadata: readNotes(HeaderOverlay.property(input, "operation_metadata"))
  }
}

/** What arrived as metadata, in the same way. Total. */
export const readMetadata = (input: unknown): EnvelopeMetadata => {
  const text = (name: string) => HeaderText.clean(HeaderOverlay.property(input, name)) ?? null
  return {
    correlation_id: text("correlation_id"),
    service_name: text("service_name"),
    service_version: text("service_version"),
    user_id: text("user_id"),
    operation_name: text("operation_name"),
    timestamp: readTime(HeaderOverlay.property(input, "timestamp")),
    publisher: text("publisher")
  }
}

/** What the two of them say about where the message comes from; the metadata's correlation where the context has none. */
export const propagatedOf = (context: EnvelopeContext, metadata: EnvelopeMetadata): Propagated =>
  present({
    correlation: present({
      id: context.correlation_id ?? metadata.correlation_id ?? undefined,
      parentId: context.parent_correlation_id ?? undefined
    }),
    service: present({
      name: context.service_name ?? undefined,
      version: context.service_version ?? undefined
    }),
    operationName: context.operation_name ?? undefined,
    distinctId: context.distinct_id,
    sessionId: context.session_id,
    userId: context.user_id ?? undefined,
    requestId: context.request_id ?? undefined,
    tags: context.context_tags,
    trace: present({
      traceparent: context.traceparent,
      tracestate: context.tracestate,
      baggage: context.baggage
    })
  }) ?? {}

/** Python's `isoformat()` has six digits of a second, and no zone where it means UTC. */
const isoPattern = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/

const readTime = (input: unknown): string | null => {
  const text = HeaderText.clean(input, 64)
  const [, zone] = (text === undefined ? undefined : isoPattern.exec(text)) ?? []
  const millis = text === undefined || !isoPattern.test(text)
    ? Number.NaN
    : Date.parse(zone === undefined ? `${text}Z` : text)
  return Number.isNaN(millis) ? null : new Date(millis).toISOString()
}

/** More than the notes of an operation can be, and little enough to be passed around. */
const noteLimits: BoundedJson.Limits = { maxDepth: 16, maxItems: 256, maxTextLength: 1024, maxBytes: 16 * 1024 }

const readNotes = (input: unknown): JsonObject | null => {
  const value = BoundedJson.toJsonValue(input, noteLimits)
  return isJsonObject(value) ? value : null
}
