/**
 * Whom a flag is evaluated for: what the scope knows and what was passed, ready to be read.
 *
 * Two things are called groups here. The groups of a subject are PostHog's: one key per type, `{ company: "acme" }`,
 * which group flags are evaluated for; they are the scope's, and the caller's over them. `context.user.groups` are the
 * seed's segments of one user, a list that filters read as the property `groups`; no group flag looks at it.
 *
 * @since 0.1.0
 */
import { toId } from "../../domain/Id.js"
import { type JsonValue, toJsonObject } from "../../domain/JsonValue.js"
import { bare } from "../../domain/PlainJson.js"
import type { Properties } from "../../domain/PropertyValue.js"
import type { ScopeView } from "../../scope/PosthogScope.js"
import { groupEntries } from "../../scope/ScopeOptions.js"
import type { ServiceFields } from "../../scope/sections/ServiceSection.js"
import { bucketKey } from "./BucketKey.js"
import { empty as emptyContext, type EvaluationContext, merge } from "./EvaluationContext.js"
import * as Recent from "./Recent.js"
import { fromScope } from "./ScopeContext.js"

/**
 * Whom, and with what, a flag is evaluated. What is passed wins over the scope. Where it names another person than the
 * scope does, or another group, what the scope knows of its own is left out (FLAGS-OVR-06).
 *
 * @since 0.1.0
 * @category models
 */
export interface SubjectOptions {
  /** Default: the context's, otherwise the scope's. An empty or blank one is nobody. */
  readonly distinctId?: string | undefined
  /** For flags that are bucketed by device. Default: `$device_id` of the person properties, the context's, the scope's. */
  readonly deviceId?: string | undefined
  /** Whom and under which circumstances: merged over what the scope says. */
  readonly context?: EvaluationContext | undefined
  /** Properties that filters read; they win over the context and the scope. */
  readonly personProperties?: Properties | undefined
  /** PostHog's groups by type, over the scope's. A user's segments are `context.user.groups`. */
  readonly groups?: { readonly [type: string]: string | number } | undefined
  /** Properties of those groups by type, over the scope's. */
  readonly groupProperties?: { readonly [type: string]: Properties } | undefined
}

/** Whom a flag is evaluated for. */
export interface Subject {
  readonly distinctId: string | undefined
  readonly deviceId: string | undefined
  /** What was passed for this evaluation; it wins over the context. */
  readonly personProperties: Properties | undefined
  /** What the scope says, with the passed context merged over it. */
  readonly context: EvaluationContext
  readonly groups: { readonly [type: string]: string }
  readonly groupProperties: { readonly [type: string]: Properties }
}

/** One that is written over, for callers that evaluate synchronously and keep nothing of it. */
export type MutableSubject = { -readonly [Key in keyof Subject]: Subject[Key] }

export interface Subjects {
  readonly resolve: (view: ScopeView, options: SubjectOptions) => Subject
  readonly fill: (subject: MutableSubject, view: ScopeView, options: SubjectOptions) => void
}

const none: { readonly [type: string]: never } = Object.freeze(bare<never>())

/** A subject about nobody. */
export const empty = (): MutableSubject => ({
  distinctId: undefined,
  deviceId: undefined,
  personProperties: undefined,
  context: emptyContext,
  groups: none,
  groupProperties: none
})

/** A context and what follows from it alone. */
interface Known {
  readonly context: EvaluationContext
  readonly distinctId: string | undefined
  readonly deviceId: string | undefined
}

const know = (context: EvaluationContext): Known => ({
  context,
  distinctId: bucketKey(context, "user_id"),
  deviceId: bucketKey(context, "device_id")
})

/** What a scope says. */
interface KnownScope extends Known {
  readonly groups: Subject["groups"]
  readonly groupProperties: Subject["groupProperties"]
}

/** What a scope says where it is somebody else that is asked about: nothing of the person, or the device, that it is of. */
const impersonal = (view: ScopeView): ScopeView => ({
  ...view,
  distinctId: undefined,
  deviceId: undefined,
  personProperties: none
})

