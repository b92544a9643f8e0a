import { DateTime, FastCheck as fc } from "effect"
import type { Ternary } from "../../../../src/flags/evaluation/Inconclusive.js"
import { compile, type MatcherSettings } from "../../../../src/flags/evaluation/PropertyMatcher.js"

export const utc = DateTime.zoneUnsafeMakeNamed("UTC")
export const legacy: MatcherSettings = {
  explicitMatching: false,
  zone: utc,
  place: "condition",
  ambiguousIntegers: false
}
export const explicit: MatcherSettings = { ...legacy, explicitMatching: true }
export const inCohort: MatcherSettings = { ...legacy, place: "cohort" }
export const floats: MatcherSettings = { ...legacy, ambiguousIntegers: true }

export const absent = undefined

/** 2025-03-31T12:00:00.000Z */
export const noon = 1_743_422_400_000

export type Result = boolean | string

const describe = (result: Ternary): Result => (typeof result === "boolean" ? result : result.reason)

/** `property operator condition`: the verdict, or why there is none. */
export const check = (
  property: unknown,
  operator: unknown,
  condition: unknown,
  settings: MatcherSettings = legacy,
  millis: number = noon
): Result => describe(compile("key", operator, condition, settings)(property, { millis }))

export const negations: ReadonlyArray<readonly [string, string]> = [
  ["exact", "is_not"],
  ["icontains", "not_icontains"],
  ["icontains_multi", "not_icontains_multi"],
  ["starts_with", "not_starts_with"],
  ["ends_with", "not_ends_with"],
  ["between", "not_between"]
]

export const operators: ReadonlyArray<string> = [
  ...negations.flat(),
  "regex",
  "not_regex",
  "is_set",
  "is_not_set",
  "gt",
  "gte",
  "lt",
  "lte",
  "min",
  "max",
  "is_date_exact",
  "is_date_before",
  "is_date_after",
  "semver_eq",
  "semver_neq",
  "semver_gt",
  "semver_gte",
  "semver_lt",
  "semver_lte",
  "semver_tilde",
  "semver_caret",
  "semver_wildcard"
]

const interestingTexts = fc.constantFrom(
  ...[
    [
      "",
      "true",
      "FALSE",
      "null",
      "34",
      "34.0",
      "1e400",
      "-7d",
      "2024-01-15",
      "1.2.3",
      "1.*",
      "v1",
      "[",
      "a+",
      "É",
      "İ"
    ],
    ["Σ", "\ud800", "__proto__", "2025-03-30T02:30:00", "1.2.3-a.1+b.2", "(?=x)", "[]", "{}", "i\u0307stanbul"]
  ].flat()
)

/** What a definition may hold, likelier to mean something than arbitrary JSON. */
export const json: fc.Arbitrary<unknown> = fc.oneof(
  interestingTexts,
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom(0, -0, 1, 34, 0.1, 1e-7, 2 ** 53, 2 ** 64, 1e21, -1.5, true, false, null),
  fc.array(fc.oneof(interestingTexts, fc.double(), fc.boolean()), { maxLength: 3 }),
  fc.jsonValue()
)

const throwing = () => {
  throw new Error("hostile")
}

/** What a caller may pass: anything at all. */
export const property: fc.Arbitrary<unknown> = fc.oneof(
  json,
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true
  }),
  fc.constantFrom<unknown>(
    undefined,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    10n ** 30n,
    Symbol("s"),
    () => 1,
    new Date(Number.NaN),
    new Date(0),
    Object.defineProperty({}, "a", { enumerable: true, get: throwing }),
    new Proxy({}, { ownKeys: throwing, get: throwing, getPrototypeOf: throwing }),
    { toJSON: throwing },
    { toJSON: () => undefined },
    (() => {
      const cycle: Array<unknown> = []
      cycle.push(cycle)
      return cycle
    })()
  )
)
