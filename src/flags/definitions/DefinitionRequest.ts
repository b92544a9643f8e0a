/**
 * One request for the definitions and what its answer means (FLAGS-DEFS-21, FLAGS-DEFS-23).
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as RetryAfter from "../../domain/RetryAfter.js"
import * as OwnRequests from "../../event/OwnRequests.js"

/**
 * - `Updated`: the definitions
 * - `NotModified`: those that were had with the ETag of the request are still right
 * - `Unauthorized`: 401 or 403
 * - `RateLimited`: 429; `retryAfter` is how many milliseconds PostHog asks to be left alone
 * - `QuotaLimited`: 402
 * - `Failed`: no answer, or any other
 */
export type Answer =
  | { readonly _tag: "Updated"; readonly text: string; readonly etag: string | undefined }
  | { readonly _tag: "NotModified"; readonly etag: string | undefined }
  | { readonly _tag: "Unauthorized"; readonly status: number }
  | { readonly _tag: "RateLimited"; readonly retryAfter: number | undefined }
  | { readonly _tag: "QuotaLimited" }
  | { readonly _tag: "Failed"; readonly reason: string }

export interface Settings {
  readonly host: string
  /** The project's API key. */
  readonly token: Redacted.Redacted
  readonly secretKey: Redacted.Redacted
  readonly requestTimeout: Duration.Duration
}

/** Asks for the definitions, or whether those with this ETag are still right. */
export type DefinitionRequest = (etag: string | undefined) => Effect.Effect<Answer>

const failed = (reason: string): Answer => ({ _tag: "Failed", reason })

export const make = (settings: Settings): Effect.Effect<DefinitionRequest, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (client) => {
    const token = encodeURIComponent(Redacted.value(settings.token))
    const request = HttpClientRequest.get(`${settings.host}/flags/definitions?token=${token}&send_cohorts`).pipe(
      HttpClientRequest.bearerToken(settings.secretKey),
      OwnRequests.signed
    )

    const ask = (etag: string | undefined) =>
      Effect.gen(function*() {
        const response = yield* client.execute(
          etag === undefined ? request : HttpClientRequest.setHeader(request, "If-None-Match", etag)
        )
        const header = (name: string) =>
          Option.getOrUndefined(Option.filter(Headers.get(response.headers, name), (value) => value.trim() !== ""))
        const { status } = response
        if (status >= 200 && status < 300) {
          return { _tag: "Updated", text: yield* response.text, etag: header("etag") } as const
        }
        // the body says nothing we need, but the connection is free for the next request only when it has been read
        yield* Effect.ignore(response.arrayBuffer)
        switch (status) {
          case 304:
            return { _tag: "NotModified", etag: header("etag") } as const
          case 401:
          case 403:
            return { _tag: "Unauthorized", status } as const
          case 402:
            return { _tag: "QuotaLimited" } as const
          case 429: {
            const now = yield* Clock.currentTimeMillis
            return { _tag: "RateLimited", retryAfter: RetryAfter.parse(header("retry-after"), now) } as const
          }
          default:
            return failed(`status ${status}`)
        }
      })

    return (etag) =>
      ask(etag).pipe(
        Effect.scoped,
        // a client that cannot be interrupted is left behind instead of waited for
        Effect.disconnect,
        Effect.timeoutFail({
          duration: settings.requestTimeout,
          onTimeout: () => ({ _tag: "Timeout" as const })
        }),
        // never the error itself: it holds the request, and that the keys
        Effect.catchAll((error) => Effect.succeed(failed(error._tag === "Timeout" ? "timeout" : "no answer"))),
        Effect.catchAllDefect(() => Effect.succeed(failed("the HTTP client died"))),
        // an SDK's own requests are not the application's: no spans, no trace headers to a third party
        Effect.withTracerEnabled(false)
      )
  })
