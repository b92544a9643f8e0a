/**
 * Requests of Fastify, each in a scope of its own.
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

/**
 * What of a request is used.
 *
 * @since 0.1.0
 * @category models
 */
export interface FastifyRequest {
  readonly method: string
  readonly originalUrl: string
  readonly headers: NodeMessage.NodeHeaders
  readonly socket: { readonly remoteAddress?: string | undefined }
  readonly raw: NodeMessage.NodeEmitter
  readonly routeOptions: { readonly url?: string | undefined }
}

/**
 * What of a reply is used.
 *
 * @since 0.1.0
 * @category models
 */
export interface FastifyReply {
  readonly statusCode: number
  readonly raw: NodeMessage.NodeEmitter & { readonly writableFinished: boolean }
}

type Done = (error?: Error) => void

/**
 * What of an instance is used.
 *
 * @since 0.1.0
 * @category models
 */
export interface FastifyInstance<Request extends FastifyRequest> {
  addHook(name: "onRequest", hook: (request: Request, reply: FastifyReply, done: Done) => void): unknown
  addHook(name: "onResponse", hook: (request: Request, reply: FastifyReply, done: Done) => void): unknown
  addHook(name: "onRequestAbort", hook: (request: Request, done: Done) => void): unknown
  addHook(
    name: "onError",
    hook: (request: Request, reply: FastifyReply, error: Error, done: () => void) => void
  ): unknown
}

/**
 * A plugin: register it before the routes. It is not encapsulated, so that it holds for all that is registered after it.
 * Code of the request finds the request's scope: `posthog.capture`, `posthog.tag`, `posthog.currentScope`. Tags and
 * sections are those of `PosthogHttp.middleware`.
 *
 * What a route or a hook throws is captured where the answer has a status of 500 or more, whoever makes that answer.
 *
 * @example
 * import * as PosthogFastify from "effect-posthog/hosts/PosthogFastify"
 * import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
 * import fastify from "fastify"
 *
 * const posthog = PosthogPromise.make({ apiKey: "phc_…" })
 *
 * const app = fastify().register(PosthogFastify.plugin(posthog))
 *
 * @since 0.1.0
 * @category plugins
 */
export const plugin = <Request extends FastifyRequest = FastifyRequest>(
  posthog: Service<never>,
  options: HostOptions<Request> = {}
): (instance: FastifyInstance<Request>, options: unknown, done: Done) => void => {
  const host = HostRequest.make(posthog[border], options, {
    category: "middleware",
    handled: false,
    source: "fastify.on_error",
    level: "error"
  })
  const handling = new WeakMap<object, HostRequest.HostRequest>()
  const thrown = new WeakMap<object, { readonly error: unknown }>()

  const register = (instance: FastifyInstance<Request>, _options: unknown, done: Done): void => {
    instance.addHook("onRequest", (request, reply, done) => {
      const { headers, method, originalUrl: url, raw, routeOptions, socket } = request
      HostRequest.enter(
        host.open({ source: request, method, url, headers, remoteAddress: socket.remoteAddress }, routeOptions.url),
        (handled) => {
          if (handled === undefined) {
            done()
            return
          }
          handling.set(raw, handled)
          NodeMessage.bind(raw, handled.run)
          NodeMessage.bind(reply.raw, handled.run)
          handled.run(done)
        }
      )
    })
    // before any error handler: only the answer shows what the failure was
    instance.addHook("onError", (request, _reply, error, done) => {
      thrown.set(request.raw, { error })
      done()
    })
    instance.addHook("onResponse", (request, reply, done) => {
      const handled = handling.get(request.raw)
      const failure = thrown.get(request.raw)
      if (failure !== undefined) {
        handled?.failed(failure.error, reply.statusCode)
      }
      handled?.answered(reply.raw.writableFinished ? reply.statusCode : 499)
      done()
    })
    instance.addHook("onRequestAbort", (request, done) => {
      handling.get(request.raw)?.answered(499)
      done()
    })
    done()
  }
  // Fastify's own mark of a plugin that holds for its surroundings
  return Object.assign(register, { [Symbol.for("skip-override")]: true })
}
