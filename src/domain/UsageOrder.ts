/**
 * The order in which things were used, from the last to the one that is the first to go. Every operation takes constant
 * time, which the first key of a `Map` does not: it is not found in constant time once keys before it were deleted
 * (measured: 9 µs for each eviction from 10,000 entries, 49 µs from 100,000).
 *
 * @since 0.1.0
 */

/** Something with a place in the order; only the order writes to it. */
export class Used {
  newer: this | undefined = undefined
  older: this | undefined = undefined
}

export class UsageOrder<A extends Used> {
  #newest: A | undefined = undefined
  #oldest: A | undefined = undefined

  get oldest(): A | undefined {
    return this.#oldest
  }

  /** Puts something in that was not there before, as the last used. */
  add(self: A): void {
    self.newer = undefined
    self.older = this.#newest
    if (this.#newest === undefined) {
      this.#oldest = self
    } else {
      this.#newest.newer = self
    }
    this.#newest = self
  }

  /** Something that is there was used. */
  use(self: A): void {
    if (self !== this.#newest) {
      this.remove(self)
      this.add(self)
    }
  }

  remove(self: A): void {
    if (self.newer === undefined) {
      this.#newest = self.older
    } else {
      self.newer.older = self.older
    }
    if (self.older === undefined) {
      this.#oldest = self.newer
    } else {
      self.older.newer = self.newer
    }
  }

  clear(): void {
    this.#newest = undefined
    this.#oldest = undefined
  }
}
