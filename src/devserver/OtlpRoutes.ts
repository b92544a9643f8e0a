/**
 * The endpoints that take log records and spans (TRACE-36, LOG-19).
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Answer from "./Answer.js"
import { bearerOf } from "./CaptureRoutes.js"
import { type Exchange, type Verdict, verdict } from "./Exchange.js"
import type { OtlpRecords } from "./OtlpStore.js"
import type { ReceivedBy } from "./OtlpValue.js"
import { problemsOf } from "./ReceivedEvent.js"
import { decodeLogs } from "./ReceivedLog.js"
import { decodeSpans } from "./ReceivedSpan.js"

/**
 * The largest body of these endpoints, as sent and after decompression: 2 MiB, PostHog's default.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxBodyBytes = 2 * 1024 * 1024

/** How the body is compressed: `Content-Encoding`, or `?compression=gzip` and `gzip-js` (LOG-10). */
export const encodingOf = (
  headers: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>
): string | undefined =>
  headers["content-encoding"] ?? (["gzip", "gzip-js"].includes(query["compression"] ?? "") ? "gzip" : undefined)

/** How many records a body holds, as far as it looks like one. */
export const countIn = (body: unknown): number =>
  itemsIn(body, "resourceLogs").concat(itemsIn(body, "resourceSpans"))
    .flatMap((resource) => itemsIn(resource, "scopeLogs").concat(itemsIn(resource, "scopeSpans")))
    .reduce<number>((sum, scope) => sum + itemsIn(scope, "logRecords").length + itemsIn(scope, "spans").length, 0)

const itemsIn = (value: unknown, key: string): ReadonlyArray<unknown> => {
  const items = Predicate.isRecord(value) ? value[key] : undefined
  return Array.isArray(items) ? items : []
}

const refused = (exchange: Exchange, status: number, problems: ReadonlyArray<string>): Verdict =>
  verdict(Answer.problem(exchange.endpoint, status, "invalid_request", problems), problems)

type Decode = (
  body: unknown,
  by: Pick<ReceivedBy, "apiKey" | "requestIndex" | "receivedAt">
) => Either.Either<OtlpRecords, ReadonlyArray<string>>

const logs: Decode = (body, by) =>
  Either.mapBoth(decodeLogs(body), {
    onLeft: (issue) => problemsOf(issue),
    onRight: ({ resourceLogs }): OtlpRecords => ({
      spans: [],
      logs: resourceLogs.flatMap(({ resource, scopeLogs }) =>
        scopeLogs.flatMap(({ logRecords, scope }) =>
          logRecords.map((record) => ({ ...record, ...by, resource: resource.attributes, scope }))
        )
      )
    })
  })

const spans: Decode = (body, by) =>
  Either.mapBoth(decodeSpans(body), {
    onLeft: (issue) => problemsOf(issue),
    onRight: ({ resourceSpans }): OtlpRecords => ({
      logs: [],
      spans: resourceSpans.flatMap(({ resource, scopeSpans }) =>
        scopeSpans.flatMap(({ scope, spans }) =>
          spans.map((span) => ({ ...span, ...by, resource: resource.attributes, scope }))
        )
      )
    })
  })

/**
 * `POST /i/v1/logs` and `POST /i/v1/traces`: the project key as `Authorization: Bearer` or `?token=`, OTLP's JSON in the
 * body. Answers 401 without a key, 413 for more than 2 MiB, 400 if one record is malformed, and 200 for a key that it does
 * not know: what came with that is gone.
 *
 * @since 0.1.0
 * @category routes
 */
export const receive = (exchange: Exchange, requestIndex: number): Verdict => {
  const apiKey = bearerOf(exchange.headers) ?? exchange.query["token"] ?? ""
  if (apiKey === "") {
    return refused(exchange, 401, ["the project key is missing: Authorization: Bearer, or ?token="])
  }
  const type = (exchange.headers["content-type"] ?? "").toLowerCase()
  if (!type.startsWith("application/json")) {
    return refused(exchange, 415, ["header Content-Type: must be application/json"])
  }
  if (Either.isLeft(exchange.body)) {
    return refused(exchange, exchange.body.left.status, [exchange.body.left.problem])
  }
  const decode = exchange.endpoint === "logs" ? logs : spans
  const records = decode(exchange.body.right.value, { apiKey, requestIndex, receivedAt: exchange.receivedAt })
  if (Either.isLeft(records)) {
    return refused(exchange, 400, records.left.slice(0, 20))
  }
  const taken = verdict(Answer.make(200, { partialSuccess: {} }))
  return exchange.knowsProject(apiKey) ? { ...taken, records: records.right } : taken
}
