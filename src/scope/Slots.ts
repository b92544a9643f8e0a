/**
 * What a frame holds: slots, each written or left alone, and the law by which an inner frame's win over an outer one's.
 *
 * @since 0.1.0
 */
import type { JsonValue } from "../domain/JsonValue.js"
import * as Branch from "./Branch.js"
import * as Metadata from "./Metadata.js"
import type { Section } from "./Section.js"

/**
 * One write. Its identity is the write's: two writes of the same value are two writes, which is what lets the later of
 * two concurrent children win. `undefined` is a key that was taken away and hides the outer frame's.
 */
export class Slot<out A> {
  readonly value: A | undefined
  /** Where in the tree of fibers it was written. */
  readonly branch: Branch.Branch | undefined
  constructor(value: A | undefined, branch?: Branch.Branch) {
    this.value = value
    this.branch = branch
  }
}

export type IdentityKey = "distinctId" | "sessionId" | "deviceId"

/** A section's value and the section it belongs to, so that a frame can hold sections it knows nothing of. */
export interface SectionValue {
  // any: a section is only ever applied to values that were set through it
  // oxlint-disable-next-line no-explicit-any
  readonly section: Section<any>
  readonly value: unknown
  /** Set over a place that was cleared: nothing of an outer frame is merged into it. */
  readonly opaque: boolean
}

/** Group properties for flags live under one key for each group type and property: see `groupPropertyKey`. */
export interface GroupPropertyValue {
  readonly type: string
  readonly property: string
  readonly value: JsonValue
}

export interface Slots {
  readonly tags: ReadonlyMap<string, Slot<JsonValue>>
  readonly identity: ReadonlyMap<string, Slot<string>>
  readonly groups: ReadonlyMap<string, Slot<string>>
  readonly personProperties: ReadonlyMap<string, Slot<JsonValue>>
  readonly groupProperties: ReadonlyMap<string, Slot<GroupPropertyValue>>
  readonly sections: ReadonlyMap<string, Slot<SectionValue>>
  readonly metadata: ReadonlyMap<string, Slot<Metadata.MetadataEntry>>
}

export type Kind = keyof Slots

export const kinds: ReadonlyArray<Kind> = [
  "tags",
  "identity",
  "groups",
  "personProperties",
  "groupProperties",
  "sections",
  "metadata"
]

const none: ReadonlyMap<string, Slot<never>> = new Map()

export const empty: Slots = {
  tags: none,
  identity: none,
  groups: none,
  personProperties: none,
  groupProperties: none,
  sections: none,
  metadata: none
}

export const isEmpty = (self: Slots): boolean => kinds.every((kind) => self[kind].size === 0)

export const groupPropertyKey = (type: string, property: string): string => JSON.stringify([type, property])

/** The slots of one kind that hold these values. */
export const of = <A>(entries: ReadonlyArray<readonly [key: string, value: A]>): ReadonlyMap<string, Slot<A>> => {
  if (entries.length === 0) {
    return none
  }
  const result = new Map<string, Slot<A>>()
  for (const [key, value] of entries) {
    result.set(key, new Slot(value))
  }
  return result
}

/** The slots with these writes, made on a branch; `undefined` takes the key away and hides the outer frame's. */
export const write = <K extends Kind>(
  self: Slots,
  kind: K,
  entries: Iterable<readonly [key: string, value: SlotValue<K> | undefined]>,
  branch?: Branch.Branch
): Slots => {
  const next = new Map<string, Slot<unknown>>(self[kind])
  for (const [key, value] of entries) {
    next.set(key, new Slot(value, branch))
  }
  return { ...self, [kind]: next }
}

/** The slots with a section's value. Where the section was cleared, nothing of an outer frame's merges into it. */
export const setSection = <A>(self: Slots, section: Section<A>, value: A, branch?: Branch.Branch): Slots => {
  const standing = self.sections.get(section.name)
  const opaque = standing !== undefined && (standing.value === undefined || standing.value.opaque)
  return write(self, "sections", [[section.name, { section, value, opaque }]], branch)
}

