/**
 * The properties of one event: the caller's over what is ambient. For every key exactly one source wins (DESIGN law 6;
 * seed 000 §7.2): explicit, then the scope, then flags, then super properties, then the system; `$lib` and `$lib_version` are the
 * library's.
 *
 * @since 0.1.0
 */
import { type JsonValue, stringifyProperties, toJsonObject } from "../domain/JsonValue.js"
import { holdsHalfPairs, isPlain, isPlainJson } from "../domain/PlainJson.js"
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
  switch (look(explicit, ambient)) {
    case "plain": {
      const own = JSON.stringify(explicit)
      return { own: holdsHalfPairs(own) ? stringifyProperties(explicit) : own, shared: ambient.members }
    }
    case "disjoint":
      return { own: stringifyProperties(explicit), shared: ambient.members }
    case "careful": {
      const own: Record<string, JsonValue> = Object.assign(Object.create(null), toJsonObject(explicit))
      for (const key of Object.keys(library)) {
        delete own[key]
      }
      return { own: JSON.stringify(own), shared: AmbientProperties.without(ambient, Object.keys(own)) }
    }
  }
}

/** The merged properties, reduced to these names. */
export const mergeOnly = (
  explicit: object | undefined,
  ambient: AmbientProperties.AmbientProperties,
  library: { readonly [key: string]: JsonValue },
  names: ReadonlySet<string>
): Merged => {
  const values: Record<string, JsonValue> = Object.assign(
    Object.create(null),
    ambient.values,
    explicit === undefined || explicit === null ? {} : toJsonObject(explicit),
    library
  )
  for (const name of Object.keys(values)) {
    if (!names.has(name)) {
      delete values[name]
    }
  }
  return { own: JSON.stringify(values), shared: "" }
}

/**
 * One look at the caller's properties, on every event's way: `plain` JSON that shares no key with what is ambient; no
 * shared key but values to convert; or what cannot be told by looking at plain keys, and is taken the careful way.
 */
const look = (explicit: object, ambient: AmbientProperties.AmbientProperties): "plain" | "disjoint" | "careful" => {
  try {
    if (!isPlain(Object.getPrototypeOf(explicit))) {
      return "careful"
    }
    const { apart } = ambient
    let known = 0
    let names: Array<string> | undefined = undefined
    let plain = true
    for (const key in explicit) {
      if (names === undefined && apart?.[known] === key) {
        known++
      } else {
        names ??= apart?.slice(0, known) ?? []
        if (ambient.mayHold(key)) {
          return "careful"
        }
        if (apart !== undefined) {
          names.push(key)
        }
      }
      if (plain) {
        const value: unknown = explicit[key as keyof typeof explicit]
        plain = typeof value === "string" || value === undefined || isPlainJson(value, 1)
      }
    }
    ambient.apart = names ?? apart
    return plain ? "plain" : "disjoint"
  } catch {
    return "careful"
  }
}
