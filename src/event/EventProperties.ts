/**
 * The properties of one event: the caller's over what is ambient. For every key exactly one source wins (DESIGN law 6;
 * seed 000 §7.2): explicit, then the scope, then super properties, then the system; `$lib` and `$lib_version` are the
 * library's.
 *
 * @since 0.1.0
 */
import { type JsonValue, stringifyProperties, toJsonObject } from "../domain/JsonValue.js"
import * as AmbientProperties from "./AmbientProperties.js"

/** The JSON text of the merged properties. */
export const merge = (
  explicit: object | undefined,
  ambient: AmbientProperties.AmbientProperties,
  library: { readonly [key: string]: JsonValue }
): string => {
  if (explicit === undefined || explicit === null) {
    return join("", ambient.members)
  }
  if (collides(explicit, ambient)) {
    const own: Record<string, JsonValue> = Object.assign(Object.create(null), toJsonObject(explicit))
    for (const key of Object.keys(library)) {
      delete own[key]
    }
    return join(JSON.stringify(own).slice(1, -1), AmbientProperties.without(ambient, own))
  }
  return join(stringifyProperties(explicit).slice(1, -1), ambient.members)
}

const join = (first: string, second: string): string =>
  first === "" ? `{${second}}` : second === "" ? `{${first}}` : `{${first},${second}}`

/** May the two share a key? What cannot be told by looking at plain keys is taken the careful way. */
const collides = (explicit: object, ambient: AmbientProperties.AmbientProperties): boolean => {
  try {
    const prototype = Object.getPrototypeOf(explicit)
    if (prototype !== Object.prototype && prototype !== null) {
      return true
    }
    for (const key in explicit) {
      if (key in ambient.values) {
        return true
      }
    }
    return false
  } catch {
    return true
  }
}
