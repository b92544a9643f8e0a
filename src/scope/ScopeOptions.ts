/**
 * What can be set when a scope is opened, and how it becomes a frame.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../domain/GuardedRead.js"
import { toId } from "../domain/Id.js"
import { type JsonValue, toJsonValue } from "../domain/JsonValue.js"
import type { Properties } from "../domain/PropertyValue.js"
import type { ExceptionCapture, Service as ExceptionCaptureService } from "./ExceptionCapture.js"
import { type Frame, FrameId } from "./Frame.js"
import * as Metadata from "./Metadata.js"
import type { Mode } from "./Mode.js"
import type { Section } from "./Section.js"
import * as CallerSection from "./sections/CallerSection.js"
import * as CorrelationSection from "./sections/CorrelationSection.js"
import * as OperationSection from "./sections/OperationSection.js"
import * as RequestSection from "./sections/RequestSection.js"
import * as ServiceSection from "./sections/ServiceSection.js"
import * as TraceSection from "./sections/TraceSection.js"
import * as Slots from "./Slots.js"
import { StepTrail } from "./StepTrail.js"

/**
 * The data of a scope: what travels, merges and shows on events.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScopeFields {
  /** Become properties of every event inside. `undefined` values are left out. */
  readonly tags?: Properties | undefined
  /** Whose scope it is. An empty or blank one is ignored. */
  readonly distinctId?: string | undefined
  readonly sessionId?: string | undefined
  readonly deviceId?: string | undefined
  /** PostHog's groups, by type: `{ company: "acme" }`. */
  readonly groups?: { readonly [type: string]: string | number } | undefined
  /** Person properties for flag evaluations (FLAGS-OVR-01). */
  readonly personProperties?: Properties | undefined
  /** Group properties for flag evaluations, by group type (FLAGS-OVR-04). */
  readonly groupProperties?: { readonly [type: string]: Properties } | undefined
  /** What this belongs to, across processes (seed 001). */
  readonly correlation?: CorrelationSection.CorrelationFields | undefined
  /** The service that this runs in. */
  readonly service?: ServiceSection.ServiceFields | undefined
  /** The request that is handled. */
  readonly request?: RequestSection.RequestFields | undefined
  /** The operation that is under way. */
  readonly operation?: OperationSection.OperationFields | undefined
  /** What is noted about the operation: at most 64 entries of 1 KiB; larger values are told by their type and size. */
  readonly metadata?: Properties | undefined
  /** The service that called this one. */
  readonly caller?: CallerSection.CallerFields | undefined
  /** The trace that this came with. */
  readonly trace?: TraceSection.TraceFields | undefined
}

/**
 * What `withScope` and its kin take: data, and how failures that leave the scope are captured. Neither of the latter two
 * is handed to `captureExceptions` of scopes inside; a `client` is.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScopeOptions extends ScopeFields {
  /** Capture failures and defects that leave this scope? Default: the client's `captureExceptions`, which is true. */
  readonly captureExceptions?: boolean | undefined
  /** Who captures them. Default: the surrounding scope's client, otherwise the ambient `ExceptionCapture`. */
  readonly client?: ExceptionCaptureService | undefined
}

/**
 * What a scope with these options needs of its surroundings: `ExceptionCapture`, unless it captures no exceptions or
 * brings its own client.
 *
 * @since 0.1.0
 * @category models
 */
export type Captures<O> = O extends { readonly captureExceptions: false } ? never
  : O extends { readonly client: ExceptionCaptureService } ? never
  : ExceptionCapture

/** `attached`: does it end with a region? `isOperation`: is it a request's or an operation's? */
export const makeFrame = (mode: Mode, options: ScopeOptions, attached: boolean, isOperation = false): Frame => ({
  id: new FrameId(),
  isOperation,
  mode,
  captureExceptions: options.captureExceptions,
  client: options.client,
  slots: toSlots(options),
  attached,
  trail: mode === "fresh" ? new StepTrail() : undefined
})

