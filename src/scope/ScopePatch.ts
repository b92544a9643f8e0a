/**
 * The difference between two scopes, told in frames by identity. It is what Effect carries from a child fiber to the
 * fiber that joins it, and from the fiber that computed a cached effect to the ones that await it.
 *
 * @since 0.1.0
 */
import * as Differ from "effect/Differ"
import type { Frame, FrameId } from "./Frame.js"
import * as PosthogScope from "./PosthogScope.js"
import * as Slots from "./Slots.js"

/** A patch about a frame that is not on the patched scope does nothing. */
export type ScopePatch = ReadonlyArray<Change>

export type Change =
  | { readonly _tag: "Push"; readonly frame: Frame }
  | { readonly _tag: "Pop"; readonly id: FrameId }
  | {
    readonly _tag: "Write"
    readonly id: FrameId
    readonly kind: Slots.Kind
    readonly entries: ReadonlyArray<Slots.Entry>
  }
  | { readonly _tag: "Fork" }

export const empty: ScopePatch = []

/** What a fork does to the child's copy. */
export const fork: ScopePatch = [{ _tag: "Fork" }]

export const diff = (from: PosthogScope.PosthogScope, to: PosthogScope.PosthogScope): ScopePatch => {
  if (from === to) {
    return empty
  }
  const before = PosthogScope.frames(from)
  const after = PosthogScope.frames(to)
  const changes: Array<Change> = []
  const kept = new Set<FrameId>()
  let position = -1
  let pushed = 0
  // frames that stand in both in the same order stay; from the first new one on, everything is pushed on top
  for (const frame of after) {
    const index = before.findIndex((candidate) => candidate.id === frame.id)
    if (index <= position) {
      break
    }
    position = index
    pushed++
    kept.add(frame.id)
  }
  for (const frame of before) {
    if (!kept.has(frame.id)) {
      changes.push({ _tag: "Pop", id: frame.id })
    }
  }
  for (let i = 0; i < pushed; i++) {
    const frame = after[i]!
    writes(before.find((candidate) => candidate.id === frame.id)!, frame, changes)
  }
  for (let i = pushed; i < after.length; i++) {
    changes.push({ _tag: "Push", frame: after[i]! })
  }
  return changes
}

const writes = (from: Frame, to: Frame, changes: Array<Change>) => {
  if (from.slots === to.slots) {
    return
  }
  for (const kind of Slots.kinds) {
    const before = from.slots[kind]
    const after = to.slots[kind]
    if (before === after) {
      continue
    }
    const entries: Array<Slots.Entry> = []
    for (const key of before.keys()) {
      if (!after.has(key)) {
        entries.push([key, undefined])
      }
    }
    for (const [key, slot] of after) {
      if (before.get(key) !== slot) {
        entries.push([key, slot])
      }
    }
    if (entries.length > 0) {
      changes.push({ _tag: "Write", id: to.id, kind, entries })
    }
  }
}

export const combine = (first: ScopePatch, second: ScopePatch): ScopePatch =>
  first.length === 0 ? second : second.length === 0 ? first : [...first, ...second]

export const patch = (self: ScopePatch, scope: PosthogScope.PosthogScope): PosthogScope.PosthogScope => {
  let result = scope
  for (const change of self) {
    switch (change._tag) {
      case "Push": {
        result = PosthogScope.push(result, change.frame)
        break
      }
      case "Pop": {
        result = PosthogScope.pop(result, change.id)
        break
      }
      case "Write": {
        result = PosthogScope.edit(
          result,
          change.id,
          (frame) => ({ ...frame, slots: Slots.apply(frame.slots, change.kind, change.entries) })
        )
        break
      }
      case "Fork": {
        result = PosthogScope.fork(result)
        break
      }
    }
  }
  return PosthogScope.settled(result)
}

export const differ: Differ.Differ<PosthogScope.PosthogScope, ScopePatch> = Differ.make({
  empty,
  diff,
  combine,
  patch
})

/**
 * What a fiber's scope becomes when it joins a child. `joined` is the scope with the child's patch; a fiber outside every
 * scope has nothing to patch and is offered the child's whole scope: of that it takes only what a layer that was built in
 * the child has opened for it.
 */
export const join = (
  parent: PosthogScope.PosthogScope,
  joined: PosthogScope.PosthogScope
): PosthogScope.PosthogScope => {
  if (parent.depth === 0) {
    return PosthogScope.settled(PosthogScope.attached(joined))
  }
  const here = PosthogScope.branch(parent)
  return PosthogScope.settled(PosthogScope.map(joined, (frame) => {
    const standing = PosthogScope.find(parent, frame.id)
    if (standing === undefined || standing.slots === frame.slots) {
      return frame
    }
    const slots = Slots.join(standing.slots, frame.slots, here)
    return slots === frame.slots ? frame : { ...frame, slots }
  }))
}
