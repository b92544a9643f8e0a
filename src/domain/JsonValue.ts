/**
 * JSON values, and how anything else becomes one.
 *
 * @since 0.1.0
 */

import * as BoundedJson from "./BoundedJson.js"
import type { JsonObject, JsonValue } from "./Json.js"
import { holdsHalfPairs, isPlainJson } from "./PlainJson.js"

export type {
  /** @since 0.1.0 */
  JsonObject,
  /** @since 0.1.0 */
  JsonValue
}

/** More than any event may be: what is sparse, or shares what it holds, ends all the same. */
const limits: BoundedJson.Limits = {
  maxDepth: 64,
  maxItems: 250_000,
  maxTextLength: Number.POSITIVE_INFINITY,
  maxBytes: 4 * 1024 * 1024
}

/**
 * Turns anything into a JSON value, or `undefined` where JSON has no place for it. It never throws.
 *
 * - `Date` becomes its ISO 8601 text in UTC, an invalid one `null`;
 * - `bigint` becomes a number where that is exact, its decimal text elsewhere;
 * - NaN and the infinities become `null`;
 * - `undefined`, functions and symbols are left out of objects and are `null` in arrays;
 * - `Map` becomes an object, `Set` an array, an `Error` its name and message, binary data its size in words;
 * - an object with `toJSON` becomes what that returns;
 * - half surrogate pairs become U+FFFD;
 * - a circular reference becomes `"[Circular]"`, a getter that throws `"[Unreadable]"`, what is more than 64 levels
 *   deep, or comes after 250,000 items of a list or 4 MiB, `"[Truncated]"` or is left out;
 * - `__proto__` is a key like any other.
 *
 * @example
 * import { toJsonValue } from "effect-posthog/domain/JsonValue"
 *
 * toJsonValue({ at: new Date(0), big: 12n, map: new Map([["a", 1]]) })
 * // { at: "1970-01-01T00:00:00.000Z", big: 12, map: { a: 1 } }
 *
 * @since 0.1.0
 * @category conversions
 */
export const toJsonValue = (input: unknown): JsonValue | undefined =>
  // a tag is a text more often than not
  typeof input === "string" ? input.toWellFormed() : BoundedJson.toJsonValue(input, limits)

/**
 * Like `toJsonValue` for a bag of properties: always an object, empty where the input is not one.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toJsonObject = (input: unknown): JsonObject => {
  const value = toJsonValue(input)
  return isJsonObject(value) ? value : Object.create(null)
}

/**
 * The JSON text of a bag of properties, converted as `toJsonValue` says. Plain data is serialized as it stands, without
 * a copy.
 *
 * @since 0.1.0
 * @category conversions
 */
export const stringifyProperties = (input: object): string => {
  try {
    if (isPlainJson(input, 0)) {
      const json = JSON.stringify(input)
      if (!holdsHalfPairs(json)) {
        return json
      }
    }
  } catch {
    // a getter threw: the careful way below repairs that one property
  }
  return JSON.stringify(toJsonObject(input))
}

/**
 * Is this value an object of JSON values, as `toJsonValue` returns them?
 *
 * @since 0.1.0
 * @category guards
 */
export const isJsonObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)
