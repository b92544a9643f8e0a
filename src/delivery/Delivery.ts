/**
 * From finished event to PostHog: one buffer, one sender, in order.
 *
 * At least once: an event leaves the buffer when PostHog has answered for it. What fails and may heal is repeated with
 * backoff; when the repetitions are used up the events stay where they are, whoever waits for a flush is told so, and
 * the next attempt is a single request after a pause.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import type { DroppedEvent, DropReason } from "../domain/DropReason.js"
import type { EventReference, FinishedEvent } from "../event/FinishedEvent.js"
import * as AtExit from "./AtExit.js"
import * as Attempts from "./Attempts.js"
import * as EventBuffer from "./EventBuffer.js"
import * as Ledger from "./Ledger.js"
import type { RetryPolicy } from "./RetryPolicy.js"
import * as Transport from "./Transport.js"

export interface Settings extends Transport.Settings {
  readonly buffer: EventBuffer.Bounds
  /** A batch is sent as soon as this many events wait, or `maxBatchBytes` of text. */
  readonly flushAt: number
  /** A lone event waits no longer than this. */
  readonly flushInterval: Duration.Duration
  readonly maxBatchSize: number
  /** Of text, uncompressed. */
  readonly maxBatchBytes: number
  readonly retry: RetryPolicy
  /** After the retries are used up: no attempt before this has passed. */
  readonly pause: Duration.Duration
  readonly onDropped: (dropped: DroppedEvent) => Effect.Effect<void>
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
  /** Takes an event in, at once and without a promise. What had to go for it is returned: the caller drops it. */
  readonly offer: (event: FinishedEvent) => ReadonlyArray<FinishedEvent>
  /** Counts, logs and reports events that were captured and will not be delivered. */
  readonly drop: (events: ReadonlyArray<FinishedEvent>, reason: DropReason) => Effect.Effect<void>
  /** An event that was captured and dropped before it could be offered. */
  readonly dropUnoffered: (event: EventReference, reason: DropReason) => Effect.Effect<void>
  readonly sendNow: (event: FinishedEvent) => Effect.Effect<Immediate>
  readonly flush: Effect.Effect<FlushReport>
  /** Drains within the time and drops what is left. Calls after the first one wait for that. */
  readonly shutdown: (timeout: Duration.Duration) => Effect.Effect<FlushReport>
  /** For a process that is about to end: sends what waits in one blocking step, within so many milliseconds. */
  readonly sendAtExit: (timeoutMillis: number) => Effect.Effect<void>
  readonly stats: Effect.Effect<Ledger.Stats>
}

interface Waiter {
  /** The buffer's count of events offered when the flush was asked for. */
  readonly target: number
  readonly done: Deferred.Deferred<void>
}

const annotations = { package: "effect-posthog", module: "delivery" }

