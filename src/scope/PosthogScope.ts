/**
 * The scope: an immutable value, a stack of frames, and what of them is visible.
 *
 * It is a plain value: it can be kept, put into a message or a queue, and entered again with `withScopeValue`.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type { JsonObject, JsonValue } from "../domain/JsonValue.js"
import { bare } from "../domain/PlainJson.js"
import * as Branch from "./Branch.js"
import type { Service as ExceptionCaptureService } from "./ExceptionCapture.js"
import type { Frame, FrameId } from "./Frame.js"
import * as Metadata from "./Metadata.js"
import type { Section } from "./Section.js"
import * as ServiceSection from "./sections/ServiceSection.js"
import * as Slots from "./Slots.js"
import { StepTrail } from "./StepTrail.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("effect-posthog/PosthogScope")

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/**
 * A scope: what travels with a fiber.
 *
 * @since 0.1.0
 * @category models
 */
export interface PosthogScope {
  readonly [TypeId]: TypeId
  /** How many frames stand on each other; 0 outside every scope. */
  readonly depth: number
  /** What is visible, inner frames over outer ones. */
  readonly view: ScopeView
}

/**
 * What of a scope is visible: the union of its frames down to the innermost fresh one, inner over outer.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScopeView {
  readonly tags: JsonObject
  /** The visible tags' keys, sorted. */
  readonly tagKeys: ReadonlyArray<string>
  readonly distinctId: string | undefined
  readonly sessionId: string | undefined
  readonly deviceId: string | undefined
  /** PostHog's groups: `{ company: "acme" }`. */
  readonly groups: { readonly [type: string]: string }
  /** Person properties that flag evaluations include (FLAGS-OVR-01). */
  readonly personProperties: JsonObject
  /** Group properties that flag evaluations include, by group type (FLAGS-OVR-04). */
  readonly groupProperties: { readonly [type: string]: JsonObject }
  /** What the sections show as event properties. */
  readonly sectionProperties: JsonObject
  /** The scope's own service, without that of the process. */
  readonly service: ServiceSection.ServiceFields | undefined
  /** What is noted about the request or operation, that of the ones around it included. It shows on no event. */
  readonly metadata: JsonObject
  readonly client: ExceptionCaptureService | undefined
}

/**
 * @since 0.1.0
 * @category guards
 */
export const isPosthogScope = (u: unknown): u is PosthogScope => Predicate.hasProperty(u, TypeId)

class Stack implements PosthogScope {
  readonly [TypeId]: TypeId = TypeId
  readonly depth: number
  /** Is any frame of it bound to a region that may close while this value is in use? */
  readonly attached: boolean
  readonly frame: Frame | undefined
  readonly parent: Stack | undefined
  /** The branch of the fiber that holds this value; only that of the topmost Stack says anything. */
  readonly branch: Branch.Branch | undefined
  private resolved: Resolved | undefined

  constructor(
    frame: Frame | undefined,
    parent: Stack | undefined,
    branch: Branch.Branch | undefined,
    resolved?: Resolved
  ) {
    this.frame = frame
    this.parent = parent
    this.branch = branch
    this.resolved = resolved
    this.depth = parent === undefined ? 0 : parent.depth + 1
    this.attached = parent !== undefined && (frame?.attached === true || parent.attached)
  }

  get resolution(): Resolved {
    return this.resolved ??= resolve(this)
  }

  get view(): ScopeView {
    return this.resolution.view
  }

  on(branch: Branch.Branch | undefined): Stack {
    return branch === this.branch || this.frame === undefined
      ? this
      : new Stack(this.frame, this.parent, branch, this.resolved)
  }

  toJSON(): unknown {
    const { client: _, ...view } = this.view
    return { _id: "PosthogScope", ...view, metadata: this.view.metadata }
  }
}

/** What a stack comes to. Its view is made when somebody looks: of most frames only the topmost one's ever is. */
class Resolved {
  readonly slots: Slots.Slots
  readonly client: ExceptionCaptureService | undefined
  private made: ScopeView | undefined = undefined

  constructor(slots: Slots.Slots, client: ExceptionCaptureService | undefined) {
    this.slots = slots
    this.client = client
  }

  get view(): ScopeView {
    return this.made ??= new View(this.slots, this.client)
  }
}

/**
 * The scope outside every scope: it holds nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: PosthogScope = new Stack(undefined, undefined, undefined)

/** The same in all that it holds: stands for a fiber that no scope was ever set in. */
export const unset: PosthogScope = new Stack(undefined, undefined, undefined)

