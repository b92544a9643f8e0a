/**
 * Writes what is staged: many rows in one commit, off the caller's way, again and again while the database fails.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type { Lane } from "../delivery/buffer/EventBuffers.js"
import type { FinishedEvent } from "../event/FinishedEvent.js"
import type { OutboxTable } from "./OutboxTable.js"
import type { Room } from "./Room.js"
import type { Grade } from "./Row.js"
import type { Entry, Staging } from "./Staging.js"
import * as Statements from "./Statements.js"
import type { Trouble } from "./Trouble.js"

export interface Settings {
  readonly table: OutboxTable
  readonly origin: string
  readonly staging: Staging
  readonly room: Room
  readonly trouble: Trouble
  readonly writeInterval: Duration.Duration
  readonly laneOf: (event: FinishedEvent) => Lane
  /** These are in the table now. `isFirst`: the attempt before had failed. */
  readonly onWritten: (entries: ReadonlyArray<Entry>, isFirst: boolean) => void
  /** These need not be written: an event with the same uuid is there, or nobody wants them any more. */
  readonly onNeedless: (entries: ReadonlyArray<Entry>, why: "double" | "withdrawn") => void
}

export interface Writer {
  /** Something is staged. */
  readonly nudge: () => void
  /** It is not to wait for others. */
  readonly hurry: () => void
  /** Done when all that is staged now is written, or cannot be for now. */
  readonly written: Effect.Effect<void>
  /** Writes until nothing is left, or the database fails: then `false`. */
  readonly drain: Effect.Effect<boolean>
  /** Does what there is to do, for ever. */
  readonly run: Effect.Effect<never>
}

const batchRows = 1000
const batchBytes = 4 * 1024 * 1024

interface Waiter {
  /** The number of the first entry that is not waited for. */
  readonly end: number
  readonly done: Deferred.Deferred<void>
}

const gradeOf = ({ done }: Entry): Grade => done === undefined ? "plain" : "durable"

export const make = (settings: Settings): Effect.Effect<Writer> =>
  Effect.gen(function*() {
    const { laneOf, origin, room, staging, table, trouble } = settings
    const nudges = yield* Queue.dropping<void>(1)
    const hurries = yield* Queue.dropping<void>(1)
    const turn = yield* Effect.makeSemaphore(1)
    let waiters: ReadonlyArray<Waiter> = []
    let failures = 0

    const nudge = () => {
      Queue.unsafeOffer(nudges, undefined)
    }

    const hurry = () => {
      Queue.unsafeOffer(hurries, undefined)
      nudge()
    }

    const letGo = (isAll: boolean) =>
      Effect.suspend(() => {
        const first = staging.firstSequence() ?? Number.POSITIVE_INFINITY
        const ready = waiters.filter(({ end }) => isAll || end <= first)
        waiters = waiters.filter((waiter) => !ready.includes(waiter))
        return Effect.forEach(ready, ({ done }) => Deferred.succeed(done, undefined), { discard: true })
      })

    /** Which of them are in the table now: those that were inserted, and those that an attempt before has inserted. */
    const insert = (entries: ReadonlyArray<Entry>) =>
      Effect.gen(function*() {
        const rows = entries.map((entry) => ({
          event: entry.event,
          lane: laneOf(entry.event),
          size: entry.size,
          grade: gradeOf(entry),
          sequence: entry.sequence
        }))
        const inserted = yield* Statements.run(table.insert(origin, rows))
        const others = entries.filter(({ event }) => !inserted.has(event.uuid)).map(({ event }) => event.uuid)
        const present = others.length === 0 ? inserted : yield* Statements.run(table.present(origin, others))
        return { inserted, present }
      })

    const succeeded = (
      entries: ReadonlyArray<Entry>,
      { inserted, present }: { readonly inserted: ReadonlySet<string>; readonly present: ReadonlySet<string> }
    ) =>
      Effect.gen(function*() {
        const isFirst = failures > 0
        failures = 0
        staging.written()
        const seen = new Set<string>()
        const there: Array<Entry> = []
        const doubles: Array<Entry> = []
        for (const entry of entries) {
          const { uuid } = entry.event
          const isThere = !seen.has(uuid) && (inserted.has(uuid) || (isFirst && present.has(uuid)))
          seen.add(uuid)
          const kind = isThere ? there : doubles
          kind.push(entry)
        }
        room.added(there.length)
        settings.onWritten(there, isFirst)
        settings.onNeedless(doubles, "double")
        for (const { done } of entries) {
          if (done !== undefined) {
            yield* Deferred.succeed(done, undefined)
          }
        }
        yield* trouble.worked
        return true
      })

    const failed = (detail: string) =>
      Effect.gen(function*() {
        failures++
        settings.onNeedless(staging.failed(), "withdrawn")
        yield* trouble.failed(detail)
        return false
      })

    const writeBatch = Effect.gen(function*() {
      const free = yield* Effect.either(room.make(Math.min(staging.length(), batchRows)))
      if (free._tag === "Left") {
        return yield* failed(free.left)
      }
      const entries = staging.batch(free.right, batchBytes)
      return entries.length === 0
        ? true
        : yield* Effect.matchEffect(insert(entries), {
          onFailure: failed,
          onSuccess: (found) => succeeded(entries, found)
        })
    })

    const drain = turn.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
      let isWritten = true
      while (isWritten && staging.length() > 0) {
        isWritten = yield* writeBatch
        yield* letGo(!isWritten)
      }
      yield* letGo(true)
      return isWritten
    })))

    return {
      nudge,
      hurry,
      drain,
      written: Effect.suspend(() => {
        const entries = staging.length()
        if (entries === 0 || failures > 0) {
          return Effect.void
        }
        return Effect.flatMap(Deferred.make<void>(), (done) => {
          waiters = [...waiters, { end: staging.endSequence(), done }]
          hurry()
          return Deferred.await(done)
        })
      }),
      run: Effect.gen(function*() {
        while (true) {
          if (failures > 0) {
            yield* Statements.backOff(failures)
          } else {
            yield* Queue.take(nudges)
            yield* Effect.timeoutOption(Queue.take(hurries), settings.writeInterval)
          }
          yield* drain
        }
      })
    }
  })
