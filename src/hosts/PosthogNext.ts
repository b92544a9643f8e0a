/**
 * Route handlers of Next, each request in a scope of its own.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../domain/GuardedRead.js"
import type { HostOptions } from "./HostOptions.js"
import * as HostRequest from "./HostRequest.js"
import { border, type Service } from "./PosthogPromise.js"
import * as ScopedBody from "./ScopedBody.js"
import * as WebRequest from "./WebRequest.js"

export type {
  /** @since 0.1.0 */
  HostAnswered,
  /** @since 0.1.0 */
  HostOptions,
  /** @since 0.1.0 */
  HostUser
} from "./HostOptions.js"

/**
 * Wraps a route handler. Code of the request finds the request's scope: `posthog.capture`, `posthog.tag`,
 * `posthog.currentScope`. Tags and sections are those of `PosthogHttp.middleware`.
 *
 * What the handler throws, or a streamed body fails with, is captured and goes on unchanged; `redirect()`, `notFound()` and the like are no failures. Next
 * tells nobody the connection's address: `$ip` is set where `trustedProxies` says that the header can be believed.
 *
 * @example
 * // app/api/orders/[id]/route.ts
 * import * as PosthogNext from "effect-posthog/hosts/PosthogNext"
 * import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
 *
 * const posthog = PosthogPromise.make({ apiKey: "phc_…" })
 *
 * export const GET = PosthogNext.route(
 *   posthog,
 *   async (_request: Request, { params }: { readonly params: Promise<{ readonly id: string }> }) => {
 *     const { id } = await params
 *     posthog.capture("order viewed", { properties: { id } })
 *     return Response.json({ id })
 *   }
 * )
 *
 * @since 0.1.0
 * @category handlers
 */
export const route = <Req extends Request, Context>(
  posthog: Service<never>,
  handler: (request: Req, context: Context) => Response | Promise<Response>,
  options: HostOptions<Req> = {}
): (request: Req, context: Context) => Promise<Response> => {
  const host = HostRequest.make(posthog[border], options, {
    category: "middleware",
    handled: false,
    source: "next.route_handler",
    level: "error"
  })
  return async (request, context) => {
    const opened = host.open(WebRequest.describe(request, request, undefined))
    const handled = opened instanceof Promise ? await opened : opened
    if (handled === undefined) {
      return handler(request, context)
    }
    return handled.run(async () => {
      try {
        const response = await handler(request, context)
        handled.answered(response.status)
        return scoped(response, handled)
      } catch (error) {
        const status = statusOf(error)
        handled.failed(error, status)
        handled.answered(status)
        throw error
      }
    })
  }
}

/** The same response, its body read in the request's scope. */
const scoped = (response: Response, handled: HostRequest.HostRequest): Response => {
  const { body, headers, status, statusText } = response
  // what is no response, or one that cannot be made again, is left as it is
  return body instanceof ReadableStream && !response.bodyUsed && !body.locked && status >= 200
    ? new Response(ScopedBody.wrap(body, handled), { headers, status, statusText })
    : response
}

/** Next's own control flow is thrown, and bears a digest: a redirect, an answer such as 404, or a render that goes elsewhere. */
const statusOf = (error: unknown): number => {
  const digest = GuardedRead.isObject(error) ? GuardedRead.read(error, "digest") : undefined
  if (typeof digest !== "string") {
    return 500
  }
  const parts = digest.split(";")
  switch (parts[0]) {
    // NEXT_REDIRECT;replace;/login;307;
    case "NEXT_REDIRECT":
      return Number(parts.at(-2)) || 307
    case "NEXT_HTTP_ERROR_FALLBACK":
      return Number(parts[1]) || 404
    default:
      return /^(?:NEXT_|DYNAMIC_SERVER_USAGE|BAILOUT_TO_CLIENT_SIDE_RENDERING|HANGING_PROMISE_REJECTION)/.test(digest)
        ? 200
        : 500
  }
}