/** Without the properties that were set for another group of the type (FLAGS-OVR-06). */
const ofTheseGroups = (
  properties: ScopeView["groupProperties"],
  groups: Subject["groups"]
): Subject["groupProperties"] => {
  const foreign = Object.keys(properties).filter((type) => {
    const key = properties[type]?.["$group_key"]
    return typeof key === "string" && groups[type] !== undefined && groups[type] !== key
  })
  if (foreign.length === 0) {
    return properties
  }
  const rest = Object.assign(bare<Properties>(), properties)
  for (const type of foreign) {
    delete rest[type]
  }
  return rest
}

/** The scope's groups: those that its group properties were set for, and those that were set. */
const groupsOf = ({ groupProperties, groups }: ScopeView): { readonly [type: string]: string } => {
  const all = bare<string>()
  for (const type of Object.keys(groupProperties)) {
    const properties = groupProperties[type]
    const key = properties !== undefined && Object.hasOwn(properties, "$group_key")
      ? properties["$group_key"]
      : undefined
    if (typeof key === "string") {
      all[type] = key
    }
  }
  return Object.assign(all, groups)
}

const mergeGroups = (
  scope: Subject["groups"],
  passed: NonNullable<SubjectOptions["groups"]>
): { readonly [type: string]: string } => {
  const all = Object.assign(bare<string>(), scope)
  for (const [type, key] of groupEntries(passed)) {
    all[type] = key
  }
  return all
}

const mergeProperties = (
  scope: Subject["groupProperties"],
  passed: NonNullable<SubjectOptions["groupProperties"]>
): { readonly [type: string]: Properties } => {
  const all: Record<string, Properties> = Object.assign(bare<Properties>(), scope)
  // read as JSON: what a caller passed may do anything when it is read
  for (const [type, properties] of Object.entries(toJsonObject(passed))) {
    all[type] = Object.assign(bare<JsonValue>(), all[type], toJsonObject(properties))
  }
  return all
}

const deviceIdOf = (properties: Properties): string | undefined => {
  try {
    return Object.hasOwn(properties, "$device_id") ? toId(properties["$device_id"]) : undefined
  } catch {
    // a getter or a proxy that throws says nothing
    return undefined
  }
}

/**
 * Resolves subjects in a process that is this service; what it found out about the scopes and contexts that it met last it
 * keeps.
 */
export const make = (process?: ServiceFields): Subjects => {
  const ofScope = Recent.memoize((view: ScopeView): KnownScope => {
    const known = know(fromScope(view, process))
    const groups = groupsOf(view)
    return {
      context: known.context,
      distinctId: known.distinctId,
      deviceId: known.deviceId,
      groups,
      groupProperties: ofTheseGroups(view.groupProperties, groups)
    }
  })
  const ofStranger = Recent.memoize((view: ScopeView): Known => know(fromScope(impersonal(view), process)))
  const over = Recent.memoize((scope: EvaluationContext, context: EvaluationContext) => know(merge(scope, context)))

  const fill = (subject: MutableSubject, view: ScopeView, options: SubjectOptions): void => {
    const scope = ofScope(view, undefined)
    const { context, deviceId, distinctId, groupProperties, groups, personProperties } = options
    const passedId = distinctId !== undefined
      ? toId(distinctId)
      : context === undefined
      ? undefined
      : bucketKey(context, "user_id")
    const isOther = passedId !== undefined && scope.distinctId !== undefined && passedId !== scope.distinctId
    const around = isOther ? ofStranger(view, undefined) : scope
    const known = context === undefined ? around : over(around.context, context)
    subject.distinctId = distinctId === undefined ? known.distinctId : passedId
    subject.deviceId = deviceId === undefined
      ? (personProperties === undefined ? undefined : deviceIdOf(personProperties)) ?? known.deviceId
      : toId(deviceId)
    subject.personProperties = personProperties
    subject.context = known.context
    subject.groups = groups === undefined
      ? scope.groups
      : mergeGroups(scope.groups, groups)
    const ofGroups = groups === undefined
      ? scope.groupProperties
      : ofTheseGroups(view.groupProperties, subject.groups)
    subject.groupProperties = groupProperties === undefined
      ? ofGroups
      : mergeProperties(ofGroups, groupProperties)
  }

  return {
    fill,
    resolve: (view, options) => {
      const subject = empty()
      fill(subject, view, options)
      return subject
    }
  }
}
