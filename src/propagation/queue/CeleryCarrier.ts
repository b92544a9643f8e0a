/**
 * Celery's messages (protocol 2), so that workers in Python with posthog-python's integration and ours understand each
 * other. It writes its headers twice, into the message's headers and into those nested in them under `headers`: a worker
 * sees only the nested ones.
 *
 * @since 0.1.0
 */
import { toId } from "../../domain/Id.js"
import * as Name from "../HeaderNames.js"
import * as HeaderText from "../text/HeaderText.js"
import * as HeaderOverlay from "./HeaderOverlay.js"

/** Python's dictionaries are exact about the case: these are the names that posthog-python and the seed look for. */
const pythonNames: { readonly [name: string]: string } = {
  [Name.correlationId]: "X-Correlation-Id",
  [Name.parentCorrelationId]: "X-Parent-Correlation-Id",
  [Name.serviceName]: "X-Service-Name",
  [Name.clientService]: "X-Client-Service",
  [Name.clientVersion]: "X-Client-Version",
  [Name.operationName]: "X-Operation-Name",
  [Name.userId]: "X-User-Id",
  [Name.requestId]: "X-Request-Id",
  [Name.distinctId]: "X-POSTHOG-DISTINCT-ID",
  [Name.sessionId]: "X-POSTHOG-SESSION-ID",
  [Name.contextTags]: "X-POSTHOG-CONTEXT-TAGS"
}

/** They hold what they hold: what only their own syntax may decode. */
const verbatim: ReadonlySet<string> = new Set([Name.contextTags, Name.traceparent, Name.tracestate, Name.baggage])

const plainTexts = Object.keys(pythonNames).filter((name) => !verbatim.has(name)).map((name) => pythonNames[name]!)

/**
 * The headers of a Celery message with ours, on the message and nested. Texts are written as they are: a table of AMQP
 * and JSON have place for any, and posthog-python decodes none.
 *
 * @example
 * import * as CeleryCarrier from "effect-posthog/propagation/queue/CeleryCarrier"
 *
 * CeleryCarrier.inject({ lang: "py", task: "mail.send", id: "7f…" }, { "x-posthog-distinct-id": "user-1" })
 * // { lang: "py", task: "mail.send", id: "7f…", "X-POSTHOG-DISTINCT-ID": "user-1",
 * //   headers: { "X-POSTHOG-DISTINCT-ID": "user-1" } }
 *
 * @since 0.1.0
 * @category conversions
 */
export const inject = (
  messageHeaders: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>
): Record<string, unknown> => {
  const ours: Record<string, string> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]!
    ours[pythonNames[name] ?? name] = verbatim.has(name) ? value : HeaderText.decode(value)
  }
  if (Object.keys(ours).length === 0) {
    return { ...HeaderOverlay.copy(messageHeaders) }
  }
  const nested = HeaderOverlay.over(HeaderOverlay.property(messageHeaders, "headers"), ours)
  return { ...HeaderOverlay.over(messageHeaders, ours), headers: nested }
}

/**
 * The headers of a Celery message: nested ones, and where they say nothing those of the message. Takes the message's
 * headers, or a message as `amqplib` delivers it, or one that Celery left in Redis. Where no correlation was sent, the
 * task's id is one: however often the task is tried, it stays the same.
 *
 * @since 0.1.0
 * @category conversions
 */
export const extract = (message: unknown): Readonly<Record<string, unknown>> => {
  const delivered = HeaderOverlay.property(HeaderOverlay.property(message, "properties"), "headers")
  const headers = delivered ?? (isMessage(message) ? HeaderOverlay.property(message, "headers") : message)
  const nested = read(HeaderOverlay.property(headers, "headers"))
  const task = { [Name.correlationId]: textOf(HeaderOverlay.property(headers, "id")) }
  return HeaderOverlay.over(task, HeaderOverlay.over(read(headers), nested))
}

/** What stands under Python's names is not encoded, and what was a number there is an id all the same. */
const read = (headers: unknown): Record<string, unknown> => {
  const result = HeaderOverlay.copy(headers)
  for (const name of plainTexts) {
    const value = textOf(result[name])
    if (value !== undefined) {
      result[name] = value
    }
  }
  return result
}

const textOf = (value: unknown): string | undefined => {
  const text = typeof value === "string" ? value : toId(value)
  return text === undefined ? undefined : HeaderText.encode(text)
}

/** In Redis a message has a body and properties beside its headers. */
const isMessage = (message: unknown): boolean =>
  HeaderOverlay.property(message, "body") !== undefined && HeaderOverlay.property(message, "headers") !== undefined
