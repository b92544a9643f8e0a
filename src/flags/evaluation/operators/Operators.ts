/**
 * Every operator that a filter on a property can have, by its name.
 *
 * @since 0.1.0
 */
import * as Dates from "./Dates.js"
import * as Equality from "./Equality.js"
import type { MatcherSettings, Operator } from "./Matcher.js"
import * as Numbers from "./Numbers.js"
import * as Presence from "./Presence.js"
import * as Regex from "./Regex.js"
import * as SemVer from "./SemVer.js"
import * as Text from "./Text.js"

/** `undefined`: unknown, or of no meaning there (FLAGS-LOCAL-37). */
export const find = (name: string, place: MatcherSettings["place"]): Operator | undefined =>
  anywhere.get(name) ?? (place === "cohort" ? inCohorts.get(name) : undefined)

const anywhere: ReadonlyMap<string, Operator> = new Map([
  ["exact", Equality.exact],
  ["is_not", Equality.isNot],
  ["is_set", Presence.isSet],
  ["is_not_set", Presence.isNotSet],
  ["icontains", Text.icontains],
  ["not_icontains", Text.notIcontains],
  ["icontains_multi", Text.icontainsMulti],
  ["not_icontains_multi", Text.notIcontainsMulti],
  ["starts_with", Text.startsWith],
  ["not_starts_with", Text.notStartsWith],
  ["ends_with", Text.endsWith],
  ["not_ends_with", Text.notEndsWith],
  ["regex", Regex.regex],
  ["not_regex", Regex.notRegex],
  ["gt", Numbers.gt],
  ["gte", Numbers.gte],
  ["min", Numbers.gte],
  ["lt", Numbers.lt],
  ["lte", Numbers.lte],
  ["max", Numbers.lte],
  ["is_date_exact", Dates.isDateExact],
  ["is_date_before", Dates.isDateBefore],
  ["is_date_after", Dates.isDateAfter],
  ["semver_eq", SemVer.semverEq],
  ["semver_neq", SemVer.semverNeq],
  ["semver_gt", SemVer.semverGt],
  ["semver_gte", SemVer.semverGte],
  ["semver_lt", SemVer.semverLt],
  ["semver_lte", SemVer.semverLte],
  ["semver_tilde", SemVer.semverTilde],
  ["semver_caret", SemVer.semverCaret],
  ["semver_wildcard", SemVer.semverWildcard]
])

const inCohorts: ReadonlyMap<string, Operator> = new Map([
  ["between", Numbers.between],
  ["not_between", Numbers.notBetween]
])
