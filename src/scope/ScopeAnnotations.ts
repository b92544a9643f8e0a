/**
 * The scope on log lines and spans, so that what belongs together can be found together.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as HashMap from "effect/HashMap"
import * as HashSet from "effect/HashSet"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { guarded } from "../domain/GuardedRead.js"
import * as CurrentScope from "./CurrentScope.js"
import * as PosthogScope from "./PosthogScope.js"
import { ProcessService, serviceOf } from "./ProcessService.js"
import * as CorrelationSection from "./sections/CorrelationSection.js"
import * as OperationSection from "./sections/OperationSection.js"
import * as RequestSection from "./sections/RequestSection.js"
import type { ServiceFields } from "./sections/ServiceSection.js"

/**
 * The names under which a scope shows on log lines and spans: those of the event properties, and the scope's identity.
 *
 * @since 0.1.0
 * @category models
 */
export type AnnotationName =
  | "correlation_id"
  | "parent_correlation_id"
  | "service_name"
  | "service_version"
  | "service_environment"
  | "request_id"
  | "operation_name"
  | "user_id"
  | "distinct_id"
  | "session_id"

/**
 * @since 0.1.0
 * @category models
 */
export interface AnnotationOptions {
  /** What does not show, for instance `["user_id", "distinct_id"]` where logs must not name persons. Default: nothing. */
  readonly omit?: ReadonlyArray<AnnotationName> | undefined
}

/**
 * Decorates the loggers and the tracer that are installed where it is provided: every log line of an effect, and every
 * span that starts, carries what its scope says. Annotations and attributes of the program's own win.
 *
 * Loggers and tracers that are installed further inside are not decorated: provide this above them.
 *
 * @example
 * import { Effect, Logger } from "effect"
 * import { Correlation, ScopeAnnotations } from "effect-posthog"
 *
 * const program = Effect.log("order paid").pipe(
 *   Correlation.withNew(),
 *   Effect.provide(ScopeAnnotations.layer({ omit: ["user_id"] })),
 *   Effect.provide(Logger.json)
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: AnnotationOptions = {}): Layer.Layer<never> => {
  const read = reader(new Set(options.omit ?? []))
  return Layer.merge(loggers(read), tracer(read))
}

type Annotations = ReadonlyArray<readonly [name: AnnotationName, value: string]>

/** What a scope says, in a service's process. */
type Read = (scope: PosthogScope.PosthogScope, process: ServiceFields | undefined) => Annotations

/** A scope is an immutable value: what it comes to is found out once. */
const reader = (omitted: ReadonlySet<AnnotationName>): Read => {
  const known = new WeakMap<
    PosthogScope.PosthogScope,
    { process: ServiceFields | undefined; annotations: Annotations }
  >()
  return (scope, process) => {
    const before = known.get(scope)
    if (before !== undefined && before.process === process) {
      return before.annotations
    }
    const annotations = annotationsOf(scope, process).flatMap(([name, value]) =>
      value === undefined || omitted.has(name) ? [] : [[name, value] as const]
    )
    known.set(scope, { process, annotations })
    return annotations
  }
}

const annotationsOf = (
  scope: PosthogScope.PosthogScope,
  process: ServiceFields | undefined
): ReadonlyArray<readonly [name: AnnotationName, value: string | undefined]> => {
  const correlation = PosthogScope.section(scope, CorrelationSection.section)
  const service = serviceOf(scope, process)
  const request = PosthogScope.section(scope, RequestSection.section)
  return [
    ["correlation_id", correlation?.id],
    ["parent_correlation_id", correlation?.parentId],
    ["service_name", service?.name],
    ["service_version", service?.version],
    ["service_environment", service?.environment],
    ["request_id", request?.requestId],
    ["operation_name", PosthogScope.section(scope, OperationSection.section)?.name],
    ["user_id", request?.userId],
    ["distinct_id", scope.view.distinctId],
    ["session_id", scope.view.sessionId]
  ]
}

const loggers = (read: Read): Layer.Layer<never> =>
  Layer.scopedDiscard(
    Effect.locallyScopedWith(FiberRef.currentLoggers, HashSet.map((logger) => decorated(logger, read)))
  )

const decorated = <A>(logger: Logger.Logger<unknown, A>, read: Read): Logger.Logger<unknown, A> =>
  Logger.make((entry) => {
    const refs = entry.context
    const annotations = guarded(() =>
      read(
        CurrentScope.fromRefs(refs),
        Context.get(FiberRefs.getOrDefault(refs, FiberRef.currentContext), ProcessService)
      )
    ) ?? []
    return logger.log({
      ...entry,
      annotations: annotations.reduce(
        (all, [name, value]) => HashMap.has(all, name) ? all : HashMap.set(all, name, value),
        entry.annotations
      )
    })
  })

const tracer = (read: Read): Layer.Layer<never> =>
  Layer.unwrapEffect(Effect.map(Effect.tracer, (installed) => Layer.setTracer(tracing(installed, read))))

const tracing = (installed: Tracer.Tracer, read: Read): Tracer.Tracer =>
  Tracer.make({
    span: (...span) => {
      const started = installed.span(...span)
      guarded(() => {
        for (const [name, value] of current(read)) {
          started.attribute(name, value)
        }
      })
      return started
    },
    context: (f, fiber) => installed.context(f, fiber)
  })

/** Of the fiber that runs now: a tracer is told of no other. */
const current = (read: Read): Annotations =>
  Option.match(Fiber.getCurrentFiber(), {
    onNone: () => [],
    onSome: (fiber) => read(CurrentScope.unsafeGet(fiber), Context.get(fiber.currentContext, ProcessService))
  })
