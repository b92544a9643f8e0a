/**
 * JSON text from outside.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import type { JsonValue } from "../../domain/JsonValue.js"

/** What the text says, or nothing where it is no JSON. */
export const parse = (text: string): Option.Option<JsonValue> => {
  try {
    // a cast, because JSON.parse is typed any: it gives JSON values and nothing else
    return Option.some(JSON.parse(text) as JsonValue)
  } catch {
    return Option.none()
  }
}

/** What PostHog keeps as JSON text: what the text says, the text itself where it is no JSON, other values as they are. */
export const unwrap = (value: JsonValue): JsonValue =>
  typeof value === "string" ? Option.getOrElse(parse(value), () => value) : value
