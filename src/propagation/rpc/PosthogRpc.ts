/**
 * The scope across calls of `@effect/rpc` (an optional peer): the client sends what may leave, the server opens a scope for
 * each call.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import type * as Rpc from "@effect/rpc/Rpc"
import * as RpcClient from "@effect/rpc/RpcClient"
import * as RpcMiddleware from "@effect/rpc/RpcMiddleware"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as GuardedRead from "../../domain/GuardedRead.js"
import type { Properties } from "../../domain/PropertyValue.js"
import * as RandomId from "../../domain/RandomId.js"
import { ExceptionCapture } from "../../scope/ExceptionCapture.js"
import * as FrameRegion from "../../scope/FrameRegion.js"
import { fresh, type Mode } from "../../scope/Mode.js"
import { type Captures, makeFrame, type ScopeFields, type ScopeOptions } from "../../scope/ScopeOptions.js"
import * as Propagation from "../Propagation.js"
import type { PropagationPolicy } from "../PropagationPolicy.js"
import * as TransportedTags from "../TransportedTags.js"
import * as RpcFailure from "./RpcFailure.js"

/**
 * A call, as the hooks see it.
 *
 * @since 0.1.0
 * @category models
 */
export interface RpcCall {
  readonly clientId: number
  readonly rpc: Rpc.AnyWithProps
  readonly payload: unknown
  readonly headers: Headers.Headers
}

/**
 * Options of the server's side. A hook that fails, dies or throws is logged and ignored.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServerOptions extends Pick<ScopeOptions, "captureExceptions" | "client"> {
  /** Is what surrounds the server's handling, such as the scope of an HTTP request, visible? Default `fresh`: it is not. */
  readonly mode?: Mode | undefined
  /** Take distinct id, session and user id from the headers? They say whose analytics this is, no more. Default `true`. */
  readonly headerIdentity?: boolean | undefined
  /** Who the application says is calling. Its id wins over the header's. */
  readonly extractUser?:
    | ((
      call: RpcCall
    ) => Effect.Effect<{ readonly id: string; readonly email?: string | undefined } | undefined, unknown>)
    | undefined
  /** Tags of the call's scope. */
  readonly extraTags?: ((call: RpcCall) => Properties | undefined) | undefined
  /** A call that this refuses gets no scope, and none of its failures is captured. */
  readonly requestFilter?: ((call: RpcCall) => boolean) | undefined
  /** `child`: the call has a correlation of its own, whose parent is the one that came in. Default `inherit`. */
  readonly correlation?: "inherit" | "child" | undefined
  /** Tags that are taken over from `X-POSTHOG-CONTEXT-TAGS`: of callers that are trusted. Default: none. */
  readonly acceptTags?: ReadonlyArray<string> | "all" | undefined
}

/**
 * The middleware: add it to a group, last, so that it stands around the others; provide `layer` to the server and
 * `layerClient` to the client. A client without `layerClient` sends nothing.
 *
 * Each call is handled in a scope of its own, streams to their end: identity and session, correlation, caller, request id
 * and trace from the headers, the procedure's name as the operation. Defects are captured, and failures that neither the
 * procedure nor a middleware of it declares; declared ones are answers and are not.
 *
 * @example
 * import { Rpc, RpcGroup } from "@effect/rpc"
 * import { Effect, Schema } from "effect"
 * import { Posthog } from "effect-posthog"
 * import * as PosthogRpc from "effect-posthog/propagation/rpc/PosthogRpc"
 *
 * const Orders = RpcGroup.make(Rpc.make("Pay", { payload: { total: Schema.Number } })).middleware(PosthogRpc.PosthogRpc)
 *
 * const OrdersLive = Orders.toLayer({
 *   Pay: ({ total }) => Effect.asVoid(Posthog.capture("order paid", { properties: { total } }))
 * })
 *
 * @since 0.1.0
 * @category tags
 */
export class PosthogRpc
  extends RpcMiddleware.Tag<PosthogRpc>()("effect-posthog/propagation/rpc/PosthogRpc", { wrap: true })
{}

