/**
 * Running an operation: its scope, its span, its clock, and who is told when it has ended.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import type * as Tracer from "effect/Tracer"
import { guarded } from "../domain/GuardedRead.js"
import { toId } from "../domain/Id.js"
import type { JsonObject } from "../domain/JsonValue.js"
import * as CurrentScope from "./CurrentScope.js"
import { type Frame, FrameId } from "./Frame.js"
import * as Metadata from "./Metadata.js"
import { errorOf, type OperationError, type OperationOutcome, outcomeOf } from "./OperationOutcome.js"
import * as PosthogScope from "./PosthogScope.js"
import * as OperationSection from "./sections/OperationSection.js"
import * as Slots from "./Slots.js"

/**
 * An operation that has ended.
 *
 * @since 0.1.0
 * @category models
 */
export interface TimedOperation {
  /** Its own name, otherwise that of the operation around it. */
  readonly name: string | undefined
  /** In milliseconds since the epoch, by the clock on the wall. */
  readonly startTime: number
  /** In milliseconds since the epoch, by the clock on the wall. */
  readonly endTime: number
  /** Monotonic: a change of the clock on the wall does not reach it. */
  readonly duration: Duration.Duration
  readonly outcome: OperationOutcome
  /** What it failed or died with. */
  readonly error: OperationError | undefined
  /** What was noted about it, and about nothing around it or inside it. */
  readonly metadata: JsonObject
}

/**
 * How an operation is timed.
 *
 * @since 0.1.0
 * @category models
 */
export interface TimedOptions<out R = never> {
  /**
   * Make a span of it, with the scope's sections and the metadata as attributes (`operation_metadata.<key>`)? Default true.
   */
  readonly span?: boolean | Pick<Tracer.SpanOptions, "attributes" | "kind" | "links" | "root"> | undefined
  /** Record it in the histogram `operationDuration`, whose tags need names of low cardinality? Default true. */
  readonly metric?: boolean | undefined
  /**
   * Is told of the operation when it has ended, inside its scope; `Posthog.captureOperation` makes an event of it. What
   * it dies with is logged and changes nothing.
   */
  readonly onEnd?: ((operation: TimedOperation) => Effect.Effect<unknown, never, R>) | undefined
}

/**
 * Durations of timed operations in milliseconds, tagged by `operation` (its name, or `unnamed`) and `outcome`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const operationDuration = Metric.histogram(
  "effect_posthog_operation_duration",
  MetricBoundaries.fromIterable([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000]),
  "Durations of timed operations in milliseconds"
)

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/** An operation that is under way. */
interface Begun {
  readonly clock: Clock.Clock
  readonly frame: Frame
  readonly name: string | undefined
  readonly startTime: number
  readonly startNanos: bigint
}

/** Times an effect; `result` is what it comes to, once its scope has been left. */
export const timed = <A, E, R, R2, B, E2>(
  self: Effect.Effect<A, E, R>,
  givenName: string | undefined,
  options: TimedOptions<R2>,
  result: (operation: TimedOperation, exit: Exit.Exit<A, E>) => Effect.Effect<B, E2>
): Effect.Effect<B, E2, R | R2> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.withFiberRuntime((fiber) => {
      const begun = begin(fiber, givenName)
      return Effect.flatMap(CurrentScope.enter(begun.frame), (outside) =>
        Effect.flatMap(
          Effect.exit(options.span === false ? restore(self) : inSpan(restore(self), begun, options.span)),
          (exit) => {
            const operation = end(fiber, begun, exit)
            const left = Effect.zipRight(CurrentScope.leave(begun.frame.id, outside), result(operation, exit))
            return options.metric === false && options.onEnd === undefined
              ? left
              : Effect.zipRight(report(operation, options), left)
          }
        ))
    })
  )

const begin = (fiber: AnyFiber, givenName: string | undefined): Begun => {
  const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
  const name = toId(givenName)
  const startTime = clock.unsafeCurrentTimeMillis()
  const section: Slots.SectionValue = {
    section: OperationSection.section,
    value: { name, startTime },
    opaque: false
  }
  return {
    clock,
    name,
    startTime,
    startNanos: clock.unsafeCurrentTimeNanos(),
    frame: {
      id: new FrameId(),
      isOperation: true,
      mode: "inherited",
      captureExceptions: false,
      client: undefined,
      slots: { ...Slots.empty, sections: Slots.of([[OperationSection.section.name, section]]) },
      attached: false,
      trail: undefined
    }
  }
}

/** The operation's scope as it stands, without the scopes inside it; its metadata are those of its own frame. */
const standing = (fiber: AnyFiber, { frame }: Begun) => {
  const scope = PosthogScope.upTo(CurrentScope.unsafeGet(fiber), frame.id)
  return {
    scope,
    metadata: Metadata.values((scope === undefined ? frame : PosthogScope.top(scope) ?? frame).slots.metadata)
  }
}

const nameIn = (scope: PosthogScope.PosthogScope | undefined): string | undefined =>
  scope === undefined ? undefined : PosthogScope.section(scope, OperationSection.section)?.name

const end = (fiber: AnyFiber, begun: Begun, exit: Exit.Exit<unknown, unknown>): TimedOperation => {
  const duration = Duration.nanos(begun.clock.unsafeCurrentTimeNanos() - begun.startNanos)
  const { metadata, scope } = standing(fiber, begun)
  return {
    name: begun.name ?? nameIn(scope),
    startTime: begun.startTime,
    endTime: begun.clock.unsafeCurrentTimeMillis(),
    duration,
    outcome: outcomeOf(exit),
    error: errorOf(exit),
    metadata
  }
}

const inSpan = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  begun: Begun,
  options: TimedOptions["span"]
): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) =>
    Effect.useSpan(
      begun.name ?? nameIn(CurrentScope.unsafeGet(fiber)) ?? "operation",
      { ...(typeof options === "object" ? options : {}), captureStackTrace: false },
      (span) =>
        Effect.onExit(Effect.withParentSpan(self, span), (exit) =>
          Effect.sync(() =>
            // a section or a tracer of the application's own may throw
            guarded(() => annotate(span, standing(fiber, begun), exit))
          ))
    )
  )

const annotate = (
  span: Tracer.Span,
  { metadata, scope }: ReturnType<typeof standing>,
  exit: Exit.Exit<unknown, unknown>
): void => {
  for (const [key, value] of Object.entries(scope?.view.sectionProperties ?? {})) {
    span.attribute(key, value)
  }
  for (const [key, value] of Object.entries(metadata)) {
    span.attribute(`operation_metadata.${key}`, value)
  }
  span.attribute("outcome", outcomeOf(exit))
}

const report = <R>(operation: TimedOperation, { metric, onEnd }: TimedOptions<R>): Effect.Effect<void, never, R> =>
  Effect.zipRight(
    metric === false ? Effect.void : record(operation),
    onEnd === undefined ? Effect.void : Effect.catchAllCause(
      Effect.suspend(() => onEnd(operation)),
      (cause) =>
        Effect.annotateLogs(Effect.logWarning("onEnd of a timed operation died", cause), {
          package: "effect-posthog",
          module: "scope"
        })
    )
  )

const record = ({ duration, name = "unnamed", outcome }: TimedOperation): Effect.Effect<void> =>
  Metric.update(
    operationDuration.pipe(Metric.tagged("operation", name), Metric.tagged("outcome", outcome)),
    Duration.toMillis(duration)
  )
