/**
 * What became of the records of a queue: the sums, the metrics, and a warning now and then (TRACE-26).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as DeliveryMetrics from "./DeliveryMetrics.js"

export type What = "log records" | "spans"

/** `accepted = sent + dropped + pending`, whatever happens. */
export interface Stats {
  /** All records that came, those that were dropped elsewhere included. */
  readonly accepted: number
  readonly sent: number
  /** Records that will never be sent, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  readonly pending: number
  /** Requests that were sent, repetitions included. */
  readonly requests: number
}

export interface RecordLedger {
  readonly accepted: (count?: number) => void
  readonly sent: (count: number) => Effect.Effect<void>
  /** Without an effect: it happens on the caller's way. `announced`: the log says so already. */
  readonly dropped: (reason: string, count: number, announced?: boolean) => void
  readonly requested: (isRetry: boolean) => Effect.Effect<void>
  /** Is there a drop that neither the log nor the metrics know of? */
  readonly hasNews: () => boolean
  /** Tells the metrics of drops, and the log if it was not told anything within the last interval. */
  readonly report: Effect.Effect<void>
  /** Tells both, at once. */
  readonly reportAll: Effect.Effect<void>
  readonly stats: (pending: number) => Stats
}

/** Lines with these are the library's own: its logger for PostHog passes them over. */
export const annotations = { package: "effect-posthog", module: "otlp" }

export const make = (what: What, interval: Duration.Duration): RecordLedger => {
  const counts = { accepted: 0, sent: 0, requests: 0 }
  const dropped = new Map<string, number>()
  let unmetered = new Map<string, number>()
  let unannounced = new Map<string, number>()
  let announcedAt = Number.NEGATIVE_INFINITY

  const announce = Effect.suspend(() => {
    const total = Array.from(unannounced.values()).reduce((sum, count) => sum + count, 0)
    const reasons = Array.from(unannounced, ([reason, count]) => `${reason} ${count}`).join(", ")
    unannounced = new Map()
    return Effect.annotateLogs(Effect.logWarning(`dropped ${total} ${what}: ${reasons}`), annotations)
  })

  const meter = Effect.suspend(() => {
    const drops = Array.from(unmetered)
    unmetered = new Map()
    return Effect.forEach(drops, ([reason, count]) =>
      Metric.incrementBy(
        DeliveryMetrics.recordsDropped.pipe(Metric.tagged("records", what), Metric.tagged("reason", reason)),
        count
      ), { discard: true })
  })

  const report = (atOnce: boolean) =>
    Effect.gen(function*() {
      yield* meter
      if (unannounced.size === 0) {
        return
      }
      const now = yield* Clock.currentTimeMillis
      // a clock that went backwards must not silence it
      if (atOnce || now < announcedAt || now - announcedAt >= Duration.toMillis(interval)) {
        announcedAt = now
        yield* announce
      }
    })

  return {
    accepted: (count = 1) => {
      counts.accepted += count
    },
    sent: (count) =>
      Effect.suspend(() => {
        counts.sent += count
        return Metric.incrementBy(DeliveryMetrics.recordsSent.pipe(Metric.tagged("records", what)), count)
      }),
    dropped: (reason, count, announced = false) => {
      add(dropped, reason, count)
      add(unmetered, reason, count)
      if (!announced) {
        add(unannounced, reason, count)
      }
    },
    requested: (isRetry) =>
      Effect.suspend(() => {
        counts.requests++
        return isRetry ? Metric.increment(DeliveryMetrics.retries) : Effect.void
      }),
    hasNews: () => unmetered.size > 0 || unannounced.size > 0,
    report: report(false),
    reportAll: report(true),
    stats: (pending) => ({ dropped: Object.fromEntries(dropped), pending, ...counts })
  }
}

const add = (counts: Map<string, number>, reason: string, count: number): void => {
  counts.set(reason, (counts.get(reason) ?? 0) + count)
}
