/**
 * Fields of values from outside: an object's own only, so that `constructor` and `__proto__` are names like any other.
 *
 * @since 0.1.0
 */

/** Something that may have fields of any name. */
export interface Fields {
  readonly [name: string]: unknown
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Reading first spares the look-up where nothing is there; an own `undefined` counts as absent. */
export const ownField = (fields: Fields | null | undefined, name: string): unknown => {
  if (fields === undefined || fields === null) {
    return undefined
  }
  const value = fields[name]
  return value !== undefined && Object.hasOwn(fields, name) ? value : undefined
}
