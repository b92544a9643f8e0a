/** Random choices that a seed repeats. */
export interface Random {
  /** From 0 up to, not including, 1. */
  readonly next: () => number
  readonly chance: (share: number) => boolean
  readonly below: (limit: number) => number
  readonly pick: <A>(values: ReadonlyArray<A>) => A
  /** Up to `limit` of them. */
  readonly list: <A>(limit: number, make: (index: number) => A) => Array<A>
}

/** Mulberry32. */
export const make = (seed: number): Random => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    chance: (share) => next() < share,
    pick: (values) => values[below(values.length)]!,
    list: (limit, make) => Array.from({ length: below(limit + 1) }, (_, index) => make(index))
  }
}
