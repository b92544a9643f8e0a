/**
 * Where what is to be delivered waits, until PostHog has answered for it.
 *
 * Items are claimed in order, a batch at a time and several batches at once. A claimed item stays here: it leaves when its
 * fate is known, or waits again in its old place.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"

/** Items that one sender works on. It is known by its identity. */
export interface Claim<A> {
  /** In order, and at least one unless nothing waits. The list is the claimer's, who empties it in the end. */
  readonly items: Array<A>
}

/** Why a lane gives up on items. */
export type LaneDropReason = "rejected" | "tooLarge" | "unencodable" | "retriesExhausted"

/** What became of items that leave: PostHog has them, or nobody will. */
export type Fate = "delivered" | LaneDropReason

/** How many items there are, beside those that this process took in and still has. */
export interface Exchange {
  /** Items of other processes, of an earlier run, or stored past `offer`: those claimed here, and those decided here. */
  readonly adopted: number
  /** Items of this process whose fate was decided by another one. */
  readonly handedOver: number
}

export interface ItemBuffer<A> {
  /** Takes an item in, at once. What had to go for it is returned: nothing, older items, or the item itself. */
  readonly offer: (item: A) => ReadonlyArray<A>
  /** Would `offer` take it without anything having to go? */
  readonly hasRoom: (item: A) => boolean
  /**
   * The next items that nobody has claimed: at most so many and of so much text together, unless the first alone is
   * larger. It never fails: where nothing can be had now there is nothing in it.
   */
  readonly claim: (maxItems: number, maxBytes: number) => Effect.Effect<Claim<A>>
  /** These items of a claim leave. */
  readonly remove: (claim: Claim<A>, items: ReadonlyArray<A>, fate: Fate) => Effect.Effect<void>
  /** What is left of a claim waits again, in its old place. Further calls do nothing. */
  readonly release: (claim: Claim<A>) => Effect.Effect<void>
  /** How many items can be claimed, as far as is known here, and how much text that is. */
  readonly waiting: () => number
  readonly waitingBytes: () => number
  /** How many items are here, claimed or not: those that this process took in, and those it has claimed from others. */
  readonly length: () => number
  /** How many items this process ever took in, and how many of these, counted from the first one, have left. */
  readonly offered: () => number
  readonly settled: () => number
  readonly exchange: () => Exchange
  /** What would be gone if the process ended now. */
  readonly unsaved: () => ReadonlyArray<A>
  /** No more items come. What cannot be kept beyond the process is returned, in order; it has left. */
  readonly close: Effect.Effect<ReadonlyArray<A>>
}

/** How much may wait, and what happens then. */
export interface Bounds<A> {
  readonly maxItems: number
  /** In the unit of `sizeOf`. */
  readonly maxBytes: number
  readonly sizeOf: (item: A) => number
  /** What goes where an item has no room: the item itself, or the oldest that nobody has claimed. */
  readonly evict: "newest" | "oldest"
}
