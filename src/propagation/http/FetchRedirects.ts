/**
 * `fetch` follows redirects by itself and takes all headers along, to whatever host. Where the scope travels in them each
 * step is ours to decide, so it is asked not to, and the steps are made as the Fetch Standard says (HTTP-redirect fetch).
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as ClientRequest from "./ClientRequest.js"

const statuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

const maxRedirects = 20

/** Headers that are not for another origin. */
const credentials = ["authorization", "cookie", "host", "proxy-authorization"]

/** Headers that describe a body. */
const ofBody = ["content-encoding", "content-language", "content-length", "content-location", "content-type"]

type Send<E, R> = (request: HttpClientRequest.HttpClientRequest, to: URL) => Effect.Effect<HttpClientResponse, E, R>

/** `send` adds to each step what may go to its host. Other clients than `fetch` are left as they are. */
export const follow = <E, R>(
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  send: Send<E, R>
): Effect.Effect<HttpClientResponse, E | HttpClientError.RequestError, R> =>
  Effect.contextWithEffect((context: Context.Context<never>) => {
    const init = Option.getOrElse(Context.getOption(context, FetchHttpClient.RequestInit), (): RequestInit => ({}))
    // where the application wants redirects for itself, they are its own
    return init.redirect === undefined || init.redirect === "follow"
      ? step(request, url, send, init, maxRedirects)
      : send(request, url)
  })

const step = <E, R>(
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  send: Send<E, R>,
  init: RequestInit,
  left: number
): Effect.Effect<HttpClientResponse, E | HttpClientError.RequestError, R> => {
  let isFetch = false
  const asked: RequestInit = {
    ...init,
    // only `fetch` looks at this, which tells it from clients that follow nothing by themselves
    get redirect() {
      isFetch = true
      return "manual" as const
    }
  }
  return Effect.flatMap(
    Effect.provideService(send(request, url), FetchHttpClient.RequestInit, asked),
    (response) => {
      const location = response.headers["location"]
      const to = location === undefined ? undefined : GuardedRead.guarded(() => new URL(location, url))
      if (!isFetch || !statuses.has(response.status) || location === undefined) {
        return Effect.succeed(response)
      }
      const next = to === undefined || left === 0 || !/^https?:$/.test(to.protocol)
        ? undefined
        : nextRequest(request, response.status, url, to)
      return next === undefined || to === undefined
        ? Effect.fail(
          new HttpClientError.RequestError({ request, reason: "Transport", description: "redirect failed" })
        )
        : Effect.zipRight(discard(response), step(next, to, send, init, left - 1))
    }
  )
}

const nextRequest = (
  request: HttpClientRequest.HttpClientRequest,
  status: number,
  from: URL,
  to: URL
): HttpClientRequest.HttpClientRequest | undefined => {
  const becomesGet = status === 303
    ? request.method !== "GET" && request.method !== "HEAD"
    : (status === 301 || status === 302) && request.method === "POST"
  if (!becomesGet && request.body._tag === "Stream") {
    // it has been read
    return undefined
  }
  if (to.hash === "") {
    to.hash = from.hash
  }
  const names = [...(becomesGet ? ofBody : []), ...(from.origin === to.origin ? [] : credentials)]
  const moved = HttpClientRequest.setUrl(request, to)
  return ClientRequest.withHeaders(
    becomesGet ? HttpClientRequest.setMethod(HttpClientRequest.setBody(moved, HttpBody.empty), "GET") : moved,
    Headers.remove(moved.headers, names)
  )
}

/** Lets go of the connection. */
const discard = (response: HttpClientResponse): Effect.Effect<void> =>
  Effect.ignore(Stream.runDrain(Stream.take(response.stream, 1)))
