/**
 * What remains of a normal answer once a fault is laid over it.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Answer from "./Answer.js"
import type { Verdict } from "./Exchange.js"
import * as Fault from "./Fault.js"
import type { Endpoint } from "./ReceivedRequest.js"

/**
 * What to do with a request: answer it, perhaps late; cut the connection; or leave it hanging, perhaps with a begun
 * answer. `events` are those to store.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome =
  & { readonly events: Verdict["events"] }
  & (
    | { readonly _tag: "Answered"; readonly answer: Answer.Answer; readonly delay: Duration.Duration | undefined }
    | { readonly _tag: "Reset" }
    | { readonly _tag: "Stalled"; readonly sendHeaders: boolean }
  )

const stored: ReadonlySet<string> = new Set(["ok", "warning", "limited"])

const detailsOf: Readonly<Record<string, string>> = {
  retry: "not_persisted",
  drop: "invalid_event",
  limited: "person_processing_disabled"
}

const resultOf = (given: Fault.PartialResult): { readonly result: string; readonly details?: string | undefined } => {
  if (!Predicate.isString(given)) {
    return given
  }
  return Object.hasOwn(detailsOf, given) ? { result: given, details: detailsOf[given] } : { result: given }
}

const lowerCase = (headers: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))

const errorTags: Readonly<Record<number, string>> = {
  400: "invalid_request",
  401: "unauthorized",
  402: "billing_limit_exceeded",
  403: "forbidden",
  408: "request_timeout",
  413: "payload_too_large",
  415: "unsupported_media_type",
  503: "service_unavailable",
  504: "gateway_timeout"
}

const retryLater: ReadonlySet<number> = new Set([408, 500, 503, 504])

const failure = (endpoint: Endpoint, status: number): Answer.Answer =>
  endpoint === "captureV1"
    ? Answer.make(
      status,
      {
        error: errorTags[status] ?? "server_error",
        error_description: `told to answer ${status}`,
        error_uri: "https://posthog.com/docs/api/capture"
      },
      retryLater.has(status) ? { "retry-after": "1" } : {}
    )
    : Answer.make(status, { error: "Server error" })

const answered = (
  answer: Answer.Answer,
  events: Verdict["events"],
  delay: Duration.Duration | undefined = undefined
): Outcome => ({ _tag: "Answered", answer, events, delay })

const partial = (verdict: Verdict, fault: Extract<Fault.Fault, { readonly _tag: "Partial" }>): Outcome => {
  const given = fault.results
  const results = verdict.events.map(({ event }, index) =>
    resultOf((Predicate.isFunction(given) ? given(event, index) : given[index]) ?? "ok")
  )
  const body = Object.fromEntries(verdict.events.map(({ event }, index) => [event.uuid, results[index]]))
  const retry = results.some(({ result }) => result === "retry")
  return answered(
    Answer.make(200, { results: body }, { ...(retry ? { "retry-after": "1" } : {}), ...lowerCase(fault.headers) }),
    verdict.events.filter((_, index) => stored.has(results[index]?.result ?? "ok"))
  )
}

/**
 * Lays a fault over a verdict. A malformed request is not made good by a fault that would have accepted it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const make = (
  endpoint: Endpoint,
  verdict: Verdict,
  fault: Fault.Fault | undefined
): Outcome => {
  if (fault === undefined) {
    return answered(verdict.answer, verdict.events)
  }
  return Fault.$match(fault, {
    Pass: () => answered(verdict.answer, verdict.events),
    Delay: ({ duration }) => answered(verdict.answer, verdict.events, Duration.decode(duration)),
    Reset: (): Outcome => ({ _tag: "Reset", events: [] }),
    Stall: ({ sendHeaders }): Outcome => ({ _tag: "Stalled", sendHeaders: sendHeaders === true, events: [] }),
    Partial: (fault) =>
      endpoint === "captureV1" && verdict.problems.length === 0
        ? partial(verdict, fault)
        : answered(verdict.answer, verdict.events),
    Status: ({ body, headers, status }) => {
      if (status >= 200 && status < 300) {
        if (verdict.problems.length > 0) {
          return answered(verdict.answer, verdict.events)
        }
        const laidOver = endpoint === "flags" && Predicate.isRecord(body) && Predicate.isRecord(verdict.answer.body)
          ? { ...verdict.answer.body, ...body }
          : body ?? verdict.answer.body
        return answered(
          { status, body: laidOver, headers: { ...verdict.answer.headers, ...lowerCase(headers) } },
          verdict.events
        )
      }
      const normal = failure(endpoint, status)
      return answered(
        { status, body: body ?? normal.body, headers: { ...normal.headers, ...lowerCase(headers) } },
        []
      )
    }
  })
}
