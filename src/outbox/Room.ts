/**
 * How many rows the table may still take. One for all buffers of an outbox.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { OutboxTable } from "./OutboxTable.js"
import type { StoredRow } from "./Row.js"
import * as Statements from "./Statements.js"

export interface Room {
  /** As far as is known. */
  readonly isFull: () => boolean
  readonly added: (rows: number) => void
  readonly removed: (rows: number) => void
  /** Looks how many there are. */
  readonly look: Effect.Effect<void, string>
  /** How many of these rows may be written now; fails where it is none. */
  readonly make: (rows: number) => Effect.Effect<number, string>
}

export const make = (table: OutboxTable, maxRows: number): Room => {
  let rows = 0

  const look = Effect.map(Statements.run(table.rows(maxRows)), (found) => {
    rows = found
  })

  return {
    isFull: () => rows >= maxRows,
    added: (count) => {
      rows += count
    },
    removed: (count) => {
      rows = Math.max(0, rows - count)
    },
    look,
    make: (wanted) =>
      Effect.gen(function*() {
        if (rows >= maxRows) {
          yield* look
        }
        const free = Math.min(wanted, maxRows - rows)
        return free > 0 || wanted === 0 ? free : yield* Effect.fail(`it is full: ${rows} rows`)
      })
  }
}

/** Makes room by deleting the oldest rows, which are told. */
export const evicting = (
  room: Room,
  table: OutboxTable,
  maxRows: number,
  onEvicted: (rows: ReadonlyArray<StoredRow>) => void
): Room => ({
  ...room,
  make: (wanted) =>
    Effect.catchAll(room.make(wanted), (full) =>
      Effect.gen(function*() {
        const evicted = yield* Statements.run(table.evict(Math.min(wanted, maxRows)))
        room.removed(evicted.length)
        onEvicted(evicted)
        return evicted.length === 0 ? yield* Effect.fail(full) : Math.min(wanted, evicted.length)
      }))
})
