/**
 * What the headers of a request say, each of them read once at most. What is malformed is missing (TRHDR-14).
 *
 * @since 0.1.0
 */
import type { Headers } from "@effect/platform/Headers"
import * as Name from "../HeaderNames.js"
import type { Propagated } from "../Propagated.js"
import * as HeaderText from "../text/HeaderText.js"
import * as TraceHeaders from "../TraceHeaders.js"
import * as TransportedTags from "../TransportedTags.js"

/** Servers give names in lower case (TRHDR-02). Values may come from anywhere: a list of them, or nothing of the kind. */
export type Source = Readonly<Record<string, unknown>>

export const sourceOf = (headers: Headers): Source => headers

export interface Accepted {
  /** Distinct id, session and user id. */
  readonly identity: boolean
  readonly tags: ReadonlyArray<string> | "all" | undefined
}

const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

/** A text as `HeaderText.read` gives it. Most are an id or a name, and stand for themselves. */
export const text = (value: unknown, maxLength: number = HeaderText.defaultMaxLength): string | undefined =>
  value === undefined
    ? undefined
    : typeof value === "string" && value.length <= maxLength && !value.includes("'") && plain.test(value)
    ? value
    : HeaderText.read(value, maxLength)

/** The number that a header such as `Content-Length` says. */
export const count = (value: unknown): number | undefined =>
  typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : undefined

/** The part of the headers that is propagated from process to process. */
export const propagated = (headers: Source, accepted: Accepted): Propagated => {
  const { identity, tags } = accepted
  const correlationId = text(headers[Name.correlationId])
  const parentId = text(headers[Name.parentCorrelationId])
  const name = text(headers[Name.serviceName]) ?? text(headers[Name.clientService])
  const version = text(headers[Name.clientVersion])
  const traceparent = headers[Name.traceparent]
  const baggage = headers[Name.baggage]
  return {
    correlation: correlationId === undefined && parentId === undefined ? undefined : { id: correlationId, parentId },
    service: name === undefined && version === undefined ? undefined : { name, version },
    operationName: text(headers[Name.operationName]),
    distinctId: identity ? text(headers[Name.distinctId]) : undefined,
    sessionId: identity ? text(headers[Name.sessionId]) : undefined,
    userId: identity ? text(headers[Name.userId]) : undefined,
    requestId: text(headers[Name.requestId]),
    tags: tags === undefined ? undefined : allowed(headers[Name.contextTags], tags),
    trace: traceparent === undefined && baggage === undefined
      ? undefined
      : TraceHeaders.received({ traceparent, tracestate: headers[Name.tracestate], baggage })
  }
}

const allowed = (header: unknown, tags: ReadonlyArray<string> | "all"): Propagated["tags"] => {
  const received = header === undefined ? undefined : TransportedTags.parse(header)
  return received === undefined || tags === "all" ? received : TransportedTags.allowed(received, tags)
}
