/**
 * One codec between a scope and whatever carries it to another process: HTTP headers, message headers, an envelope.
 *
 * Which fields leave is a policy; what comes in is untrusted: bounded, cleaned, and ignored field by field where it is
 * malformed (DESIGN §8, seed 001 §4, TRHDR).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { dual } from "effect/Function"
import * as Tracer from "effect/Tracer"
import * as CorrelationId from "../scope/CorrelationId.js"
import * as CurrentScope from "../scope/CurrentScope.js"
import { fresh } from "../scope/Mode.js"
import type { PosthogScope } from "../scope/PosthogScope.js"
import { ProcessService } from "../scope/ProcessService.js"
import type { Captures, ScopeFields, ScopeOptions } from "../scope/ScopeOptions.js"
import { withScope } from "../scope/ScopeRegion.js"
import * as Extract from "./Extract.js"
import * as Inject from "./Inject.js"
import { present, type Propagated } from "./Propagated.js"
import type { PropagationPolicy } from "./PropagationPolicy.js"
import * as TraceContext from "./w3c/TraceContext.js"

export type {
  /** @since 0.1.0 */
  InjectOptions
} from "./Inject.js"
export type {
  /** @since 0.1.0 */
  Propagated
} from "./Propagated.js"
export {
  /** @since 0.1.0 */
  minimal,
  /** @since 0.1.0 */
  type PropagationPolicy
} from "./PropagationPolicy.js"

/**
 * What of a scope may leave, as data. Texts are as they will arrive: without control characters, 1000 UTF-16 units at
 * most. `extract(inject(scope))` is equal to it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const collect = (scope: PosthogScope, options: Inject.InjectOptions = {}): Propagated =>
  Inject.collect(scope, options)

/**
 * A carrier with the headers of what may leave, over those of the same name in any case. Names are in lower case, values
 * printable ASCII: a text that cannot be a header's value as it stands is written as RFC 8187 says (`UTF-8''…`).
 *
 * @example
 * import { Effect } from "effect"
 * import { currentScope, Propagation } from "effect-posthog"
 *
 * const headers = Effect.map(currentScope, (scope) => Propagation.inject(scope, { accept: "text/plain" }))
 *
 * @since 0.1.0
 * @category conversions
 */
export const inject = (
  scope: PosthogScope,
  carrier: Readonly<Record<string, string>> = {},
  options: Inject.InjectOptions = {}
): Record<string, string> => over(carrier, Inject.toHeaders(Inject.collect(scope, options)))

/**
 * `inject` for the current scope, the service of the process and the active span.
 *
 * @since 0.1.0
 * @category conversions
 */
export const injectCurrent = (
  carrier: Readonly<Record<string, string>> = {},
  options: { readonly policy?: PropagationPolicy | undefined } = {}
): Effect.Effect<Record<string, string>> =>
  Effect.map(current(options), (propagated) => over(carrier, Inject.toHeaders(propagated)))

/**
 * `collect` for the current scope, the service of the process and the active span.
 *
 * @since 0.1.0
 * @category conversions
 */
export const current = (
  options: { readonly policy?: PropagationPolicy | undefined } = {}
): Effect.Effect<Propagated> => Effect.withFiberRuntime((fiber) => Effect.sync(() => collectIn(fiber, options.policy)))

const collectIn = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  policy: PropagationPolicy | undefined
): Propagated => {
  const span = Context.getOption(fiber.currentContext, Tracer.ParentSpan)
  return Inject.collect(CurrentScope.unsafeGet(fiber), {
    policy,
    service: Context.get(fiber.currentContext, ProcessService),
    span: span._tag === "Some" ? span.value : undefined
  })
}

/**
 * The headers of what was collected before: to send it with something that carries headers.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toHeaders = (propagated: Propagated): Record<string, string> => Inject.toHeaders(propagated)

/**
 * What a carrier says. It never fails: of anything it takes what is there and valid. Headers are found in any case and in
 * any kind of carrier (`Headers`, Node's headers, Kafka's with their Buffers, a `Map`, pairs); the seed's plain keys
 * (`correlation_id`, `service_name`, …) are read where there is no such header.
 *
 * @example
 * import { Propagation } from "effect-posthog"
 *
 * Propagation.extract({ "X-Correlation-Id": "corr_1", "X-POSTHOG-SESSION-ID": " s\u0000-1 ", traceparent: "nonsense" })
 * // { correlation: { id: "corr_1" }, sessionId: "s-1" }
 *
 * @since 0.1.0
 * @category conversions
 */
