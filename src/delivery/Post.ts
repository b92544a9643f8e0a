/**
 * One request with a body to PostHog, and its answer.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as RetryAfter from "../domain/RetryAfter.js"
import * as Answer from "./Answer.js"
import * as Compression from "./Compression.js"

/**
 * The request with the bytes as its body, compressed or not; raw, and not called compressed, where that fails. The bytes
 * themselves are the caller's again when it is made.
 */
export const withBody = (
  request: HttpClientRequest.HttpClientRequest,
  body: Uint8Array,
  contentType: string,
  compression: Compression.Compression
): Effect.Effect<HttpClientRequest.HttpClientRequest> =>
  Effect.map(
    compression === "gzip" ? Compression.gzipped(body) : Effect.succeed(undefined),
    (compressed) =>
      compressed === undefined
        ? HttpClientRequest.bodyUint8Array(request, Uint8Array.from(body), contentType)
        : request.pipe(
          HttpClientRequest.bodyUint8Array(compressed, contentType),
          HttpClientRequest.setHeader("Content-Encoding", "gzip")
        )
  )

/** Sends the request that `make` makes at the time of the attempt. What goes wrong is an answer too. */
export const send = (
  client: HttpClient.HttpClient,
  timeout: Duration.Duration,
  make: (now: number) => Effect.Effect<HttpClientRequest.HttpClientRequest>
): Effect.Effect<Answer.Answer> =>
  Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    const response = yield* client.execute(yield* make(now))
    const retryAfter = Headers.get(response.headers, "retry-after")
    // the body says nothing we need, but the connection is free for the next request only when it has been read
    yield* Effect.ignore(response.arrayBuffer)
    return Answer.interpret(
      response.status,
      RetryAfter.parse(retryAfter._tag === "Some" ? retryAfter.value : undefined, now)
    )
  }).pipe(
    Effect.timeoutFail({
      duration: timeout,
      onTimeout: () => ({ _tag: "Timeout" as const })
    }),
    // never the error itself: it holds the request, and that the key
    Effect.catchAll((error) => Effect.succeed(Answer.retry(error._tag === "Timeout" ? "timeout" : "no answer"))),
    Effect.catchAllDefect(() => Effect.succeed(Answer.retry("the HTTP client died"))),
    Effect.withTracerEnabled(false),
    Effect.scoped
  )
