/**
 * How definitions of the legacy matching version compare with true and false (FLAGS-LOCAL-42).
 *
 * @since 0.1.0
 */
import type { JsonValue } from "../../../domain/JsonValue.js"

/** Booleans, the texts true and false in any case, and arrays of nothing else; the empty array is one. */
export const isBooleanLike = (json: JsonValue): boolean => {
  if (typeof json === "boolean") {
    return true
  }
  if (typeof json === "string") {
    return /^(?:true|false)$/i.test(json)
  }
  return Array.isArray(json) && json.every(isBooleanLike)
}

/** True, the text true in any case, and arrays of nothing else; all else is not. */
export const isTruthy = (json: JsonValue): boolean => {
  if (typeof json === "boolean") {
    return json
  }
  if (typeof json === "string") {
    return json.length === 4 && json.toLowerCase() === "true"
  }
  return Array.isArray(json) && json.every(isTruthy)
}
