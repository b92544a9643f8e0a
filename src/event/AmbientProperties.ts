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

/** Properties as an object, and as JSON text: the members without their braces. */
export interface AmbientProperties {
  readonly values: JsonObject
  readonly members: string
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

export const make = (
  extent: Extent,
  personless: boolean,
  view: ScopeView,
  client: ClientProperties,
  flags?: EventFlags
): AmbientProperties => {
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
    ifAbsent(values, "$groups", Object.keys(view.groups).length === 0 ? undefined : view.groups)
  }
  if (extent !== "system") {
    ifAbsent(values, "$session_id", view.sessionId)
  }
  if (personless) {
    ifAbsent(values, "$process_person_profile", false)
  }
  Object.assign(values, client.library)
  return { values, members: JSON.stringify(values).slice(1, -1) }
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
  return rest === undefined ? ambient.members : JSON.stringify(rest).slice(1, -1)
}
