/**
 * What can be said about the server's middleware.
 *
 * @since 0.1.0
 */
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { JsonObject } from "../../domain/JsonValue.js"
import type { Properties } from "../../domain/PropertyValue.js"
import type { Service as ExceptionCaptureService } from "../../scope/ExceptionCapture.js"
import type { AddressHeader } from "./ClientAddress.js"
import type { TrustedProxies } from "./TrustedProxies.js"

/**
 * Who sent a request, as the application knows it.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestUser {
  readonly id: string
  /** Becomes the tag `email`. */
  readonly email?: string | undefined
}

/**
 * What became of a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answered {
  readonly request: HttpServerRequest.HttpServerRequest
  /** 499 where the client went away. */
  readonly status: number
  /** Monotonic, until the response was there; where the middleware is the server's outermost, until it was written. */
  readonly duration: Duration.Duration
  /** The template of the route (`/orders/:id`), where the middleware stands inside the router. */
  readonly route: string | undefined
}

/**
 * Options of `middleware`. A hook that fails, dies or throws is logged and ignored: analytics never breaks the program.
 * (Seed 000 §3.1)
 *
 * @since 0.1.0
 * @category models
 */
export interface ServerOptions<out R = never> {
  /**
   * Take distinct id, session and user id from the headers `X-POSTHOG-DISTINCT-ID`, `X-POSTHOG-SESSION-ID` and
   * `X-User-Id`? Anybody can send them: they say whose analytics this is and never who may do what (TRHDR-11).
   * Default `true`.
   */
  readonly headerIdentity?: boolean | undefined
  /** Who the application says has sent the request. Its id wins over the header's (TRHDR-07). */
  readonly extractUser?:
    | ((request: HttpServerRequest.HttpServerRequest) => Effect.Effect<RequestUser | undefined, unknown, R>)
    | undefined
  /** Does the header's distinct id win over the extracted user's, as in the seed? Default `false`. */
  readonly headerFirst?: boolean | undefined
  /** Further tags. They win over the middleware's own. */
  readonly extraTags?: ((request: HttpServerRequest.HttpServerRequest) => Properties | undefined) | undefined
  /**
   * The tags that the scope gets, made of all of them, those of `extraTags` included. If it throws there are no tags at
   * all: what it was to take away must not get through.
   */
  readonly tagMap?: ((tags: JsonObject) => Properties) | undefined
  /** A request that this refuses gets no scope at all. */
  readonly requestFilter?: ((request: HttpServerRequest.HttpServerRequest) => boolean) | undefined
  /** Runs in the request's scope when the response is there: to capture one event for each request, for instance. */
  readonly onResponse?: ((answered: Answered) => Effect.Effect<unknown, unknown, R>) | undefined
  /** Capture failures whose response has a status of 500 or more? Default: the client's `captureExceptions`. */
  readonly captureExceptions?: boolean | undefined
  /** Who captures them, here and in the scopes inside. Default: the ambient `ExceptionCapture`. */
  readonly client?: ExceptionCaptureService | undefined
  /**
   * Which proxies are believed when they say where a request comes from, and with which host and scheme. Default: none,
   * so that `$ip` is the connection's address.
   */
  readonly trustedProxies?: TrustedProxies | undefined
  /** The header in which they say it; no other is believed. Default `x-forwarded-for`. */
  readonly addressHeader?: AddressHeader | undefined
  /**
   * `child`: the request has a correlation of its own, whose parent is the one that came in; `new`: what came in is not
   * looked at. Default `inherit`.
   */
  readonly correlation?: "inherit" | "child" | "new" | undefined
  /** Tags that are taken over from `X-POSTHOG-CONTEXT-TAGS`: of callers that are trusted. Default: none. */
  readonly acceptTags?: ReadonlyArray<string> | "all" | undefined
  /**
   * The operation's name: `path` is `GET /orders/42`; `route` is `GET /orders/:id` where the middleware stands inside the
   * router, and otherwise the same as `path`. Default `path`.
   */
  readonly operationName?:
    | "path"
    | "route"
    | ((request: HttpServerRequest.HttpServerRequest, route: string | undefined) => string)
    | undefined
}

/**
 * What the hooks of these options need.
 *
 * @since 0.1.0
 * @category models
 */
export type HookContext<O> =
  | (O extends { readonly extractUser?: infer F } ? ContextOf<F> : never)
  | (O extends { readonly onResponse?: infer F } ? ContextOf<F> : never)

type ContextOf<F> = NonNullable<F> extends (...args: never) => Effect.Effect<infer _A, infer _E, infer R> ? R : never
