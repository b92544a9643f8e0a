/**
 * One way to PostHog: a buffer and what sends from it, in order, several requests at a time.
 *
 * At least once: an item leaves the buffer when PostHog has answered for it. What fails and may heal is repeated with
 * backoff, and while one request is in trouble no other is begun. When its repetitions are used up the items wait again
 * where they were, and after a pause a single request probes.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as CurrentScope from "../scope/CurrentScope.js"
import { empty } from "./buffer/Emptying.js"
import type { Claim, Fate, ItemBuffer, LaneDropReason } from "./buffer/ItemBuffer.js"
import * as Nudge from "./Nudge.js"
import type { RetryPolicy } from "./RetryPolicy.js"
import * as RoomWaiters from "./RoomWaiters.js"
import * as Sending from "./Sending.js"
import * as Timer from "./Timer.js"
import * as Transport from "./Transport.js"
import * as Waiters from "./Waiters.js"

export interface Settings<A> extends Transport.Settings<A> {
  /** In log lines: `events`. */
  readonly what: string
  readonly requestId: (now: number) => string
  /** A request is begun as soon as so many items wait, or `maxBatchBytes` of them. */
  readonly flushAt: number
  /** A lone item waits no longer than this. */
  readonly flushInterval: Duration.Duration
  readonly maxBatchSize: number
  /** After a 413, the size that a batch may have after one of this size was taken. */
  readonly grow: (size: number) => number
  /** In the unit of the buffer. */
  readonly maxBatchBytes: number
  readonly retry: RetryPolicy
  /** What becomes of items whose attempts are used up: they wait for the end of the pause, or are dropped. */
  readonly exhausted: "keep" | "drop"
  /** After the attempts are used up nothing is sent before this has passed. */
  readonly pause: Duration.Duration
}

/** Who keeps count of the items, and speaks of them. */
export interface Account<A> {
  readonly delivered: (count: number) => Effect.Effect<void>
  readonly dropped: (
    items: ReadonlyArray<A>,
    reason: LaneDropReason,
    status: number | undefined
  ) => Effect.Effect<void>
  readonly requested: (isRetry: boolean) => Effect.Effect<void>
  readonly answered: (error: string | undefined) => void
  /** Now and then, when something was sent or nothing is left to send. */
  readonly meter: Effect.Effect<void>
}

export interface Lane<A> {
  /** Takes an item in, at once and without a promise. What had to go for it is returned. */
  readonly offer: (item: A) => ReadonlyArray<A>
  /** Takes an item in as soon as there is room for it; or says why there never will be. */
  readonly offerWhenRoom: (item: A) => Effect.Effect<"taken" | "closed" | "bufferFull">
  /** Sends an item past the buffer: `undefined` where it was not taken, and may be kept. */
  readonly sendNow: (item: A) => Effect.Effect<"delivered" | LaneDropReason | undefined>
  /** Sends what waits now; done when that has left, or nothing more can be done for now. */
  readonly flush: Effect.Effect<void>
  /** Something can be claimed that was not offered here. */
  readonly wake: () => void
  /** Drains within the time, trying again as long as there is some. What is left then, and cannot be kept, is returned. */
  readonly close: (timeout: Duration.Duration) => Effect.Effect<ReadonlyArray<A>>
}

/**
 * Where more than `flushAt` items come within this time they are sent together: a request has a price of its own. A full
 * batch does not wait.
 */
const gatherMillis = 100

