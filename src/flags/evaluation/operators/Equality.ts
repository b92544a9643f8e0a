/**
 * `exact` and `is_not`.
 *
 * @since 0.1.0
 */
import { type JsonValue, toJsonValue } from "../../../domain/JsonValue.js"
import { numberText, propertyText, spellings } from "../PropertyText.js"
import { ambiguousNumber, type Filter, invalidValue, type Matcher, missingProperty, type Operator } from "./Matcher.js"
import { isNumeral } from "./Numeral.js"
import { isBooleanLike, isTruthy } from "./Truthiness.js"

/** FLAGS-LOCAL-42, -43, -44. */
export const exact: Operator = (filter, settings) =>
  equality(filter, settings.explicitMatching, settings.ambiguousIntegers, true)

/** The complete result of `exact`, negated where it is one. */
export const isNot: Operator = (filter, settings) =>
  equality(filter, settings.explicitMatching, settings.ambiguousIntegers, false)

const equality = (filter: Filter, explicit: boolean, ambiguousIntegers: boolean, whenEqual: boolean): Matcher => {
  const { value } = filter
  if (value === undefined) {
    return invalidValue(filter)
  }
  // with nothing to compare with, both versions ask for truthiness
  const isEmpty = Array.isArray(value) && value.length === 0
  if (isEmpty || (!explicit && isBooleanLike(value))) {
    return byTruthiness(filter, isTruthy(value) === whenEqual)
  }
  const accepted = accept(Array.isArray(value) ? value : [value], ambiguousIntegers)
  if (accepted.doubts.length > 0) {
    return withDoubts(filter, accepted, whenEqual)
  }
  const [only] = accepted.texts
  return only !== undefined && accepted.texts.size === 1
    ? byText(filter, only, whenEqual)
    : byTexts(filter, accepted, whenEqual)
}

const byTruthiness = (filter: Filter, whenTruthy: boolean): Matcher => {
  const missing = missingProperty(filter)
  return (value) => {
    if (typeof value === "boolean") {
      return value === whenTruthy
    }
    if (typeof value === "string") {
      return isTruthy(value) === whenTruthy
    }
    const json = toJsonValue(value)
    return json === undefined ? missing : isTruthy(json) === whenTruthy
  }
}

interface Accepted {
  /** Lowercased. */
  readonly texts: ReadonlySet<string>
  /** The numbers that have one of these texts. */
  readonly numbers: ReadonlySet<number>
  /** Whether a lowercased text may be equal, depending on a spelling that JavaScript cannot see (FLAGS-LOCAL-41). */
  readonly doubts: ReadonlyArray<(text: string) => boolean>
  /** Texts as the definition spells them: most properties are spelled alike, and a lowercase copy is not made of those. */
  readonly asWritten: ReadonlyArray<string>
}

const accept = (values: ReadonlyArray<JsonValue>, ambiguousIntegers: boolean): Accepted => {
  const texts = new Set<string>()
  const numbers = new Set<number>()
  const doubts: Array<(text: string) => boolean> = []
  for (const value of values) {
    const possible = spellings(value, ambiguousIntegers)
    const [text] = possible
    if (text !== undefined && possible.length === 1) {
      texts.add(text.toLowerCase())
      numbers.add(numberOf(text.toLowerCase()))
    } else if (typeof value === "number") {
      doubts.push(
        possible.length > 0
          ? (text) => possible.includes(text)
          : (text) => isNumeral(text) && Number(text) === value
      )
    } else {
      // some array, or some object: whether it is this one cannot be told
      const opening = Array.isArray(value) ? "[" : "{"
      doubts.push((text) => text.startsWith(opening))
    }
  }
  return { texts, numbers, doubts, asWritten: values.filter((value) => typeof value === "string").slice(0, 8) }
}

/** The number that is written like this, NaN where none is. */
const numberOf = (text: string): number => {
  const number = Number(text)
  return Number.isFinite(number) && numberText(number) === text ? number : Number.NaN
}

const byText = (filter: Filter, text: string, whenEqual: boolean): Matcher => {
  const missing = missingProperty(filter)
  const number = numberOf(text)
  // the one letter whose lowercase is longer than itself is İ
  const hasOneLength = !text.includes("i\u0307")
  return (value) => {
    if (typeof value === "string") {
      if (value === text) {
        return whenEqual
      }
      if (hasOneLength && value.length !== text.length) {
        return !whenEqual
      }
      return equalsLowercased(value, text) === whenEqual
    }
    if (typeof value === "number" && Number.isFinite(value)) {
      return (value === number) === whenEqual
    }
    const other = propertyText(value)
    return other === undefined ? missing : (other.toLowerCase() === text) === whenEqual
  }
}

/** `text` is lowercased. Without a copy where the value is ASCII. */
const equalsLowercased = (value: string, text: string): boolean => {
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit > 0x7f) {
      return value.toWellFormed().toLowerCase() === text
    }
    if ((unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit) !== text.charCodeAt(i)) {
      return false
    }
  }
  return value.length === text.length
}

const byTexts = (filter: Filter, { asWritten, numbers, texts }: Accepted, whenEqual: boolean): Matcher => {
  const missing = missingProperty(filter)
  return (value) => {
    if (typeof value === "string") {
      return (asWritten.includes(value) || texts.has(value.toWellFormed().toLowerCase())) === whenEqual
    }
    if (typeof value === "number" && Number.isFinite(value)) {
      return numbers.has(value) === whenEqual
    }
    const text = propertyText(value)
    return text === undefined ? missing : texts.has(text.toLowerCase()) === whenEqual
  }
}

const withDoubts = (filter: Filter, { doubts, texts }: Accepted, whenEqual: boolean): Matcher => {
  const missing = missingProperty(filter)
  const ambiguous = ambiguousNumber(filter)
  return (value) => {
    const text = propertyText(value)?.toLowerCase()
    if (text === undefined) {
      return missing
    }
    if (texts.has(text)) {
      return whenEqual
    }
    return doubts.some((isPossible) => isPossible(text)) ? ambiguous : !whenEqual
  }
}
