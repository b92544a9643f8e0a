/**
 * How much is kept of what errors carry.
 *
 * @since 0.1.0
 */
import type { Limits } from "../../domain/BoundedJson.js"

/** The fields of a tagged error, and the attributes of an annotated one. */
export const fields: Limits = { maxDepth: 5, maxItems: 50, maxTextLength: 1024, maxBytes: 8192 }

/** Something thrown that is no error and has no message: its JSON text is its message. */
export const message = (maxLength: number): Limits => ({
  maxDepth: 8,
  maxItems: 1000,
  maxTextLength: maxLength,
  maxBytes: maxLength
})
