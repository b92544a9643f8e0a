/**
 * An event about the events: what became of them, now and then.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Stats } from "./delivery/Ledger.js"
import type { Properties } from "./domain/PropertyValue.js"
import * as CurrentScope from "./scope/CurrentScope.js"

export const event = "posthog delivery summary"

/** The sums since the client began. A summary counts itself only in the next one. */
export const properties = (stats: Stats): Properties => ({
  events_captured: stats.captured,
  events_delivered: stats.delivered,
  events_dropped: stats.dropped,
  events_dropped_by: stats.droppedBy,
  events_pending: stats.pending,
  events_refused: stats.refused,
  events_recovered: stats.recovered,
  events_handed_over: stats.handedOver,
  requests: stats.requests,
  retries: stats.retries,
  last_error: stats.lastError ?? null
})

/** Captures a summary after every interval in which something else happened, until the scope closes. */
export const start = (
  interval: Duration.Duration,
  stats: Effect.Effect<Stats>,
  capture: (event: string, properties: Properties) => Effect.Effect<unknown>
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.suspend(() => {
    let before = { captured: 0, refused: 0 }
    const summarize = Effect.flatMap(stats, (now) => {
      if (now.captured === before.captured && now.refused === before.refused) {
        return Effect.void
      }
      before = { captured: now.captured + 1, refused: now.refused }
      return capture(event, properties(now))
    })
    return Effect.asVoid(
      CurrentScope.withoutScope(
        Effect.forkScoped(Effect.interruptible(Effect.forever(Effect.delay(summarize, interval))))
      )
    )
  })
