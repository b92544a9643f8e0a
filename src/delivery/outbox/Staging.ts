/**
 * Events that wait in memory to be written, in order.
 *
 * @since 0.1.0
 */
import type * as Deferred from "effect/Deferred"
import type { FinishedEvent } from "../../event/FinishedEvent.js"
import type { Bounds } from "../buffer/ItemBuffer.js"
import type { OutboxError } from "./OutboxError.js"

export interface Entry {
  readonly event: FinishedEvent
  readonly sequence: number
  readonly size: number
  /** Who waits for the commit. */
  readonly done: Deferred.Deferred<void, OutboxError> | undefined
  /** Nobody wants it any more. */
  withdrawn: boolean
}

export interface Staging {
  readonly fits: (size: number) => boolean
  readonly push: (entry: Entry) => void
  /** Takes out the oldest that are in no batch and promised to nobody, until so much fits. Nothing where it never would. */
  readonly makeRoom: (size: number) => ReadonlyArray<Entry>
  /** The next ones to write. They stay, and count, until they are `written`. */
  readonly batch: (maxItems: number, maxBytes: number) => ReadonlyArray<Entry>
  readonly written: () => void
  /** They could not be written: they wait in their old place. */
  readonly failed: () => void
  readonly isWriting: (entry: Entry) => boolean
  readonly length: () => number
  readonly bytes: () => number
  /** In order. */
  readonly entries: () => ReadonlyArray<Entry>
  /** The lowest number here; `undefined` where there is none. */
  readonly firstSequence: () => number | undefined
}

export const make = ({ maxBytes, maxItems }: Bounds<FinishedEvent>): Staging => {
  let queue: Array<Entry> = []
  let head = 0
  let writing: ReadonlyArray<Entry> = []
  let bytes = 0

  const length = () => writing.length + queue.length - head

  const fits = (size: number) => length() < maxItems && bytes + size <= maxBytes

  const trim = () => {
    // the emptied front is given back once it is the larger part
    if (head > 1024 && head * 2 > queue.length) {
      queue = queue.slice(head)
      head = 0
    }
  }

  const dropWithdrawn = () => {
    const isWanted = ({ withdrawn }: Entry) => !withdrawn
    if (!queue.every(isWanted)) {
      queue = queue.slice(head).filter(isWanted)
      head = 0
      bytes = [...writing, ...queue].reduce((sum, { size }) => sum + size, 0)
    }
  }

  return {
    fits,
    push: (entry) => {
      queue.push(entry)
      bytes += entry.size
    },
    makeRoom: (size) => {
      const free = queue.slice(head).filter(({ done }) => done === undefined)
      const freeBytes = free.reduce((sum, entry) => sum + entry.size, 0)
      if (length() - free.length >= maxItems || bytes - freeBytes + size > maxBytes) {
        return []
      }
      const evicted = new Set<Entry>()
      for (const entry of free) {
        if (length() - evicted.size < maxItems && bytes + size <= maxBytes) {
          break
        }
        evicted.add(entry)
        bytes -= entry.size
      }
      queue = queue.slice(head).filter((entry) => !evicted.has(entry))
      head = 0
      return Array.from(evicted)
    },
    batch: (most, mostBytes) => {
      dropWithdrawn()
      const batch: Array<Entry> = []
      let total = 0
      for (let i = head; i < queue.length && batch.length < most; i++) {
        // the index is within the queue
        const entry = queue[i]!
        if (batch.length > 0 && total + entry.size > mostBytes) {
          break
        }
        batch.push(entry)
        total += entry.size
      }
      head += batch.length
      trim()
      writing = batch
      return batch
    },
    written: () => {
      for (const { size } of writing) {
        bytes -= size
      }
      writing = []
    },
    failed: () => {
      queue = [...writing, ...queue.slice(head)]
      head = 0
      writing = []
    },
    isWriting: (entry) => writing.includes(entry),
    length,
    bytes: () => bytes,
    entries: () => [...writing, ...queue.slice(head)],
    firstSequence: () => writing[0]?.sequence ?? queue[head]?.sequence
  }
}
