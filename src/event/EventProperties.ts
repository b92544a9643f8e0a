/**
 * The properties of one event: the caller's over what is ambient. For every key exactly one source wins (DESIGN law 6;
 * seed 000 §7.2): explicit, then the scope, then super properties, then the system; `$lib` and `$lib_version` are the
 * library's.
 *
 * @since 0.1.0
 */
import { type JsonValue, stringifyProperties, toJsonObject } from "../domain/JsonValue.js"
import * as AmbientProperties from "./AmbientProperties.js"

/** The merged properties in two parts: the caller's as a JSON object, and the members that are ambient. */
export interface Merged {
  readonly own: string
  readonly shared: string
}

export const merge = (
  explicit: object | undefined,
  ambient: AmbientProperties.AmbientProperties,
  library: { readonly [key: string]: JsonValue }
): Merged => {
  if (explicit === undefined || explicit === null) {
    return { own: "{}", shared: ambient.members }
  }
  if (!collides(explicit, ambient)) {
    return { own: stringifyProperties(explicit), shared: ambient.members }
  }
  const own: Record<string, JsonValue> = Object.assign(Object.create(null), toJsonObject(explicit))
  for (const key of Object.keys(library)) {
    delete own[key]
  }
  return { own: JSON.stringify(own), shared: AmbientProperties.without(ambient, own) }
}

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
