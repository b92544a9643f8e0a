/**
 * Versions of software.
 *
 * @since 0.1.0
 */
import { spellings } from "../PropertyText.js"
import { ambiguousNumber, type Filter, invalidValue, type Matcher, onText, type Operator } from "./Matcher.js"
import { compare } from "./SemVerOrder.js"
import * as SemVerRange from "./SemVerRange.js"
import { parse, parsePartial } from "./SemVerText.js"

type Range = SemVerRange.Range

/** `read` is `undefined` for a condition that is no version: inconclusive, where such a property is no match (FLAGS-LOCAL-67). */
const operator = (read: (text: string) => Range | undefined): Operator => (filter, settings) => {
  const ranges = filter.value === undefined ? [] : spellings(filter.value, settings.ambiguousIntegers).map(read)
  const [range] = ranges
  if (range === undefined || !ranges.every((other) => other !== undefined)) {
    return invalidValue(filter)
  }
  return ranges.length === 1 ? within(filter, range) : withinAll(filter, ranges)
}

const ordered = (test: (order: number) => boolean): Operator =>
  operator((text) => {
    const version = parse(text)
    return version === undefined ? undefined : (other) => test(compare(other, version))
  })

const ranged = (make: typeof SemVerRange.tilde): Operator =>
  operator((text) => {
    const version = parse(text)
    return version === undefined ? undefined : make(version)
  })

export const semverEq = ordered((order) => order === 0)
export const semverNeq = ordered((order) => order !== 0)
export const semverGt = ordered((order) => order > 0)
export const semverGte = ordered((order) => order >= 0)
export const semverLt = ordered((order) => order < 0)
export const semverLte = ordered((order) => order <= 0)
export const semverTilde = ranged(SemVerRange.tilde)
export const semverCaret = ranged(SemVerRange.caret)
export const semverWildcard = operator((text) => {
  const version = parsePartial(text)
  return version === undefined ? undefined : SemVerRange.wildcard(version)
})

const within = (filter: Filter, range: Range): Matcher =>
  onText(filter, (text) => {
    const version = parse(text)
    return version !== undefined && range(version)
  })

/** Whatever the definition's number looked like before JavaScript read it (FLAGS-LOCAL-41): `1` and `1.0` are one version. */
const withinAll = (filter: Filter, ranges: ReadonlyArray<Range>): Matcher => {
  const ambiguous = ambiguousNumber(filter)
  return onText(filter, (text) => {
    const version = parse(text)
    if (version === undefined) {
      return false
    }
    const found = ranges.filter((range) => range(version)).length
    return found === 0 ? false : found === ranges.length || ambiguous
  })
}
