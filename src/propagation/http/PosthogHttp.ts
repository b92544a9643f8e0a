/**
 * HTTP on both sides: a middleware that handles each request in a scope of its own, and a client that takes the scope
 * along to the services that it calls (seed 000 §3.1, seed 001 §2.1 and §4.1, TRHDR).
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import { dual } from "effect/Function"
import * as Predicate from "effect/Predicate"
import type { Captures } from "../../scope/ScopeOptions.js"
import type { ClientOptions } from "./ClientOptions.js"
import * as ClientPropagation from "./ClientPropagation.js"
import * as ServerMiddleware from "./ServerMiddleware.js"
import type { HookContext, ServerOptions } from "./ServerOptions.js"

export type {
  /** @since 0.1.0 */
  AddressHeader
} from "./ClientAddress.js"
export type {
  /** @since 0.1.0 */
  ClientOptions
} from "./ClientOptions.js"
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
 * declares into responses itself: to see them, stand inside of it, as
 * `HttpApiBuilder.middleware(Effect.map(ExceptionCapture, (client) => PosthogHttp.middleware({ client })))`.
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
  options?: O & ServerOptions<unknown>
) => <E, R>(app: HttpApp.Default<E, R>) => HttpApp.Default<E, R | Captures<O> | HookContext<O>> = ServerMiddleware.make

/**
 * A client whose calls are operations of their own, and which takes the scope along to the hosts that are listed:
 * correlation, service, operation, PostHog's identity and the trace, over what the request has of an earlier scope.
 *
 * - To other hosts nothing is added, and without `hosts` to none. Each step of a redirect counts for itself: put
 *   `HttpClient.followRedirects` around this client and not inside of it. Those that `fetch` follows by itself are looked
 *   at too. `HttpClient.withScope` belongs inside: it knows a request by the object that it is.
 * - Each call is a timed operation, named by its method and its host, with the notes `target_service`, `endpoint` (the
 *   path alone), `method`, `request_size`, `response_status`, `response_size` (where the headers tell), `response_time`
 *   (seconds), `call_success`; where it fails `error_type`, `call_error`, and for a timeout `timeout_error` and
 *   `timeout_duration` (the seconds that were waited). `onEnd` is told of them.
 * - What cannot be collected does not travel; the call is made all the same. PostHog's own requests are left alone.
 *
 * @example
 * import { HttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Posthog } from "effect-posthog"
 * import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
 *
 * const program = Effect.gen(function*() {
 *   const client = (yield* HttpClient.HttpClient).pipe(
 *     PosthogHttp.withPropagation({ hosts: ["stock.internal"], onEnd: Posthog.captureOperation })
 *   )
 *   return yield* client.get("https://stock.internal/items/42")
 * })
 *
 * @since 0.1.0
 * @category client
 */
export const withPropagation: {
  <R2 = never>(
    options?: ClientOptions<R2>
  ): <E, R>(
    client: HttpClient.HttpClient.With<E, R>
  ) => HttpClient.HttpClient.With<E | HttpClientError.RequestError, R | R2>
  <E, R, R2 = never>(
    client: HttpClient.HttpClient.With<E, R>,
    options?: ClientOptions<R2>
  ): HttpClient.HttpClient.With<E | HttpClientError.RequestError, R | R2>
} = dual(
  (args) => Predicate.hasProperty(args[0], HttpClient.TypeId),
  <E, R, R2>(client: HttpClient.HttpClient.With<E, R>, options?: ClientOptions<R2>) =>
    ClientPropagation.make(client, options ?? {})
)
