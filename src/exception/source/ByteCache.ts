/**
 * A map that is bounded twice, by its entries and by their bytes: what was not used for the longest makes room.
 *
 * @since 0.1.0
 */
import { UsageOrder, Used } from "../../domain/UsageOrder.js"

export interface ByteCache<V> {
  /** Reading is a use. */
  readonly get: (key: string) => V | undefined
  /** What alone is heavier than everything may be is not kept. */
  readonly set: (key: string, value: V, bytes: number) => void
  readonly size: () => number
  readonly bytes: () => number
}

class Entry<V> extends Used {
  readonly key: string
  readonly value: V
  readonly bytes: number
  constructor(key: string, value: V, bytes: number) {
    super()
    this.key = key
    this.value = value
    this.bytes = bytes
  }
}

export const make = <V>(maxEntries: number, maxBytes: number): ByteCache<V> => {
  const entries = new Map<string, Entry<V>>()
  const order = new UsageOrder<Entry<V>>()
  let bytes = 0

  const remove = (entry: Entry<V>) => {
    entries.delete(entry.key)
    order.remove(entry)
    bytes -= entry.bytes
  }

  return {
    get: (key) => {
      const entry = entries.get(key)
      if (entry === undefined) {
        return undefined
      }
      order.use(entry)
      return entry.value
    },
    set: (key, value, weight) => {
      const known = entries.get(key)
      if (known !== undefined) {
        remove(known)
      }
      if (weight > maxBytes || maxEntries < 1) {
        return
      }
      const added = new Entry(key, value, weight)
      entries.set(key, added)
      order.add(added)
      bytes += weight
      for (let { oldest } = order; oldest !== undefined; oldest = order.oldest) {
        if (entries.size <= maxEntries && bytes <= maxBytes) {
          return
        }
        remove(oldest)
      }
    },
    size: () => entries.size,
    bytes: () => bytes
  }
}
