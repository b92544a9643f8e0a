/**
 * What can be said about requests to servers that are not Effect.
 *
 * @since 0.1.0
 */
import type { JsonObject } from "../domain/JsonValue.js"
import type { Properties } from "../domain/PropertyValue.js"
import type { RequestUser, ServerOptions } from "../propagation/http/ServerOptions.js"

/**
 * Who sent a request, as the application knows it.
 *
 * @since 0.1.0
 * @category models
 */
export type HostUser = RequestUser

/**
 * What became of a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface HostAnswered<Request> {
  readonly request: Request
  /** 499 where the client went away. */
  readonly status: number
  /** In milliseconds, until the response was handed over. */
  readonly duration: number
  /** The template of the route (`/orders/:id`), where the framework says it. */
  readonly route: string | undefined
}

/**
 * The options of `PosthogHttp.middleware`, with plain functions as hooks; they get the framework's own request. A hook that
 * throws or rejects is logged and ignored.
 *
 * @since 0.1.0
 * @category models
 */
export interface HostOptions<Request> extends
  Pick<
    ServerOptions,
    | "headerIdentity"
    | "headerFirst"
    | "captureExceptions"
    | "client"
    | "trustedProxies"
    | "addressHeader"
    | "correlation"
    | "acceptTags"
  >
{
  /** Who the application says has sent the request. Its id wins over the header's (TRHDR-07). */
  readonly extractUser?: ((request: Request) => HostUser | undefined | PromiseLike<HostUser | undefined>) | undefined
  /** Further tags. They win over the middleware's own. */
  readonly extraTags?: ((request: Request) => Properties | undefined) | undefined
  /** The tags that the scope gets, made of all of them. If it throws there are no tags at all. */
  readonly tagMap?: ((tags: JsonObject) => Properties) | undefined
  /** A request that this refuses gets no scope at all, and none of its failures is captured. */
  readonly requestFilter?: ((request: Request) => boolean) | undefined
  /** Is called in the request's scope when the response has been handed over. */
  readonly onResponse?: ((answered: HostAnswered<Request>) => void) | undefined
  /** The operation's name: `path` is `GET /orders/42`, `route` `GET /orders/:id` where it is known. Default `path`. */
  readonly operationName?:
    | "path"
    | "route"
    | ((request: Request, route: string | undefined) => string)
    | undefined
}
