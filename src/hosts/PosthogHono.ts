/**
 * Requests of Hono, each in a scope of its own.
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
 * What of a context is used.
 *
 * @since 0.1.0
 * @category models
 */
export interface HonoContext {
  readonly req: { readonly raw: Request; readonly routePath?: string }
  readonly res: { readonly status: number }
  readonly error: Error | undefined
  /** `@hono/node-server` puts Node's request here. */
  readonly env: unknown
}

/**
 * A middleware: `app.use(PosthogHono.middleware(posthog))`, before the routes. Code of the request finds the request's
 * scope: `posthog.capture`, `posthog.tag`, `posthog.currentScope`. Tags and sections are those of
 * `PosthogHttp.middleware`.
 *
 * What a route throws is captured where the answer has a status of 500 or more, whoever makes that answer, and so is what
 * fails while a body is streamed. A stream is in the request's scope where it is given to the context (`c.body(stream)`,
 * Hono's streaming helpers). The connection's address is known on `@hono/node-server` only.
 *
 * @example
 * import * as PosthogHono from "effect-posthog/hosts/PosthogHono"
 * import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
 * import { Hono } from "hono"
 *
 * const posthog = PosthogPromise.make({ apiKey: "phc_…" })
 *
 * const app = new Hono().use(PosthogHono.middleware(posthog)).get("/orders/:id", (c) => {
 *   posthog.capture("order viewed", { properties: { id: c.req.param("id") } })
 *   return c.json({ id: c.req.param("id") })
 * })
 *
 * @since 0.1.0
 * @category middleware
 */
export const middleware = <Context extends HonoContext = HonoContext>(
  posthog: Service<never>,
  options: HostOptions<Context> = {}
): (context: Context, next: () => Promise<void>) => Promise<void> => {
  const host = HostRequest.make(posthog[border], options, {
    category: "middleware",
    handled: false,
    source: "hono.middleware",
    level: "error"
  })
  return async (context, next) => {
    const opened = host.open(WebRequest.describe(context, context.req.raw, addressOf(context.env)))
    const handled = opened instanceof Promise ? await opened : opened
    if (handled === undefined) {
      return next()
    }
    scopeBodies(context, handled)
    return handled.run(async () => {
      try {
        await next()
      } catch (error) {
        // only where there is no error handler at all: Hono's own catches everything that is an Error
        handled.failed(error, 500)
        handled.answered(500)
        throw error
      }
      if (context.error !== undefined) {
        handled.failed(context.error, context.res.status)
      }
      handled.answered(context.res.status, context.req.routePath)
    })
  }
}

/**
 * Streams that become bodies are read in the request's scope. Responses that are made already are left alone: to look at
 * their bodies would cost them the server's short way for texts.
 */
const scopeBodies = (context: HonoContext, handled: HostRequest.HostRequest): void => {
  for (const name of ["body", "newResponse"]) {
    const make = GuardedRead.read(context, name)
    if (typeof make === "function") {
      Object.assign(context, {
        [name]: (data: unknown, ...rest: ReadonlyArray<unknown>): unknown =>
          make.call(context, data instanceof ReadableStream ? ScopedBody.wrap(data, handled) : data, ...rest)
      })
    }
  }
}

const addressOf = (env: unknown): string | undefined => {
  const address = ["incoming", "socket", "remoteAddress"].reduce(
    (at: unknown, key) => GuardedRead.isObject(at) ? GuardedRead.read(at, key) : undefined,
    env
  )
  return typeof address === "string" ? address : undefined
}
