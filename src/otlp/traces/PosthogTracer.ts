/**
 * Effect's tracer whose spans go to PostHog when they end.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { RecordQueue } from "../../delivery/RecordQueue.js"
import * as CurrentScope from "../../scope/CurrentScope.js"
import * as PosthogScope from "../../scope/PosthogScope.js"
import * as ScopeAttributes from "../../scope/ScopeAttributes.js"
import * as LiveSpans from "./LiveSpans.js"
import * as PosthogSpan from "./PosthogSpan.js"
import * as SpanBatch from "./SpanBatch.js"
import { SpanStart } from "./SpanContext.js"
import * as SpanFinish from "./SpanFinish.js"
import * as SpanIds from "./SpanIds.js"
import * as SpanLineage from "./SpanLineage.js"
import * as SpanNotice from "./SpanNotice.js"
import type * as SpanRecord from "./SpanRecord.js"
import * as SpanTime from "./SpanTime.js"
import type { ResolvedTraceOptions } from "./TraceOptions.js"

export interface Settings {
  readonly options: ResolvedTraceOptions
  readonly queue: Pick<RecordQueue<SpanBatch.SpanText>, "offer" | "drop">
  /** Read when a span starts and when it ends (TRACE-04, TRACE-34). */
  readonly isOptedOut: () => boolean
}

/** Why a span was not sent: too many were open when it started, it was open for too long, or what `SpanFinish` says. */
export type SpanDropReason = "liveSpans" | "spanAge" | "unencodable" | SpanFinish.Refusal

/** Nothing of it throws into the application: whatever goes wrong, the span is counted as dropped (TRACE-32). */
export const make = ({ isOptedOut, options, queue }: Settings): Effect.Effect<Tracer.Tracer> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const ids = yield* SpanIds.make
    const noteOldStart = makeOldStartNote()
    const now = () => clock.unsafeCurrentTimeNanos()
    const drop = (reason: SpanDropReason) => queue.drop(reason, 1)
    const live = LiveSpans.make<PosthogSpan.PosthogSpan>({
      maxLiveSpans: options.maxLiveSpans,
      maxSpanAge: SpanTime.nanosOf(options.maxSpanAge),
      onEvicted: () => drop("spanAge")
    })

    const recorder: PosthogSpan.Recorder = {
      limits: options,
      now,
      derivedEnd: (span) => span.backdated ? SpanTime.wall(clock) : now(),
      ended: (span) => {
        try {
          // this one may be among those that are too old
          live.evictOld(now())
          live.remove(span)
          if (!span.isInert && !isOptedOut()) {
            const record = SpanFinish.finish(span, options)
            if (typeof record === "string") {
              drop(record)
            } else {
              noteOldStart(record, now())
              queue.offer(SpanBatch.toText(record))
            }
          }
        } catch {
          drop("unencodable")
        }
      }
    }

    const admit = (parent: Option.Option<Tracer.AnySpan>): boolean => {
      if (isOptedOut() || Option.exists(parent, isInert)) {
        return false
      }
      if (live.hasRoom()) {
        return true
      }
      drop("liveSpans")
      return false
    }

    return Tracer.make({
      span: (name, given, context, links, startTime, kind, options) => {
        const createdAt = now()
        live.evictOld(createdAt)
        const parent = options?.parent === undefined ? activated(given) : given
        const posthogScope = currentScope()
        const lineage = Option.match(parent, {
          onNone: () => options?.root === true ? SpanLineage.root : SpanLineage.ofScope(posthogScope),
          onSome: (span) => PosthogSpan.isPosthogSpan(span) ? SpanLineage.ofOurs(span) : SpanLineage.ofForeign(span)
        })
        const backdated = Context.getOption(context, SpanStart)
        const admitted = admit(parent)
        const span = new PosthogSpan.PosthogSpan({
          name,
          kind,
          parent,
          context,
          links,
          createdAt,
          traceId: lineage.traceId ?? ids.traceId(),
          spanId: ids.spanId(),
          parentSpanId: lineage.parentSpanId,
          traceState: lineage.traceState,
          // Effect says 0 where its timing is off
          startTime: Option.isSome(backdated)
            ? backdated.value
            : startTime === 0n
            ? createdAt
            : SpanTime.orElse(startTime, () => createdAt),
          backdated: Option.isSome(backdated),
          scope: admitted && posthogScope.depth > 0 ? ScopeAttributes.of(posthogScope) : ScopeAttributes.none,
          inert: !admitted
        }, recorder)
        if (admitted) {
          live.add(span)
        }
        return span
      },
      context: (f) => f()
    })
  })

/** Of the fiber that starts the span. */
const currentScope = (): PosthogScope.PosthogScope =>
  Option.match(Fiber.getCurrentFiber(), {
    onNone: () => PosthogScope.empty,
    onSome: CurrentScope.unsafeGet
  })

const isInert = (span: Tracer.AnySpan): boolean => PosthogSpan.isPosthogSpan(span) && span.isInert

/**
 * The active span that Effect found, or, if that has just been evicted, the one around it that Effect would have found
 * (TRACE-04: an inert span is never active). What runs below a span for longer than that may live goes on in traces of its
 * own.
 */
const activated = (span: Option.Option<Tracer.AnySpan>): Option.Option<Tracer.AnySpan> =>
  Option.flatMap(span, (span) => span._tag === "Span" && isInert(span) ? activated(span.parent) : Option.some(span))

const day = 86_400_000_000_000n

/** Says so for the first one aloud, and in a debug line for the others (TRACE-16). */
const makeOldStartNote = () => {
  let isFirst = true
  return (record: SpanRecord.SpanRecord, now: bigint): void => {
    if (now - BigInt(record.startTimeUnixNano) > day) {
      const message = "a span started more than 24 hours ago: PostHog moves its times to within a day"
      if (isFirst) {
        SpanNotice.warning(message)
      } else {
        SpanNotice.debug(message)
      }
      isFirst = false
    }
  }
}