/** The scope, and outside of every one the one value that stands for that. */
export const settled = (self: PosthogScope): PosthogScope => self.depth === 0 ? empty : self

// every PosthogScope is a Stack: the class is the only implementation and stays private to this file
const stack = (self: PosthogScope): Stack => self as Stack

const resolve = (self: Stack): Resolved => {
  const { frame, parent } = self
  if (frame === undefined || parent === undefined) {
    return new Resolved(Slots.empty, undefined)
  }
  if (frame.mode === "fresh") {
    return new Resolved(frame.slots, frame.client)
  }
  const below = parent.resolution
  const slots = Slots.merge(below.slots, frame.slots)
  const client = frame.client ?? below.client
  return slots === below.slots && client === below.client ? below : new Resolved(slots, client)
}

/** The view of slots. Nearly every request has one of its own. */
class View implements ScopeView {
  readonly tags: JsonObject
  readonly tagKeys: ReadonlyArray<string>
  readonly distinctId: string | undefined
  readonly sessionId: string | undefined
  readonly deviceId: string | undefined
  readonly groups: ScopeView["groups"]
  readonly personProperties: JsonObject
  readonly groupProperties: ScopeView["groupProperties"]
  readonly sectionProperties: JsonObject
  readonly service: ServiceSection.ServiceFields | undefined
  readonly client: ExceptionCaptureService | undefined
  readonly #slots: Slots.Slots
  #metadata: JsonObject | undefined = undefined

  constructor(slots: Slots.Slots, client: ExceptionCaptureService | undefined) {
    this.tags = values(slots.tags)
    this.tagKeys = sorted(Object.keys(this.tags))
    this.distinctId = slots.identity.get("distinctId")?.value
    this.sessionId = slots.identity.get("sessionId")?.value
    this.deviceId = slots.identity.get("deviceId")?.value
    this.groups = values(slots.groups)
    this.personProperties = values(slots.personProperties)
    this.groupProperties = groupPropertiesOf(slots.groupProperties)
    this.sectionProperties = sectionPropertiesOf(slots.sections)
    this.service = sectionIn(slots, ServiceSection.section)
    this.client = client
    this.#slots = slots
  }

  /** It shows on no event: few ever look. */
  get metadata(): JsonObject {
    return this.#metadata ??= Metadata.values(this.#slots.metadata)
  }
}

const groupPropertiesOf = (slots: Slots.Slots["groupProperties"]): ScopeView["groupProperties"] => {
  if (slots.size === 0) {
    return nothing
  }
  const result: Record<string, Record<string, JsonValue>> = bare()
  for (const { value } of slots.values()) {
    if (value !== undefined) {
      const properties = result[value.type] ??= Object.create(null) as Record<string, JsonValue>
      properties[value.property] = value.value
    }
  }
  return result
}

const sectionPropertiesOf = (sections: Slots.Slots["sections"]): JsonObject => {
  const result: Record<string, JsonValue> = bare()
  // by name: where two sections show one property, the same one wins whatever the order in which they were set
  for (const name of sorted([...sections.keys()])) {
    const value = sections.get(name)?.value
    if (value !== undefined) {
      Object.assign(result, value.section.properties(value.value))
    }
  }
  return result
}

/** By UTF-16 units, as `toSorted` does it. A few names that stand in order already are what there nearly always is. */
const sorted = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  for (let i = 1; i < names.length; i++) {
    if (names[i]! < names[i - 1]!) {
      return names.toSorted()
    }
  }
  return names
}

const nothing: Readonly<Record<string, never>> = Object.freeze(bare<never>())

const values = <A>(slots: ReadonlyMap<string, Slots.Slot<A>>): Readonly<Record<string, A>> => {
  if (slots.size === 0) {
    return nothing
  }
  const result: Record<string, A> = bare()
  for (const [key, { value }] of slots) {
    if (value !== undefined) {
      result[key] = value
    }
  }
  return result
}

/** A scope with one more frame on top. A frame that is there already, or whose region has closed, changes nothing. */
export const push = (self: PosthogScope, frame: Frame): PosthogScope =>
  (frame.attached && frame.id.closed) || find(self, frame.id) !== undefined
    ? self
    : new Stack(onTrail(frame, self), stack(self), stack(self).branch ?? Branch.root())

/** An inherited frame goes on in the steps of what surrounds it, and keeps them when that is gone. */
const onTrail = (frame: Frame, below: PosthogScope): Frame =>
  frame.trail === undefined && frame.mode === "inherited"
    ? { ...frame, trail: trail(below) ?? new StepTrail() }
    : frame

