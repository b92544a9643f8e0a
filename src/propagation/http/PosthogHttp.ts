/**
 * HTTP on both sides: a middleware that handles each request in a scope of its own, and a client that takes the scope
 * along to the services that it calls (seed 000 §3.1, seed 001 §2.1 and §4.1, TRHDR).
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import type { Captures } from "../../scope/ScopeOptions.js"
import * as ServerMiddleware from "./ServerMiddleware.js"
import type { HookContext, ServerOptions } from "./ServerOptions.js"

export type {
  /** @since 0.1.0 */
  AddressHeader
} from "./ClientAddress.js"
export {
  /** @since 0.1.0 */
  type ClientOptions,
  /** @since 0.1.0 */
  withPropagation
} from "./ClientPropagation.js"
export type {
  /** @since 0.1.0 */
  Answered,
  /** @since 0.1.0 */
  HookContext,
  /** @since 0.1.0 */
  RequestUser,
  /** @since 0.1.0 */
  ServerOptions
} from "./ServerOptions.js"
export type {
  /** @since 0.1.0 */
  TrustedProxies
} from "./TrustedProxies.js"

/**
 * A middleware for the whole server, a router, an `HttpApi` or a web handler: each request runs in a fresh scope.
 *
 * - Whose: the distinct id of the user that `extractUser` gives, otherwise that of the headers; the session of the
 *   headers. Header identity is for analytics only (TRHDR-01 to TRHDR-11).
 * - Tags: `$current_url`, `$request_method`, `$request_path`, `$ip`, `$user_agent`, `email` (TRHDR-05).
 * - Sections: the correlation that came in or a new one; the caller's service and operation; the request with its id,
 *   its user and its time; the operation `GET /path`; the trace headers. The server's span stays the parent of all spans.
 * - Notes about the operation: `client_ip`, `user_agent`, `method`, `path`, `query_params`, `content_type`,
 *   `content_length`, and for `onResponse` `response_status` and `response_time` (seconds).
 *
 * Failures whose response has a status of 500 or more are captured once and go on unchanged (TRHDR-12); what a route
 * answers with 4xx by failing is not captured, nor is a client that goes away. `$response_status_code` and
 * `response_time` are on the exception. The type asks for `ExceptionCapture`, unless `captureExceptions: false` or a
 * `client` is given.
 *
 * It works in `HttpServer.serve`, `HttpRouter.use`, `HttpApiBuilder.middleware`, `HttpLayerRouter.middleware` and
 * `HttpApp.toWebHandler`. A streamed body is read in the request's scope too. An `HttpApi` turns the errors that it
 * declares into responses itself: to see them, stand inside of it (`HttpApiBuilder.middleware`).
 *
 * @example
 * import { HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Posthog } from "effect-posthog"
 * import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
 *
 * const ServerLive = HttpRouter.empty.pipe(
 *   HttpRouter.get("/orders/:id", Effect.as(Posthog.capture("order viewed"), HttpServerResponse.text("an order"))),
 *   HttpServer.serve(PosthogHttp.middleware({ trustedProxies: ["10.0.0.0/8"] }))
 * )
 *
 * @since 0.1.0
 * @category server
 */
export const middleware: <const O extends ServerOptions<unknown> = {}>(
  options?: O
) => <E, R>(app: HttpApp.Default<E, R>) => HttpApp.Default<E, R | Captures<O> | HookContext<O>> = ServerMiddleware.make
