/**
 * The endpoints that take events.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.js"
import { type Exchange, type Verdict, verdict } from "./Exchange.js"
import { decodeEvents, Flag, isUtcTimestamp, isUuid, NonEmptyText, problemsOf, UtcTimestamp } from "./ReceivedEvent.js"

const EventList = Schema.declare((value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value), {
  message: () => ({ message: "must be a list of events", override: true })
})

const envelopeFields = {
  batch: EventList,
  sent_at: Schema.optionalWith(UtcTimestamp, { exact: true }),
  historical_migration: Schema.optionalWith(Flag, { exact: true })
}

const decodeEnvelope = ParseResult.decodeUnknownEither(
  Schema.Struct({ ...envelopeFields, api_key: NonEmptyText }).annotations({
    message: () => "the body must be an object"
  }),
  { errors: "all" }
)

/** The older endpoints also take the key as `token`. */
const decodeTokenEnvelope = ParseResult.decodeUnknownEither(
  Schema.Struct({ ...envelopeFields, token: NonEmptyText }),
  { errors: "all" }
)

const decodeEnvelopeV1 = ParseResult.decodeUnknownEither(
  Schema.Struct({
    created_at: UtcTimestamp,
    batch: EventList,
    historical_migration: Schema.optionalWith(Flag, { exact: true })
  }).annotations({ message: () => "the body must be an object" }),
  { errors: "all" }
)

const refused = (
  exchange: Exchange,
  status: number,
  problems: ReadonlyArray<string>
): Verdict => {
  const code = status === 401
    ? "unauthorized"
    : status === 413
    ? "payload_too_large"
    : status === 415
    ? "unsupported_media_type"
    : "invalid_request"
  return verdict(Answer.problem(exchange.endpoint, status, code, problems), problems)
}

const unknownKey = (exchange: Exchange): Verdict =>
  refused(exchange, 401, ["the project key is not one that this server knows"])

/**
 * The values a body holds in the place of events, valid or not: what a list or `batch` holds, else the object itself
 * if it looks like an event.
 *
 * @since 0.1.0
 * @category decoding
 */
export const valuesIn = (body: unknown): ReadonlyArray<unknown> => {
  if (Array.isArray(body)) {
    return body
  }
  if (!Predicate.isRecord(body)) {
    return []
  }
  if (Array.isArray(body["batch"])) {
    return body["batch"]
  }
  return Predicate.hasProperty(body, "event") ? [body] : []
}

/**
 * The uuids of such values, in order, without those that are no string.
 *
 * @since 0.1.0
 * @category decoding
 */
export const uuidsIn = (values: ReadonlyArray<unknown>): ReadonlyArray<string> => {
  const uuids: Array<string> = []
  for (const value of values) {
    if (Predicate.hasProperty(value, "uuid") && Predicate.isString(value.uuid)) {
      uuids.push(value.uuid)
    }
  }
  return uuids
}

const accepted = (exchange: Exchange): Answer.Answer =>
  exchange.query["beacon"] === "1" ? Answer.make(204, undefined) : Answer.make(200, { status: 1 })

const takeBatch = (
  exchange: Exchange,
  apiKey: string,
  batch: ReadonlyArray<unknown>
): Verdict => {
  if (!exchange.knowsProject(apiKey)) {
    return unknownKey(exchange)
  }
  if (batch.length === 0) {
    return refused(exchange, 400, ["batch: must hold at least one event"])
  }
  const events = decodeEvents(batch, { version: 0, place: (index) => `batch[${index}]` })
  return Either.isLeft(events)
    ? refused(exchange, 400, events.left)
    : { answer: accepted(exchange), events: events.right.map((event) => ({ event, apiKey })), problems: [] }
}

/** The key that an event carries itself, as `api_key` or `token`, at its root or in its properties. */
const keyOf = (value: unknown): string | undefined => {
  if (!Predicate.isRecord(value)) {
    return undefined
  }
  const properties = Predicate.isRecord(value["properties"]) ? value["properties"] : {}
  return [value["api_key"], value["token"], properties["token"], properties["api_key"]].find((key): key is string =>
    Predicate.isString(key) && key !== ""
  )
}

const takeLoose = (exchange: Exchange, values: ReadonlyArray<unknown>, place: (index: number) => string): Verdict => {
  if (values.length === 0) {
    return refused(exchange, 400, ["the body must hold at least one event"])
  }
  const keys = values.map(keyOf)
  const decoded = decodeEvents(values, { version: 0, place })
  const problems: Array<string> = []
  keys.forEach((key, index) => {
    if (key === undefined && problems.length < 20) {
      problems.push(`${place(index) === "" ? "" : `${place(index)}.`}api_key: is missing`)
    }
  })
  if (Either.isLeft(decoded) || problems.length > 0) {
    return refused(exchange, 400, [...problems, ...(Either.isLeft(decoded) ? decoded.left : [])])
  }
  const events = decoded.right.map((event, index) => ({ event, apiKey: keys[index] ?? "" }))
  return events.every(({ apiKey }) => exchange.knowsProject(apiKey))
    ? { answer: accepted(exchange), events, problems: [] }
    : unknownKey(exchange)
}

