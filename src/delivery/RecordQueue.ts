/**
 * The way of OTLP records, log records and spans, from their making to PostHog: a lane of their own with a buffer in
 * memory, apart from the events' (LOG-12 to LOG-14, LOG-17, TRACE-24, TRACE-26, TRACE-28 to TRACE-32).
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as CurrentScope from "../scope/CurrentScope.js"
import * as MemoryBuffer from "./buffer/MemoryBuffer.js"
import * as Lane from "./Lane.js"
import * as RecordLedger from "./RecordLedger.js"

export interface Settings<A> extends
  Pick<
    Lane.Settings<A>,
    | "host"
    | "protocol"
    | "compression"
    | "requestTimeout"
    | "requestId"
    | "flushInterval"
    | "maxBatchSize"
    | "maxBodyBytes"
    | "retry"
  >
{
  /** For log lines and metrics. */
  readonly what: RecordLedger.What
  /** How many records there may be, those on their way to PostHog included. */
  readonly maxQueueSize: number
  /** How much there may be of them, in the unit of `sizeOf`. Default: no bound. */
  readonly maxQueueBytes?: number | undefined
  /** How large a record is. Default: nothing, and then `maxQueueBytes` bounds nothing. */
  readonly sizeOf?: ((record: A) => number) | undefined
  /** What goes at the bound: the record that comes, or the oldest that waits. */
  readonly overflow: "dropNewest" | "dropOldest"
  /** So many waiting records are sent at once. */
  readonly flushThreshold: number
}

export interface RecordQueue<A> {
  /** Takes a record in: at once, without a promise, and without a way to fail. */
  readonly offer: (record: A) => void
  /**
   * Counts records that were dropped elsewhere, beside those dropped here (TRACE-26). `announced`: whoever dropped them
   * has said so in the log already.
   */
  readonly drop: (reason: string, count: number, announced?: boolean) => void
  /** Sends what waits now; done when each of these records was sent or dropped. */
  readonly flush: Effect.Effect<void>
  /** Drains within the time and drops what is left. Further calls wait for the first one. */
  readonly shutdown: (timeout: Duration.Duration) => Effect.Effect<void>
  readonly stats: () => Stats
}

export type Stats = RecordLedger.Stats

/** It closes with its scope, without waiting: who wants the last records sent calls `shutdown` before. */
export const make = <A>(
  settings: Settings<A>
): Effect.Effect<RecordQueue<A>, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const { flushInterval, overflow, what } = settings
    const ledger = RecordLedger.make(what, flushInterval)
    const news = yield* Queue.dropping<void>(1)

    const drop = (reason: string, count: number, announced = false) => {
      ledger.dropped(reason, count, announced)
      Queue.unsafeOffer(news, undefined)
    }

    const buffer = MemoryBuffer.make<A>({
      maxItems: settings.maxQueueSize,
      maxBytes: settings.maxQueueBytes ?? Number.POSITIVE_INFINITY,
      sizeOf: settings.sizeOf ?? (() => 0),
      evict: overflow === "dropOldest" ? "oldest" : "newest"
    })
    const lane = yield* Lane.make<A>(
      {
        ...settings,
        flushAt: settings.flushThreshold,
        maxBatchBytes: Number.POSITIVE_INFINITY,
        // one flush at a time (LOG-14, TRACE-29)
        concurrency: 1,
        grow: (size) => size + 1,
        exhausted: "drop",
        pause: flushInterval
      },
      buffer,
      {
        delivered: ledger.sent,
        dropped: (records, reason, status) =>
          Effect.zipRight(
            Effect.sync(() => drop(reason === "rejected" ? `status ${status}` : reason, records.length)),
            ledger.report
          ),
        requested: ledger.requested,
        answered: () => {},
        meter: ledger.report
      }
    )
    const closed = yield* Deferred.make<void>()
    let closing = false

    // what is dropped on a caller's way is told by somebody else, once for many
    const reporter = yield* CurrentScope.withoutScope(
      Effect.forkDaemon(Effect.interruptible(Effect.forever(
        Queue.take(news).pipe(Effect.zipRight(Effect.sleep(flushInterval)), Effect.zipRight(ledger.report))
      )))
    )

    const shutdown = (timeout: Duration.Duration): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (closing) {
          return Deferred.await(closed)
        }
        closing = true
        return Effect.gen(function*() {
          const left = yield* lane.close(timeout)
          yield* Fiber.interrupt(reporter)
          if (left.length > 0) {
            ledger.dropped("shutdown", left.length)
          }
          yield* ledger.reportAll
        }).pipe(Effect.intoDeferred(closed), Effect.zipRight(Deferred.await(closed)))
      })
    yield* Effect.addFinalizer(() => shutdown(Duration.zero))

    return {
      offer: (record) => {
        ledger.accepted()
        if (closing) {
          return ledger.dropped("shutdown", 1)
        }
        const gone = lane.offer(record).length
        if (gone > 0) {
          drop("queueFull", gone)
        }
      },
      drop: (reason, count, announced) => {
        ledger.accepted(count)
        drop(reason, count, announced)
      },
      flush: lane.flush,
      shutdown,
      stats: () => ledger.stats(buffer.length())
    }
  })
