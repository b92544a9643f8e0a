/**
 * What the embedded PostHog answers, before it becomes an HTTP response.
 *
 * @since 0.1.0
 */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Predicate from "effect/Predicate"
import type { Endpoint } from "./ReceivedRequest.js"

/**
 * A status, headers (names in lower case) and a body: `undefined` for none, a string to be sent as it is, anything else
 * as JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/**
 * An answer with a JSON body.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers,
  body
})

/**
 * An answer that says what is wrong: `{"error": words, "problems": […]}`, and on capture v1 `{"error": code,
 * "error_description": words, "error_uri", "problems"}`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const problem = (
  endpoint: Endpoint,
  status: number,
  code: string,
  problems: ReadonlyArray<string>
): Answer =>
  make(
    status,
    endpoint === "captureV1"
      ? {
        error: code,
        error_description: problems.join("; "),
        error_uri: "https://posthog.com/docs/api/capture",
        problems
      }
      : { error: problems.join("; "), problems }
  )

const withoutBody = new Set([204, 205, 304])

/**
 * The HTTP response of an answer. `now` (milliseconds since the epoch) becomes the `Date` header.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toResponse = (answer: Answer, now: number): HttpServerResponse.HttpServerResponse => {
  const options = { status: answer.status, headers: { date: new Date(now).toUTCString(), ...answer.headers } }
  if (answer.body === undefined || withoutBody.has(answer.status)) {
    return HttpServerResponse.empty(options)
  }
  return Predicate.isString(answer.body)
    ? HttpServerResponse.text(answer.body, options)
    : HttpServerResponse.unsafeJson(answer.body, options)
}
