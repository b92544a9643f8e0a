/**
 * A map of a bounded size: the entry that was not used for the longest makes room. Every operation takes constant time.
 *
 * @since 0.1.0
 */
import { UsageOrder, Used } from "../../domain/UsageOrder.js"

export interface LruMap<V> {
  /** Reading is a use. */
  readonly get: (key: string) => V | undefined
  /** Looking is none. */
  readonly has: (key: string) => boolean
  readonly set: (key: string, value: V) => void
  readonly clear: () => void
  readonly size: () => number
}

class Node<V> extends Used {
  readonly key: string
  value: V
  constructor(key: string, value: V) {
    super()
    this.key = key
    this.value = value
  }
}

/** A capacity below one is one. */
export const make = <V>(capacity: number): LruMap<V> => {
  const most = Math.max(1, capacity)
  const nodes = new Map<string, Node<V>>()
  const order = new UsageOrder<Node<V>>()

  return {
    get: (key) => {
      const node = nodes.get(key)
      if (node !== undefined) {
        order.use(node)
      }
      return node?.value
    },
    has: (key) => nodes.has(key),
    set: (key, value) => {
      const node = nodes.get(key)
      if (node !== undefined) {
        node.value = value
        order.use(node)
        return
      }
      const added = new Node(key, value)
      nodes.set(key, added)
      order.add(added)
      const { oldest } = order
      if (nodes.size > most && oldest !== undefined) {
        nodes.delete(oldest.key)
        order.remove(oldest)
      }
    },
    clear: () => {
      nodes.clear()
      order.clear()
    },
    size: () => nodes.size
  }
}
