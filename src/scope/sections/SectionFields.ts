/**
 * What the sections' fields have in common.
 *
 * @since 0.1.0
 */
import type { JsonObject, JsonValue } from "../../domain/JsonValue.js"

/** Those of these properties that have a value. */
export const shown = (properties: { readonly [name: string]: JsonValue | undefined }): JsonObject => {
  const result: Record<string, JsonValue> = {}
  for (const name in properties) {
    const value = properties[name]
    if (value !== undefined) {
      result[name] = value
    }
  }
  return result
}

/** An object without its `undefined` fields. */
export type Present<A> = { readonly [K in keyof A]?: Exclude<A[K], undefined> }

export const present = <A extends object>(fields: A): Present<A> =>
  // leaving out keys of an object of type A makes a Present<A>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<A>

/** The value of a section, or `undefined` where none of its fields has a value. */
export const orNothing = <A extends object>(fields: A): A | undefined => {
  for (const key in fields) {
    if (fields[key] !== undefined) {
      return fields
    }
  }
  return undefined
}

const maxMillis = 8.64e15

/** A moment in milliseconds since the epoch; `undefined` for what names none. */
export const toMillis = (moment: Date | number | undefined): number | undefined => {
  const millis = typeof moment === "object" && moment instanceof Date ? moment.getTime() : moment
  // no negative zero: JSON has none, and a scope that was stored would be another one
  return typeof millis === "number" && Math.abs(millis) <= maxMillis ? Math.trunc(millis) + 0 : undefined
}
