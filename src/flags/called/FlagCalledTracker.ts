/**
 * Which reads of flags were reported already, so that each is reported once (FLAGS-TRACK-01 to -10).
 *
 * @since 0.1.0
 */
import { UsageOrder, Used } from "../../domain/UsageOrder.js"
import type { FlagValue } from "../evaluation/FlagEvaluation.js"

/** PostHog's groups by type. */
export type Groups = { readonly [type: string]: string }

export interface FlagCalledTracker {
  /** Was this read reported? It counts as used then, and is kept longer than others. */
  readonly has: (key: string, value: FlagValue | undefined, distinctId: string, groups: Groups) => boolean
  /** Takes note of this read, in one step with asking: `false` where it was noted before. */
  readonly add: (key: string, value: FlagValue | undefined, distinctId: string, groups: Groups) => boolean
  readonly size: () => number
  readonly clear: () => void
}

/** A read that was reported. */
class Entry extends Used {
  readonly key: string
  readonly distinctId: string
  readonly value: FlagValue | undefined
  readonly groups: string
  /** The same flag and person with another value or other groups. */
  sibling: Entry | undefined
  constructor(
    key: string,
    distinctId: string,
    value: FlagValue | undefined,
    groups: string,
    sibling: Entry | undefined
  ) {
    super()
    this.key = key
    this.distinctId = distinctId
    this.value = value
    this.groups = groups
    this.sibling = sibling
  }
}

/**
 * A tracker of at most `capacity` reads; the least recently used one goes when another comes (FLAGS-TRACK-08). It is
 * synchronous, so that asking and noting are one step (FLAGS-TRACK-09).
 */
export const make = (capacity: number): FlagCalledTracker => {
  const flags = new Map<string, Map<string, Entry>>()
  const order = new UsageOrder<Entry>()
  let size = 0
  let lastGroups: Groups | undefined
  let lastText = ""

  const textOf = (groups: Groups): string => {
    if (groups !== lastGroups) {
      lastGroups = groups
      lastText = groupsText(groups)
    }
    return lastText
  }

  const find = (
    key: string,
    value: FlagValue | undefined,
    distinctId: string,
    groups: string
  ): Entry | undefined => {
    let entry = flags.get(key)?.get(distinctId)
    while (entry !== undefined && (entry.value !== value || entry.groups !== groups)) {
      entry = entry.sibling
    }
    return entry
  }

  const evict = (entry: Entry) => {
    order.remove(entry)
    size--
    const people = flags.get(entry.key)
    const first = people?.get(entry.distinctId)
    if (people === undefined || first === undefined) {
      return
    }
    if (first === entry) {
      if (entry.sibling !== undefined) {
        people.set(entry.distinctId, entry.sibling)
        return
      }
      people.delete(entry.distinctId)
      if (people.size === 0) {
        flags.delete(entry.key)
      }
      return
    }
    let before = first
    while (before.sibling !== undefined && before.sibling !== entry) {
      before = before.sibling
    }
    before.sibling = entry.sibling
  }

  return {
    has: (key, value, distinctId, groups) => {
      const entry = find(key, value, distinctId, textOf(groups))
      if (entry === undefined) {
        return false
      }
      order.use(entry)
      return true
    },
    add: (key, value, distinctId, groups) => {
      const text = textOf(groups)
      const known = find(key, value, distinctId, text)
      if (known !== undefined) {
        order.use(known)
        return false
      }
      if (capacity < 1) {
        return true
      }
      let people = flags.get(key)
      if (people === undefined) {
        people = new Map()
        flags.set(key, people)
      }
      const entry = new Entry(key, distinctId, value, text, people.get(distinctId))
      people.set(distinctId, entry)
      order.add(entry)
      size++
      if (size > capacity && order.oldest !== undefined) {
        evict(order.oldest)
      }
      return true
    },
    size: () => size,
    clear: () => {
      flags.clear()
      order.clear()
      size = 0
    }
  }
}

/** Equal for equal mappings, whatever the order of their types (FLAGS-TRACK-04). */
const groupsText = (groups: Groups): string => {
  const types = Object.keys(groups)
  return types.length === 0 ? "" : JSON.stringify(types.toSorted().map((type) => [type, groups[type]]))
}
