/**
 * Captures what went wrong: once for each error, however often and in whatever wrapping it is seen.
 *
 * In the caller's step only what may change or vanish is taken: names, messages, the stacks' text, the scope. Frames and
 * source lines are for the preparation stage.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Tracer from "effect/Tracer"
import { captured, type CaptureOutcome, type RefusalReason } from "../domain/CaptureOutcome.js"
import * as ExceptionBoundary from "../domain/ExceptionBoundary.js"
import type { JsonValue } from "../domain/JsonValue.js"
import type { CaptureOptions, EventDraft } from "../event/EventBuilder.js"
import type { FinishedEvent } from "../event/FinishedEvent.js"
import type { Task } from "../event/Preparation.js"
import * as CurrentScope from "../scope/CurrentScope.js"
import type { CaptureExceptionOptions, Service } from "../scope/ExceptionCapture.js"
import * as Steps from "../scope/Steps.js"
import * as CapturedExceptions from "./CapturedExceptions.js"
import * as ExceptionMetrics from "./ExceptionMetrics.js"
import * as ExceptionWriter from "./ExceptionWriter.js"
import * as CauseTree from "./input/CauseTree.js"
import * as ErrorAnnotations from "./input/ErrorAnnotations.js"
import * as Snapshot from "./input/Snapshot.js"
import * as RateLimiter from "./limits/RateLimiter.js"
import type { ResolvedExceptionOptions } from "./ResolvedExceptionOptions.js"

export interface Settings {
  readonly options: ResolvedExceptionOptions
  /** Settles all of an `$exception` event but what describes the exception, in the fiber's scope. */
  readonly begin: (
    fiber: Fiber.RuntimeFiber<unknown, unknown>,
    options: CaptureOptions
  ) => EventDraft | RefusalReason
  /** A call that makes no event. */
  readonly refuse: (reason: RefusalReason) => Effect.Effect<CaptureOutcome>
  /** A finished event, on its way to the buffer. */
  readonly accept: (event: FinishedEvent) => Effect.Effect<unknown>
  /** An event that was captured and cannot be finished. */
  readonly drop: (
    draft: EventDraft,
    reason: "tooLarge" | "preparationFull"
  ) => Effect.Effect<CaptureOutcome>
  /** An event that was captured and will not be finished, because the client has closed. */
  readonly abandon: (draft: EventDraft) => Effect.Effect<void>
  readonly enqueue: (task: Task) => boolean
}

export interface ExceptionEvents {
  readonly captureException: Service["captureException"]
  /** Says what the rate limit has held back and no later event has told. */
  readonly reportSuppressed: Effect.Effect<void>
}

