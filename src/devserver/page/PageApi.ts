/**
 * What the page of the embedded PostHog asks it, and what it answers: JSON below `/_dev/api`.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /events?search=&name=&person=&session=&correlation=&before=&limit=` | `EventList`, the newest first |
 * | `GET /events/:uuid` | `EventDetail`, or 404 |
 * | `GET /stream` | server-sent events: `arrived` with `ReadonlyArray<EventSummary>`, `delivery` with `Delivery`, `flags` |
 * | `GET /exceptions?search=&before=&limit=` | `ExceptionList` |
 * | `GET /correlations/:id` | `Timeline` |
 * | `GET /people?search=&limit=` | `{ people: ReadonlyArray<Person> }`, for *explain* |
 * | `GET /flags` | `FlagList` |
 * | `PUT /flags/:key` with `FlagChange` | the changed `Flag`; takes effect at once |
 * | `POST /flags/explain` with `ExplainRequest` | `ReadonlyArray<Explanation>` |
 * | `GET /delivery` | `Delivery` |
 * | `PUT /fault` with `{ fault: FaultName }` | `Delivery` |
 * | `DELETE /events` | 204: forgets everything |
 *
 * `search` may stand anywhere, in any case, in the name, the person, the session, the correlation, the service and the
 * exception of an event; `name`, `person`, `session` and `correlation` are compared whole. `limit` is 100 unless said
 * otherwise, and at most 1,000. The stream sends at most ten messages a second; `arrived` holds at most the 500 newest
 * events (a gap in the numbers says that there were more; one that came again has its old number), `flags` holds `{}`.
 *
 * Errors are `{ error: string }` with 400 or 404, 401 without the token, 403 from elsewhere. With a token (`effect-posthog dev --host …`) every request needs
 * `Authorization: Bearer` or the cookie that `/?token=` sets.
 *
 * @since 0.1.0
 */

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [name: string]: Json }

export type JsonObject = { readonly [name: string]: Json }

export interface EventSummary {
  /** Position in the order of arrival, from 1. */
  readonly number: number
  readonly uuid: string
  readonly event: string
  readonly distinctId: string
  readonly sessionId: string | null
  readonly correlationId: string | null
  readonly service: string | null
  /** ISO 8601: the event's own, and of its arrival. */
  readonly timestamp: string
  readonly receivedAt: string
  /** How often it came. */
  readonly deliveries: number
}

export interface EventList {
  readonly events: ReadonlyArray<EventSummary>
  /** How many match. */
  readonly total: number
  /** For `before`: there are older ones. */
  readonly next: number | null
}

/** Where a property came from; `unknown` where the client did not say (its option `inspect`). */
export type Origin = "explicit" | "tag" | "section" | "flag" | "super" | "system" | "unknown"

/** One frame of the scope that an event was captured in, outermost first. */
export interface Frame {
  readonly id: string
  readonly mode: "fresh" | "inherited"
  /** Below a fresh frame: nothing of it shows. */
  readonly hidden: boolean
  /** What was set in it, by kind: `tags`, `distinctId`, `sessionId`, `groups`, the sections. */
  readonly set: JsonObject
}

export interface EventDetail extends EventSummary {
  readonly properties: ReadonlyArray<{ readonly name: string; readonly value: Json; readonly origin: Origin }>
  /** `null` where the client did not say. */
  readonly frames: ReadonlyArray<Frame> | null
  /** Of an `$exception`. */
  readonly exceptions: ReadonlyArray<Exception>
  /** What PostHog would complain about, in plain words. */
  readonly problems: ReadonlyArray<string>
  /** As it came. */
  readonly raw: JsonObject
}

export interface Exception {
  readonly type: string
  readonly value: string
  /** The position, in this list, of the one it was caused by or is a member of; `null` for the outermost. */
  readonly parent: number | null
  readonly relation: "cause" | "member" | null
  /** The call that threw comes first. */
  readonly frames: ReadonlyArray<StackFrame>
}

export interface StackFrame {
  readonly file: string
  readonly function: string
  readonly line: number | null
  readonly column: number | null
  readonly inApp: boolean
  readonly before: ReadonlyArray<string>
  readonly text: string | null
  readonly after: ReadonlyArray<string>
}

export interface ExceptionList {
  readonly exceptions: ReadonlyArray<EventSummary & { readonly type: string; readonly value: string }>
  readonly total: number
  readonly next: number | null
}

export interface Timeline {
  readonly correlationId: string
  /** In the order of their time. */
  readonly entries: ReadonlyArray<{
    readonly kind: "event" | "log" | "span"
    readonly service: string | null
    /** Milliseconds since the epoch; a span has a duration. */
    readonly at: number
    readonly durationMillis: number | null
    readonly title: string
    /** Of an event. */
    readonly uuid: string | null
  }>
}

export interface Person {
  readonly distinctId: string
  readonly properties: JsonObject
  readonly events: number
}

export interface Flag {
  readonly key: string
  readonly active: boolean
  readonly name: string
  /** Per cent, of each condition; `null`: it has none. */
  readonly conditions: ReadonlyArray<{ readonly description: string; readonly rollout: number | null }>
  readonly variants: ReadonlyArray<{ readonly key: string; readonly rollout: number }>
}

export interface FlagList {
  readonly flags: ReadonlyArray<Flag>
  /** Where they are read from; `null`: nowhere, they live in memory. */
  readonly file: string | null
  /** Why the file could not be read, the last time. */
  readonly problem: string | null
}

export interface FlagChange {
  readonly active?: boolean
  /** Per cent of the condition at this position. */
  readonly rollout?: { readonly condition: number; readonly percent: number }
}

export interface ExplainRequest {
  readonly distinctId: string
  readonly personProperties?: JsonObject
  readonly groups?: { readonly [type: string]: string }
}

export interface Explanation {
  readonly key: string
  /** `null`: it cannot be told here, `reason` says why. */
  readonly value: boolean | string | null
  readonly reason: string
  readonly conditions: ReadonlyArray<{
    readonly description: string
    readonly outcome: "matched" | "notMatched" | "outsideRollout" | "inconclusive" | "notReached"
    /** Lines of text, indented by two blanks where one belongs to another. */
    readonly detail: string
  }>
}

export const faultNames = ["none", "503", "slow", "reset"] as const

export type FaultName = (typeof faultNames)[number]

export interface Delivery {
  readonly fault: FaultName
  readonly totals: {
    readonly requests: number
    readonly events: number
    readonly duplicates: number
    readonly invalid: number
  }
  /** What the SDKs said they dropped, the newest first: from `posthog delivery summary` events. */
  readonly dropped: ReadonlyArray<{ readonly at: string; readonly reason: string; readonly count: number }>
  /** The newest first, at most 200. */
  readonly requests: ReadonlyArray<{
    readonly number: number
    readonly at: string
    readonly path: string
    readonly library: string
    readonly events: number
    readonly bytes: number
    readonly status: number | null
    readonly attempt: number | null
    /** What was wrong with it, in plain words. */
    readonly problems: ReadonlyArray<string>
  }>
}

/** The property by which a client with the option `inspect` says where an event's properties came from. */
export const inspectionProperty = "$inspect"

export interface Inspection {
  /** The names by origin. */
  readonly origins: { readonly [K in Exclude<Origin, "unknown">]?: ReadonlyArray<string> }
  /** Outermost first. */
  readonly frames: ReadonlyArray<Omit<Frame, "hidden">>
}