/**
 * `POST /batch`, its older names `/capture`, `/e`, `/track`, `/i/v0/e`, and `/i/v0/ai/batch`.
 *
 * `/batch` and the AI endpoint take `{"api_key", "batch": […]}` and nothing else; the older names also take a single
 * event or a list of events, each with its own `api_key` or `token`. Answers `{"status": 1}`, or 204 with `?beacon=1`;
 * 400 for what is malformed, 401 for a project key that is not on the list.
 *
 * @since 0.1.0
 * @category routes
 */
export const capture = (exchange: Exchange): Verdict => {
  if (Either.isLeft(exchange.body)) {
    return refused(exchange, exchange.body.left.status, [exchange.body.left.problem])
  }
  const body = exchange.body.right.value
  const onlyBatches = exchange.route === "/batch" || exchange.endpoint === "captureAi"
  if (!onlyBatches && Array.isArray(body)) {
    return takeLoose(exchange, body, (index) => `[${index}]`)
  }
  if (!onlyBatches && Predicate.isRecord(body) && !Object.hasOwn(body, "batch")) {
    return takeLoose(exchange, [body], () => "")
  }
  if (!onlyBatches && Predicate.isRecord(body) && Object.hasOwn(body, "token") && !Object.hasOwn(body, "api_key")) {
    const envelope = decodeTokenEnvelope(body)
    return Either.isLeft(envelope)
      ? refused(exchange, 400, problemsOf(envelope.left))
      : takeBatch(exchange, envelope.right.token, envelope.right.batch)
  }
  const envelope = decodeEnvelope(body)
  return Either.isLeft(envelope)
    ? refused(exchange, 400, problemsOf(envelope.left))
    : takeBatch(exchange, envelope.right.api_key, envelope.right.batch)
}

const bearerPattern = /^bearer +(\S+)$/i

/**
 * The key of an `Authorization: Bearer` header.
 *
 * @since 0.1.0
 * @category decoding
 */
export const bearerOf = (headers: Readonly<Record<string, string>>): string | undefined =>
  bearerPattern.exec(headers["authorization"] ?? "")?.[1]

const headerProblems = (headers: Readonly<Record<string, string>>): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const demand = (name: string, words: string, holds: (value: string) => boolean): void => {
    const value = headers[name.toLowerCase()]
    if (value === undefined) {
      problems.push(`header ${name}: is missing`)
    } else if (!holds(value)) {
      problems.push(`header ${name}: ${words}`)
    }
  }
  demand("PostHog-Sdk-Info", "must be name/version", (value) => /^[^/\s]+\/[^/\s]+$/.test(value))
  demand("PostHog-Attempt", "must be a whole number from 1", (value) => /^[1-9]\d{0,8}$/.test(value))
  demand("PostHog-Request-Id", "must be a UUID", isUuid)
  demand("PostHog-Request-Timestamp", "must be an ISO 8601 timestamp in UTC", isUtcTimestamp)
  return problems
}

const forbiddenV1 = ["api_key", "token", "sent_at"]

/**
 * `POST /i/v1/analytics/events`: the key as `Authorization: Bearer`, the four `PostHog-…` headers, a body of `created_at`
 * and `batch` without `api_key`, `token` or `sent_at`. Answers one result per uuid.
 *
 * @since 0.1.0
 * @category routes
 */
export const captureV1 = (exchange: Exchange): Verdict => {
  const apiKey = bearerOf(exchange.headers)
  if (apiKey === undefined) {
    return refused(exchange, 401, ["header Authorization: must be Bearer and the project key"])
  }
  if (!exchange.knowsProject(apiKey)) {
    return unknownKey(exchange)
  }
  if (!(exchange.headers["content-type"] ?? "").toLowerCase().startsWith("application/json")) {
    return refused(exchange, 415, ["header Content-Type: must be application/json"])
  }
  if (Either.isLeft(exchange.body)) {
    return refused(exchange, exchange.body.left.status, [exchange.body.left.problem])
  }
  const body = exchange.body.right.value
  const problems: Array<string> = [...headerProblems(exchange.headers)]
  if (Predicate.isRecord(body)) {
    for (const name of forbiddenV1) {
      if (Object.hasOwn(body, name)) {
        problems.push(`${name}: does not belong into a capture v1 body`)
      }
    }
  }
  const envelope = decodeEnvelopeV1(body)
  if (Either.isLeft(envelope)) {
    return refused(exchange, 400, [...problems, ...problemsOf(envelope.left)])
  }
  if (envelope.right.batch.length === 0) {
    problems.push("batch: must hold at least one event")
  }
  const events = decodeEvents(envelope.right.batch, { version: 1, place: (index) => `batch[${index}]` })
  if (Either.isLeft(events)) {
    return refused(exchange, 400, [...problems, ...events.left])
  }
  if (problems.length > 0) {
    return refused(exchange, 400, problems)
  }
  return {
    answer: Answer.make(200, { results: Object.fromEntries(events.right.map(({ uuid }) => [uuid, { result: "ok" }])) }),
    events: events.right.map((event) => ({ event, apiKey })),
    problems: []
  }
}
