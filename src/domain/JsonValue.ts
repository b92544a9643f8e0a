/**
 * JSON values, and how anything else becomes one.
 *
 * @since 0.1.0
 */

import { holdsHalfPairs, isPlainJson } from "./PlainJson.js"

/**
 * A value that JSON can hold: what an event's properties are made of when they leave the process.
 *
 * @since 0.1.0
 * @category models
 */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | ReadonlyArray<JsonValue>
  | JsonObject

/**
 * An object of JSON values.
 *
 * @since 0.1.0
 * @category models
 */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

const maxDepth = 64
/** More values than any event may have bytes for: what is sparse, or shares what it holds, ends all the same. */
const maxValues = 1_000_000

/** How many values may still be converted. */
interface Budget {
  left: number
}

const nothingAround: ReadonlyArray<object> = []

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
 *   deep, or comes after a million values, `"[Truncated]"`;
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
export const toJsonValue = (input: unknown): JsonValue | undefined => convert(input, nothingAround, { left: maxValues })

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

const convert = (input: unknown, ancestors: ReadonlyArray<object>, budget: Budget): JsonValue | undefined => {
  switch (typeof input) {
    case "string":
      return input.toWellFormed()
    case "boolean":
      return input
    case "number":
      // JSON has no negative zero: adding zero makes it the one there is
      return Number.isFinite(input) ? input + 0 : null
    case "bigint": {
      const number = Number(input)
      return Number.isSafeInteger(number) ? number : input.toString()
    }
    case "object":
      return input === null ? null : convertObject(input, ancestors, budget)
    default:
      return undefined
  }
}

const convertObject = (
  input: object,
  ancestors: ReadonlyArray<object>,
  budget: Budget
): JsonValue | undefined => {
  if (ancestors.includes(input)) {
    return "[Circular]"
  }
  if (ancestors.length >= maxDepth || budget.left <= 0) {
    return "[Truncated]"
  }
  try {
    return convertReadable(input, [...ancestors, input], budget)
  } catch {
    return "[Unreadable]"
  }
}

const convertReadable = (
  input: object,
  ancestors: ReadonlyArray<object>,
  budget: Budget
): JsonValue | undefined => {
  if (Array.isArray(input)) {
    return convertItems(input, ancestors, budget)
  }
  if (input instanceof Date) {
    const time = input.getTime()
    return Number.isNaN(time) ? null : new Date(time).toISOString()
  }
  if (input instanceof Map) {
    const result: Record<string, JsonValue> = Object.create(null)
    for (const [key, value] of input) {
      put(result, typeof key === "string" ? key : describeKey(key), convert(value, ancestors, budget))
    }
    return result
  }
  if (input instanceof Set) {
    return convertItems(input, ancestors, budget)
  }
  if (ArrayBuffer.isView(input) || input instanceof ArrayBuffer) {
    return `[${input.constructor.name}: ${input.byteLength} bytes]`
  }
  if (input instanceof String || input instanceof Number || input instanceof Boolean || input instanceof BigInt) {
    return convert(input.valueOf(), ancestors, budget)
  }
  if ("toJSON" in input && typeof input.toJSON === "function") {
    return convert(input.toJSON(), ancestors, budget)
  }
  const result: Record<string, JsonValue> = Object.create(null)
  if (input instanceof Error) {
    put(result, "name", convert(input.name, ancestors, budget))
    put(result, "message", convert(input.message, ancestors, budget))
  }
  for (const key of Object.keys(input)) {
    put(result, key, read(input, key, ancestors, budget))
  }
  return result
}

const convertItems = (
  input: Iterable<unknown>,
  ancestors: ReadonlyArray<object>,
  budget: Budget
): ReadonlyArray<JsonValue> => {
  const result: Array<JsonValue> = []
  for (const item of input) {
    if (budget.left-- <= 0) {
      result.push("[Truncated]")
      break
    }
    result.push(convert(item, ancestors, budget) ?? null)
  }
  return result
}

const read = (
  input: object,
  key: string,
  ancestors: ReadonlyArray<object>,
  budget: Budget
): JsonValue | undefined => {
  let value: unknown
  try {
    value = input[key as keyof typeof input]
  } catch {
    return "[Unreadable]"
  }
  return budget.left-- <= 0 ? "[Truncated]" : convert(value, ancestors, budget)
}

const put = (target: Record<string, JsonValue>, key: string, value: JsonValue | undefined) => {
  if (value !== undefined) {
    target[key.toWellFormed()] = value
  }
}

const describeKey = (key: unknown): string => {
  const value = toJsonValue(key)
  return typeof value === "string" ? value : JSON.stringify(value) ?? typeof key
}
