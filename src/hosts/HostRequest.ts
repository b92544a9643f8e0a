/**
 * A request to a server that is not Effect: its scope, and what becomes of it. The scope is the one that
 * `PosthogHttp.middleware` opens, made of the same fields.
 *
 * @since 0.1.0
 */
import type * as Headers from "@effect/platform/Headers"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as ExceptionBoundary from "../domain/ExceptionBoundary.js"
import * as GuardedRead from "../domain/GuardedRead.js"
import * as RandomId from "../domain/RandomId.js"
import * as Hook from "../propagation/http/Hook.js"
import * as RequestFrame from "../propagation/http/RequestFrame.js"
import * as ServerSettings from "../propagation/http/ServerSettings.js"
import { ExceptionCapture } from "../scope/ExceptionCapture.js"
import { addOperationMetadata } from "../scope/OperationContext.js"
import { makeFrame } from "../scope/ScopeOptions.js"
import type { Border, Services } from "./Border.js"
import type { HostOptions, HostUser } from "./HostOptions.js"
import * as ScopeCell from "./ScopeCell.js"

/** A request as its framework tells it. `source`: the framework's own object, which hooks get. */
export interface Description<Request extends object> {
  readonly source: Request
  readonly method: string
  /** Absolute, or from the path on; as the client sent it, whatever routers have made of it since. */
  readonly url: string
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>
  readonly remoteAddress: string | undefined
}

/** A request that is handled in a scope of its own. */
export interface HostRequest {
  /** Runs code in the request's scope. */
  readonly run: <A>(f: () => A) => A
  /** Captures what the framework answers for with this status, where that is 500 or more. */
  readonly failed: (error: unknown, status: number, route?: string) => void
  /** Notes status and duration, and tells the hook; only the first call counts. */
  readonly answered: (status: number, route?: string) => void
}

export interface Host<Request extends object> {
  /** Opens the scope of a request; `undefined` where the filter refuses it. A promise only where `extractUser` gives one. */
  readonly open: (
    request: Description<Request>,
    route?: string
  ) => HostRequest | undefined | Promise<HostRequest | undefined>
}

export const make = <Request extends object>(
  border: Border<Services>,
  options: HostOptions<Request>,
  boundary: ExceptionBoundary.ExceptionBoundary
): Host<Request> => {
  const { extractUser, extraTags, onResponse, operationName, requestFilter, ...rest } = options
  // the source of a request of ours is the framework's request
  const sourceOf = (request: HttpServerRequest.HttpServerRequest) => request.source as Request
  const settings = ServerSettings.resolve({
    ...rest,
    extraTags: extraTags === undefined ? undefined : (request) => extraTags(sourceOf(request)),
    operationName: typeof operationName === "function"
      ? (request, route) => operationName(sourceOf(request), route)
      : operationName
  })
  const complain = (hook: string, defect: unknown) => border.sync(() => Hook.failed(hook, Cause.die(defect)), undefined)
  const guarded = <A>(hook: string, f: () => A): A | undefined => {
    try {
      return f()
    } catch (defect) {
      complain(hook, defect)
      return undefined
    }
  }
  if (settings.address.invalid.length > 0) {
    border.sync(
      () => Hook.warn(`trustedProxies holds what is no network: ${settings.address.invalid.join(", ")}`),
      undefined
    )
  }

  const begin = (request: Description<Request>, user: HostUser | undefined, route: string | undefined): HostRequest => {
    const { from, id, now } = border.sync(
      () => Effect.all({ id: RandomId.next, now: Clock.currentTimeMillis, from: Clock.currentTimeNanos }),
      { id: "", now: 0, from: 0n }
    )
    const frame =
      GuardedRead.guarded(() =>
        RequestFrame.make(settings, { request: toServerRequest(request), user, route, now, id, complain })
      ) ?? makeFrame("fresh", { captureExceptions: false, client: settings.client }, false, true)
    const region = ScopeCell.open(frame)
    const duration = Effect.map(Clock.currentTimeNanos, (to) => Duration.nanos(to - from))
    let isAnswered = false
    return {
      run: region.run,
      failed: (error, status) => {
        if (status >= 500) {
          border.syncIn(
            region.cell,
            () =>
              Effect.flatMap(Effect.all([ExceptionCapture, duration]), ([ambient, duration]) => {
                const client = settings.client ?? ambient
                return settings.captureExceptions ?? client.captureExceptionsByDefault
                  ? Effect.asVoid(client.captureException(error, {
                    boundary,
                    properties: { $response_status_code: status, response_time: Duration.toSeconds(duration) }
                  }))
                  : Effect.void
              }),
            undefined
          )
        }
      },
      answered: (status, answeredRoute = route) => {
        if (isAnswered) {
          return
        }
        isAnswered = true
        const taken = border.syncIn(
          region.cell,
          () =>
            Effect.tap(
              duration,
              (duration) =>
                addOperationMetadata({ response_status: status, response_time: Duration.toSeconds(duration) })
            ),
          Duration.zero
        )
        if (onResponse !== undefined) {
          region.run(() =>
            guarded(
              "onResponse",
              () =>
                onResponse({
                  request: request.source,
                  status,
                  duration: Duration.toMillis(taken),
                  route: answeredRoute
                })
            )
          )
        }
      }
    }
  }

  return {
    open: (request, route) => {
      if (requestFilter !== undefined && guarded("requestFilter", () => requestFilter(request.source)) === false) {
        return undefined
      }
      const user = extractUser === undefined ? undefined : guarded("extractUser", () => extractUser(request.source))
      return isPromise(user)
        ? Promise.resolve(user).then(
          (user) => begin(request, user, route),
          (reason) => {
            complain("extractUser", reason)
            return begin(request, undefined, route)
          }
        )
        : begin(request, user, route)
    }
  }
}

/** Goes on in the request's scope, or without one, at once where that is possible. */
export const enter = (
  opened: ReturnType<Host<object>["open"]>,
  go: (request: HostRequest | undefined) => void
): void => {
  if (isPromise(opened)) {
    void opened.then(go)
  } else {
    go(opened)
  }
}

const isPromise = <A>(u: A | PromiseLike<A>): u is PromiseLike<A> =>
  GuardedRead.isObject(u) && typeof GuardedRead.read(u, "then") === "function"

/** What the making of a frame reads of a request. */
const toServerRequest = <Request extends object>(
  { headers, method, remoteAddress, source, url }: Description<Request>
): HttpServerRequest.HttpServerRequest => {
  const read: Pick<
    HttpServerRequest.HttpServerRequest,
    "source" | "method" | "url" | "originalUrl" | "headers" | "remoteAddress"
  > = {
    source,
    // a method that the type does not know is only a text here
    method: method as HttpMethod,
    url,
    originalUrl: url,
    // names in lower case, and values that are looked at as anything
    headers: headers as Headers.Headers,
    remoteAddress: Option.fromNullable(remoteAddress)
  }
  // nothing else of a request is read
  return read as HttpServerRequest.HttpServerRequest
}