export const extract = (
  carrier: unknown,
  options: {
    /** Entries that are looked at. Default 256. */
    readonly maxEntries?: number | undefined
  } = {}
): Propagated => Extract.extract(carrier, options.maxEntries)

/**
 * How what came in becomes a scope.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReceiveOptions {
  /**
   * `inherit`: what is done here has the correlation that came in. `child`: it has one of its own, whose parent is the
   * one that came in. Default `inherit`.
   */
  readonly correlation?: "inherit" | "child" | undefined
}

/**
 * The fields of a scope for what came in. The sender's service and operation become the `caller`: never this service's own
 * name (seed 001, a trap of its `set_from_context`). `correlationId` is used where none came in, and for a `child`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toScopeFields = (
  propagated: Propagated,
  options: ReceiveOptions & { readonly correlationId?: string | undefined } = {}
): ScopeFields => {
  const { correlation, distinctId, operationName, requestId, service, sessionId, tags, trace, userId } = propagated
  const isChild = options.correlation === "child"
  return {
    ...present({ distinctId, sessionId, tags, trace }),
    ...present({
      correlation: present({
        id: isChild ? options.correlationId : correlation?.id ?? options.correlationId,
        parentId: isChild ? correlation?.id : correlation?.parentId
      }),
      caller: present({ serviceName: service?.name, serviceVersion: service?.version, operationName }),
      request: present({ userId, requestId })
    })
  }
}

/**
 * Runs an effect in a fresh scope with what a carrier says, as a part of the trace that it names. Where no correlation
 * came in, the scope gets one.
 *
 * @example
 * import { Effect } from "effect"
 * import { Propagation, Posthog } from "effect-posthog"
 *
 * const handle = (headers: Headers) =>
 *   Posthog.capture("job done").pipe(Propagation.withExtracted(headers, { captureExceptions: false }))
 *
 * @since 0.1.0
 * @category regions
 */
export const withExtracted: {
  <const O extends ReceiveOptions & Pick<ScopeOptions, "captureExceptions" | "client"> = {}>(
    carrier: unknown,
    options?: O
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | Captures<O>>
  <A, E, R, const O extends ReceiveOptions & Pick<ScopeOptions, "captureExceptions" | "client"> = {}>(
    self: Effect.Effect<A, E, R>,
    carrier: unknown,
    options?: O
  ): Effect.Effect<A, E, R | Captures<O>>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    carrier: unknown,
    options: ReceiveOptions & Pick<ScopeOptions, "captureExceptions" | "client"> = {}
  ) =>
    Effect.flatMap(CorrelationId.next, (correlationId) => {
      const propagated = extract(carrier)
      const { correlation: _, ...capturing } = options
      return withScope(withRemoteParent(self, propagated), fresh, {
        ...toScopeFields(propagated, { ...options, correlationId }),
        ...capturing
      })
    })
)

/**
 * Runs an effect as a part of the trace that came in; as it is where none did.
 *
 * @since 0.1.0
 * @category regions
 */
export const withRemoteParent: {
  (propagated: Propagated): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, propagated: Propagated): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, propagated: Propagated) => {
  const span = remoteSpan(propagated)
  return span === undefined ? self : Effect.provideService(self, Tracer.ParentSpan, span)
})

/**
 * The span at the other end, `undefined` where no trace came in. Spans that continue it are recorded even where the
 * caller did not record its own (TRACE-11).
 *
 * @since 0.1.0
 * @category conversions
 */
export const remoteSpan = (propagated: Propagated): Tracer.ExternalSpan | undefined => {
  const context = propagated.trace === undefined ? undefined : TraceContext.extract(propagated.trace)
  return context === undefined
    ? undefined
    : Tracer.externalSpan({ traceId: context.traceId, spanId: context.spanId, sampled: true })
}

/** One header of each name: that of the carrier goes, in whatever case it is written. */
const over = (carrier: Readonly<Record<string, string>>, headers: Record<string, string>): Record<string, string> => {
  const result: Record<string, string> = {}
  for (const name of Object.keys(carrier)) {
    if (!Object.hasOwn(headers, name.toLowerCase())) {
      result[name] = carrier[name]!
    }
  }
  return Object.assign(result, headers)
}