/** A bag of properties as the entries of slots: whatever it holds as JSON, what JSON has no place for left out. */
export const entries = (properties: Properties): Array<readonly [key: string, value: JsonValue]> => {
  const result: Array<readonly [key: string, value: JsonValue]> = []
  for (const key of keys(properties)) {
    const value = read(properties, key)
    if (value !== undefined) {
      result.push([key.toWellFormed(), value])
    }
  }
  return result
}

export const groupEntries = (
  groups: NonNullable<ScopeFields["groups"]>
): Array<readonly [type: string, key: string]> =>
  keys(groups).flatMap((type) => {
    const key = toId(read(groups, type))
    return key === undefined || type.trim() === "" ? [] : [[type.toWellFormed(), key]]
  })

export const groupPropertyEntries = (
  type: string,
  properties: Properties
): Array<readonly [key: string, value: Slots.GroupPropertyValue]> =>
  entries(properties).map(([property, value]) => [
    Slots.groupPropertyKey(type.toWellFormed(), property),
    { type: type.toWellFormed(), property, value }
  ])

/** The own keys of what should be an object; a text has its letters' places as keys. */
const keys = (input: object): ReadonlyArray<string> => typeof input === "object" ? GuardedRead.keys(input) : []

const read = (input: { readonly [key: string]: unknown }, key: string): JsonValue | undefined => {
  const value = GuardedRead.read(input, key)
  return value === GuardedRead.unreadable ? "[Unreadable]" : toJsonValue(value)
}

const readBag = (bags: { readonly [type: string]: Properties }, type: string): Properties => {
  try {
    return bags[type] ?? {}
  } catch {
    return {}
  }
}

const identityKeys = ["distinctId", "sessionId", "deviceId"] satisfies Array<Slots.IdentityKey>

/** The sections that these fields are of. */
const sectionsOf = (fields: ScopeFields): Array<readonly [name: string, value: Slots.SectionValue]> => {
  const result: Array<readonly [name: string, value: Slots.SectionValue]> = []
  const add = <Fields extends object, A>(
    { fromFields, section }: { readonly section: Section<A>; readonly fromFields: (fields: Fields) => A | undefined },
    given: Fields | undefined
  ) => {
    const value = given === undefined ? undefined : GuardedRead.guarded(() => fromFields(given))
    if (value !== undefined) {
      result.push([section.name, { section, value, opaque: false }])
    }
  }
  add(CorrelationSection, fields.correlation)
  add(ServiceSection, fields.service)
  add(RequestSection, fields.request)
  add(OperationSection, fields.operation)
  add(CallerSection, fields.caller)
  add(TraceSection, fields.trace)
  return result
}

const toSlots = (fields: ScopeFields): Slots.Slots => {
  const { groupProperties, groups, metadata, personProperties, tags } = fields
  const identity: Array<readonly [key: Slots.IdentityKey, id: string]> = []
  for (const key of identityKeys) {
    const id = toId(fields[key])
    if (id !== undefined) {
      identity.push([key, id])
    }
  }
  const slots: Slots.Slots = {
    ...Slots.empty,
    tags: Slots.of(tags === undefined ? [] : entries(tags)),
    identity: Slots.of(identity),
    groups: Slots.of(groups === undefined ? [] : groupEntries(groups)),
    personProperties: Slots.of(personProperties === undefined ? [] : entries(personProperties)),
    groupProperties: Slots.of(
      groupProperties === undefined
        ? []
        : keys(groupProperties).flatMap((type) => groupPropertyEntries(type, readBag(groupProperties, type)))
    ),
    sections: Slots.of(sectionsOf(fields)),
    metadata: metadata === undefined
      ? Slots.empty.metadata
      : Slots.of(Metadata.bounded(Slots.empty.metadata, entries(metadata)))
  }
  // nothing set is the law's identity: the scope around shows through as the very same value
  return Slots.isEmpty(slots) ? Slots.empty : slots
}
