/**
 * One request to PostHog and what its answer means.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as RetryAfter from "../domain/RetryAfter.js"
import type { FinishedEvent } from "../event/FinishedEvent.js"
import * as OwnRequests from "../event/OwnRequests.js"
import * as BodyWriter from "./BodyWriter.js"
import * as Compression from "./Compression.js"
import type { Protocol } from "./Protocol.js"

/**
 * - `Delivered`: PostHog has taken the batch
 * - `Retry`: it may later; `retryAfter` is how many milliseconds it asks to wait
 * - `TooLarge`: it may take smaller ones
 * - `Rejected`: it never will
 */
export type Answer =
  | { readonly _tag: "Delivered" }
  | { readonly _tag: "Retry"; readonly reason: string; readonly retryAfter: number | undefined }
  | { readonly _tag: "TooLarge"; readonly status: number }
  | { readonly _tag: "Rejected"; readonly status: number }

export interface Transport {
  readonly send: (events: ReadonlyArray<FinishedEvent>) => Effect.Effect<Answer>
}

export interface Settings {
  readonly host: string
  readonly protocol: Protocol
  readonly compression: Compression.Compression
  readonly requestTimeout: Duration.Duration
}

/** The answer to a status: 408, 429 and 5xx heal, 413 asks for less, other 4xx are final (RETRY-06, RETRY-10). */
export const interpret = (status: number, retryAfter: number | undefined): Answer =>
  status >= 200 && status < 400
    ? { _tag: "Delivered" }
    : status === 413
    ? { _tag: "TooLarge", status }
    : status === 408 || status === 429 || status >= 500
    ? { _tag: "Retry", reason: `status ${status}`, retryAfter }
    : { _tag: "Rejected", status }

const retry = (reason: string): Answer => ({ _tag: "Retry", reason, retryAfter: undefined })

export const make = (settings: Settings): Effect.Effect<Transport, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (httpClient) => {
    const client = OwnRequests.untraced(httpClient)
    const request = HttpClientRequest.post(settings.host + settings.protocol.path).pipe(
      OwnRequests.signed
    )
    const writer = BodyWriter.make()

    const encode = (events: ReadonlyArray<FinishedEvent>, now: string) =>
      Effect.suspend(() => {
        const body = writer.write(settings.protocol, events, now)
        const compressed = settings.compression === "gzip" ? Compression.gzipped(body) : Effect.succeed(undefined)
        return Effect.map(compressed, (compressed) => {
          const encoded = compressed === undefined
            ? HttpClientRequest.bodyUint8Array(request, Uint8Array.from(body), "application/json")
            : request.pipe(
              HttpClientRequest.bodyUint8Array(compressed, "application/json"),
              HttpClientRequest.setHeader("Content-Encoding", "gzip")
            )
          // only here: an interrupted compression may still be reading the bytes
          writer.release(body)
          return encoded
        })
      })

    return {
      send: (events) =>
        Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          const response = yield* client.execute(yield* encode(events, new Date(now).toISOString()))
          const retryAfter = Headers.get(response.headers, "retry-after")
          // the body says nothing we need, but the connection is free for the next request only when it has been read
          yield* Effect.ignore(response.arrayBuffer)
          return interpret(
            response.status,
            RetryAfter.parse(retryAfter._tag === "Some" ? retryAfter.value : undefined, now)
          )
        }).pipe(
          Effect.timeoutFail({
            duration: settings.requestTimeout,
            onTimeout: () => ({ _tag: "Timeout" as const })
          }),
          // never the error itself: it holds the request, and that the key
          Effect.catchAll((error) => Effect.succeed(retry(error._tag === "Timeout" ? "timeout" : "no answer"))),
          Effect.catchAllDefect(() => Effect.succeed(retry("the HTTP client died"))),
          Effect.withTracerEnabled(false),
          Effect.scoped
        )
    }
  })
