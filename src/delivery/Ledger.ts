/**
 * Where every event is: the sums that must always balance, the metrics, and the report of what was dropped.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { DroppedEvent, DropReason } from "../domain/DropReason.js"
import type { EventReference } from "../event/FinishedEvent.js"
import type { Exchange } from "./buffer/ItemBuffer.js"
import * as DeliveryMetrics from "./DeliveryMetrics.js"
import * as Sending from "./Sending.js"

/**
 * Where every event that was captured is now. Without an outbox `captured = delivered + dropped + pending`; with one
 * `captured + recovered = delivered + dropped + pending + handedOver`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stats {
  readonly captured: number
  readonly delivered: number
  readonly dropped: number
  /** The same by reason; a reason that never occurred is missing. */
  readonly droppedBy: Readonly<Partial<Record<DropReason, number>>>
  readonly pending: number
  /** Calls that made no event: they are in none of the sums. */
  readonly refused: number
  /** Events that another process, or an earlier run, left in the outbox and that this one delivered or dropped. */
  readonly recovered: number
  /** Events that this process left in the outbox and that another one delivered or dropped. */
  readonly handedOver: number
  /** Requests that were sent, repetitions included. */
  readonly requests: number
  /** Of these, repetitions. */
  readonly retries: number
  /** Why the last request failed; `undefined` after one that did not. */
  readonly lastError: string | undefined
}

/** Of a client that does nothing. */
export const nothing: Stats = {
  captured: 0,
  delivered: 0,
  dropped: 0,
  droppedBy: {},
  pending: 0,
  refused: 0,
  recovered: 0,
  handedOver: 0,
  requests: 0,
  retries: 0,
  lastError: undefined
}

export interface Ledger {
  /** An event was captured: no effect, it is on the caller's way. */
  readonly captured: () => void
  /** A call made no event. */
  readonly refused: () => void
  readonly delivered: (count: number) => Effect.Effect<void>
  /** Counts, logs and reports events that will never be delivered. */
  readonly dropped: (
    events: ReadonlyArray<EventReference>,
    reason: DropReason,
    status?: number
  ) => Effect.Effect<void>
  readonly requested: (isRetry: boolean) => Effect.Effect<void>
  /** Why a request failed; `undefined` where it did not. */
  readonly answered: (error: string | undefined) => void
  /** What the metrics have not yet been told of captured events. */
  readonly meter: Effect.Effect<void>
  readonly stats: (pending: number, exchange: Exchange) => Stats
}

export const make = (onDropped: (dropped: DroppedEvent) => Effect.Effect<void>): Ledger => {
  const counts = { captured: 0, refused: 0, delivered: 0, dropped: 0, requests: 0, retries: 0 }
  const droppedBy: Partial<Record<DropReason, number>> = {}
  let metered = 0
  let lastError: string | undefined = undefined

  const report = ({ event, uuid }: EventReference, reason: DropReason, status: number | undefined) =>
    Effect.zipRight(
      Effect.logDebug(`dropped event ${uuid} "${event}": ${reason}`),
      // a hook of the application's that dies is its own affair
      Effect.exit(Effect.suspend(() => onDropped({ reason, uuid, event, status })))
    )

  return {
    captured: () => {
      counts.captured++
    },
    refused: () => {
      counts.refused++
    },
    delivered: (count) =>
      Effect.suspend(() => {
        counts.delivered += count
        return Metric.incrementBy(DeliveryMetrics.delivered, count)
      }),
    dropped: (events, reason, status) =>
      Effect.suspend(() => {
        counts.dropped += events.length
        droppedBy[reason] = (droppedBy[reason] ?? 0) + events.length
        return Effect.forEach(events, (event) => report(event, reason, status), { discard: true })
      }).pipe(
        Effect.zipRight(
          Metric.incrementBy(DeliveryMetrics.dropped.pipe(Metric.tagged("reason", reason)), events.length)
        ),
        Effect.annotateLogs(Sending.annotations)
      ),
    requested: (isRetry) =>
      Effect.suspend(() => {
        counts.requests++
        if (!isRetry) {
          return Effect.void
        }
        counts.retries++
        return Metric.increment(DeliveryMetrics.retries)
      }),
    answered: (error) => {
      lastError = error
    },
    meter: Effect.suspend(() => {
      const unmetered = counts.captured - metered
      metered = counts.captured
      return unmetered === 0 ? Effect.void : Metric.incrementBy(DeliveryMetrics.captured, unmetered)
    }),
    stats: (pending, { adopted, handedOver }) => ({
      pending,
      recovered: adopted,
      handedOver,
      lastError,
      droppedBy: { ...droppedBy },
      // last: on Node 20 every object with a key after a spread has a hidden class of its own, which outlives it
      ...counts
    })
  }
}
