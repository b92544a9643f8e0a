/**
 * What is known of how an exception came to be reported: the part of `mechanism` that an integration may say.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "./GuardedRead.js"
import { type JsonValue, toJsonValue } from "./JsonValue.js"

/**
 * Fields of `mechanism` from outside, and extensions of a platform's own. What is unknown is left out, never `null`
 * (EXCMETA-05 to EXCMETA-07). The links `exception_id`, `parent_id` and `source` are the library's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Mechanism {
  readonly type?: string | undefined
  readonly handled?: boolean | undefined
  readonly synthetic?: boolean | undefined
  readonly [extension: string]: JsonValue | undefined
}

/** An integration's, not a place to keep data. */
const maxFields = 32
const maxTypeLength = 256

const links: ReadonlySet<string> = new Set(["exception_id", "parent_id", "source"])

const isValid = (key: string, value: JsonValue): boolean => {
  switch (key) {
    case "type":
      return typeof value === "string" && value !== "" && value.length <= maxTypeLength
    case "handled":
    case "synthetic":
      return typeof value === "boolean"
    default:
      return value !== null && !links.has(key)
  }
}

/**
 * The valid fields of anything: a malformed one is dropped alone, and nothing throws (EXCMETA-08).
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromUnknown = (input: unknown): Mechanism => {
  // null prototype: a field may be called __proto__
  const result: Record<string, JsonValue> = Object.create(null)
  if (typeof input === "object" && input !== null) {
    for (const key of GuardedRead.keys(input).slice(0, maxFields)) {
      const read = GuardedRead.read(input, key)
      const value = read === GuardedRead.unreadable ? undefined : toJsonValue(read)
      if (value !== undefined && isValid(key, value)) {
        result[key] = value
      }
    }
  }
  return result
}
