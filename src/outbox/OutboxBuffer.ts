/**
 * The buffer of a lane on a table: what it has taken in is written within milliseconds, and claimed from there by whoever
 * comes first.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import * as EventBuffers from "../delivery/buffer/EventBuffers.js"
import type { Claim, ItemBuffer } from "../delivery/buffer/ItemBuffer.js"
import * as Sending from "../delivery/Sending.js"
import type { FinishedEvent } from "../event/FinishedEvent.js"
import * as CurrentScope from "../scope/CurrentScope.js"
import { OutboxError } from "./OutboxError.js"
import type { Resolved } from "./OutboxOptions.js"
import * as OutboxTable from "./OutboxTable.js"
import * as Progress from "./Progress.js"
import * as Room from "./Room.js"
import * as Row from "./Row.js"
import * as Settling from "./Settling.js"
import type { Entry } from "./Staging.js"
import * as Staging from "./Staging.js"
import * as Statements from "./Statements.js"
import * as Trouble from "./Trouble.js"
import * as Writer from "./Writer.js"

export interface OutboxBuffer extends ItemBuffer<FinishedEvent> {
  readonly lanes: ReadonlyArray<EventBuffers.Lane>
  /** Names the rows that come in here. */
  readonly origin: string
  readonly sizeOf: (event: FinishedEvent) => number
  /** Takes an event in and returns when its row is committed. */
  readonly durable: (event: FinishedEvent) => Effect.Effect<void, OutboxError>
  /** Rows may have come that were not offered here. */
  readonly look: () => void
}

export interface Settings {
  readonly table: OutboxTable.OutboxTable
  readonly options: Resolved
  readonly room: Room.Room
  readonly request: EventBuffers.Request
}

/** A row that is claimed here. */
interface Held {
  readonly id: number
  readonly size: number
  /** Its number here, where it came in here. */
  readonly sequence: number | undefined
  /** It is one of those that this process counts as captured. */
  readonly isOwn: boolean
}

/** A claim with nothing in it. */
const emptyHanded = (): Claim<FinishedEvent> => ({ items: [] })

/** Rows are counted no further than this: to know when to begin it is enough. */
const mostCounted = 5000

/** How long a row that may have come by a transaction is waited for. */
const commitMillis = 50

/** How often what was set aside is looked through. */
const pruneMillis = 60_000

/** For the last attempts while it closes. */
const closeTimeout = Duration.seconds(5)

