/**
 * One request about flags, sent once: the text of a good answer, or why there is none.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { FlagsUnavailable } from "../evaluation/FlagError.js"

/** `retryable`: no answer arrived, or a gateway answered for a PostHog that did not (HTTP-10, HTTP-11, HTTP-12). */
export interface Failure {
  readonly error: FlagsUnavailable
  readonly retryable: boolean
}

export interface FlagsTransport {
  readonly send: (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<string, Failure>
}

/** `requestTimeout` is for one attempt, from its start to the last byte of the answer. */
export const make = (
  requestTimeout: Duration.Duration
): Effect.Effect<FlagsTransport, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (client) => ({
    send: (request) =>
      Effect.gen(function*() {
        const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(requestTimeout)
        const response = yield* within(requestTimeout, client.execute(request))
        const left = Math.max(0, deadline - (yield* Clock.currentTimeMillis))
        // read whatever the status is: only then is the connection free for the next request
        const text = yield* Effect.either(within(Duration.millis(left), response.text))
        return response.status >= 200 && response.status < 300
          ? yield* text
          : yield* Effect.fail(refused(response.status))
      }).pipe(
        // an SDK's own requests are not the application's: no spans, no trace headers to a third party
        Effect.withTracerEnabled(false)
      )
  }))

const within = <A>(duration: Duration.Duration, self: Effect.Effect<A, HttpClientError>): Effect.Effect<A, Failure> =>
  self.pipe(
    // never the error itself: it holds the request, and that the keys
    Effect.mapError(failureOf),
    Effect.catchAllDefect(() => Effect.fail(noAnswer("connection"))),
    Effect.timeoutFail({ duration, onTimeout: () => noAnswer("timeout") })
  )

const failureOf = (error: HttpClientError): Failure =>
  error._tag === "ResponseError" && error.reason === "StatusCode"
    ? refused(error.response.status)
    : error._tag === "RequestError" && error.reason !== "Transport"
    // it was never sent, and the next attempt would not be either (HTTP-17)
    ? { ...noAnswer("connection"), retryable: false }
    : noAnswer("connection")

const noAnswer = (reason: "connection" | "timeout"): Failure => ({
  error: new FlagsUnavailable({ reason }),
  retryable: true
})

const refused = (status: number): Failure => ({
  error: new FlagsUnavailable({ reason: "status", status }),
  retryable: status === 502 || status === 504
})
