/**
 * `regex` and `not_regex`: a search anywhere in the text, and case counts (FLAGS-LOCAL-48).
 *
 * @since 0.1.0
 */
import { Inconclusive } from "../Inconclusive.js"
import * as LinearRegex from "./LinearRegex.js"
import { type Filter, invalidValue, type Matcher, onText, type Operator } from "./Matcher.js"

export const regex: Operator = (filter) => search(filter, true)
export const notRegex: Operator = (filter) => search(filter, false)

/** FLAGS-LOCAL-49: an invalid pattern matches in neither of the two, and what cannot be told is not turned round. */
const search = (filter: Filter, whenFound: boolean): Matcher => {
  if (typeof filter.value !== "string") {
    return invalidValue(filter)
  }
  const compiled = LinearRegex.compile(filter.value)
  if (compiled === "invalid") {
    return onText(filter, () => false)
  }
  const unsupported = new Inconclusive("unsupportedRegex", filter.key)
  if (compiled === "unsupported") {
    return onText(filter, () => unsupported)
  }
  return onText(filter, (text) => {
    const found = compiled.test(text)
    return found === undefined ? unsupported : found === whenFound
  })
}
