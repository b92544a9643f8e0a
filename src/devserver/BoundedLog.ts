/**
 * A list that keeps the newest of what was put into it.
 *
 * @since 0.1.0
 */

/**
 * A list bounded in entries and in weight; the oldest entries make room. The newest is kept whatever it weighs.
 *
 * @since 0.1.0
 * @category models
 */
export interface BoundedLog<A> {
  /** Adds an entry at the end. `onForget` is called for each entry that had to go. */
  readonly push: (entry: A) => void
  /** A copy of what is kept, oldest first. */
  readonly toArray: () => ReadonlyArray<A>
  readonly size: () => number
  readonly clear: () => void
}

/**
 * An empty list. `capacity` is at least one; `weigh` gives the weight of one entry (default: nothing weighs anything).
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A>(options: {
  readonly capacity: number
  readonly maxWeight?: number | undefined
  readonly weigh?: ((entry: A) => number) | undefined
  readonly onForget?: ((entry: A) => void) | undefined
}): BoundedLog<A> => {
  const capacity = Math.max(1, options.capacity)
  const maxWeight = options.maxWeight ?? Infinity
  const weigh = options.weigh ?? (() => 0)
  let entries: Array<A> = []
  let head = 0
  let weight = 0

  const forgetOldest = (): void => {
    const oldest = entries.slice(head, head + 1)
    head++
    // The dead part at the front is cut off when it is half of the array: constant cost per entry.
    if (head > 512 && head * 2 > entries.length) {
      entries = entries.slice(head)
      head = 0
    }
    for (const entry of oldest) {
      weight -= weigh(entry)
      options.onForget?.(entry)
    }
  }

  const overfull = (): boolean => {
    const size = entries.length - head
    return size > 1 && (size > capacity || weight > maxWeight)
  }

  return {
    push: (entry) => {
      entries.push(entry)
      weight += weigh(entry)
      while (overfull()) {
        forgetOldest()
      }
    },
    toArray: () => entries.slice(head),
    size: () => entries.length - head,
    clear: () => {
      entries = []
      head = 0
      weight = 0
    }
  }
}
