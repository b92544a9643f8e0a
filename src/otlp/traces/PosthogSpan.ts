/**
 * A span that goes to PostHog when it ends: Effect's `Tracer.Span`, and what that has no word for.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import type * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Tracer from "effect/Tracer"
import * as GuardedRead from "../../domain/GuardedRead.js"
import type { JsonObject } from "../../domain/JsonValue.js"
import type { PosthogScope } from "../../scope/PosthogScope.js"
import * as ScopeAttributes from "../../scope/ScopeAttributes.js"
import { type ScopedSpan, takeScope } from "../../scope/ScopedSpan.js"
import type { SpanStatus } from "./SpanData.js"
import * as SpanException from "./SpanException.js"
import * as SpanTime from "./SpanTime.js"
import type { SpanLimits } from "./TraceOptions.js"

const TypeId: unique symbol = Symbol.for("effect-posthog/otlp/PosthogSpan")

/** A span that is inert takes everything and keeps nothing: it is never sent, and neither are its children (TRACE-04). */
type Phase = "live" | "ended" | "inert"

/** What a span needs of its tracer. */
export interface Recorder {
  readonly limits: SpanLimits
  /** The monotonic clock. */
  readonly now: () => bigint
  /** The end of a span that does not say when it ended. */
  readonly derivedEnd: (span: PosthogSpan) => bigint
  /** It has ended, once and for all. It never throws. */
  readonly ended: (span: PosthogSpan) => void
}

export interface Origin {
  readonly name: string
  readonly kind: Tracer.SpanKind
  readonly traceId: string
  readonly spanId: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly parentSpanId: string | undefined
  readonly traceState: string | undefined
  readonly context: Context.Context<never>
  readonly links: ReadonlyArray<Tracer.SpanLink>
  readonly createdAt: bigint
  readonly startTime: bigint
  /** Was its start given, rather than the moment in which it was made? */
  readonly backdated: boolean
  readonly scope: JsonObject
  readonly inert: boolean
}

export interface RecordedEvent {
  readonly name: unknown
  readonly time: bigint
  readonly attributes: unknown
}

/** Links are kept for whoever reads the span; they are not sent (TRACE-15). */
const maxLinks = 128

export class PosthogSpan implements Tracer.Span, ScopedSpan {
  readonly [TypeId]: typeof TypeId = TypeId
  readonly _tag = "Span"
  readonly kind: Tracer.SpanKind
  readonly traceId: string
  readonly spanId: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly parentSpanId: string | undefined
  readonly traceState: string | undefined
  readonly createdAt: bigint
  readonly backdated: boolean
  /** What it says of its scope: the one that it started in, or else the request's that was opened in it (TRACE-18). */
  scope: JsonObject
  readonly attributes = new Map<string, unknown>()
  readonly events: Array<RecordedEvent> = []
  readonly links: Array<Tracer.SpanLink>
  name: string
  status: Tracer.SpanStatus
  outcome: SpanStatus = { code: "unset" }
  droppedAttributes = 0
  droppedEvents = 0
  interrupted = false
  #phase: Phase
  readonly #recorder: Recorder
  readonly #context: Context.Context<never>
  /** The error that was recorded last: the failure that it becomes is not recorded again. */
  #recorded: object | undefined = undefined

  constructor(origin: Origin, recorder: Recorder) {
    this.name = origin.name
    this.kind = origin.kind
    this.traceId = origin.traceId
    this.spanId = origin.spanId
    this.parent = origin.parent
    this.parentSpanId = origin.parentSpanId
    this.traceState = origin.traceState
    this.createdAt = origin.createdAt
    this.backdated = origin.backdated
    this.scope = origin.scope
    this.links = origin.links.slice(0, maxLinks)
    this.status = { _tag: "Started", startTime: origin.startTime }
    this.#phase = origin.inert ? "inert" : "live"
    this.#recorder = recorder
    this.#context = origin.context
  }

  /** An inert span is passed over by whoever looks for a parent, as Effect passes over those of a disabled tracer. */
  get context(): Context.Context<never> {
    return this.isInert ? Context.add(this.#context, Tracer.DisablePropagation, true) : this.#context
  }

  get sampled(): boolean {
    return !this.isInert
  }

  get isInert(): boolean {
    return this.#phase === "inert"
  }

  evict(): void {
    this.#phase = "inert"
    this.attributes.clear()
    this.events.length = 0
  }

  [takeScope](scope: PosthogScope): void {
    if (this.#phase === "live" && this.scope === ScopeAttributes.none) {
      this.scope = ScopeAttributes.of(scope)
    }
  }

  attribute(key: string, value: unknown): void {
    if (this.#phase !== "live" || typeof key !== "string" || key === "") {
      return
    }
    if (this.attributes.size >= this.#recorder.limits.maxAttributesPerSpan && !this.attributes.has(key)) {
      this.droppedAttributes++
      return
    }
    this.attributes.set(key, value)
  }

  event(name: string, startTime: bigint, attributes?: Record<string, unknown>): void {
    if (this.#phase !== "live") {
      return
    }
    if (this.events.length >= this.#recorder.limits.maxEventsPerSpan) {
      this.droppedEvents++
      return
    }
    this.events.push({ name, time: SpanTime.orElse(startTime, this.#recorder.now), attributes })
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    if (this.#phase === "live") {
      for (let i = 0; i < links.length && this.links.length < maxLinks; i++) {
        this.links.push(links[i]!)
      }
    }
  }

  /** Until the end. What is no text becomes `unknown` when it is sent (TRACE-16). */
  rename(name: string): void {
    if (this.#phase === "live") {
      this.name = name
    }
  }

  /** The last one said wins; a failure goes over everything but an explicit `ok` (TRACE-02, TRACE-06). */
  setStatus(status: SpanStatus): void {
    if (this.#phase === "live") {
      this.outcome = status
    }
  }

  /** Marks it as failed, an explicit `ok` notwithstanding (TRACE-07). */
  recordException(error: unknown): void {
    if (this.#phase === "live") {
      this.#fail(SpanException.original(error), this.#recorder.now(), true)
    }
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.status._tag === "Ended") {
      return
    }
    const time = SpanTime.orElse(endTime, () => this.#recorder.derivedEnd(this))
    const { startTime } = this.status
    if (this.#phase === "live") {
      // Effect's Exits are sound; who calls `end` himself may pass anything
      GuardedRead.guarded(() => Exit.isFailure(exit) && this.#failWith(exit, time))
      this.#phase = "ended"
    }
    // an inert one too: that it has ended is all that Effect asks of it
    this.status = { _tag: "Ended", startTime, endTime: time < startTime ? startTime : time, exit }
    this.#recorder.ended(this)
  }

  #failWith(exit: Exit.Failure<unknown, unknown>, time: bigint): void {
    const failure = SpanException.ofCause(exit.cause)
    if (failure._tag === "Some") {
      this.#fail(failure.value, time, this.outcome.code !== "ok")
    } else {
      // an interruption is no error: who was interrupted did nothing wrong
      this.interrupted = true
    }
  }

  #fail(error: unknown, time: bigint, mark: boolean): void {
    const exception = SpanException.describe(error)
    if (mark) {
      this.outcome = { code: "error", message: exception.message }
    }
    if (!Predicate.isObject(error) || error !== this.#recorded) {
      this.event("exception", time, SpanException.toAttributes(exception))
    }
    this.#recorded = Predicate.isObject(error) ? error : undefined
  }
}

export const isPosthogSpan = (span: unknown): span is PosthogSpan => Predicate.hasProperty(span, TypeId)
