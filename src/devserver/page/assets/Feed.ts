/** A list that grows at both ends: what arrives comes before its beginning, what is scrolled to is fetched. */

export interface Numbered {
  readonly number: number
}

export interface Part<A> {
  readonly items: ReadonlyArray<A>
  readonly total: number
  readonly next: number | null
}

export interface Source<A> {
  readonly load: (page: { readonly before: number | null; readonly limit: number }, signal: AbortSignal) => Promise<
    Part<A>
  >
  /** What has arrived is in the list without asking the server whether it matches. */
  readonly takesAll: boolean
}

export interface Feed<A extends Numbered> {
  /** How many there are, fetched or not. */
  readonly total: () => number
  /** How many of them are here. */
  readonly loaded: () => number
  /** The item at this position, the newest first; `undefined` while it is not here. */
  readonly at: (index: number) => A | undefined
  /** The position of a number, or of the next older one. */
  readonly indexOf: (number: number) => number
  readonly state: () => "loading" | "ready" | "failed"
  readonly problem: () => string
  /** Begins anew with another source. */
  readonly start: (source: Source<A>) => void
  readonly reload: () => void
  /** Fetches until the item at this position is here. */
  readonly need: (index: number) => void
  readonly arrived: (items: ReadonlyArray<A>) => void
  /** Asks whether something has come that nobody told of. */
  readonly catchUp: () => void
  readonly pause: () => void
  readonly resume: () => void
  readonly paused: () => boolean
  /** How many arrived during the pause. */
  readonly held: () => number
}

const pageSize = 1000
const headSize = 500
/** Asking whether what arrived matches, no more often than this. */
const headMillis = 250

/** `changed` is told how many items came before the first. */
export const make = <A extends Numbered>(changed: (added: number) => void): Feed<A> => {
  let source: Source<A> | undefined
  let aborts = new AbortController()
  // both in the order in which they are extended: nothing is ever moved
  let newer: Array<A> = []
  let older: Array<A> = []
  let total = 0
  let next: number | null = null
  let needed = 0
  let state: "loading" | "ready" | "failed" = "loading"
  let problem = ""
  let fetching = false
  let paused = false
  let held = 0
  let headTimer: ReturnType<typeof setTimeout> | undefined
  let headIsStale = false

  const loaded = () => newer.length + older.length
  const at = (index: number): A | undefined =>
    index < newer.length ? newer[newer.length - 1 - index] : older[index - newer.length]
  const newest = () => at(0)?.number ?? 0

  const indexOf = (number: number): number => {
    let low = 0
    let high = loaded()
    while (low < high) {
      const middle = (low + high) >> 1
      if (at(middle)!.number > number) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  const fail = (signal: AbortSignal) => (error: unknown) => {
    if (!signal.aborted) {
      if (state === "loading") {
        newer = []
        older = []
        total = 0
      }
      state = "failed"
      problem = error instanceof Error ? error.message : String(error)
      changed(0)
    }
  }

  const fetchOlder = async (): Promise<void> => {
    const { signal } = aborts
    if (source === undefined || fetching || (state === "ready" && (next === null || needed < loaded()))) {
      return
    }
    fetching = true
    try {
      const isFirst = state === "loading"
      const part = await source.load({ before: isFirst ? null : next, limit: isFirst ? headSize : pageSize }, signal)
      if (signal.aborted) {
        return
      }
      if (isFirst) {
        // until now the list has shown what was there before: it changes at once, and is never empty in between
        newer = []
        older = []
      }
      for (const item of part.items) {
        older.push(item)
      }
      next = part.items.length === 0 ? null : part.next
      total = isFirst ? Math.max(part.total, loaded()) : Math.max(total, loaded())
      if (next === null) {
        total = loaded()
      }
      state = "ready"
      changed(0)
    } catch (error) {
      fail(signal)(error)
      return
    } finally {
      if (!signal.aborted) {
        fetching = false
      }
    }
    await fetchOlder()
  }

  const reset = () => {
    aborts.abort()
    aborts = new AbortController()
    clearTimeout(headTimer)
    headTimer = undefined
    headIsStale = false
    next = null
    needed = 0
    held = 0
    fetching = false
    state = "loading"
    void fetchOlder()
  }

  const take = (items: ReadonlyArray<A>): number => {
    let added = 0
    for (const item of items.toSorted((a, b) => a.number - b.number)) {
      if (item.number > newest()) {
        newer.push(item)
        added++
      } else {
        // it came again, and says so
        const index = indexOf(item.number)
        if (at(index)?.number === item.number) {
          if (index < newer.length) {
            newer[newer.length - 1 - index] = item
          } else {
            older[index - newer.length] = item
          }
        }
      }
    }
    total += added
    return added
  }

  const fetchHead = async (): Promise<void> => {
    const { signal } = aborts
    if (source === undefined) {
      return
    }
    headIsStale = false
    try {
      const part = await source.load({ before: null, limit: headSize }, signal)
      if (signal.aborted) {
        return
      }
      const last = part.items.at(-1)
      if (last !== undefined && last.number > newest() && part.next !== null && loaded() > 0) {
        // more has come than fits: what lies between is not here
        reset()
        return
      }
      const added = take(part.items)
      total = Math.max(part.total, loaded())
      changed(added)
    } catch {
      // what is shown stays right: the next arrival, or the connection that comes back, asks again
    }
  }

  const askForHead = () => {
    headIsStale = true
    if (headTimer === undefined) {
      headTimer = setTimeout(() => {
        headTimer = undefined
        if (headIsStale && !paused && state === "ready") {
          void fetchHead().finally(() => headIsStale && askForHead())
        }
      }, headMillis)
    }
  }

  return {
    total: () => total,
    loaded,
    at,
    indexOf,
    state: () => state,
    problem: () => problem,
    start: (from) => {
      source = from
      reset()
    },
    reload: reset,
    need: (index) => {
      needed = Math.max(needed, Math.min(index, total - 1))
      if (state === "ready") {
        void fetchOlder()
      }
    },
    arrived: (items) => {
      if (paused) {
        held += items.length
        changed(0)
      } else if (
        source?.takesAll === true && state === "ready" && items.every(({ number }) => number <= newest() + items.length)
      ) {
        changed(take(items))
      } else {
        askForHead()
      }
    },
    catchUp: askForHead,
    pause: () => {
      paused = true
      held = 0
      changed(0)
    },
    resume: () => {
      paused = false
      held = 0
      void fetchHead()
      changed(0)
    },
    paused: () => paused,
    held: () => held
  }
}
