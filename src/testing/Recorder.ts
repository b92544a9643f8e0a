/**
 * Where a test's events go in place of PostHog: they are kept, and delivering them can be made to fail.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Delivery, FlushReport } from "../delivery/Delivery.js"
import * as Ledger from "../delivery/Ledger.js"
import type { DroppedEvent, DropReason } from "../domain/DropReason.js"
import * as EditableEvent from "../event/EditableEvent.js"
import type { EventReference, FinishedEvent } from "../event/FinishedEvent.js"
import type { PosthogEvent } from "../event/PosthogEvent.js"

/**
 * - `unavailable`: PostHog does not answer: events wait, and are delivered once it does
 * - a reason: events are dropped with it when they are flushed
 *
 * @since 0.1.0
 * @category models
 */
export type DeliveryFailure = "unavailable" | DropReason

export interface Recorder {
  readonly delivery: Delivery
  readonly events: Effect.Effect<ReadonlyArray<PosthogEvent>>
  /** The same, now. */
  readonly unsafeEvents: () => ReadonlyArray<PosthogEvent>
  readonly dropped: Effect.Effect<ReadonlyArray<DroppedEvent>>
  readonly clear: Effect.Effect<void>
  /** `undefined`: it works again. */
  readonly fail: (failure: DeliveryFailure | undefined) => Effect.Effect<void>
  /** Calls `changed` after every event that is recorded, until the function that it returns is called. */
  readonly watch: (changed: () => void) => () => void
}

/** A flush only so that everything that was captured is an event: nothing is delivered by it. */
export class Looking extends Context.Reference<Looking>()("effect-posthog/PosthogTest/Looking", {
  defaultValue: () => false
}) {}

export const make = (onDropped: ((dropped: DroppedEvent) => Effect.Effect<void>) | undefined): Recorder => {
  let recorded: Array<FinishedEvent> = []
  let drops: Array<DroppedEvent> = []
  let waiting: Array<FinishedEvent> = []
  let droppedBy: Partial<Record<DropReason, number>> = {}
  let captured = 0
  let delivered = 0
  let refused = 0
  let failure: DeliveryFailure | undefined
  const watchers = new Set<() => void>()

  const drop = (events: ReadonlyArray<EventReference>, reason: DropReason): Effect.Effect<void> =>
    Effect.forEach(events, ({ event, uuid }) => {
      const gone = { reason, uuid, event }
      drops.push(gone)
      droppedBy[reason] = (droppedBy[reason] ?? 0) + 1
      return onDropped?.(gone) ?? Effect.void
    }, { discard: true })

  const record = (event: FinishedEvent): void => {
    captured++
    recorded.push(event)
    for (const changed of watchers) {
      changed()
    }
  }

  const dropWaiting = (reason: DropReason): Effect.Effect<FlushReport> =>
    Effect.suspend(() => {
      const gone = waiting
      waiting = []
      return Effect.as(drop(gone, reason), { delivered: 0, dropped: gone.length, pending: 0 })
    })

  const deliver: Effect.Effect<FlushReport> = Effect.suspend(() => {
    if (failure === "unavailable") {
      return Effect.succeed({ delivered: 0, dropped: 0, pending: waiting.length })
    }
    if (failure !== undefined) {
      return dropWaiting(failure)
    }
    const { length } = waiting
    waiting = []
    delivered += length
    return Effect.succeed({ delivered: length, dropped: 0, pending: 0 })
  })

  const flush = Effect.flatMap(
    Effect.context<never>(),
    (context) =>
      Context.get(context, Looking) ? Effect.succeed({ delivered: 0, dropped: 0, pending: waiting.length }) : deliver
  )

  const unsafeEvents = () => recorded.map(EditableEvent.fromFinished)

  return {
    delivery: {
      offer: (event) => {
        record(event)
        if (failure === undefined) {
          delivered++
        } else {
          waiting.push(event)
        }
        return []
      },
      drop,
      suspends: false,
      offerWhenRoom: () => Effect.succeed("bufferFull"),
      refused: () => {
        refused++
      },
      dropUnoffered: (event, reason) =>
        Effect.suspend(() => {
          captured++
          return drop([event], reason)
        }),
      sendNow: (event) =>
        Effect.suspend(() => {
          record(event)
          if (failure === undefined) {
            delivered++
            return Effect.succeed("delivered" as const)
          }
          if (failure === "unavailable") {
            waiting.push(event)
            return Effect.succeed("pending" as const)
          }
          return Effect.as(drop([event], failure), failure)
        }),
      flush,
      shutdown: () => Effect.suspend(() => failure === "unavailable" ? dropWaiting("shutdown") : deliver),
      sendAtExit: () => Effect.void,
      stats: Effect.sync(() => ({
        ...Ledger.nothing,
        captured,
        delivered,
        dropped: drops.length,
        droppedBy: { ...droppedBy },
        pending: waiting.length,
        refused,
        lastError: failure === "unavailable" ? "unavailable" : undefined
      }))
    },
    events: Effect.sync(unsafeEvents),
    unsafeEvents,
    dropped: Effect.sync(() => drops.slice()),
    clear: Effect.sync(() => {
      recorded = []
      drops = []
      waiting = []
      droppedBy = {}
      captured = 0
      delivered = 0
    }),
    fail: (next) =>
      Effect.suspend(() => {
        failure = next
        return next === undefined ? Effect.asVoid(deliver) : Effect.void
      }),
    watch: (changed) => {
      watchers.add(changed)
      return () => {
        watchers.delete(changed)
      }
    }
  }
}
