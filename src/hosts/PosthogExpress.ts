/**
 * Requests of Express, each in a scope of its own.
 *
 * @since 0.1.0
 */
import type { HostOptions } from "./HostOptions.js"
import * as HostRequest from "./HostRequest.js"
import * as NodeMessage from "./NodeMessage.js"
import { border, type Service } from "./PosthogPromise.js"

export type {
  /** @since 0.1.0 */
  HostAnswered,
  /** @since 0.1.0 */
  HostOptions,
  /** @since 0.1.0 */
  HostUser
} from "./HostOptions.js"

const handling: unique symbol = Symbol.for("effect-posthog/hosts/PosthogExpress/handling")

/**
 * What of a request is used.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExpressRequest extends NodeMessage.NodeEmitter {
  readonly method: string
  readonly originalUrl: string
  readonly baseUrl?: string
  readonly headers: NodeMessage.NodeHeaders
  readonly socket: { readonly remoteAddress?: string | undefined }
  /** @internal */
  [handling]?: HostRequest.HostRequest | "refused"
}

/**
 * What of a response is used.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExpressResponse extends NodeMessage.NodeEmitter {
  readonly statusCode: number
  readonly writableFinished: boolean
  once(event: "close", listener: () => void): unknown
}

/**
 * A middleware: use it before everything that is to see the scope, and after what knows the user if `extractUser` reads
 * that. Code of the request, its listeners and timers included, finds the request's scope: `posthog.capture`,
 * `posthog.tag`, `posthog.currentScope`. Tags and sections are those of `PosthogHttp.middleware`.
 *
 * What is passed to `next` or thrown is captured by `errorHandler`. The route is not matched yet when the scope is opened:
 * the operation's name is made of the path, unless `operationName` is a function; `onResponse` knows the route.
 *
 * @example
 * import * as PosthogExpress from "effect-posthog/hosts/PosthogExpress"
 * import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
 * import express from "express"
 *
 * const posthog = PosthogPromise.make({ apiKey: "phc_…" })
 *
 * const app = express()
 *   .use(PosthogExpress.middleware(posthog))
 *   .get("/orders/:id", (request, response) => {
 *     posthog.capture("order viewed", { properties: { id: request.params.id } })
 *     response.json({ id: request.params.id })
 *   })
 *   .use(PosthogExpress.errorHandler(posthog))
 *
 * @since 0.1.0
 * @category middleware
 */
export const middleware = <Request extends ExpressRequest = ExpressRequest>(
  posthog: Service<never>,
  options: HostOptions<Request> = {}
): (request: Request, response: ExpressResponse, next: (error?: unknown) => void) => void => {
  const host = HostRequest.make(posthog[border], options, {
    category: "middleware",
    handled: false,
    source: "express.error_handler",
    level: "error"
  })
  return (request, response, next) => {
    const { headers, method, originalUrl: url, socket } = request
    HostRequest.enter(
      host.open({ source: request, method, url, headers, remoteAddress: socket.remoteAddress }),
      (handled) => {
        request[handling] = handled ?? "refused"
        if (handled === undefined) {
          next()
          return
        }
        NodeMessage.bind(request, handled.run)
        NodeMessage.bind(response, handled.run)
        response.once("close", () => {
          handled.answered(response.writableFinished ? response.statusCode : 499, routeOf(request))
        })
        handled.run(next)
      }
    )
  }
}

/**
 * An error handler: use it after the routes, before handlers of your own. It captures what Express answers for with 500 or
 * more, as the request's, and passes it on unchanged.
 *
 * @since 0.1.0
 * @category middleware
 */
export const errorHandler = (
  posthog: Service<never>
): (error: unknown, request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void) => void =>
(error, request, response, next) => {
  const handled = request[handling]
  const status = NodeMessage.orStatus(error, response.statusCode)
  if (handled === undefined && status >= 500) {
    // without the middleware there is no request's scope, and still an exception
    posthog.captureException(error, { properties: { $response_status_code: status } })
  } else if (handled !== undefined && handled !== "refused") {
    handled.failed(error, status)
  }
  next(error)
}

/** The template under which the request was handled: mounted routers put theirs before it. */
const routeOf = (request: ExpressRequest): string | undefined => {
  const { route } = request as { readonly route?: { readonly path?: unknown } }
  return typeof route?.path === "string" ? `${request.baseUrl ?? ""}${route.path}` : undefined
}
