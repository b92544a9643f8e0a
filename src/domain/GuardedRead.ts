/**
 * Reading objects that are not ours: getters and proxies may throw.
 *
 * @since 0.1.0
 */

/** What stands for a property that could not be read. */
export const unreadable: unique symbol = Symbol("unreadable")

/** An object in the sense of identity: functions too. */
export const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function"

/** The property, or `unreadable`. */
export const read = (self: object, key: PropertyKey): unknown => {
  try {
    return self[key as keyof typeof self]
  } catch {
    return unreadable
  }
}

/** The keys of the object's own enumerable properties; none if they cannot be listed. */
export const keys = (self: object): ReadonlyArray<string> => {
  try {
    return Object.keys(self)
  } catch {
    return []
  }
}

/** What `f` reads, or `undefined` where reading throws. */
export const guarded = <A>(f: () => A): A | undefined => {
  try {
    return f()
  } catch {
    return undefined
  }
}
