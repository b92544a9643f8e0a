/**
 * Numbers in texts.
 *
 * @since 0.1.0
 */
import type { JsonValue } from "../../../domain/JsonValue.js"

const grammar = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

/** Is the whole text one number (FLAGS-LOCAL-51)? */
export const isNumeral = (text: string): boolean => grammar.test(text)

/** The finite number that this is, or that its text is: no trimming, no part of a text (FLAGS-LOCAL-52). NaN where none is. */
export const toNumber = (json: JsonValue | undefined): number => {
  if (typeof json === "number") {
    return json
  }
  if (typeof json !== "string" || !grammar.test(json)) {
    return Number.NaN
  }
  const number = Number(json)
  return Number.isFinite(number) ? number : Number.NaN
}
