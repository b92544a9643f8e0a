/** Effect's tracer over a queue that keeps what it is offered: what PostHog would get, without the way there. */
import { Effect } from "effect"
import * as PosthogTracer from "effect-posthog/otlp/traces/PosthogTracer"
import * as TraceOptions from "effect-posthog/otlp/traces/TraceOptions"

export interface Value {
  readonly [kind: string]: unknown
}

export interface SentEvent {
  readonly name: string
  readonly timeUnixNano: string
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: Value }>
  readonly droppedAttributesCount?: number
}

/** A span as it is in the body of a request. */
export interface SentSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly flags: number
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: Value }>
  readonly droppedAttributesCount?: number
  readonly events: ReadonlyArray<SentEvent>
  readonly droppedEventsCount?: number
  readonly status: { readonly code: number; readonly message?: string }
}

export class Recording {
  readonly texts: Array<string> = []
  readonly drops: Record<string, number> = {}
  optedOut = false

  readonly #parsed: Array<SentSpan> = []

  get spans(): ReadonlyArray<SentSpan> {
    while (this.#parsed.length < this.texts.length) {
      this.#parsed.push(JSON.parse(this.texts[this.#parsed.length]!))
    }
    return [...this.#parsed]
  }

  /** The only span of that name. */
  span(name: string): SentSpan {
    const found = this.spans.filter((span) => span.name === name)
    if (found.length !== 1) {
      throw new Error(`${found.length} spans are called ${name}, of ${this.spans.map((span) => span.name).join(", ")}`)
    }
    return found[0]!
  }
}

export const makeTracer = (recording: Recording, options: TraceOptions.TraceOptions = {}) =>
  PosthogTracer.make({
    options: TraceOptions.resolve(options),
    isOptedOut: () => recording.optedOut,
    queue: {
      offer: (text) => {
        recording.texts.push(text)
      },
      drop: (reason, count) => {
        recording.drops[reason] = (recording.drops[reason] ?? 0) + count
      }
    }
  })

/** Runs an effect under a tracer of its own. */
export const traced = <A, E, R>(
  options: TraceOptions.TraceOptions,
  f: (recording: Recording) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const recording = new Recording()
    return Effect.flatMap(makeTracer(recording, options), (tracer) => Effect.withTracer(f(recording), tracer))
  })

/** The attributes by key, each as OTLP writes its value. */
export const attributes = (of: { readonly attributes: SentSpan["attributes"] }): Record<string, Value> =>
  Object.fromEntries(of.attributes.map(({ key, value }) => [key, value]))

export const keys = (of: { readonly attributes: SentSpan["attributes"] }): ReadonlyArray<string> =>
  of.attributes.map(({ key }) => key)

export const str = (stringValue: string): Value => ({ stringValue })

export const int = (value: number): Value => ({ intValue: String(value) })
