/**
 * Order of numbers, and ranges of them.
 *
 * @since 0.1.0
 */
import { toJsonValue } from "../../../domain/JsonValue.js"
import { type Filter, invalidValue, type Matcher, missingProperty, type Operator } from "./Matcher.js"
import { toNumber } from "./Numeral.js"

export const gt: Operator = (filter) => bound(filter, (number, limit) => number > limit)
export const gte: Operator = (filter) => bound(filter, (number, limit) => number >= limit)
export const lt: Operator = (filter) => bound(filter, (number, limit) => number < limit)
export const lte: Operator = (filter) => bound(filter, (number, limit) => number <= limit)

/** FLAGS-LOCAL-53. */
export const between: Operator = (filter) => range(filter, true)
export const notBetween: Operator = (filter) => range(filter, false)

const bound = (filter: Filter, isWithin: (number: number, limit: number) => boolean): Matcher => {
  const limit = toNumber(filter.value)
  return Number.isNaN(limit) ? invalidValue(filter) : onNumber(filter, (number) => isWithin(number, limit))
}

const range = (filter: Filter, whenWithin: boolean): Matcher => {
  const bounds = filter.value
  if (!Array.isArray(bounds) || bounds.length !== 2) {
    return invalidValue(filter)
  }
  const low = toNumber(bounds[0])
  const high = toNumber(bounds[1])
  // false for NaN too
  return low <= high
    ? onNumber(filter, (number) => (low <= number && number <= high) === whenWithin)
    : invalidValue(filter)
}

/** A property that is no number does not match, whatever is asked of it (FLAGS-LOCAL-35). */
const onNumber = (filter: Filter, test: (number: number) => boolean): Matcher => {
  const missing = missingProperty(filter)
  return (value) => {
    if (typeof value === "number") {
      return Number.isFinite(value) && test(value)
    }
    if (typeof value === "boolean") {
      return false
    }
    const json = typeof value === "string" ? value : toJsonValue(value)
    if (json === undefined) {
      return missing
    }
    const number = toNumber(json)
    return !Number.isNaN(number) && test(number)
  }
}
