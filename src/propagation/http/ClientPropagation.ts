/**
 * A client that takes the scope along.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as OwnRequests from "../../event/OwnRequests.js"
import { addOperationMetadata } from "../../scope/OperationContext.js"
import { timedOperation } from "../../scope/TimedOperation.js"
import * as Name from "../HeaderNames.js"
import * as Propagation from "../Propagation.js"
import * as CallNotes from "./CallNotes.js"
import type { ClientOptions } from "./ClientOptions.js"
import * as ClientRequest from "./ClientRequest.js"
import * as FetchRedirects from "./FetchRedirects.js"
import * as Hook from "./Hook.js"
import * as HostAllowList from "./HostAllowList.js"

interface ClientSettings extends Pick<ClientOptions<unknown>, "metric" | "onEnd" | "policy" | "targetService"> {
  readonly isAllowed: HostAllowList.HostAllowList
}

type Send<E, R> = (request: HttpClientRequest) => Effect.Effect<HttpClientResponse, E, R>

/** See `PosthogHttp.withPropagation`. */
export const make = <E, R, R2>(
  client: HttpClient.HttpClient.With<E, R>,
  options: ClientOptions<R2>
): HttpClient.HttpClient.With<E | HttpClientError.RequestError, R | R2> => {
  const settings: ClientSettings = {
    metric: options.metric,
    onEnd: options.onEnd,
    policy: options.policy,
    targetService: options.targetService,
    isAllowed: HostAllowList.make(options.hosts ?? [])
  }
  const { postprocess, preprocess } = halvesOf(client)
  const send: Send<E, R> = (request) => postprocess(Effect.succeed(request))
  return HttpClient.makeWith<E | HttpClientError.RequestError, R | R2, E | HttpClientError.RequestError, R | R2>(
    // R2 is what onEnd needs
    Effect.flatMap((request) => call(settings, request, send)) as HttpClient.HttpClient.Postprocess<
      E | HttpClientError.RequestError,
      R | R2
    >,
    preprocess
  )
}

/**
 * Each step of `HttpClient.followRedirects` around this client is a call of its own, for which the host decides; what was
 * done to the request before, such as a base address, is done once.
 */
const halvesOf = <E, R>(client: HttpClient.HttpClient.With<E, R>) => ({
  postprocess: Predicate.hasProperty(client, "postprocess") && Predicate.isFunction(client.postprocess)
    // every client of the platform is made of these two halves, which its type does not show
    ? client.postprocess as HttpClient.HttpClient.Postprocess<E, R>
    : Effect.flatMap(client.execute),
  preprocess: Predicate.hasProperty(client, "preprocess") && Predicate.isFunction(client.preprocess)
    // the same
    ? client.preprocess as HttpClient.HttpClient.Preprocess<E, R>
    : Effect.succeed
})

const call = <E, R>(
  settings: ClientSettings,
  request: HttpClientRequest,
  send: Send<E, R>
): Effect.Effect<HttpClientResponse, E | HttpClientError.RequestError, unknown> => {
  // the library's own requests are not the application's
  if (request.headers["user-agent"] === OwnRequests.userAgent) {
    return send(request)
  }
  const url = ClientRequest.urlOf(request)
  if (url === undefined || !settings.isAllowed(url)) {
    return timed(settings, request, url, send(request))
  }
  // what travels is the scope of the caller, whose operation this call is a part of
  return Effect.flatMap(headersOf(settings), (headers) =>
    timed(
      settings,
      request,
      url,
      FetchRedirects.follow(request, url, (step, to) =>
        settings.isAllowed(to)
          ? Effect.tap(
            send(inject(step, headers)),
            (response) => hasMoved(settings, response) ? warnOfRedirect : Effect.void
          )
          : send(step))
    ))
}

/** Has a client inside this one followed a redirect, with the headers, to a host that is not listed? */
const hasMoved = ({ isAllowed }: ClientSettings, response: HttpClientResponse): boolean =>
  GuardedRead.guarded(() => {
    const url = ClientRequest.urlOf(response.request)
    return url !== undefined && !isAllowed(url)
  }) ?? false

const warnOfRedirect = Hook.warn(
  "A redirect took the scope to a host that is not listed: HttpClient.followRedirects belongs around withPropagation"
)

/** What could not be collected does not travel: the call is made all the same. */
const headersOf = ({ policy }: ClientSettings): Effect.Effect<Headers.Headers> =>
  Effect.map(Effect.exit(Propagation.current({ policy })), (exit) => {
    const headers = Exit.isSuccess(exit) ? GuardedRead.guarded(() => Propagation.toHeaders(exit.value)) : undefined
    return headers === undefined ? Headers.empty : Headers.fromInput(headers)
  })

/** Over whatever the request has of an earlier scope; whose it was must not become whose this is (TRHDR-13). */
const inject = (request: HttpClientRequest, headers: Headers.Headers): HttpClientRequest =>
  ClientRequest.withHeaders(
    request,
    Headers.setAll(Headers.remove(request.headers, [Name.distinctId, Name.sessionId]), headers)
  )

const timed = <E, R>(
  settings: ClientSettings,
  request: HttpClientRequest,
  url: URL | undefined,
  sent: Effect.Effect<HttpClientResponse, E, R>
): Effect.Effect<HttpClientResponse, E, unknown> => {
  const target = url !== undefined && settings.isAllowed(url) ? url.hostname : "other"
  const noted = Effect.flatMap(Clock.currentTimeNanos, (from) =>
    Effect.zipRight(
      addOperationMetadata(CallNotes.request(request, url, targetOf(settings, request))),
      Effect.onExit(sent, (exit) =>
        Effect.flatMap(Clock.currentTimeNanos, (to) =>
          addOperationMetadata(CallNotes.outcome(exit, Number(to - from) / 1e9))))
    ))
  // the platform's client makes the span
  return timedOperation(noted, `${request.method} ${target}`, {
    span: false,
    metric: settings.metric ?? false,
    onEnd: settings.onEnd
  })
}

const targetOf = ({ targetService }: ClientSettings, request: HttpClientRequest): string | undefined =>
  typeof targetService === "function" ? GuardedRead.guarded(() => targetService(request)) : targetService