/**
 * The server's side. It needs an `ExceptionCapture`, unless it captures no exceptions or brings its own client.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <const O extends ServerOptions = {}>(options?: O): Layer.Layer<PosthogRpc, never, Captures<O>> =>
  // Captures<O> is what the options ask of R; without capturing, ExceptionCapture is never looked up
  Layer.effect(
    PosthogRpc,
    Effect.map(Effect.serviceOption(ExceptionCapture), (client) => PosthogRpc.of(handled(options ?? {}, client)))
  ) as Layer.Layer<PosthogRpc, never, Captures<O>>

type Middleware = RpcMiddleware.RpcMiddlewareWrap<never, never>

const handled = (
  options: ServerOptions,
  ambient: Option.Option<typeof ExceptionCapture.Service>
): Middleware => {
  const client = options.client ?? Option.getOrUndefined(ambient)
  const captures = client !== undefined && (options.captureExceptions ?? client.captureExceptionsByDefault)
  return ({ next, ...call }) => {
    if (options.requestFilter !== undefined && GuardedRead.guarded(() => options.requestFilter?.(call)) === false) {
      return next
    }
    const watched = captures
      ? Effect.tapErrorCause(next, (cause) => {
        const reportable = RpcFailure.reportable(cause, RpcFailure.declared(call.rpc))
        return reportable === undefined
          ? Effect.void
          // a client of the user's own making may die: the original failure goes on all the same
          : Effect.exit(Effect.suspend(() => client.captureException(reportable, { boundary: RpcFailure.boundary })))
      })
      : next
    return Effect.flatMap(fieldsOf(call, options), (fields) =>
      // the server has made a span of its own that continues the caller's
      FrameRegion.inFrame(
        watched,
        () =>
          makeFrame(options.mode ?? fresh, { ...fields, client: options.client, captureExceptions: false }, false, true)
      ))
  }
}

/** What stands in the scope of a call, made of its headers and of what the application says. */
const fieldsOf = (call: RpcCall, options: ServerOptions): Effect.Effect<ScopeFields> =>
  Effect.gen(function*() {
    const { acceptTags, extraTags, extractUser } = options
    const received = Propagation.extract(call.headers)
    const accepted = {
      ...received,
      ...(options.headerIdentity === false ? { distinctId: undefined, sessionId: undefined, userId: undefined } : {}),
      tags: acceptTags === undefined || received.tags === undefined
        ? undefined
        : TransportedTags.allowed(received.tags, acceptTags)
    }
    // copied where a hook's failure is told: what it gives may be hostile to reading
    const user = extractUser === undefined ? undefined : yield* orNothing(
      "extractUser",
      () => Effect.map(extractUser(call), (user) => user === undefined ? undefined : { ...user })
    )
    const extra = extraTags === undefined ? undefined : yield* orNothing(
      "extraTags",
      () => Effect.sync(() => ({ ...extraTags(call) }))
    )
    const now = yield* Clock.currentTimeMillis
    const id = yield* RandomId.next
    const fields = Propagation.toScopeFields(accepted, {
      correlation: options.correlation,
      correlationId: `corr_${id}`
    })
    return {
      ...fields,
      distinctId: user?.id ?? fields.distinctId,
      tags: { ...fields.tags, ...(user?.email === undefined ? {} : { email: user.email }), ...extra },
      request: {
        userId: user?.id ?? fields.request?.userId,
        requestId: fields.request?.requestId ?? `req_${id}`,
        timestamp: now
      },
      operation: { name: call.rpc._tag, startTime: now },
      metadata: { rpc_client_id: call.clientId }
    }
  })

/** What a hook of the application's gives; where it fails, in whatever way, nothing, and a line in the log. */
const orNothing = <A>(hook: string, f: () => Effect.Effect<A, unknown>): Effect.Effect<A | undefined> =>
  Effect.catchAllCause(Effect.suspend(f), (cause) =>
    Effect.logWarning(`${hook} failed and is ignored`, cause).pipe(
      Effect.annotateLogs({ package: "effect-posthog", module: "rpc" }),
      Effect.as(undefined)
    ))

/**
 * The client's side: every call of a group with the middleware carries what of the caller's scope may leave.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClient = (
  options: { readonly policy?: PropagationPolicy | undefined } = {}
): Layer.Layer<RpcMiddleware.ForClient<PosthogRpc>> =>
  RpcMiddleware.layerClient(
    PosthogRpc,
    ({ request }) =>
      Effect.map(Propagation.injectCurrent({}, options), (headers) => ({
        ...request,
        headers: Headers.merge(request.headers, Headers.fromInput(headers))
      }))
  )

/**
 * The calls of an effect carry what of its scope may leave: for groups that do not name the middleware. It is collected
 * when the effect starts.
 *
 * @example
 * import { Effect } from "effect"
 * import * as PosthogRpc from "effect-posthog/propagation/rpc/PosthogRpc"
 *
 * declare const client: { readonly Pay: (payload: { readonly total: number }) => Effect.Effect<void> }
 *
 * const program = client.Pay({ total: 42 }).pipe(PosthogRpc.withPropagation({ policy: { userId: true } }))
 *
 * @since 0.1.0
 * @category regions
 */
export const withPropagation: {
  (options?: {
    readonly policy?: PropagationPolicy | undefined
  }): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    options?: { readonly policy?: PropagationPolicy | undefined }
  ): Effect.Effect<A, E, R>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    options: { readonly policy?: PropagationPolicy | undefined } = {}
  ): Effect.Effect<A, E, R> => RpcClient.withHeadersEffect(self, Propagation.injectCurrent({}, options))
)
