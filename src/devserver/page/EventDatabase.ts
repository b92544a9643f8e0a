/**
 * Where the page's events are kept. What keeps them is not said here: the tool brings a database.
 *
 * @since 0.1.0
 */
import type { WireEvent } from "../ReceivedEvent.js"
import type { EventList, EventSummary, ExceptionList, JsonObject, Person, Timeline } from "./PageApi.js"

/** An event on its way in. */
export interface ArrivedEvent {
  readonly event: WireEvent
  readonly correlationId: string | undefined
  readonly sessionId: string | undefined
  readonly service: string | undefined
  /** The outermost exception of an `$exception`. */
  readonly exception: { readonly type: string; readonly value: string } | undefined
  readonly receivedAt: number
  /** What was made good in it. */
  readonly remarks: ReadonlyArray<string>
}

/** A log record or a span on its way in; times in milliseconds. */
export interface ArrivedRecord {
  readonly kind: "log" | "span"
  readonly correlationId: string
  readonly service: string | undefined
  readonly at: number
  readonly durationMillis: number | undefined
  readonly title: string
}

/** An event as it was kept. */
export interface KeptEvent {
  readonly summary: EventSummary
  readonly event: WireEvent
  readonly remarks: ReadonlyArray<string>
}

/** What is looked for. Texts are compared whole, apart from `search`, which may stand anywhere, in any case. */
export interface EventQuery {
  readonly search: string | undefined
  readonly name: string | undefined
  readonly person: string | undefined
  readonly session: string | undefined
  readonly correlation: string | undefined
  /** Only events whose number is below it. */
  readonly before: number | undefined
  readonly limit: number
}

/**
 * Everything is synchronous: what `add` has returned from is kept.
 *
 * @since 0.1.0
 * @category models
 */
export interface EventDatabase {
  /** Keeps the events of a request, each uuid once; says how each stands there now, and which came for the first time. */
  readonly add: (
    events: ReadonlyArray<ArrivedEvent>,
    records: ReadonlyArray<ArrivedRecord>
  ) => { readonly summaries: ReadonlyArray<EventSummary>; readonly duplicates: number }
  readonly list: (query: EventQuery) => EventList
  readonly get: (uuid: string) => KeptEvent | undefined
  readonly exceptions: (query: Pick<EventQuery, "search" | "before" | "limit">) => ExceptionList
  readonly timeline: (correlationId: string) => Timeline
  readonly people: (search: string | undefined, limit: number) => ReadonlyArray<Person>
  /** What the events say of somebody; empty for somebody unknown. */
  readonly personProperties: (distinctId: string) => JsonObject
  readonly clear: () => void
}