export const make = (settings: Settings): ExceptionEvents => {
  const { options } = settings
  const exceptions = CapturedExceptions.make()
  const limiter = options.rateLimit === false ? undefined : RateLimiter.fromOptions(options.rateLimit)
  const limitsScopes = options.rateLimit !== false && options.rateLimit.scopes === true
  const writer = ExceptionWriter.make(options)

  let metered = 0
  const meter = Effect.suspend(() => {
    const bytes = writer.cachedBytes()
    if (bytes === metered) {
      return Effect.void
    }
    metered = bytes
    return Metric.set(ExceptionMetrics.cachedBytes, bytes)
  })

  const isLimited = (boundary: ExceptionBoundary.ExceptionBoundary) =>
    boundary.limited === true || (limitsScopes && boundary === ExceptionBoundary.scope)

  const capture = (
    fiber: Fiber.RuntimeFiber<unknown, unknown>,
    input: unknown,
    said: CaptureExceptionOptions
  ): Effect.Effect<CaptureOutcome> => {
    const all = CauseTree.leaves(input)
    if (all.length === 0) {
      return settings.refuse(CauseTree.isInterruption(input) ? "interrupted" : "noFailure")
    }
    const reportable = CauseTree.keep(all, ({ error }) => !ErrorAnnotations.isIgnored(error))
    if (reportable.length === 0) {
      return settings.refuse("ignored")
    }
    const leaves = CauseTree.keep(reportable, (leaf) => exceptions.eventId(leaf) === undefined)
    if (leaves.length === 0) {
      return Effect.succeed(captured(exceptions.eventId(reportable[0]!)!))
    }
    const boundary = said.boundary ?? ExceptionBoundary.manual
    const snapshot = Snapshot.take(leaves, { maxMessageLength: options.maxMessageLength, callSite: said.callSite })
    let suppressedBefore = 0
    if (limiter !== undefined && isLimited(boundary)) {
      if (exceptions.isSuppressed(leaves)) {
        return settings.refuse("rateLimited")
      }
      const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
      const verdict = limiter.take(clock.unsafeCurrentTimeMillis(), snapshot.entries[0]!.type)
      if (!verdict.allowed) {
        exceptions.suppress(leaves)
        return Effect.zipRight(Metric.increment(ExceptionMetrics.suppressed), settings.refuse("rateLimited"))
      }
      suppressedBefore = verdict.suppressed
    }
    const { distinctId, groups, properties, timestamp, uuid } = said
    const draft = settings.begin(fiber, { distinctId, groups, properties, timestamp, uuid })
    if (typeof draft === "string") {
      return settings.refuse(draft)
    }
    if (writer.isTooLarge(draft)) {
      return settings.refuse("tooLarge")
    }
    const exception: ExceptionWriter.Exception = {
      snapshot,
      told: {
        handled: said.handled,
        level: said.level,
        fingerprint: said.fingerprint,
        source: said.source,
        mechanism: said.mechanism
      },
      boundary,
      draft,
      around: {
        ...traceOf(fiber, snapshot.entries[0]!.span),
        ...stepsOf(fiber, options.maxStepBytes),
        ...(suppressedBefore === 0 ? {} : { "exception.suppressed": suppressedBefore })
      }
    }
    const finish = (writing: ExceptionWriter.Writing) =>
      Effect.suspend(() => {
        const event = writing.finish()
        return event === undefined ? settings.drop(draft, "tooLarge") : settings.accept(event)
      })
    const enqueued = settings.enqueue({
      run: Effect.suspend(() => {
        const writing = writer.write(exception)
        return Effect.zipRight(writing.load, Effect.zipRight(finish(writing), meter))
      }),
      runAtExit: Effect.suspend(() => {
        const writing = writer.write(exception)
        writing.loadSync()
        return Effect.asVoid(finish(writing))
      }),
      abandon: settings.abandon(draft)
    })
    if (!enqueued) {
      return settings.drop(draft, "preparationFull")
    }
    exceptions.remember(leaves, draft.uuid)
    return Effect.succeed(captured(draft.uuid))
  }

  return {
    captureException: (input, said = {}) =>
      Effect.withFiberRuntime((fiber) => {
        try {
          return capture(fiber, input, said)
        } catch {
          // options that are a revoked proxy, or no object at all
          return settings.refuse("unreadable")
        }
      }),
    reportSuppressed: Effect.suspend(() => {
      const { byType, total } = limiter?.suppressed() ?? { byType: [], total: 0 }
      limiter?.forget()
      return total === 0
        ? Effect.void
        : Effect.logWarning(
          `the rate limit held back ${total} exceptions: ${
            byType.slice(0, 10).map(([type, count]) => `${count} × ${type}`).join(", ")
          }`
        ).pipe(Effect.annotateLogs({ package: "effect-posthog", module: "exception" }))
    })
  }
}

/** The span that is current, or else the one that the error failed in. */
const traceOf = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  failedIn: Tracer.AnySpan | undefined
): { readonly [name: string]: JsonValue } => {
  const span = Context.getOption(fiber.currentContext, Tracer.ParentSpan)
  const { spanId, traceId } = span._tag === "Some" ? span.value : failedIn ?? { spanId: undefined, traceId: undefined }
  return spanId === undefined || traceId === undefined ? {} : { $trace_id: traceId, $span_id: spanId }
}

const stepsOf = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  maxBytes: number
): { readonly [name: string]: JsonValue } => {
  const steps = maxBytes === 0 ? [] : Steps.of(CurrentScope.unsafeGet(fiber), maxBytes)
  return steps.length === 0 ? {} : { $exception_steps: steps }
}
