/**
 * Tags on their way: one JSON object in ASCII, as posthog-python writes it for queues.
 *
 * @since 0.1.0
 */
import { type JsonObject, type JsonValue, toJsonObject } from "../domain/JsonValue.js"
import * as HeaderValue from "./text/HeaderValue.js"

/** Tags that travel at most; the first ones by name. */
export const maxTags = 64

/** ASCII characters that they may have together. */
export const maxLength = 4096

/** What is read of tags from outside: more is no header that anybody sends. */
const maxInbound = 16 * 1024

/** Those of the tags that may leave and fit, none of them in part. */
export const allowed = (tags: JsonObject, allowList: ReadonlyArray<string> | "all"): JsonObject | undefined => {
  const names = allowList === "all" ? Object.keys(tags) : allowList
  const result: Record<string, JsonValue> = Object.create(null)
  let count = 0
  let length = 2
  for (const name of names.toSorted()) {
    if (count === maxTags) {
      break
    }
    if (Object.hasOwn(tags, name) && !Object.hasOwn(result, name)) {
      const value = tags[name]!
      const added = ascii(`${JSON.stringify(name)}:${JSON.stringify(value)},`).length
      if (length + added <= maxLength) {
        result[name] = value
        length += added
        count++
      }
    }
  }
  return count === 0 ? undefined : result
}

export const format = (tags: JsonObject): string => ascii(JSON.stringify(tags))

/** The tags of a JSON text, its bytes, or an object; `undefined` for anything else, and where there are none. */
export const parse = (input: unknown): JsonObject | undefined => {
  const [text] = HeaderValue.items(input)
  const value = text === undefined ? input : parsed(text)
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return undefined
  }
  return allowed(toJsonObject(value), "all")
}

const parsed = (item: HeaderValue.HeaderItem): unknown => {
  const text = HeaderValue.head(item, maxInbound)
  try {
    return text.length === maxInbound ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** JSON has escapes for whatever a header has no place for. */
const ascii = (json: string): string =>
  json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
