/**
 * Values in bags by path: `address.city`, or a key that holds the dots itself.
 *
 * @since 0.1.0
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../domain/JsonValue.js"

/** A path of more segments than this is only looked up as one key. */
const maxSegments = 32

/** How many keys one lookup tries at most; nested keys with dots could otherwise make it try exponentially many. */
const maxSteps = 512

/** A key of the object itself, never of what it inherits. */
const own = (bag: JsonObject, key: string): JsonValue | undefined => {
  const value = bag[key]
  return value !== undefined && Object.hasOwn(bag, key) ? value : undefined
}

/** Looks a path up in any bag; the path is taken apart once. At each level the longest key that is there comes first. */
export const at = (path: string): (bag: JsonObject) => JsonValue | undefined => {
  const segments = path.split(".", maxSegments + 1)
  const { length } = segments
  if (length === 1 || length > maxSegments) {
    return (bag) => own(bag, path)
  }
  const keys = segments.map((_, from) => segments.map((_, to) => segments.slice(from, to + 1).join(".")))
  let steps = 0
  const walk = (value: JsonValue, from: number): JsonValue | undefined => {
    if (from === length) {
      return value
    }
    if (!isJsonObject(value)) {
      return undefined
    }
    for (let to = length - 1; to >= from && steps < maxSteps; to--) {
      steps++
      const inner = own(value, keys[from]![to]!)
      const found = inner === undefined ? undefined : walk(inner, to + 1)
      if (found !== undefined) {
        return found
      }
    }
    return undefined
  }
  return (bag) => {
    steps = 0
    return walk(bag, 0)
  }
}
