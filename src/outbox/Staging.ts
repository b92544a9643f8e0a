/**
 * Events that wait in memory to be written, in order.
 *
 * @since 0.1.0
 */
import type * as Deferred from "effect/Deferred"
import type { Bounds } from "../delivery/buffer/ItemBuffer.js"
import type { FinishedEvent } from "../event/FinishedEvent.js"
import type { OutboxError } from "./OutboxError.js"

export interface Entry {
  readonly event: FinishedEvent
  readonly sequence: number
  readonly size: number
  /** Who waits for the commit. */
  readonly done: Deferred.Deferred<void, OutboxError> | undefined
}

export interface Staging {
  readonly fits: (size: number) => boolean
  readonly push: (entry: Entry) => void
  /** Takes out the oldest that nobody waits for, until so much fits. Nothing where it never would. */
  readonly makeRoom: (size: number) => ReadonlyArray<Entry>
  /** The next ones to write. They stay, and count, until they are `written`. */
  readonly batch: (maxItems: number, maxBytes: number) => ReadonlyArray<Entry>
  readonly written: () => void
  /** They could not be written: they wait in their old place, but for those that were withdrawn, which are returned. */
  readonly failed: () => ReadonlyArray<Entry>
  /** Nobody wants it any more. `false` where it is just being written: it goes if that fails. */
  readonly withdraw: (entry: Entry) => boolean
  readonly isWriting: () => boolean
  readonly length: () => number
  readonly bytes: () => number
  /** In order. */
  readonly entries: () => ReadonlyArray<Entry>
  /** The lowest number here; `undefined` where there is none. */
  readonly firstSequence: () => number | undefined
  /** One more than the highest; 0 where there is none. */
  readonly endSequence: () => number
}

export const make = ({ maxBytes, maxItems }: Bounds<FinishedEvent>): Staging => {
  let queue: Array<Entry> = []
  let head = 0
  let writing: ReadonlyArray<Entry> = []
  const withdrawn = new Set<Entry>()
  let bytes = 0
  /** Of those that are being written, or that somebody waits for. */
  const fixed = { count: 0, bytes: 0 }

  const length = () => writing.length + queue.length - head

  const fits = (size: number) => length() < maxItems && bytes + size <= maxBytes

  const fix = ({ size }: Entry, sign: 1 | -1) => {
    fixed.count += sign
    fixed.bytes += sign * size
  }

  const rest = () => queue.slice(head)

  const restart = (entries: Array<Entry>) => {
    queue = entries
    head = 0
  }

  const take = (): Entry | undefined => {
    const entry = queue[head++]
    // the emptied front is given back once it is the larger part
    if (head > 1024 && head * 2 > queue.length) {
      restart(rest())
    }
    return entry
  }

  return {
    fits,
    push: (entry) => {
      queue.push(entry)
      bytes += entry.size
      if (entry.done !== undefined) {
        fix(entry, 1)
      }
    },
    makeRoom: (size) => {
      if (fixed.count >= maxItems || fixed.bytes + size > maxBytes) {
        return []
      }
      const evicted: Array<Entry> = []
      const kept: Array<Entry> = []
      while (length() + kept.length >= maxItems || bytes + size > maxBytes) {
        const entry = take()
        if (entry === undefined) {
          break
        }
        if (entry.done === undefined) {
          bytes -= entry.size
          evicted.push(entry)
        } else {
          kept.push(entry)
        }
      }
      if (kept.length > 0) {
        restart([...kept, ...rest()])
      }
      return evicted
    },
    batch: (most, mostBytes) => {
      const batch: Array<Entry> = []
      let total = 0
      while (batch.length < most) {
        const entry = queue[head]
        if (entry === undefined || (batch.length > 0 && total + entry.size > mostBytes)) {
          break
        }
        take()
        batch.push(entry)
        total += entry.size
        if (entry.done === undefined) {
          fix(entry, 1)
        }
      }
      writing = batch
      return batch
    },
    written: () => {
      for (const entry of writing) {
        bytes -= entry.size
        withdrawn.delete(entry)
        fix(entry, -1)
      }
      writing = []
    },
    failed: () => {
      const again: Array<Entry> = []
      const gone: Array<Entry> = []
      for (const entry of writing) {
        if (entry.done === undefined || withdrawn.has(entry)) {
          fix(entry, -1)
        }
        if (withdrawn.delete(entry)) {
          bytes -= entry.size
          gone.push(entry)
        } else {
          again.push(entry)
        }
      }
      restart([...again, ...rest()])
      writing = []
      return gone
    },
    withdraw: (entry) => {
      if (writing.includes(entry)) {
        withdrawn.add(entry)
        return false
      }
      const others = rest().filter((each) => each !== entry)
      if (others.length < queue.length - head) {
        restart(others)
        bytes -= entry.size
        fix(entry, -1)
      }
      return true
    },
    isWriting: () => writing.length > 0,
    length,
    bytes: () => bytes,
    entries: () => [...writing, ...rest()],
    firstSequence: () => writing[0]?.sequence ?? queue[head]?.sequence,
    endSequence: () => ((head < queue.length ? queue.at(-1) : writing.at(-1))?.sequence ?? -1) + 1
  }
}
