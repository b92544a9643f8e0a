/**
 * What Effect's tracing has no word for. Spans themselves are made and ended by Effect: `Effect.withSpan`,
 * `Effect.makeSpan`, `Effect.useSpan`, `Effect.annotateCurrentSpan`.
 *
 * The functions about the active span do nothing where none is; for another span, make it the active one:
 * `Spans.setStatus("ok").pipe(Effect.withParentSpan(span))`. Nothing here fails.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import * as PosthogSpan from "./PosthogSpan.js"
import * as RemoteSpan from "./RemoteSpan.js"
import * as SpanContext from "./SpanContext.js"
import type { SpanStatus } from "./SpanData.js"
import * as SpanTime from "./SpanTime.js"

export type {
  /** @since 0.1.0 */
  SpanTimeInput
} from "./SpanTime.js"

/**
 * What can be said of a span when it is made (TRACE-01).
 *
 * @since 0.1.0
 * @category models
 */
export interface SpanInput {
  /** Default `internal`. */
  readonly kind?: Tracer.SpanKind | undefined
  readonly attributes?: Record<string, unknown> | undefined
  /**
   * A span, or a W3C `traceparent` as a text. Default: the active span. A text that is none is as if it were not there.
   */
  readonly parent?: Tracer.AnySpan | string | undefined
  /** W3C `tracestate`, with a parent that is a text. An invalid one is dropped alone. */
  readonly tracestate?: string | undefined
  /** When the work began, where that was earlier: by the wall clock. Default: now. A moment that is none is ignored. */
  readonly startTime?: SpanTime.SpanTimeInput | undefined
}

/**
 * The options of Effect's functions that make spans (TRACE-01, TRACE-05).
 *
 * @example
 * import { Effect } from "effect"
 * import * as Spans from "effect-posthog/otlp/traces/Spans"
 *
 * const consume = (message: { readonly traceparent: string; readonly sentAt: Date }) =>
 *   Effect.log("consumed").pipe(
 *     Effect.withSpan("consume", Spans.options({ kind: "consumer", parent: message.traceparent }))
 *   )
 *
 * @since 0.1.0
 * @category constructors
 */
export const options = (input: SpanInput): Tracer.SpanOptions => {
  const { attributes, kind, parent: given, startTime: start, tracestate } = input
  const parent = typeof given === "string" ? Option.getOrUndefined(fromTraceparent(given, tracestate)) : given
  const startTime = start === undefined ? undefined : SpanTime.fromInput(start)
  return {
    attributes,
    ...(kind === undefined ? {} : { kind }),
    ...(parent === undefined ? {} : { parent }),
    ...(startTime === undefined ? {} : { context: Context.make(SpanContext.SpanStart, startTime) })
  }
}

/**
 * The span of another process that a `traceparent` names, whether that sampled it or not; `None` where the text is none
 * (TRACE-11, TRACE-12).
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromTraceparent = (traceparent: string, tracestate?: string): Option.Option<Tracer.ExternalSpan> =>
  RemoteSpan.fromHeaders(traceparent, tracestate)

// the innermost one, even if it is inert: what is meant for it must not reach the span around it
const active: Effect.Effect<Option.Option<Tracer.Span>> = Effect.option(Effect.currentSpan)

const ours: Effect.Effect<Option.Option<PosthogSpan.PosthogSpan>> = Effect.map(
  active,
  Option.filter((span): span is PosthogSpan.PosthogSpan => PosthogSpan.isPosthogSpan(span))
)

const onActive = (f: (span: PosthogSpan.PosthogSpan) => void): Effect.Effect<void> =>
  Effect.map(ours, Option.match({ onNone: () => {}, onSome: f }))

/**
 * The active span's W3C `traceparent`, for a header or a message of one's own; `None` where no span of PostHog's tracer is
 * active, or one that is never sent (TRACE-04, TRACE-11).
 *
 * @since 0.1.0
 * @category accessors
 */
export const traceparent: Effect.Effect<Option.Option<string>> = Effect.map(
  ours,
  Option.flatMap(({ isInert, spanId, traceId }) => isInert ? Option.none() : Option.some(`00-${traceId}-${spanId}-01`))
)

/**
 * The `tracestate` that belongs to it (TRACE-12).
 *
 * @since 0.1.0
 * @category accessors
 */
export const tracestate: Effect.Effect<Option.Option<string>> = Effect.map(
  ours,
  Option.flatMap(({ isInert, traceState }) => isInert ? Option.none() : Option.fromNullable(traceState))
)

/**
 * Says what became of the active span's work. The last one said wins; a failure that ends the span goes over `error`, but
 * not over `ok` (TRACE-02, TRACE-06).
 *
 * @since 0.1.0
 * @category combinators
 */
export const setStatus = (code: "ok" | "error", message?: string): Effect.Effect<void> =>
  onActive((span) => span.setStatus(toStatus(code, message)))

const toStatus = (code: "ok" | "error", message: string | undefined): SpanStatus =>
  code === "error" && message !== undefined ? { code, message } : { code }

/**
 * Marks the active span as failed and adds an `exception` event with `exception.type` and `exception.message`; the span
 * goes on (TRACE-07). The same error does not make a second event when it then ends the span.
 *
 * @example
 * import { Effect } from "effect"
 * import * as Spans from "effect-posthog/otlp/traces/Spans"
 *
 * const price = Effect.fail("no answer").pipe(
 *   Effect.tapError(Spans.recordException),
 *   Effect.orElseSucceed(() => 42),
 *   Effect.withSpan("price")
 * )
 *
 * @since 0.1.0
 * @category combinators
 */
export const recordException = (error: unknown): Effect.Effect<void> => onActive((span) => span.recordException(error))

/**
 * Gives the active span another name, until it ends (TRACE-02).
 *
 * @since 0.1.0
 * @category combinators
 */
export const updateName = (name: string): Effect.Effect<void> => onActive((span) => span.rename(name))

/**
 * Adds an event to the active span, now (TRACE-02).
 *
 * @since 0.1.0
 * @category combinators
 */
export const addEvent = (name: string, attributes?: Record<string, unknown>): Effect.Effect<void> =>
  Effect.flatMap(active, (span) =>
    Option.isNone(span)
      ? Effect.void
      : Effect.clockWith((clock) =>
        Effect.sync(() => span.value.event(name, clock.unsafeCurrentTimeNanos(), attributes))
      ))

/**
 * How a span ends.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndOptions {
  /** Default, and where it is no moment: now, by the clock that the span was started with. */
  readonly endTime?: SpanTime.SpanTimeInput | undefined
  /** What its work came to. Default: a success. */
  readonly exit?: Exit.Exit<unknown, unknown> | undefined
}

/**
 * Ends a span of `Effect.makeSpan`. A second end changes nothing (TRACE-03).
 *
 * @since 0.1.0
 * @category combinators
 */
export const end = (span: Tracer.Span, options: EndOptions = {}): Effect.Effect<void> =>
  Effect.clockWith((clock) =>
    Effect.sync(() => {
      const given = options.endTime === undefined ? undefined : SpanTime.fromInput(options.endTime)
      // a moment that no span can have: ours then looks at its clock
      const derived = PosthogSpan.isPosthogSpan(span) ? -1n : clock.unsafeCurrentTimeNanos()
      span.end(given ?? derived, options.exit ?? Exit.void)
    })
  )
