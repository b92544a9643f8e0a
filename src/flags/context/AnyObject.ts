/**
 * Anything that has keys, whatever they hold.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

export interface AnyObject {
  readonly [key: string]: unknown
}

export const isObject = (input: unknown): input is AnyObject => {
  try {
    return typeof input === "object" && input !== null && !Array.isArray(input)
  } catch {
    // a revoked proxy
    return false
  }
}

/** What a section or a bag is decoded from. */
export const fromObject = Schema.declare(isObject, { title: "an object" })
