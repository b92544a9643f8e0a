/**
 * The way of OTLP records, log records and spans, from their making to PostHog: a bounded queue in memory and one sender,
 * apart from the events' (LOG-12 to LOG-14, LOG-17, TRACE-24, TRACE-26, TRACE-28 to TRACE-32).
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as MutableQueue from "effect/MutableQueue"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as CurrentScope from "../scope/CurrentScope.js"
import * as RecordLedger from "./RecordLedger.js"
import * as RecordSender from "./RecordSender.js"

export interface Settings<A> extends RecordSender.Settings<A> {
  /**
   * How many records wait at most; those on their way to PostHog are not among them.
   */
  readonly maxQueueSize: number
  /** How much may wait, in the unit of `sizeOf`. Default: no bound. */
  readonly maxQueueBytes?: number | undefined
  /** How large a record is. Default: nothing, and then `maxQueueBytes` bounds nothing. */
  readonly sizeOf?: ((record: A) => number) | undefined
  /** What goes at the bound: the record that comes, or the oldest that waits. */
  readonly overflow: "dropNewest" | "dropOldest"
  /** A lone record waits no longer than this; drops are reported no more often. */
  readonly flushInterval: Duration.Duration
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

interface Waiter {
  /** How many records had come when the flush was asked for: it is done when so many have gone. */
  readonly target: number
  readonly done: Deferred.Deferred<void>
}

/** It closes with its scope, without waiting: who wants the last records sent calls `shutdown` before. */
export const make = <A>(
  settings: Settings<A>
): Effect.Effect<RecordQueue<A>, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const sizeOf = settings.sizeOf ?? (() => 0)
    const maxBytes = settings.maxQueueBytes ?? Number.POSITIVE_INFINITY
    const waiting = MutableQueue.unbounded<A>()
    const ledger = RecordLedger.make(settings.what, settings.flushInterval)
    const sender = yield* RecordSender.make(settings, ledger)
    const wakened = yield* Queue.dropping<void>(1)
    const closed = yield* Deferred.make<void>()
    let bytes = 0
    let entered = 0
    let waiters: ReadonlyArray<Waiter> = []
    let closing = false

    const length = () => MutableQueue.length(waiting)

    const gone = () => entered - length() - sender.inFlight()

    const isDue = () => length() >= settings.flushThreshold || waiters.length > 0 || closing

    const wake = () => Queue.unsafeOffer(wakened, undefined)

    const poll = (): A | undefined => {
      const record = MutableQueue.poll(waiting, undefined)
      bytes -= record === undefined ? 0 : sizeOf(record)
      return record
    }

    const take = (count: number): ReadonlyArray<A> => {
      const records: Array<A> = []
      while (records.length < count && length() > 0) {
        // the queue is not empty, and its records are never undefined
        records.push(poll()!)
      }
      return records
    }

    const settleWaiters = (all: boolean) =>
      Effect.suspend(() => {
        const left = gone()
        const ready = waiters.filter((waiter) => all || waiter.target <= left)
        waiters = waiters.filter((waiter) => !ready.includes(waiter))
        return Effect.forEach(ready, (waiter) => Deferred.succeed(waiter.done, undefined), { discard: true })
      })

    /** Sends what waits when it begins; what comes meanwhile waits for a pass of its own (LOG-14, TRACE-29). */
    const pass = Effect.gen(function*() {
      const target = entered
      while (length() > 0 && gone() < target) {
        yield* sender.send(take(Math.min(sender.limit(), target - gone())))
        yield* settleWaiters(false)
      }
      yield* settleWaiters(false)
      yield* ledger.report
    })

    const worker = Effect.gen(function*() {
      while (length() === 0 && waiters.length === 0 && !ledger.hasNews()) {
        yield* Queue.take(wakened)
      }
      const from = yield* Clock.currentTimeMillis
      const until = from + Duration.toMillis(settings.flushInterval)
      let now = from
      while (now < until && !isDue()) {
        yield* Effect.timeoutOption(Queue.take(wakened), Duration.millis(Math.ceil(until - now)))
        now = yield* Clock.currentTimeMillis
      }
      yield* pass
    }).pipe(
      // a defect in here would end the sending for good
      Effect.catchAllDefect((defect) =>
        Effect.logError(`sending ${settings.what} failed unexpectedly`, defect).pipe(
          Effect.annotateLogs(RecordLedger.annotations),
          Effect.zipRight(Effect.sleep(settings.flushInterval))
        )
      ),
      Effect.forever,
      // what an HTTP client logs of a request that sends logs is not to be sent either
      Effect.annotateLogs(RecordLedger.annotations)
    )

    // its fiber outlives whoever builds the layer, and has to be interruptible wherever that is built
    const fiber = yield* CurrentScope.withoutScope(Effect.forkDaemon(Effect.interruptible(worker)))

    const awaitDrained = Effect.suspend(() => {
      const target = entered
      if (gone() >= target) {
        return Effect.void
      }
      const done = Deferred.unsafeMake<void>(fiber.id())
      waiters = [...waiters, { target, done }]
      wake()
      return Deferred.await(done)
    })

    const drop = (reason: string, count: number, announced = false) => {
      ledger.dropped(reason, count, announced)
      wake()
    }

    const shutdown = (timeout: Duration.Duration): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (closing) {
          return Deferred.await(closed)
        }
        closing = true
        return Effect.gen(function*() {
          if (Duration.toMillis(timeout) > 0) {
            // a finalizer is not interruptible, and so its timeout would not be one
            yield* Effect.timeoutOption(Effect.interruptible(awaitDrained), timeout)
          }
          yield* Fiber.interrupt(fiber)
          const left = take(Number.POSITIVE_INFINITY).length + sender.abandon()
          if (left > 0) {
            ledger.dropped("shutdown", left)
          }
          yield* ledger.reportAll
          yield* settleWaiters(true)
        }).pipe(Effect.intoDeferred(closed), Effect.zipRight(Deferred.await(closed)))
      })
    yield* Effect.addFinalizer(() => shutdown(Duration.zero))

    return {
      offer: (record) => {
        ledger.accepted()
        if (closing) {
          return ledger.dropped("shutdown", 1)
        }
        const size = sizeOf(record)
        const isFull = () => length() >= settings.maxQueueSize || bytes + size > maxBytes
        while (settings.overflow === "dropOldest" && length() > 0 && isFull()) {
          poll()
          drop("queueFull", 1)
        }
        if (isFull()) {
          return drop("queueFull", 1)
        }
        MutableQueue.offer(waiting, record)
        entered++
        bytes += size
        if (length() === 1 || length() === settings.flushThreshold) {
          wake()
        }
      },
      drop: (reason, count, announced) => {
        ledger.accepted(count)
        drop(reason, count, announced)
      },
      flush: awaitDrained,
      shutdown,
      stats: () => ledger.stats(length() + sender.inFlight())
    }
  })
