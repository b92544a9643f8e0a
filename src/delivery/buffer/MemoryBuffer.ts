/**
 * A buffer in memory: what it holds is gone with the process.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { empty } from "./Emptying.js"
import type { Bounds, Claim, ItemBuffer } from "./ItemBuffer.js"

/** What is left of a claim. An item's number, they ascend, says how many were offered before it. */
interface Claimed<A> {
  readonly claim: Claim<A>
  readonly items: Array<A>
  /** Of all of them. */
  readonly bytes: number
  readonly numbers: ReadonlyArray<number>
}

const nothing: ReadonlyArray<never> = []

export const make = <A>(bounds: Bounds<A>): ItemBuffer<A> => {
  const { maxBytes, maxItems, sizeOf } = bounds
  /** Those that were never claimed, from `head` on; the number of the first is `offered` less their count. */
  let queue: Array<A | undefined> = []
  let head = 0
  /** Those that were claimed and wait again: older than all of the queue. */
  let returned: Array<{ readonly item: A; readonly number: number }> = []
  /**
   * A list: a map that items come to and go from leaves tables behind, each of them linked to the next, and what one of
   * the old ones held is collected with it, late and at a price.
   */
  const claims: Array<Claimed<A>> = []

  const forget = (at: number): void => {
    for (const { items } of claims.splice(at, 1)) {
      empty(items)
    }
  }

  let offered = 0
  let length = 0
  let bytes = 0
  let waitingBytes = 0

  const queued = () => queue.length - head

  const waiting = () => returned.length + queued()

  const take = (): A => {
    // every index from head to the end holds an item
    const item = queue[head]!
    queue[head++] = undefined
    // the emptied front is given back once it is the larger part
    if (head > 1024 && head * 2 > queue.length) {
      const rest = queue.slice(head)
      empty(queue)
      queue = rest
      head = 0
    }
    return item
  }

  const fits = (size: number) => length < maxItems && bytes + size <= maxBytes

  /** Evicts the oldest until an item of this size fits; none where all of them would not be enough. */
  const makeRoom = (size: number): ReadonlyArray<A> => {
    if (length - waiting() >= maxItems || bytes - waitingBytes + size > maxBytes) {
      return nothing
    }
    const evicted: Array<A> = []
    while (!fits(size)) {
      const item = returned.shift()?.item ?? take()
      length--
      bytes -= sizeOf(item)
      waitingBytes -= sizeOf(item)
      evicted.push(item)
    }
    return evicted
  }

  const numberOfFirst = (): number => {
    let first = offered - queued()
    for (const { numbers } of claims) {
      first = Math.min(first, numbers[0] ?? first)
    }
    return Math.min(first, returned[0]?.number ?? first)
  }

  const placeOf = (claim: Claim<A>): number => claims.findIndex((claimed) => claimed.claim === claim)

  const release = (claim: Claim<A>): void => {
    const at = placeOf(claim)
    const left = claims[at]
    if (left === undefined) {
      return
    }
    waitingBytes += left.bytes
    returned = left.items.map((item, i) => ({ item, number: left.numbers[i]! })).concat(returned)
    // several claims come back in any order
    returned.sort((a, b) => a.number - b.number)
    forget(at)
  }

  return {
    offer: (item) => {
      const size = sizeOf(item)
      let evicted = nothing as ReadonlyArray<A>
      if (!fits(size)) {
        evicted = bounds.evict === "newest" ? nothing : makeRoom(size)
        if (!fits(size)) {
          return [item]
        }
      }
      queue.push(item)
      offered++
      length++
      bytes += size
      waitingBytes += size
      return evicted
    },
    hasRoom: (item) => fits(sizeOf(item)),
    claim: (maxClaimed, maxClaimedBytes) =>
      Effect.sync(() => {
        const items: Array<A> = []
        const numbers: Array<number> = []
        let total = 0
        const fitsInto = (item: A): boolean => {
          const size = sizeOf(item)
          if (items.length >= maxClaimed || (items.length > 0 && total + size > maxClaimedBytes)) {
            return false
          }
          total += size
          return true
        }
        while (returned.length > 0 && fitsInto(returned[0]!.item)) {
          // there is one
          const { item, number } = returned.shift()!
          items.push(item)
          numbers.push(number)
        }
        if (returned.length === 0) {
          // every index from head to the end holds an item
          while (head < queue.length && fitsInto(queue[head]!)) {
            numbers.push(offered - queued())
            items.push(take())
          }
        }
        waitingBytes -= total
        const claim = { items }
        if (items.length > 0) {
          claims.push({ claim, items: items.slice(), numbers, bytes: total })
        }
        return claim
      }),
    remove: (claim, items) =>
      Effect.sync(() => {
        const at = placeOf(claim)
        const before = claims[at]
        if (before === undefined) {
          return
        }
        if (items === claim.items && items.length === before.items.length) {
          // all of them, as nearly always
          length -= items.length
          bytes -= before.bytes
          forget(at)
          return
        }
        const gone = new Set(items)
        const keeps = (_: unknown, i: number) => !gone.has(before.items[i]!)
        const left = before.items.filter(keeps)
        const bytesLeft = left.reduce((sum, item) => sum + sizeOf(item), 0)
        length -= before.items.length - left.length
        bytes -= before.bytes - bytesLeft
        if (left.length === 0) {
          forget(at)
        } else {
          claims[at] = { claim, items: left, numbers: before.numbers.filter(keeps), bytes: bytesLeft }
        }
      }),
    release: (claim) => Effect.sync(() => release(claim)),
    waiting,
    waitingBytes: () => waitingBytes,
    length: () => length,
    offered: () => offered,
    settled: numberOfFirst,
    exchange: () => ({ adopted: 0, handedOver: 0 }),
    unsaved: () => [
      ...claims.toSorted((a, b) => a.numbers[0]! - b.numbers[0]!).flatMap(({ items }) => items),
      ...returned.map(({ item }) => item),
      // no index from head on is empty
      ...(queue.slice(head) as Array<A>)
    ],
    close: Effect.sync(() => {
      for (const { claim } of Array.from(claims)) {
        release(claim)
      }
      const left = [...returned.map(({ item }) => item), ...(queue.slice(head) as Array<A>)]
      returned = []
      queue = []
      head = 0
      length = 0
      bytes = 0
      waitingBytes = 0
      return left
    })
  }
}