/** A write as a patch carries it; `undefined` forgets a write. */
export type Entry = readonly [key: string, slot: Slot<unknown> | undefined]

/** The slots with writes that were made elsewhere. */
export const apply = (self: Slots, kind: Kind, entries: Iterable<Entry>): Slots => {
  const next = new Map<string, Slot<unknown>>(self[kind])
  for (const [key, slot] of entries) {
    if (slot === undefined) {
      next.delete(key)
    } else {
      next.set(key, slot)
    }
  }
  return { ...self, [kind]: next }
}

/** What a child's writes come to: of two siblings that wrote the same key the later forked one wins. */
export const join = (standing: Slots, joined: Slots, here: Branch.Branch | undefined): Slots => {
  let result = joined
  for (const kind of kinds) {
    if (standing[kind] === joined[kind]) {
      continue
    }
    const kept: Array<Entry> = []
    for (const [key, slot] of standing[kind]) {
      const arrived = joined[kind].get(key)
      if (arrived !== slot && Branch.isLater(here, slot.branch, arrived?.branch)) {
        kept.push([key, slot])
      }
    }
    if (kept.length > 0) {
      result = apply(result, kind, kept)
    }
  }
  return standing.metadata === joined.metadata ? result : withinBounds(standing, result)
}

/** What several children noted may be more than one of them could. */
const withinBounds = (standing: Slots, joined: Slots): Slots => {
  const changed = Metadata.joined(standing.metadata, joined.metadata)
  return changed === undefined ? joined : apply(
    joined,
    "metadata",
    changed.map(([key, entry]) => [
      key,
      entry === undefined ? undefined : new Slot(entry, joined.metadata.get(key)?.branch)
    ])
  )
}

export type SlotValue<K extends Kind> = Slots[K] extends ReadonlyMap<string, Slot<infer A>> ? A : never

/**
 * Inner over outer, key by key. Associative, with `empty` as its identity. A section is merged by its own law, which
 * may take the outer one's fields where the inner one has none.
 */
export const merge = (outer: Slots, inner: Slots): Slots =>
  outer === empty ? inner : inner === empty ? outer : ({
    tags: union(outer.tags, inner.tags),
    identity: union(outer.identity, inner.identity),
    groups: union(outer.groups, inner.groups),
    personProperties: union(outer.personProperties, inner.personProperties),
    groupProperties: union(outer.groupProperties, inner.groupProperties),
    sections: mergeSections(outer.sections, inner.sections),
    metadata: union(outer.metadata, inner.metadata)
  })

const union = <A>(outer: ReadonlyMap<string, Slot<A>>, inner: ReadonlyMap<string, Slot<A>>) => {
  if (inner.size === 0) {
    return outer
  }
  if (outer.size === 0) {
    return inner
  }
  const result = new Map(outer)
  for (const [key, slot] of inner) {
    result.set(key, slot)
  }
  return result
}

const mergeSections = (
  outer: ReadonlyMap<string, Slot<SectionValue>>,
  inner: ReadonlyMap<string, Slot<SectionValue>>
): ReadonlyMap<string, Slot<SectionValue>> => {
  if (inner.size === 0) {
    return outer
  }
  const result = new Map(outer)
  for (const [key, slot] of inner) {
    result.set(key, mergeSection(result.get(key), slot))
  }
  return result
}

const mergeSection = (
  outer: Slot<SectionValue> | undefined,
  inner: Slot<SectionValue>
): Slot<SectionValue> => {
  if (outer === undefined || inner.value === undefined || inner.value.opaque) {
    return inner
  }
  const { section, value } = inner.value
  return outer.value === undefined
    ? new Slot({ section, value, opaque: true })
    : new Slot({ section, value: section.merge(outer.value.value, value), opaque: outer.value.opaque })
}
