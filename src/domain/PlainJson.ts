/**
 * Data that is JSON as it stands, which is what nearly every caller passes: told apart without a copy.
 *
 * @since 0.1.0
 */

const bareObject: object = Object.create(null)

function Bare() {}
Bare.prototype = bareObject

/** An object that inherits no key, as `Object.create(null)` makes it, but laid out for speed: what a constructor makes. */
export const bare = <A>(): Record<string, A> => new (Bare as unknown as new() => Record<string, A>)()

/** Is this the prototype of an object that is nothing but its keys? */
export const isPlain = (prototype: unknown): boolean =>
  prototype === Object.prototype || prototype === null || prototype === bareObject

const fastDepth = 12

/** Is this JSON as it stands? `depth`: how deep in the whole it is. Reads every property, and throws what a getter throws. */
export const isPlainJson = (input: unknown, depth: number): boolean => {
  switch (typeof input) {
    case "string":
    case "boolean":
      return true
    case "number":
      return Number.isFinite(input)
    case "object": {
      if (input === null) {
        return true
      }
      if (depth > fastDepth) {
        return false
      }
      if (Array.isArray(input)) {
        for (let i = 0; i < input.length; i++) {
          const item: unknown = input[i]
          if (typeof item !== "string" && !isPlainJson(item, depth + 1)) {
            return false
          }
        }
        return true
      }
      const prototype = Object.getPrototypeOf(input)
      if (!isPlain(prototype)) {
        return false
      }
      for (const key in input) {
        // `undefined` is the one value that JSON.stringify leaves out just as we would
        const value: unknown = input[key as keyof typeof input]
        if (typeof value !== "string" && value !== undefined && !isPlainJson(value, depth + 1)) {
          return false
        }
      }
      return true
    }
    default:
      return false
  }
}

/** Does this text of `JSON.stringify` hold half a surrogate pair? It stands there as an escape that receivers refuse. */
export const holdsHalfPairs = (json: string): boolean => json.includes("\\ud")