export const make = <A>(
  settings: Settings<A>,
  buffer: ItemBuffer<A>,
  account: Account<A>
): Effect.Effect<Lane<A>, never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const { concurrency, flushAt, maxBatchBytes, maxBatchSize, retry, what } = settings
    const send = Sending.make({ ...settings, transport: yield* Transport.make(settings) })
    const nudge = Nudge.make()
    const waiters = Waiters.make()
    // a list, as the buffer's claims are one, and for the same reason
    const requests: Array<Fiber.RuntimeFiber<void>> = []
    let batchLimit = maxBatchSize
    /** So many items, counted from the first one, are to be sent whether or not `flushAt` is reached. */
    let wanted = 0
    /** The request that is being repeated. */
    let troubled: Claim<A> | undefined = undefined
    /** The next request is the first one after a pause. */
    let probing = false
    let closing = false

    const wantAll = () => {
      wanted = buffer.offered()
      nudge.give()
    }

    const room = RoomWaiters.make(nudge.give)
    const interval = Timer.make(wantAll)
    const gathering = Timer.make(nudge.give)
    const pause = Timer.make(() => {
      probing = true
      wantAll()
    })

    const warn = (line: string) => Effect.annotateLogs(Effect.logWarning(line), Sending.annotations)

    const survive = (defect: unknown) =>
      Effect.logError(`delivery of ${what} failed unexpectedly`, defect).pipe(
        Effect.annotateLogs(Sending.annotations),
        Effect.zipRight(pause.start(Duration.toMillis(settings.pause)))
      )

    /** So many are to be sent because so many wait: all, or whole batches while more are being gathered. */
    const wantWhereMany = () => {
      const waiting = buffer.waiting()
      // whoever waits for room would wait for what nobody sends
      const isUrgent = closing || room.isWaiting()
      if (isUrgent || (!gathering.isRunning() && (waiting >= flushAt || buffer.waitingBytes() >= maxBatchBytes))) {
        wanted = buffer.offered()
      } else if (waiting >= Math.max(flushAt, batchLimit)) {
        wanted = Math.max(wanted, buffer.offered() - waiting % batchLimit)
      }
    }

    const isWanted = () => buffer.waiting() > buffer.offered() - Math.max(wanted, waiters.target())

    /** A second request is for a second batch: single items do not overtake each other. */
    const mayBegin = () =>
      !pause.isRunning() && troubled === undefined && buffer.waiting() > 0 && isWanted() &&
      (requests.length === 0 ||
        (!probing && requests.length < concurrency && (closing || buffer.waiting() >= batchLimit)))

    /** Together: between the two the sums would not balance. */
    const settle = (claim: Claim<A>, items: ReadonlyArray<A>, fate: Fate, count: Effect.Effect<void>) =>
      Effect.uninterruptible(Effect.zipRight(buffer.remove(claim, items, fate), count))

    const watcher = (claim: Claim<A>): Sending.Watcher<A> => ({
      delivered: (items) =>
        Effect.suspend(() => {
          batchLimit = Math.min(settings.grow(batchLimit), maxBatchSize)
          return settle(claim, items, "delivered", account.delivered(items.length))
        }),
      dropped: (items, reason, status) => settle(claim, items, reason, account.dropped(items, reason, status)),
      mayGo: () => closing || (!pause.isRunning() && (troubled === undefined || troubled === claim)),
      requested: account.requested,
      answered: (error) => {
        account.answered(error)
        if (error === undefined) {
          probing = false
          troubled = troubled === claim ? undefined : troubled
        }
      },
      mayRetry: (attempt) => {
        if (troubled !== undefined && troubled !== claim) {
          return false
        }
        troubled = claim
        return (closing && settings.exhausted === "keep") || (attempt <= retry.maxRetries && !probing)
      }
    })

    const endOf = (claim: Claim<A>, end: Sending.End<A>): Effect.Effect<void> => {
      switch (end._tag) {
        case "Settled":
          return Effect.void
        case "Split": {
          batchLimit = Math.ceil(end.left.length / 2)
          return buffer.release(claim)
        }
        case "Held":
          return buffer.release(claim)
        case "Exhausted":
          return exhausted(claim, end)
      }
    }

    const exhausted = (claim: Claim<A>, { left, reason, retryAfter }: Extract<Sending.End<A>, { _tag: "Exhausted" }>) =>
      Effect.gen(function*() {
        if (troubled !== claim) {
          // another request is in trouble already: one that tries again is enough
          return yield* buffer.release(claim)
        }
        if (settings.exhausted === "drop") {
          return yield* settle(
            claim,
            left,
            "retriesExhausted",
            account.dropped(left, "retriesExhausted", undefined)
          )
        }
        yield* buffer.release(claim)
        yield* pause.start(Math.max(Duration.toMillis(settings.pause), retryAfter ?? 0))
        yield* warn(`could not deliver: ${reason}; ${buffer.length()} ${what} wait for the next attempt`)
      })

    const begin = (claim: Claim<A>) =>
      send(claim.items, watcher(claim)).pipe(
        Effect.flatMap((end) => endOf(claim, end)),
        // a defect in here would leave its items claimed for good
        Effect.catchAllDefect((defect) => Effect.zipRight(buffer.release(claim), survive(defect))),
        Effect.interruptible,
        Effect.forkDaemon,
        Effect.map((fiber) => {
          requests.push(fiber)
          fiber.addObserver(() => {
            requests.splice(requests.indexOf(fiber), 1)
            empty(claim.items)
            if (troubled === claim) {
              troubled = undefined
            }
            room.letIn()
            nudge.give()
          })
        }),
        // or it would run and nobody would know of it
        Effect.uninterruptible
      )

    /** Begins what may be begun, and sets the timers for the rest. */
    const step = Effect.gen(function*() {
      wantWhereMany()
      while (mayBegin()) {
        const claim = yield* buffer.claim(batchLimit, maxBatchBytes)
        if (claim.items.length === 0) {
          break
        }
        yield* begin(claim)
        yield* gathering.start(gatherMillis)
        yield* account.meter
      }
      yield* pause.isRunning() && !closing ? waiters.giveUp : waiters.reached(buffer.settled())
      if (buffer.waiting() === 0 || pause.isRunning()) {
        yield* interval.stop
      } else if (!interval.isRunning()) {
        yield* interval.start(Duration.toMillis(settings.flushInterval))
      }
      if (buffer.waiting() === 0) {
        yield* gathering.stop
      }
    }).pipe(
      // a defect in here would end delivery for good
      Effect.catchAllDefect(survive)
    )

    // also where the layer is built in an uninterruptible region: the end has to be able to interrupt it
    const fiber = yield* CurrentScope.withoutScope(
      Effect.forkDaemon(Effect.interruptible(
        // `forever` would yield once more for each of them
        Effect.whileLoop({ while: () => true, body: () => Effect.zipRight(nudge.next, step), step: () => {} })
      ))
    )

    const offer = (item: A): ReadonlyArray<A> => {
      const bytes = buffer.waitingBytes()
      const evicted = buffer.offer(item)
      const waiting = buffer.waiting()
      // once, when a bound is reached: the sender looks for itself from then on
      if (
        waiting === 1 || waiting === flushAt || waiting === batchLimit ||
        (bytes < maxBatchBytes && buffer.waitingBytes() >= maxBatchBytes)
      ) {
        nudge.give()
      }
      return evicted
    }

    const offerWhenRoom = (item: A): Effect.Effect<"taken" | "closed" | "bufferFull"> =>
      Effect.suspend(() => {
        if (closing) {
          return Effect.succeed("closed")
        }
        if (buffer.hasRoom(item)) {
          return Effect.succeed(offer(item).length === 0 ? "taken" : "bufferFull")
        }
        // larger than the whole buffer
        return buffer.length() === 0 ? Effect.succeed("bufferFull") : Effect.zipRight(room.next, offerWhenRoom(item))
      })

    const flush = Effect.suspend(() => {
      const target = buffer.offered()
      return buffer.settled() >= target ? Effect.void : waiters.wait(target, nudge.give)
    })

    return {
      offer,
      offerWhenRoom,
      sendNow: (item) => sendOne(send, item, account, retry.maxRetries),
      flush,
      wake: nudge.give,
      close: (timeout) =>
        Effect.gen(function*() {
          closing = true
          room.letIn()
          yield* pause.stop
          nudge.give()
          if (Duration.toMillis(timeout) > 0) {
            // a finalizer is not interruptible, and so its timeout would not be one
            yield* Effect.timeoutOption(Effect.interruptible(flush), timeout)
          }
          yield* Fiber.interruptAll([fiber, ...requests])
          yield* Effect.all([interval.stop, gathering.stop, pause.stop], { discard: true })
          const left = yield* buffer.close
          yield* waiters.giveUp
          return left
        })
    }
  })

/** Sends an item that is in no buffer. */
const sendOne = <A>(
  send: Sending.Send<A>,
  item: A,
  account: Account<A>,
  maxRetries: number
): Effect.Effect<"delivered" | LaneDropReason | undefined> =>
  Effect.suspend(() => {
    const fates: Array<"delivered" | LaneDropReason> = []
    return Effect.map(
      send([item], {
        delivered: () =>
          Effect.sync(() => {
            fates.push("delivered")
          }),
        dropped: (_, reason, status) =>
          Effect.suspend(() => {
            fates.push(reason)
            return account.dropped([item], reason, status)
          }),
        mayGo: () => true,
        requested: account.requested,
        answered: account.answered,
        mayRetry: (attempt) => attempt <= maxRetries
      }),
      () => fates[0]
    )
  })