/** The steps of the request that this scope is in: those of the innermost fresh frame, or else of the outermost one. */
export const trail = (self: PosthogScope): StepTrail | undefined => {
  let found: StepTrail | undefined
  for (let current: Stack | undefined = stack(self); current?.frame !== undefined; current = current.parent) {
    found = current.frame.trail ?? found
    if (current.frame.mode === "fresh") {
      break
    }
  }
  return found
}

/** The scope without the frame of that identity, wherever it stands; the same scope if it is not there. */
export const pop = (self: PosthogScope, id: FrameId): PosthogScope =>
  map(self, (frame) => frame.id === id ? undefined : frame)

/** The scope with what `f` makes of the frame of that identity. */
export const edit = (self: PosthogScope, id: FrameId, f: (frame: Frame) => Frame): PosthogScope =>
  map(self, (frame) => frame.id === id ? f(frame) : frame)

/** The innermost frame, or `undefined` outside every scope. */
export const top = (self: PosthogScope): Frame | undefined => stack(self).frame

export const find = (self: PosthogScope, id: FrameId): Frame | undefined => at(self, id)?.frame

/** The frame that notes about the operation belong to: the innermost one of a request or operation, else the top one. */
export const operationFrame = (self: PosthogScope): Frame | undefined => {
  for (let current: Stack | undefined = stack(self); current?.frame !== undefined; current = current.parent) {
    if (current.frame.isOperation) {
      return current.frame
    }
    if (current.frame.mode === "fresh") {
      break
    }
  }
  return top(self)
}

/** The scope as it is seen from one of its frames: without what stands above that. */
export const upTo = (self: PosthogScope, id: FrameId): PosthogScope | undefined => at(self, id)

const at = (self: PosthogScope, id: FrameId): Stack | undefined => {
  let current: Stack | undefined = stack(self)
  while (current !== undefined && current.frame?.id !== id) {
    current = current.parent
  }
  return current
}

/** The frames, outermost first. */
export const frames = (self: PosthogScope): ReadonlyArray<Frame> => {
  const result: Array<Frame> = []
  for (let current: Stack | undefined = stack(self); current?.frame !== undefined; current = current.parent) {
    result.push(current.frame)
  }
  return result.toReversed()
}

/** The scope without the frames whose region has closed. */
export const live = (self: PosthogScope): PosthogScope =>
  stack(self).attached ? map(self, (frame) => frame.attached && frame.id.closed ? undefined : frame) : self

/** A copy that keeps its frames whatever becomes of the regions that opened them. */
export const detach = (self: PosthogScope): PosthogScope =>
  stack(self).attached
    ? map(
      self,
      (frame) => !frame.attached ? frame : frame.id.closed ? undefined : { ...frame, attached: false }
    )
    : self

/** What a forked fiber takes along: a copy that keeps its frames, on a branch of its own. */
export const fork = (self: PosthogScope): PosthogScope => {
  const copy = stack(detach(self))
  return copy.on(copy.branch?.fork())
}

/** Of a scope only the frames that are bound to a region which is still open. */
export const attached = (self: PosthogScope): PosthogScope =>
  map(self, (frame) => frame.attached && !frame.id.closed ? frame : undefined)

/** The branch of the fiber that holds this scope. */
export const branch = (self: PosthogScope): Branch.Branch | undefined => stack(self).branch

/** The scope with what `f` makes of its frames; `undefined` takes one away. */
export const map = (self: PosthogScope, f: (frame: Frame) => Frame | undefined): PosthogScope =>
  mapStack(stack(self), f).on(stack(self).branch)

const mapStack = (self: Stack, f: (frame: Frame) => Frame | undefined): Stack => {
  if (self.frame === undefined || self.parent === undefined) {
    return self
  }
  const parent = mapStack(self.parent, f)
  const frame = f(self.frame)
  return frame === undefined
    ? parent
    : frame === self.frame && parent === self.parent
    ? self
    : new Stack(frame, parent, self.branch)
}

/**
 * The value of a section: what the visible frames hold of it, merged by its own law; `undefined` where none set it.
 *
 * @since 0.1.0
 * @category accessors
 */
export const section = <A>(self: PosthogScope, section: Section<A>): A | undefined =>
  sectionIn(stack(self).resolution.slots, section)

const sectionIn = <A>(slots: Slots.Slots, section: Section<A>): A | undefined =>
  // a value under a section's name was set through that section, so it is an A
  slots.sections.get(section.name)?.value?.value as A | undefined

/** The visible slots, merged. */
export const slots = (self: PosthogScope): Slots.Slots => stack(self).resolution.slots
