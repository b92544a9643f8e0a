/**
 * The properties that an event has without its caller's doing, serialized once for all events that share them: the
 * scope's, the service of the process, those of a snapshot of flags, the client's super properties and the system's, in
 * that order of precedence.
 *
 * @since 0.1.0
 */
import type { JsonObject, JsonValue } from "../domain/JsonValue.js"
import { bare } from "../domain/PlainJson.js"
import type { ScopeView } from "../scope/PosthogScope.js"
import * as ProcessService from "../scope/ProcessService.js"
import * as ServiceSection from "../scope/sections/ServiceSection.js"
import type { EventFlags } from "./EventFlags.js"

/** Properties as JSON text, the members without their braces, and as an object for who asks for one. */
export interface AmbientProperties {
  readonly values: JsonObject
  readonly members: string
  /** May a property of this name be among them? */
  readonly mayHold: (name: string) => boolean
  /**
   * Names that were asked for already, in the order in which a caller had them: it holds none of them. Absent before the
   * first caller; most have no second one, so it is for that one that they are kept.
   */
  apart: ReadonlyArray<string> | undefined
}

/** What the client adds to every event: never the caller's to override (`library`), or below all else. */
export interface ClientProperties {
  /** `$lib` and `$lib_version`: ours and nobody's to override (CAP-06). */
  readonly library: JsonObject
  /** `$is_server`, `$geoip_disable` and, where asked for, the host's (CAP-07, CAP-23). */
  readonly system: JsonObject
  readonly superProperties: JsonObject
  /** The service of the process: below the scope's own, by the section's law. */
  readonly service?: ServiceSection.ServiceFields | undefined
}

/**
 * - `full`: scope, super properties, system
 * - `session`: the scope's session and the system's
 * - `system`: the system's alone
 */
export type Extent = "full" | "session" | "system"

/** `flags`: a snapshot that the event carries. */
export type Make = (
  extent: Extent,
  personless: boolean,
  view: ScopeView,
  flags?: EventFlags
) => AmbientProperties

/** For the events of one client: what is the same in all of them is serialized here, once. */
export const maker = (client: ClientProperties): Make => {
  const constant = constantOf(client)
  const textOf = keysText()
  return (extent, personless, view, flags) =>
    constant !== undefined && extent === "full" && flags === undefined && isApart(view, constant)
      ? new Joined(personless, view, constant, textOf(view.tagKeys))
      : new Whole(valuesOf(extent, personless, view, client, flags))
}

/** What the client adds to every event, as text. */
interface Constant {
  readonly client: ClientProperties
  /** No property of a scope may have one of these names if the texts are to be joined. */
  readonly names: ReadonlySet<string>
  /** What stands before the scope's properties, with a comma at its end, and what after them. */
  readonly before: string
  readonly after: string
}

const specialNames = ["$context_tags", "$groups", "$session_id", "$process_person_profile"]

/** `undefined` where a super property has a name that is not its alone. */
const constantOf = (client: ClientProperties): Constant | undefined => {
  const before: Record<string, JsonValue> = Object.assign(
    bare<JsonValue>(),
    client.system,
    client.superProperties,
    client.service === undefined ? {} : serviceProperties(client.service, undefined)
  )
  const others = [...Object.keys(client.library), ...specialNames]
  if (others.some((name) => name in before)) {
    return undefined
  }
  const text = membersOf(before)
  return {
    client,
    names: new Set([...Object.keys(before), ...others]),
    before: text === "" ? "" : `${text},`,
    after: membersOf(client.library)
  }
}

/** Has this scope no name in common with the client, nor its tags with its sections? */
const isApart = ({ sectionProperties, service, tags }: ScopeView, { client, names }: Constant): boolean => {
  if (service !== undefined && client.service !== undefined) {
    return false
  }
  for (const name in sectionProperties) {
    if (names.has(name)) {
      return false
    }
  }
  for (const name in tags) {
    if (names.has(name) || name in sectionProperties) {
      return false
    }
  }
  return true
}

/** The texts of client and scope, joined. One is made for nearly every event of a server: it is no object until asked. */
class Joined implements AmbientProperties {
  readonly members: string
  private readonly personless: boolean
  private readonly view: ScopeView
  private readonly constant: Constant
  apart: ReadonlyArray<string> | undefined = undefined
  private made: JsonObject | undefined = undefined

