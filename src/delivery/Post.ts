/**
 * One request with a body to PostHog, and its answer.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as RetryAfter from "../domain/RetryAfter.js"
import * as Answer from "./Answer.js"

/** The request must not be sent any more. */
export interface Held {
  readonly _tag: "Held"
}

/** Sends the request, within the time from its making to its answer's end. What goes wrong is an answer too. */
export const send = (
  client: HttpClient.HttpClient,
  timeout: Duration.Duration,
  request: Effect.Effect<HttpClientRequest.HttpClientRequest, Held>
): Effect.Effect<Answer.Answer> =>
  Effect.gen(function*() {
    const response = yield* client.execute(yield* request)
    // also where it says nothing we need: the connection is free for the next request only when it has been read
    const text = yield* response.text.pipe(
      Effect.catchAll((error) => response.status < 300 ? Effect.fail(error) : Effect.succeed(""))
    )
    const retryAfter = Headers.get(response.headers, "retry-after")
    return Answer.interpret(
      response.status,
      text,
      RetryAfter.parse(retryAfter._tag === "Some" ? retryAfter.value : undefined, yield* Clock.currentTimeMillis)
    )
  }).pipe(
    Effect.timeoutFail({
      duration: timeout,
      onTimeout: () => ({ _tag: "Timeout" as const })
    }),
    // never the error itself: it holds the request, and that the key
    Effect.matchCauseEffect({
      onSuccess: Effect.succeed,
      onFailure: (cause) =>
        Either.match(Cause.failureOrCause(cause), {
          onLeft: (error): Effect.Effect<Answer.Answer> =>
            Effect.succeed(
              error._tag === "Held" ? error : Answer.retry(error._tag === "Timeout" ? "timeout" : "no answer")
            ),
          onRight: (rest) =>
            Cause.isInterrupted(rest) ? Effect.failCause(rest) : Effect.succeed(Answer.retry("the HTTP client died"))
        })
    }),
    // an SDK's own requests are not the application's: no spans, no trace headers to a third party
    Effect.withTracerEnabled(false)
  )
