/**
 * Parts of texts. Only A to Z are the same in both cases (FLAGS-LOCAL-46).
 *
 * @since 0.1.0
 */
import type { Ternary } from "../Inconclusive.js"
import { asciiLower, spellings } from "../PropertyText.js"
import { ambiguousNumber, type Filter, invalidValue, type Matcher, onText, type Operator } from "./Matcher.js"

type Test = (text: string, part: string) => boolean

const contains: Test = (text, part) => text.includes(part)
const starts: Test = (text, part) => text.startsWith(part)
const ends: Test = (text, part) => text.endsWith(part)

const one = (test: Test, whenFound: boolean): Operator => (filter, settings) =>
  filter.value === undefined
    ? invalidValue(filter)
    : anyOf(filter, [spellings(filter.value, settings.ambiguousIntegers)], test, whenFound)

/** FLAGS-LOCAL-47: an array, any of its elements. */
const several = (whenFound: boolean): Operator => (filter, settings) =>
  Array.isArray(filter.value)
    ? anyOf(filter, filter.value.map((item) => spellings(item, settings.ambiguousIntegers)), contains, whenFound)
    : invalidValue(filter)

export const icontains = one(contains, true)
export const notIcontains = one(contains, false)
export const startsWith = one(starts, true)
export const notStartsWith = one(starts, false)
export const endsWith = one(ends, true)
export const notEndsWith = one(ends, false)
export const icontainsMulti = several(true)
export const notIcontainsMulti = several(false)

/** Each part with all of its spellings. */
const anyOf = (
  filter: Filter,
  parts: ReadonlyArray<ReadonlyArray<string>>,
  test: Test,
  whenFound: boolean
): Matcher => {
  const known = parts.map((part) => part.map(asciiLower))
  const [first] = known
  const [only] = first ?? []
  if (only !== undefined && known.length === 1 && first?.length === 1) {
    // what is found as it stands is found in lowercase too, because the part is lowercase
    return onText(filter, (text) => (test(text, only) || test(asciiLower(text), only)) === whenFound)
  }
  const ambiguous = ambiguousNumber(filter)
  return onText(filter, (text): Ternary => {
    const lower = asciiLower(text)
    let doubt = false
    for (const part of known) {
      const found = part.filter((spelling) => test(lower, spelling)).length
      if (found > 0 && found === part.length) {
        return whenFound
      }
      doubt ||= found > 0 || part.length === 0
    }
    return doubt ? ambiguous : !whenFound
  })
}
