/**
 * Each request in a scope of its own.
 *
 * @since 0.1.0
 */
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type { HttpServerResponse } from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as FiberStatus from "effect/FiberStatus"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as RandomId from "../../domain/RandomId.js"
import * as CurrentScope from "../../scope/CurrentScope.js"
import type { Frame } from "../../scope/Frame.js"
import { type Captures, makeFrame } from "../../scope/ScopeOptions.js"
import * as Hook from "./Hook.js"
import * as RequestFrame from "./RequestFrame.js"
import * as RequestOutcome from "./RequestOutcome.js"
import type { HookContext, RequestUser, ServerOptions } from "./ServerOptions.js"
import * as ServerSettings from "./ServerSettings.js"

type App = HttpApp.Default<unknown, unknown>

type RequestFiber = Fiber.RuntimeFiber<HttpServerResponse, unknown>

/** What went wrong in hooks that are no effects; it is told before the request is handled. */
type Complaints = Array<Effect.Effect<void>>

/** See `PosthogHttp.middleware`. */
export const make = <const O extends ServerOptions<unknown> = {}>(
  options?: O & ServerOptions<unknown>
): <E, R>(app: HttpApp.Default<E, R>) => HttpApp.Default<E, R | Captures<O> | HookContext<O>> => {
  const settings = ServerSettings.resolve(options ?? {})
  let unsaid = settings.address.invalid
  const complaints = (): Complaints => {
    const networks = unsaid
    unsaid = []
    return networks.length === 0 ? [] : [Hook.warn(`trustedProxies holds what is no network: ${networks.join(", ")}`)]
  }
  return <E, R>(app: HttpApp.Default<E, R>) =>
    // HookContext<O> is what the hooks need; the app's own failures and needs stay as they are
    around(app, settings, complaints) as HttpApp.Default<E, R | Captures<O> | HookContext<O>>
}

const around = (app: App, settings: ServerSettings.ServerSettings, complaintsSoFar: () => Complaints): App =>
  Effect.withFiberRuntime((fiber, status) => {
    // a middleware is run where there is a request
    const request = Context.unsafeGet(fiber.currentContext, HttpServerRequest.HttpServerRequest)
    const complaints = complaintsSoFar()
    const { extractUser } = settings
    const handled = isRefused(settings, request, complaints)
      ? app
      : extractUser === undefined
      ? guarded(status, (restore) => inScope(restore, app, settings, fiber, request, undefined))
      : guarded(
        status,
        (restore) =>
          Effect.flatMap(
            userOf(extractUser, request),
            (user) => inScope(restore, app, settings, fiber, request, user)
          )
      )
    return afterAll(complaints, handled)
  })

const afterAll = (complaints: Complaints, app: App): App =>
  complaints.length === 0 ? app : Effect.zipRight(Effect.all(complaints), app)

const isRefused = (
  { requestFilter }: ServerSettings.ServerSettings,
  request: HttpServerRequest.HttpServerRequest,
  complaints: Complaints
): boolean => {
  try {
    return requestFilter !== undefined && !requestFilter(request)
  } catch (defect) {
    complaints.push(Hook.failed("requestFilter", Cause.die(defect)))
    return false
  }
}

const userOf = (
  extractUser: NonNullable<ServerSettings.ServerSettings["extractUser"]>,
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<RequestUser | undefined, never, unknown> => Hook.run("extractUser", () => extractUser(request))

/** A server's own region cannot be interrupted anyway: then there is nothing to restore. */
const guarded = (status: FiberStatus.Running, f: (restore: (app: App) => App) => App): App =>
  RuntimeFlags.interruptible(status.runtimeFlags) ? Effect.uninterruptibleMask(f) : f(identity)

const inScope = (
  restore: (app: App) => App,
  app: App,
  settings: ServerSettings.ServerSettings,
  fiber: RequestFiber,
  request: HttpServerRequest.HttpServerRequest,
  user: RequestUser | undefined
): App =>
  RandomId.nextIn(fiber, (id) => {
    const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
    const from = clock.unsafeCurrentTimeNanos()
    const route = Option.getOrUndefined(Context.getOption(fiber.currentContext, HttpRouter.RouteContext))?.route.path
    const complaints: Complaints = []
    const frame = frameOf(settings, {
      request,
      route,
      user,
      now: clock.unsafeCurrentTimeMillis(),
      id,
      complain: (hook, defect) => complaints.push(Hook.failed(hook, Cause.die(defect)))
    })
    const outcome = { settings, request, route, clock, from }
    // the body of a web response is read by another fiber: it takes the scope along before the response is handed over
    const body = request.source instanceof globalThis.Request
      ? HttpApp.withPreResponseHandler(app, (_, response) => RequestOutcome.withScopedBody(outcome, response))
      : app
    return CurrentScope.enterIn(fiber, frame, (outside) =>
      Effect.matchCauseEffect(restore(afterAll(complaints, body)), {
        onSuccess: (response) =>
          settings.onResponse === undefined && response.body._tag !== "Stream"
            ? Effect.as(CurrentScope.leave(frame.id, outside), response)
            : Effect.ensuring(RequestOutcome.succeeded(outcome, response), CurrentScope.leave(frame.id, outside)),
        onFailure: (cause) =>
          Effect.zipRight(
            Effect.ensuring(RequestOutcome.failed(outcome, cause), CurrentScope.leave(frame.id, outside)),
            Effect.failCause(cause)
          )
      }))
  })

/** Analytics never breaks the program: of a request that cannot be read the scope knows nothing. */
const frameOf = (settings: ServerSettings.ServerSettings, context: RequestFrame.RequestContext): Frame =>
  GuardedRead.guarded(() => RequestFrame.make(settings, context)) ??
    makeFrame("fresh", { captureExceptions: false, client: settings.client }, false, true)
