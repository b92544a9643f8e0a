/**
 * From finished event to PostHog: every event goes its lane, and one ledger knows where each of them is.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { DroppedEvent, DropReason } from "../domain/DropReason.js"
import { bytes, type EventReference, type FinishedEvent, size } from "../event/FinishedEvent.js"
import * as AtExit from "./AtExit.js"
import * as EventBuffers from "./buffer/EventBuffers.js"
import type { ItemBuffer } from "./buffer/ItemBuffer.js"
import * as MemoryBuffer from "./buffer/MemoryBuffer.js"
import * as Lane from "./Lane.js"
import * as Ledger from "./Ledger.js"
import type { Overflow } from "./Overflow.js"
import type { Protocol } from "./protocol/Protocol.js"
import * as Sending from "./Sending.js"

export interface Settings
  extends Pick<Lane.Settings<FinishedEvent>, Exclude<keyof Lane.Settings<FinishedEvent>, OfLanes>>
{
  /** Every lane is in exactly one of them. */
  readonly routes: ReadonlyArray<Route>
  /** Events and bytes that may wait, in each route. */
  readonly maxBufferedEvents: number
  readonly maxBufferedBytes: number
  readonly overflow: Overflow
  readonly onDropped: (dropped: DroppedEvent) => Effect.Effect<void>
}

/** What the lanes differ in, or have in common whatever the settings say. */
type OfLanes = "protocol" | "maxBatchBytes" | "maxBodyBytes" | "what" | "exhausted" | "grow"

/** Where the events of these lanes go. */
export interface Route {
  readonly lanes: ReadonlyArray<EventBuffers.Lane>
  readonly protocol: Protocol<FinishedEvent>
  /** Of text, uncompressed. */
  readonly maxBatchBytes: number
}

/**
 * What a flush did. It never fails: `pending` says what is still waiting, and will be tried again.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlushReport {
  /** Events that PostHog took while the flush ran. */
  readonly delivered: number
  /** Events that were dropped while the flush ran, whatever the reason. */
  readonly dropped: number
  /** Events captured before the flush that are still waiting. */
  readonly pending: number
}

/** What became of an event that was sent without waiting in the buffer. */
export type Immediate = "delivered" | "pending" | DropReason

export interface Delivery {
  /**
   * Takes an event in, at once and without a promise. What had to go for it is returned: the caller drops it. Where the
   * event itself is returned and `suspends`, it has not been captured yet and may be given to `offerWhenRoom`.
   */
  readonly offer: (event: FinishedEvent) => ReadonlyArray<FinishedEvent>
  readonly suspends: boolean
  /** Takes an event in as soon as there is room; or says why there never will be. */
  readonly offerWhenRoom: (event: FinishedEvent) => Effect.Effect<"taken" | "closed" | "bufferFull">
  /** Counts, logs and reports events that were captured and will not be delivered. */
  readonly drop: (events: ReadonlyArray<FinishedEvent>, reason: DropReason) => Effect.Effect<void>
  /** An event that was captured and dropped before it could be offered. */
  readonly dropUnoffered: (event: EventReference, reason: DropReason) => Effect.Effect<void>
  /** A call that made no event. */
  readonly refused: () => void
  /** Sends an event at once, past the buffer; one that cannot be sent now is kept in it. */
  readonly sendNow: (event: FinishedEvent) => Effect.Effect<Immediate>
  readonly flush: Effect.Effect<FlushReport>
  /** Drains within the time and drops what is left, unless it is kept beyond the process. Calls after the first wait for that. */
  readonly shutdown: (timeout: Duration.Duration) => Effect.Effect<FlushReport>
  /** For a process that is about to end: sends what would be gone in one blocking step, within so many milliseconds. */
  readonly sendAtExit: (timeoutMillis: number) => Effect.Effect<void>
  readonly stats: Effect.Effect<Ledger.Stats>
}

interface Way {
  readonly route: Route
  readonly buffer: ItemBuffer<FinishedEvent>
  readonly lane: Lane.Lane<FinishedEvent>
}