export const make = (settings: Settings): Effect.Effect<OutboxBuffer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { options, request, table } = settings
    const { bounds, lanes, onArrival } = request
    // not from Random: two processes with the same seed are two
    const origin = randomUUID()
    const staging = Staging.make(bounds)
    const progress = Progress.make()
    const trouble = Trouble.make(staging.length)
    const settling = yield* Settling.make(table, origin, trouble)
    const hints = yield* Queue.dropping<void>(1)
    const claims = new Map<Claim<FinishedEvent>, Map<FinishedEvent, Held>>()
    /** Rows that can be claimed, as far as is known. */
    let known = 0
    let knownBytes = 0
    /** Of all rows that came to be claimable by what was done here. */
    let arrived = 0
    /** Changes with everything that is done to rows here. */
    let version = 0
    let claiming = false
    /** Claimed here, and not counted as captured here. */
    let foreign = 0
    /** Of these, decided here. */
    let adopted = 0
    /** Counted as captured here, and told by nobody here. */
    let handedOver = 0
    /** What had to go for others, and was not told yet. */
    let evicted: ReadonlyArray<FinishedEvent> = []
    let closed = false

    const arrive = (count: number, bytes: number) => {
      known += count
      knownBytes += bytes
      arrived += count
      version++
    }

    const forget = (count: number, bytes: number) => {
      known = Math.max(0, known - count)
      knownBytes = known === 0 ? 0 : Math.max(0, knownBytes - bytes)
      version++
    }

    const isOwn = ({ grade, origin: from }: Row.StoredRow) => from === origin && grade === "plain"

    const sequenceOf = (row: Row.StoredRow) =>
      row.origin === origin && row.sequence !== null ? Number(row.sequence) : undefined

    const room = bounds.evict === "newest"
      ? settings.room
      : Room.evicting(settings.room, table, options.maxRows, (rows) => {
        forget(rows.length, rows.reduce((sum, { size }) => sum + Number(size), 0))
        evicted = [...evicted, ...rows.map(Row.decode)]
        for (const row of rows) {
          const sequence = sequenceOf(row)
          // one that is not counted here is, from now on: it is dropped here
          if (!(sequence !== undefined && progress.leave(sequence) && isOwn(row))) {
            adopted++
          }
        }
      })

    const writer = yield* Writer.make({
      table,
      origin,
      staging,
      room,
      trouble,
      writeInterval: options.writeInterval,
      laneOf: EventBuffers.laneOf,
      onWritten: (entries, isFirst) => {
        arrive(entries.length, entries.reduce((sum, { size }) => sum + size, 0))
        if (isFirst || entries.some(({ done }) => done !== undefined)) {
          onArrival()
        }
      },
      onNeedless: (entries) => {
        for (const { done, sequence } of entries) {
          if (progress.leave(sequence) && done === undefined) {
            handedOver++
          }
        }
      }
    })

    /** A row leaves, by a decision that was made here. */
    const leave = ({ isOwn, sequence }: Held) => {
      const isHere = sequence !== undefined && progress.leave(sequence)
      if (!isOwn) {
        foreign--
      }
      // one of our own that another process decided about as well is counted like one of that process's
      if (!(isOwn && isHere)) {
        adopted++
      }
    }

    const release = (claim: Claim<FinishedEvent>) =>
      Effect.suspend(() => {
        const held = Array.from(claims.get(claim)?.values() ?? [])
        claims.delete(claim)
        foreign -= held.filter(({ isOwn }) => !isOwn).length
        return settling.decide("release", held.map(({ id }) => id), () => {
          arrive(held.length, held.reduce((sum, { size }) => sum + size, 0))
        })
      })

    /** Nobody has survived these. */
    const poisoned = (rows: ReadonlyArray<Row.StoredRow>) =>
      Effect.gen(function*() {
        for (const row of rows) {
          const sequence = sequenceOf(row)
          if (sequence !== undefined && progress.leave(sequence) && isOwn(row)) {
            handedOver++
          }
          yield* Effect.annotateLogs(
            Effect.logWarning(
              `event ${row.uuid} is set aside: it was claimed ${options.maxClaims} times without an end`
            ),
            Sending.annotations
          )
        }
        yield* settling.decide({ aside: "unanswered" }, rows.map(({ id }) => Number(id)), () => {})
      })

    const claimRows = (maxItems: number, maxBytes: number): Effect.Effect<Claim<FinishedEvent>, string> =>
      Effect.gen(function*() {
        const before = arrived
        claiming = true
        const rows = yield* Effect.ensuring(
          Statements.run(table.claim(origin, lanes, maxItems, maxBytes)),
          Effect.sync(() => {
            claiming = false
            version++
          })
        )
        yield* trouble.worked
        if (rows.length === 0) {
          // but for what came in while it looked
          known = arrived - before
          knownBytes = known === 0 ? 0 : knownBytes
          version++
          return emptyHanded()
        }
        forget(rows.length, rows.reduce((sum, { size }) => sum + Number(size), 0))
        const poison = rows.filter((row) => OutboxTable.isPoison(row, options))
        if (poison.length > 0) {
          yield* poisoned(poison)
        }
        const held = new Map<FinishedEvent, Held>()
        for (const row of rows) {
          if (!poison.includes(row)) {
            const own = isOwn(row)
            foreign += own ? 0 : 1
            held.set(Row.decode(row), {
              id: Number(row.id),
              size: Number(row.size),
              sequence: sequenceOf(row),
              isOwn: own
            })
          }
        }
        if (held.size === 0) {
          return yield* claimRows(maxItems, maxBytes)
        }
        const claim = { items: Array.from(held.keys()) }
        claims.set(claim, held)
        return claim
      })

    const claim = (maxItems: number, maxBytes: number): Effect.Effect<Claim<FinishedEvent>> =>
      Effect.gen(function*() {
        if (closed || maxItems < 1) {
          return emptyHanded()
        }
        if (known < maxItems) {
          yield* Effect.interruptible(writer.written)
        }
        return yield* Effect.catchAll(
          claimRows(maxItems, maxBytes),
          (detail) => Effect.as(trouble.failed(detail), emptyHanded())
        )
      }).pipe(Effect.uninterruptible)

    const poll = Effect.gen(function*() {
      const before = version
      const found = yield* Statements.run(table.waiting(lanes, mostCounted))
      // what is under way here may be in that count, or not yet
      const isExact = version === before && !claiming && !staging.isWriting() && settling.ids().length === 0
      if (isExact ? found.count < mostCounted || known < found.count : known === 0) {
        known = found.count
        knownBytes = found.bytes
      }
      const settled = progress.first()
      if (settled < progress.entered()) {
        // what is staged is younger than all of its rows
        const horizon = staging.firstSequence() ?? progress.entered()
        const first = yield* Statements.run(table.firstSequence(origin))
        progress.passed(Math.min(first ?? horizon, horizon))
      }
      yield* settings.room.look
      yield* trouble.worked
      if (known > 0 || progress.first() > settled) {
        onArrival()
      }
    })

    const polling = Effect.gen(function*() {
      const prunePolls = Math.max(1, Math.floor(pruneMillis / Duration.toMillis(options.pollInterval)))
      let polls = 0
      while (true) {
        const hint = yield* Effect.timeoutOption(Queue.take(hints), options.pollInterval)
        if (hint._tag === "Some") {
          yield* Effect.sleep(Duration.min(Duration.millis(commitMillis), options.pollInterval))
        }
        yield* Effect.catchAll(poll, trouble.failed)
        if (++polls % prunePolls === 0) {
          yield* Effect.catchAll(Statements.run(table.prune), trouble.failed)
        }
      }
    })

    const heldIds = () => [
      ...Array.from(claims.values()).flatMap((held) => Array.from(held.values(), ({ id }) => id)),
      ...settling.ids()
    ]

    const beat = Effect.gen(function*() {
      const wait = Duration.millis(Math.ceil(options.leaseMillis / 3))
      let isLate = false
      while (true) {
        yield* Effect.sleep(isLate ? Duration.millis(Math.ceil(options.leaseMillis / 20)) : wait)
        const ids = heldIds()
        isLate = ids.length > 0 && (yield* Effect.match(Statements.run(table.renew(origin, ids)), {
          onFailure: () => true,
          onSuccess: () => false
        }))
      }
    })

    yield* Effect.catchAll(poll, trouble.failed)
    const fibers = yield* CurrentScope.withoutScope(
      Effect.forEach([writer.run, settling.run, polling, beat], (work) => Effect.forkDaemon(Effect.interruptible(work)))
    )

    const enter = (event: FinishedEvent, size: number, done: Entry["done"]): Entry => {
      const entry = { event, size, done, sequence: progress.enter(done !== undefined) }
      staging.push(entry)
      return entry
    }

    const offer = (event: FinishedEvent): ReadonlyArray<FinishedEvent> => {
      const size = bounds.sizeOf(event)
      let gone: ReadonlyArray<FinishedEvent> = evicted
      evicted = []
      if (closed) {
        return [...gone, event]
      }
      if (!staging.fits(size)) {
        if (bounds.evict === "oldest") {
          const entries = staging.makeRoom(size)
          entries.forEach(({ sequence }) => progress.leave(sequence))
          gone = [...gone, ...entries.map((entry) => entry.event)]
        }
        if (!staging.fits(size)) {
          return [...gone, event]
        }
      }
      enter(event, size, undefined)
      writer.nudge()
      return gone
    }

    const failure = (reason: OutboxError["reason"], detail = trouble.last()) =>
      new OutboxError({ operation: "captureDurable", reason, detail })

    const withdraw = (entry: Entry): Effect.Effect<boolean> =>
      Effect.sync(() => {
        const isOut = staging.withdraw(entry)
        if (isOut) {
          progress.leave(entry.sequence)
        }
        return isOut
      })

    const durable = (event: FinishedEvent): Effect.Effect<void, OutboxError> =>
      Effect.gen(function*() {
        const size = bounds.sizeOf(event)
        if (closed) {
          return yield* failure("closed", undefined)
        }
        if (!staging.fits(size) || (bounds.evict === "newest" && settings.room.isFull())) {
          return yield* failure("full")
        }
        const done = yield* Deferred.make<void, OutboxError>()
        const entry = enter(event, size, done)
        writer.hurry()
        yield* Deferred.await(done).pipe(
          Effect.timeoutTo({
            duration: options.durableTimeout,
            onSuccess: () => Effect.void,
            onTimeout: () =>
              Effect.flatMap(
                withdraw(entry),
                (isOut) => Effect.fail(failure(isOut ? "unavailable" : "unknown"))
              )
          }),
          Effect.flatten,
          Effect.onInterrupt(() => withdraw(entry))
        )
      })

    const lastAttempts = Effect.gen(function*() {
      let failures = 0
      while (!(yield* writer.drain) || !(yield* settling.once)) {
        failures++
        yield* Statements.backOff(failures)
      }
    })

    const close = Effect.gen(function*() {
      if (closed) {
        return []
      }
      closed = true
      yield* Fiber.interruptAll(fibers)
      yield* Effect.forEach(
        Array.from(claims.keys()),
        (claim) => Effect.forkDaemon(release(claim)),
        { discard: true }
      )
      yield* Effect.yieldNow()
      yield* Effect.timeoutOption(Effect.interruptible(Effect.disconnect(lastAttempts)), closeTimeout)
      const left = staging.entries()
      for (const { done, sequence } of left) {
        progress.leave(sequence)
        if (done !== undefined) {
          yield* Deferred.fail(done, failure("closed"))
        }
      }
      const gone = [...evicted, ...left.filter(({ done }) => done === undefined).map(({ event }) => event)]
      evicted = []
      return gone
    }).pipe(Effect.uninterruptible)

    yield* Effect.addFinalizer(() => close)

    return {
      lanes,
      origin,
      sizeOf: bounds.sizeOf,
      offer,
      hasRoom: (event) => !closed && staging.fits(bounds.sizeOf(event)),
      claim,
      remove: (claim, items, fate) =>
        Effect.suspend(() => {
          const held = claims.get(claim)
          const rows: Array<Held> = []
          for (const item of items) {
            const row = held?.get(item)
            if (row !== undefined) {
              held?.delete(item)
              rows.push(row)
              leave(row)
            }
          }
          if (held?.size === 0) {
            claims.delete(claim)
          }
          return settling.decide(fate === "delivered" ? "remove" : { aside: fate }, rows.map(({ id }) => id), () => {
            if (fate === "delivered") {
              settings.room.removed(rows.length)
            }
          })
        }).pipe(Effect.uninterruptible),
      release: (claim) => Effect.uninterruptible(release(claim)),
      waiting: () => known + staging.length(),
      waitingBytes: () => knownBytes + staging.bytes(),
      length: () => progress.length() + foreign + evicted.length,
      offered: progress.entered,
      settled: progress.first,
      exchange: () => ({ adopted: adopted + foreign, handedOver: handedOver + progress.elsewhere() }),
      unsaved: () => staging.entries().filter(({ done }) => done === undefined).map(({ event }) => event),
      close,
      durable,
      look: () => {
        Queue.unsafeOffer(hints, undefined)
      }
    }
  })