  /** `tagKeys`: the view's, as JSON. */
  constructor(personless: boolean, view: ScopeView, constant: Constant, tagKeys: string) {
    this.personless = personless
    this.view = view
    this.constant = constant
    let members = constant.before
    const sections = membersOf(view.sectionProperties)
    if (sections !== "") {
      members += `${sections},`
    }
    if (view.tagKeys.length > 0) {
      members += `${membersOf(view.tags)},"$context_tags":${tagKeys},`
    }
    if (!isEmpty(view.groups)) {
      members += `"$groups":${JSON.stringify(view.groups)},`
    }
    if (view.sessionId !== undefined) {
      members += `"$session_id":${JSON.stringify(view.sessionId)},`
    }
    if (personless) {
      members += "\"$process_person_profile\":false,"
    }
    this.members = members + constant.after
  }

  get values(): JsonObject {
    return this.made ??= valuesOf("full", this.personless, this.view, this.constant.client)
  }

  mayHold(name: string): boolean {
    return this.constant.names.has(name) || name in this.view.sectionProperties || name in this.view.tags
  }
}

class Whole implements AmbientProperties {
  readonly members: string
  readonly values: JsonObject
  apart: ReadonlyArray<string> | undefined = undefined

  constructor(values: JsonObject) {
    this.members = membersOf(values)
    this.values = values
  }

  mayHold(name: string): boolean {
    return name in this.values
  }
}

/** The names of a view's tags as JSON: those of one request are nearly always those of the next. */
const keysText = () => {
  let last: ReadonlyArray<string> = []
  let text = "[]"
  return (keys: ReadonlyArray<string>): string => {
    if (keys.length !== last.length || !keys.every((key, i) => key === last[i])) {
      last = keys
      text = JSON.stringify(keys)
    }
    return text
  }
}

const membersOf = (values: JsonObject): string => JSON.stringify(values).slice(1, -1)

const isEmpty = (object: object): boolean => {
  for (const _ in object) {
    return false
  }
  return true
}

const valuesOf = (
  extent: Extent,
  personless: boolean,
  view: ScopeView,
  client: ClientProperties,
  flags?: EventFlags
): JsonObject => {
  const values: Record<string, JsonValue> = bare()
  // from the lowest precedence to the highest
  Object.assign(values, client.system)
  if (extent === "full") {
    Object.assign(values, client.superProperties)
    if (flags !== undefined) {
      addFlags(values, flags)
    }
    if (client.service !== undefined) {
      Object.assign(values, serviceProperties(client.service, view.service))
    }
    Object.assign(values, view.sectionProperties, view.tags)
    if (view.tagKeys.length > 0) {
      values["$context_tags"] = view.tagKeys
    }
    ifAbsent(values, "$groups", isEmpty(view.groups) ? undefined : view.groups)
  }
  if (extent !== "system") {
    ifAbsent(values, "$session_id", view.sessionId)
  }
  if (personless) {
    ifAbsent(values, "$process_person_profile", false)
  }
  return Object.assign(values, client.library)
}

const serviceProperties = (
  process: ServiceSection.ServiceFields,
  service: ServiceSection.ServiceFields | undefined
): JsonObject => ServiceSection.section.properties(ProcessService.over(process, service) ?? {})

/** FLAGS-EVAL-19, -20 */
const addFlags = (values: Record<string, JsonValue>, flags: EventFlags) => {
  const active: Array<string> = []
  for (const [key, value] of flags.values) {
    values[`$feature/${key}`] = value
    if (value !== false && value !== "") {
      active.push(key)
    }
  }
  if (active.length > 0) {
    values["$active_feature_flags"] = active.toSorted()
  }
}

const ifAbsent = (values: Record<string, JsonValue>, key: string, value: JsonValue | undefined) => {
  if (value !== undefined && !(key in values)) {
    values[key] = value
  }
}

/** Of these properties those that have none of these names, as JSON members. */
export const without = (ambient: AmbientProperties, names: Iterable<string>): string => {
  let rest: Record<string, JsonValue> | undefined
  for (const name of names) {
    if (Object.hasOwn(ambient.values, name)) {
      rest ??= Object.assign(Object.create(null) as Record<string, JsonValue>, ambient.values)
      delete rest[name]
    }
  }
  return rest === undefined ? ambient.members : membersOf(rest)
}
