/**
 * Headers of ours over those of the application, in whatever kind of object a broker's client wants them.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as Name from "../HeaderNames.js"

/** Must a header of this name give way? A `tracestate` goes with its `traceparent`. */
export const replacedBy = (headers: object): (name: unknown) => boolean => {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  if (names.has(Name.traceparent)) {
    names.add(Name.tracestate)
  }
  return (name) => typeof name === "string" && names.has(name.toLowerCase())
}

/** The own properties of an object that may not be ours; none of what is no object. */
export const copy = (input: unknown): Record<string, unknown> => {
  const result: Record<string, unknown> = Object.create(null)
  if (GuardedRead.isObject(input)) {
    for (const key of GuardedRead.keys(input)) {
      const value = GuardedRead.read(input, key)
      if (value !== GuardedRead.unreadable) {
        result[key] = value
      }
    }
  }
  return result
}

/** An object of headers with these in the place of those of the same name. */
export const over = (existing: unknown, headers: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const isReplaced = replacedBy(headers)
  const result: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(copy(existing))) {
    if (!isReplaced(name)) {
      put(result, name, value)
    }
  }
  for (const name of Object.keys(headers)) {
    put(result, name, headers[name])
  }
  return result
}

/** As a property like any other, `__proto__` too. */
const put = (target: Record<string, unknown>, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

/** The property of anything, `undefined` where it cannot be read. */
export const property = (input: unknown, key: PropertyKey): unknown => {
  const value = GuardedRead.isObject(input) ? GuardedRead.read(input, key) : undefined
  return value === GuardedRead.unreadable ? undefined : value
}
