/**
 * Flags evaluated by PostHog: `POST /flags/?v=2`.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as OwnRequests from "../../event/OwnRequests.js"
import { FlagsUnavailable, type QuotaLimited } from "../evaluation/FlagError.js"
import type { FlagsRequest } from "./FlagsRequest.js"
import * as FlagsResponse from "./FlagsResponse.js"
import * as FlagsRetry from "./FlagsRetry.js"
import * as FlagsTransport from "./FlagsTransport.js"
import type { RemoteAnswer } from "./RemoteAnswer.js"
import * as RequestIdentity from "./RequestIdentity.js"
import * as SharedRequests from "./SharedRequests.js"

export type { RemoteAnswer } from "./RemoteAnswer.js"

export interface RemoteFlags {
  /** One logical request, with retries. Identical requests that are under way at the same time are one. */
  readonly request: (body: FlagsRequest) => Effect.Effect<RemoteAnswer, FlagsUnavailable | QuotaLimited>
}

export interface Settings {
  /** Without a final slash. */
  readonly host: string
  /** For one attempt. Default: 3 seconds (FLAGS-REMOTE-06). */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** Default: 1; at most `FlagsRetry.mostRetries`. */
  readonly maxRetries?: number | undefined
  /** Before the first repetition. Default: 300 milliseconds. */
  readonly retryDelay?: Duration.DurationInput | undefined
}

/** Requests that are under way when the `Scope` closes fail as `disabled`, and so do all that come after. */
export const make = (
  settings: Settings
): Effect.Effect<RemoteFlags, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const transport = yield* FlagsTransport.make(Duration.decode(settings.requestTimeout ?? "3 seconds"))
    const retry = FlagsRetry.make(settings.maxRetries ?? 1, settings.retryDelay ?? "300 millis")
    // no Authorization: the token in the body is all that PostHog wants (FLAGS-REMOTE-01)
    const post = HttpClientRequest.post(`${settings.host}/flags/?v=2`).pipe(
      OwnRequests.signed
    )
    const ask = (body: string): Effect.Effect<RemoteAnswer, FlagsUnavailable | QuotaLimited> =>
      Effect.flatMap(
        FlagsRetry.run(retry, transport.send(HttpClientRequest.bodyText(post, body, "application/json"))),
        FlagsResponse.decode
      )
    const shared = yield* SharedRequests.make(ask, new FlagsUnavailable({ reason: "disabled" }))
    return { request: (body) => Effect.suspend(() => shared(RequestIdentity.textOf(body))) }
  })
