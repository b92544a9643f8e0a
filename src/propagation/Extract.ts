/**
 * From what came in to what it says, field by field: what is malformed is missing, and the rest stands.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../domain/GuardedRead.js"
import { toId } from "../domain/Id.js"
import * as Name from "./HeaderNames.js"
import { present, type Propagated } from "./Propagated.js"
import * as Carrier from "./text/Carrier.js"
import * as HeaderText from "./text/HeaderText.js"
import * as TraceHeaders from "./TraceHeaders.js"
import * as TransportedTags from "./TransportedTags.js"

/** What the carrier says, under the names of headers or under the seed's plain keys (001 §4.2). Total. */
export const extract = (carrier: unknown, maxEntries?: number): Propagated => {
  const reader = Carrier.read(carrier, maxEntries)
  const header = (name: string): string | undefined => HeaderText.read(reader.get(name))
  const either = (name: string, key: string): string | undefined => header(name) ?? plain(carrier, key)
  return present({
    correlation: present({
      id: either(Name.correlationId, "correlation_id"),
      parentId: either(Name.parentCorrelationId, "parent_correlation_id")
    }),
    service: present({
      name: header(Name.serviceName) ?? either(Name.clientService, "service_name"),
      version: either(Name.clientVersion, "service_version")
    }),
    operationName: either(Name.operationName, "operation_name"),
    distinctId: either(Name.distinctId, "distinct_id"),
    sessionId: either(Name.sessionId, "session_id"),
    userId: either(Name.userId, "user_id"),
    requestId: either(Name.requestId, "request_id"),
    tags: TransportedTags.parse(reader.get(Name.contextTags)) ?? TransportedTags.parse(own(carrier, "context_tags")),
    trace: TraceHeaders.received({
      traceparent: reader.get(Name.traceparent),
      tracestate: reader.get(Name.tracestate),
      baggage: reader.get(Name.baggage)
    })
  }) ?? {}
}

const own = (carrier: unknown, key: string): unknown => {
  if (typeof carrier !== "object" || carrier === null) {
    return undefined
  }
  const value = GuardedRead.guarded(() => Object.hasOwn(carrier, key) ? GuardedRead.read(carrier, key) : undefined)
  return value === GuardedRead.unreadable ? undefined : value
}

/** The value of a plain key: data, not a header, so a number may stand there and nothing is encoded. */
const plain = (carrier: unknown, key: string): string | undefined => {
  const value = own(carrier, key)
  return value === undefined ? undefined : HeaderText.clean(typeof value === "number" ? toId(value) : value)
}
