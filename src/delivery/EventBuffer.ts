/**
 * The events that wait for delivery: bounded, first in first out. An event leaves when PostHog has answered for it, not
 * when its request was sent.
 *
 * @since 0.1.0
 */
import { type FinishedEvent, size } from "../event/FinishedEvent.js"

/**
 * What happens to events at the bound: the new one is refused, or the oldest that is not on its way is dropped.
 *
 * @since 0.1.0
 * @category models
 */
export type Overflow = "dropNewest" | "dropOldest"

export interface Bounds {
  readonly maxEvents: number
  /** Of text, uncompressed. */
  readonly maxBytes: number
  readonly overflow: Overflow
}

export interface EventBuffer {
  /** Takes an event in; what had to go for it is returned: nothing, older events, or the event itself. */
  readonly offer: (event: FinishedEvent) => ReadonlyArray<FinishedEvent>
  /** The next events in order, within these limits but at least one; they stay here until they are settled. */
  readonly claim: (maxEvents: number, maxBytes: number) => ReadonlyArray<FinishedEvent>
  /** The first `count` of the claimed events are done with; the others wait again, in their place. */
  readonly settle: (count: number) => void
  /** How many events wait, those on their way included. */
  readonly length: () => number
  /** How much text waits. */
  readonly bytes: () => number
  /** How many events were ever taken in, and how many of them have left: an event's place tells when it is done. */
  readonly offered: () => number
  readonly left: () => number
}

const nothing: ReadonlyArray<never> = []

export const makeMemory = (bounds: Bounds): EventBuffer => {
  let events: Array<FinishedEvent | undefined> = []
  let head = 0
  let claimed = 0
  let bytes = 0
  let offered = 0

  const removeAt = (index: number): FinishedEvent => {
    // every index from head to the end holds an event
    const event = events[index]!
    if (index === head) {
      events[head++] = undefined
    } else {
      events.splice(index, 1)
    }
    bytes -= size(event)
    // the emptied front is given back once it is the larger part
    if (head > 1024 && head * 2 > events.length) {
      events = events.slice(head)
      head = 0
    }
    return event
  }

  const makeRoom = (needed: number): ReadonlyArray<FinishedEvent> => {
    const evicted: Array<FinishedEvent> = []
    while (
      events.length - head > claimed &&
      (events.length - head >= bounds.maxEvents || bytes + needed > bounds.maxBytes)
    ) {
      evicted.push(removeAt(head + claimed))
    }
    return evicted
  }

  return {
    offer: (event) => {
      const needed = size(event)
      let evicted = nothing as ReadonlyArray<FinishedEvent>
      if (events.length - head >= bounds.maxEvents || bytes + needed > bounds.maxBytes) {
        if (bounds.overflow === "dropNewest") {
          return [event]
        }
        evicted = makeRoom(needed)
        if (events.length - head >= bounds.maxEvents || bytes + needed > bounds.maxBytes) {
          return [...evicted, event]
        }
      }
      events.push(event)
      bytes += needed
      offered++
      return evicted
    },
    claim: (maxEvents, maxBytes) => {
      const batch: Array<FinishedEvent> = []
      let total = 0
      for (let i = head; i < events.length && batch.length < maxEvents; i++) {
        const event = events[i]!
        total += size(event)
        if (batch.length > 0 && total > maxBytes) {
          break
        }
        batch.push(event)
      }
      claimed = batch.length
      return batch
    },
    settle: (count) => {
      for (let i = 0; i < count; i++) {
        removeAt(head)
      }
      claimed = 0
    },
    length: () => events.length - head,
    bytes: () => bytes,
    offered: () => offered,
    left: () => offered - (events.length - head)
  }
}