export const make = (settings: Settings): Effect.Effect<Delivery, never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const buffer = EventBuffer.makeMemory(settings.buffer)
    const ledger = Ledger.make(settings.onDropped)
    const attempt = Attempts.make(yield* Transport.make(settings), settings.retry, ledger)
    const started = yield* Queue.dropping<void>(1)
    const hurried = yield* Queue.dropping<void>(1)
    const closed = yield* Deferred.make<FlushReport>()
    let waiters: ReadonlyArray<Waiter> = []
    let batchLimit = settings.maxBatchSize
    let immediate = 0
    let pausedUntil = 0
    let closing = false

    const stats = () => ledger.stats(buffer.length() + immediate)

    const warn = (line: string) => Effect.annotateLogs(Effect.logWarning(line), annotations)

    const isFull = () => buffer.length() >= settings.flushAt || buffer.bytes() >= settings.maxBatchBytes

    const isDue = () => isFull() || waiters.length > 0 || closing

    const settleWaiters = (all: boolean) =>
      Effect.suspend(() => {
        const left = buffer.left()
        const ready = waiters.filter((waiter) => all || waiter.target <= left)
        waiters = waiters.filter((waiter) => !ready.includes(waiter))
        return Effect.forEach(ready, (waiter) => Deferred.succeed(waiter.done, undefined), { discard: true })
      })

    /** Sends the next batch; `false` where nothing more can be sent for now. */
    const sendBatch = (maxRetries: number): Effect.Effect<boolean> =>
      Effect.gen(function*() {
        const batch = buffer.claim(batchLimit, settings.maxBatchBytes)
        const answer = yield* Effect.onInterrupt(
          attempt(batch, maxRetries),
          () => Effect.sync(() => buffer.settle(0))
        )
        switch (answer._tag) {
          case "Delivered": {
            buffer.settle(batch.length)
            // a little at a time: doubling would run into the next 413 with every second request
            batchLimit = Math.min(batchLimit + Math.ceil(batchLimit / 8), settings.maxBatchSize)
            yield* ledger.delivered(batch.length)
            return true
          }
          case "TooLarge": {
            if (batch.length > 1) {
              buffer.settle(0)
              batchLimit = Math.ceil(batch.length / 2)
              return true
            }
            buffer.settle(1)
            yield* warn(`PostHog refuses the size of event ${batch[0]!.uuid} "${batch[0]!.event}"`)
            yield* ledger.dropped(batch, "tooLarge", answer.status)
            return true
          }
          case "Rejected": {
            buffer.settle(batch.length)
            yield* warn(`PostHog refused ${batch.length} events with status ${answer.status}`)
            yield* ledger.dropped(batch, "rejected", answer.status)
            return true
          }
          case "Retry": {
            buffer.settle(0)
            const now = yield* Clock.currentTimeMillis
            pausedUntil = now + Math.max(Duration.toMillis(settings.pause), answer.retryAfter ?? 0)
            yield* warn(`could not deliver: ${answer.reason}; ${buffer.length()} events wait for the next attempt`)
            return false
          }
        }
      })

    /** Sends everything that waits now; what is captured meanwhile waits for the next time, unless it is due itself. */
    const drain = Effect.gen(function*() {
      const probing = pausedUntil > 0
      let target = buffer.offered()
      let progress = true
      let maxRetries = probing ? 0 : settings.retry.maxRetries
      pausedUntil = 0
      while (progress && buffer.length() > 0 && (buffer.left() < target || isDue())) {
        progress = yield* sendBatch(maxRetries)
        maxRetries = settings.retry.maxRetries
        target = Math.max(target, ...waiters.map((waiter) => waiter.target))
        yield* settleWaiters(false)
      }
      yield* settleWaiters(!progress || buffer.length() === 0)
    })

    /** Waits, at most so long, for somebody to be in a hurry. */
    const hurryWithin = (millis: number) =>
      // whole milliseconds: a clock that stands a fraction before the end would be asked for less than it can tell apart
      Effect.timeoutOption(Queue.take(hurried), Duration.millis(Math.ceil(millis)))

    const worker = Effect.gen(function*() {
      while (buffer.length() === 0 && waiters.length === 0) {
        yield* Queue.take(started)
      }
      const from = yield* Clock.currentTimeMillis
      const until = pausedUntil > 0 ? pausedUntil : from + Duration.toMillis(settings.flushInterval)
      let now = from
      while (now < until && (pausedUntil > 0 ? !closing : !isDue())) {
        yield* hurryWithin(until - now)
        if (pausedUntil > 0 && !closing) {
          yield* settleWaiters(true)
        }
        now = yield* Clock.currentTimeMillis
      }
      yield* ledger.meter
      yield* drain
    }).pipe(
      // a defect in here would end delivery for good
      Effect.catchAllDefect((defect) =>
        Effect.logError("delivery failed unexpectedly", defect).pipe(
          Effect.annotateLogs(annotations),
          Effect.zipRight(Effect.sleep(settings.pause))
        )
      ),
      Effect.forever
    )

    // also where the layer is built in an uninterruptible region: the end has to be able to interrupt it
    const fiber = yield* Effect.forkDaemon(Effect.interruptible(worker))

    const wake = () => {
      Queue.unsafeOffer(started, undefined)
      Queue.unsafeOffer(hurried, undefined)
    }

    const since = (before: Ledger.Stats, pending: number): FlushReport => {
      const now = stats()
      return { delivered: now.delivered - before.delivered, dropped: now.dropped - before.dropped, pending }
    }

    const awaitDrained = Effect.gen(function*() {
      const before = stats()
      const target = buffer.offered()
      if (buffer.left() < target) {
        const done = yield* Deferred.make<void>()
        waiters = [...waiters, { target, done }]
        wake()
        yield* Deferred.await(done)
      }
      yield* ledger.meter
      return since(before, Math.max(0, target - buffer.left()))
    })

    const offer = (event: FinishedEvent): ReadonlyArray<FinishedEvent> => {
      const before = buffer.bytes()
      const dropped = buffer.offer(event)
      const waiting = buffer.length()
      if (waiting === 1) {
        Queue.unsafeOffer(started, undefined)
      }
      // once, when a bound is reached: the sender looks for itself from then on
      if (
        waiting === settings.flushAt || (before < settings.maxBatchBytes && buffer.bytes() >= settings.maxBatchBytes)
      ) {
        Queue.unsafeOffer(hurried, undefined)
      }
      return dropped
    }

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
        ledger.captured()
        return offer(event)
      },
      drop: (events, reason) => ledger.dropped(events, reason),
      dropUnoffered: (event, reason) =>
        Effect.suspend(() => {
          ledger.captured()
          return ledger.dropped([event], reason)
        }),
      sendNow: (event) =>
        Effect.suspend(() => {
          ledger.captured()
          immediate++
          return attempt([event], settings.retry.maxRetries)
        }).pipe(
          Effect.onInterrupt(() => keep(event)),
          Effect.flatMap((answer): Effect.Effect<Immediate> => {
            switch (answer._tag) {
              case "Delivered": {
                return Effect.as(ledger.delivered(1), "delivered")
              }
              case "Retry":
                return keep(event)
              case "TooLarge":
                return Effect.as(ledger.dropped([event], "tooLarge", answer.status), "tooLarge")
              case "Rejected":
                return Effect.as(ledger.dropped([event], "rejected", answer.status), "rejected")
            }
          }),
          Effect.ensuring(Effect.sync(() => {
            immediate--
          }))
        ),
      flush: awaitDrained,
      shutdown: (timeout) =>
        Effect.suspend(() => {
          if (closing) {
            return Deferred.await(closed)
          }
          closing = true
          return Effect.gen(function*() {
            const before = stats()
            if (Duration.toMillis(timeout) > 0) {
              // a finalizer is not interruptible, and so its timeout would not be one
              yield* Effect.timeoutOption(Effect.interruptible(awaitDrained), timeout)
            }
            yield* Fiber.interrupt(fiber)
            const left = buffer.claim(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
            buffer.settle(left.length)
            if (left.length > 0) {
              yield* warn(`closed with ${left.length} events undelivered: ${before.lastError ?? "no time"}`)
              yield* ledger.dropped(left, "shutdown")
            }
            yield* ledger.meter
            yield* settleWaiters(true)
            return since(before, 0)
          }).pipe(Effect.intoDeferred(closed), Effect.zipRight(Deferred.await(closed)))
        }),
      sendAtExit: (timeoutMillis) =>
        Effect.suspend(() =>
          AtExit.send(settings, buffer.claim(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY), timeoutMillis)
        ),
      stats: Effect.sync(stats)
    }
  })
