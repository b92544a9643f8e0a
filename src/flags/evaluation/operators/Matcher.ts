/**
 * What every family of operators compiles a filter to.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type { JsonValue } from "../../../domain/JsonValue.js"
import { Inconclusive, type Ternary } from "../Inconclusive.js"
import { propertyText } from "../PropertyText.js"

/** What decides, besides the filter itself, how it is read. */
export interface MatcherSettings {
  /** `property_matching_version` is exactly 2 (FLAGS-DEFS-26). */
  readonly explicitMatching: boolean
  /** For dates without an offset: the team's zone, UTC where it is not known (FLAGS-LOCAL-55). */
  readonly zone: DateTime.TimeZone
  /** Where the filter stands: some operators have a meaning in one place only (FLAGS-LOCAL-37). */
  readonly place: "condition" | "cohort"
  /** The definitions' text spelled some integral number as a float (`34.0`), which JavaScript cannot see (FLAGS-LOCAL-41). */
  readonly ambiguousIntegers: boolean
}

/** Now; read by filters that compare with it, and by no other. */
export interface Moment {
  readonly millis: number
}

/** Does this property match? `undefined`: the property is missing. It never throws, whatever the value is. */
export type Matcher = (value: unknown, moment: Moment) => Ternary

/** One filter of a definition. */
export interface Filter {
  readonly key: string
  readonly operator: string
  /** `undefined`: there is none; `null` is none, as the service reads it. */
  readonly value: JsonValue | undefined
}

/** How an operator reads a filter. */
export type Operator = (filter: Filter, settings: MatcherSettings) => Matcher

/** FLAGS-LOCAL-33: nothing is known of a property that is missing, whatever the operator asks. */
export const missingProperty = (filter: Filter): Inconclusive => new Inconclusive("missingProperty", filter.key)

/** FLAGS-LOCAL-41: the definition's number has two spellings, and this property tells them apart. */
export const ambiguousNumber = (filter: Filter): Inconclusive => new Inconclusive("ambiguousNumber", filter.key)

/** FLAGS-LOCAL-34: whatever the property is, the definition cannot be read. */
export const invalidValue = (filter: Filter): Matcher => {
  const invalid = new Inconclusive("invalidFilterValue", `${filter.key} ${filter.operator}`)
  return () => invalid
}

/** An operator that reads its property as text (FLAGS-LOCAL-40). */
export const onText = (filter: Filter, test: (text: string) => Ternary): Matcher => {
  const missing = missingProperty(filter)
  return (value) => {
    const text = propertyText(value)
    return text === undefined ? missing : test(text)
  }
}