export const make = (
  settings: Settings
): Effect.Effect<Delivery, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const { overflow, routes } = settings
    const ledger = Ledger.make(settings.onDropped)
    const outbox = yield* Effect.serviceOption(EventBuffers.EventBuffers)
    const closed = yield* Deferred.make<FlushReport>()
    let immediate = 0
    let closing = false

    const account: Lane.Account<FinishedEvent> = {
      ...ledger,
      dropped: (events, reason, status) =>
        Effect.zipRight(
          warnOfRefusal(events, reason, status),
          ledger.dropped(reason === "tooLarge" ? events.map(measured) : events, reason, status)
        )
    }

    const open = (route: Route): Effect.Effect<Way, never, HttpClient.HttpClient | Scope.Scope> =>
      Effect.gen(function*() {
        const bounds = {
          maxItems: settings.maxBufferedEvents,
          maxBytes: settings.maxBufferedBytes,
          sizeOf: size,
          evict: overflow === "dropOldest" ? "oldest" as const : "newest" as const
        }
        let onArrival = () => {}
        const buffer = yield* Option.match(outbox, {
          onNone: () => Effect.succeed(MemoryBuffer.make(bounds)),
          onSome: (buffers) => buffers.open({ lanes: route.lanes, bounds, onArrival: () => onArrival() })
        })
        const lane = yield* Lane.make<FinishedEvent>(
          {
            ...settings,
            protocol: route.protocol,
            maxBatchBytes: route.maxBatchBytes,
            // the size of a batch is known well enough before it is written
            maxBodyBytes: Number.POSITIVE_INFINITY,
            what: "events",
            exhausted: "keep",
            // a little at a time: doubling would run into the next 413 with every second request
            grow: (size) => size + Math.ceil(size / 8)
          },
          buffer,
          account
        )
        onArrival = lane.wake
        return { route, buffer, lane }
      })

    const ways = yield* Effect.forEach(routes, open)
    const wayOf = (lane: EventBuffers.Lane): Way => {
      const way = ways.find(({ route }) => route.lanes.includes(lane))
      if (way === undefined) {
        throw new Error(`no route for the lane ${lane}`)
      }
      return way
    }
    const byLane = { analytics: wayOf("analytics"), ai: wayOf("ai"), legacyAi: wayOf("legacyAi") }

    const buffers = ways.map(({ buffer }) => buffer)

    const sum = (f: (buffer: ItemBuffer<FinishedEvent>) => number) => buffers.reduce((sum, b) => sum + f(b), 0)

    const stats = () =>
      ledger.stats(sum((buffer) => buffer.length()) + immediate, {
        adopted: sum((buffer) => buffer.exchange().adopted),
        handedOver: sum((buffer) => buffer.exchange().handedOver)
      })

    const reportSince = (before: Ledger.Stats, pending: number): FlushReport => {
      const now = stats()
      return { delivered: now.delivered - before.delivered, dropped: now.dropped - before.dropped, pending }
    }

    const offer = (event: FinishedEvent) => byLane[EventBuffers.laneOf(event)].lane.offer(event)

    /** Puts an event that could not be sent at once among those that wait. */
    const keep = (event: FinishedEvent): Effect.Effect<Immediate> =>
      Effect.suspend(() => {
        if (closing) {
          return Effect.as(ledger.dropped([event], "shutdown"), "shutdown")
        }
        const dropped = offer(event)
        return Effect.as(
          dropped.length === 0 ? Effect.void : ledger.dropped(dropped, "bufferFull"),
          dropped.includes(event) ? "bufferFull" : "pending"
        )
      })

    return {
      offer: (event) => {
        const dropped = offer(event)
        if (overflow !== "suspend" || dropped.length === 0) {
          ledger.captured()
        }
        return dropped
      },
      suspends: overflow === "suspend",
      offerWhenRoom: (event) =>
        Effect.tap(byLane[EventBuffers.laneOf(event)].lane.offerWhenRoom(event), (outcome) =>
          Effect.sync(() => {
            if (outcome === "taken") {
              ledger.captured()
            }
          })),
      drop: (events, reason) => ledger.dropped(events, reason),
      dropUnoffered: (event, reason) =>
        Effect.suspend(() => {
          ledger.captured()
          return ledger.dropped([event], reason)
        }),
      refused: ledger.refused,
      sendNow: (event) =>
        Effect.suspend(() => {
          ledger.captured()
          immediate++
          return byLane[EventBuffers.laneOf(event)].lane.sendNow(event)
        }).pipe(
          Effect.onInterrupt(() => keep(event)),
          Effect.flatMap((fate): Effect.Effect<Immediate> =>
            fate === "delivered"
              ? Effect.as(ledger.delivered(1), fate)
              : fate === undefined
              ? keep(event)
              : Effect.succeed(fate)
          ),
          Effect.ensuring(Effect.sync(() => {
            immediate--
          }))
        ),
      flush: Effect.gen(function*() {
        const before = stats()
        const targets = buffers.map((buffer) => buffer.offered())
        yield* Effect.forEach(ways, ({ lane }) => lane.flush, { concurrency: "unbounded", discard: true })
        yield* ledger.meter
        const pending = buffers.map((buffer, i) => Math.min(buffer.length(), targets[i]! - buffer.settled()))
        return reportSince(before, pending.reduce((sum, count) => sum + Math.max(0, count), 0))
      }),
      shutdown: (timeout) =>
        Effect.suspend(() => {
          if (closing) {
            return Deferred.await(closed)
          }
          closing = true
          return Effect.gen(function*() {
            const before = stats()
            const left = yield* Effect.forEach(ways, ({ lane }) => lane.close(timeout), { concurrency: "unbounded" })
            const lost = left.flat()
            if (lost.length > 0) {
              yield* warn(`closed with ${lost.length} events undelivered: ${stats().lastError ?? "no time"}`)
              yield* ledger.dropped(lost, "shutdown")
            }
            yield* ledger.meter
            return reportSince(before, stats().pending)
          }).pipe(Effect.intoDeferred(closed), Effect.zipRight(Deferred.await(closed)))
        }),
      sendAtExit: (timeoutMillis) =>
        Effect.forEach(ways, ({ buffer, route }) =>
          AtExit.send({ ...settings, ...route }, buffer.unsaved(), timeoutMillis), { discard: true }),
      stats: Effect.sync(stats)
    }
  })

const warn = (line: string) => Effect.annotateLogs(Effect.logWarning(line), Sending.annotations)

const warnOfRefusal = (
  events: ReadonlyArray<FinishedEvent>,
  reason: string,
  status: number | undefined
): Effect.Effect<void> =>
  reason === "tooLarge"
    ? Effect.forEach(
      events,
      (event) => warn(`PostHog refuses the size of event ${event.uuid} "${event.event}": ${bytes(event)} bytes`),
      { discard: true }
    )
    : warn(`PostHog refused ${events.length} events with status ${status}`)

/** With its size: what makes it too large is not told. */
const measured = (event: FinishedEvent): EventReference & { readonly bytes: number } => ({
  uuid: event.uuid,
  event: event.event,
  bytes: bytes(event)
})
