/**
 * What a test expects of an event, and where an event differs from it.
 *
 * @since 0.1.0
 */
import type { JsonValue } from "../domain/Json.js"
import { isJsonObject } from "../domain/JsonValue.js"
import type { PosthogEvent } from "../event/PosthogEvent.js"

/**
 * What is expected of a value: the same value, a text that matches, or whatever a function says. Of an object only the
 * keys that are named count, `undefined` meaning that there is no such key; a list has exactly these elements.
 *
 * @since 0.1.0
 * @category models
 */
export type ExpectedValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | RegExp
  | ((value: JsonValue | undefined) => boolean)
  | ReadonlyArray<ExpectedValue>
  | ExpectedProperties

/**
 * @since 0.1.0
 * @category models
 */
export interface ExpectedProperties {
  readonly [key: string]: ExpectedValue
}

/**
 * What is expected of an event besides its name. What is not said may be anything.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExpectedEvent {
  readonly distinctId?: ExpectedValue
  readonly uuid?: ExpectedValue
  /** ISO 8601 in UTC. */
  readonly timestamp?: ExpectedValue
  readonly properties?: ExpectedProperties | undefined
}

/**
 * A place in an event that is not as expected.
 *
 * @since 0.1.0
 * @category models
 */
export interface Difference {
  /** `distinctId`, `properties.total`, `properties.items[2]`. */
  readonly path: string
  readonly expected: ExpectedValue
  /** `undefined`: there is nothing. */
  readonly actual: JsonValue | undefined
}

/**
 * Where an event differs; nowhere if it is as expected.
 *
 * @since 0.1.0
 * @category comparing
 */
export const differences = (event: PosthogEvent, expected: ExpectedEvent): ReadonlyArray<Difference> => [
  ...said("distinctId", expected.distinctId, event.distinctId),
  ...said("uuid", expected.uuid, event.uuid),
  ...said("timestamp", expected.timestamp, event.timestamp),
  ...said("properties", expected.properties, event.properties)
]

const said = (path: string, expected: ExpectedValue, actual: JsonValue): ReadonlyArray<Difference> =>
  expected === undefined ? [] : compare(path, expected, actual)

const compare = (path: string, expected: ExpectedValue, actual: JsonValue | undefined): ReadonlyArray<Difference> => {
  const differs: ReadonlyArray<Difference> = [{ path, expected, actual }]
  if (typeof expected === "function") {
    return expected(actual) ? [] : differs
  }
  if (expected instanceof RegExp) {
    // a copy: one with the flag `g` remembers where it was
    return typeof actual === "string" && new RegExp(expected.source, expected.flags.replace(/[gy]/g, "")).test(actual)
      ? []
      : differs
  }
  if (typeof expected !== "object" || expected === null) {
    return Object.is(expected, actual) || (expected === 0 && actual === 0) ? [] : differs
  }
  if (isList(expected)) {
    return !isList(actual) || actual.length !== expected.length
      ? differs
      : expected.flatMap((each, i) => compare(`${path}[${i}]`, each, actual[i]))
  }
  return !isJsonObject(actual)
    ? differs
    : Object.entries(expected).flatMap(([key, each]) =>
      compare(step(path, key), each, Object.hasOwn(actual, key) ? actual[key] : undefined)
    )
}

const isList = <A>(value: A): value is Extract<A, ReadonlyArray<unknown>> => Array.isArray(value)

const step = (path: string, key: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`
