/** Where one property filter alone gives posthog-node another answer: every reason, and the specification's side of it. */
import type { Json, Verdict } from "./Case.js"

/** One filter, what it reads, and what came of it. */
export interface Alone {
  readonly filter: Json
  /** `undefined`: the property is missing. */
  readonly value: unknown
  readonly ours: Verdict
  readonly theirs: Verdict
}

export interface FilterCategory {
  readonly id: string
  /** What the specification says, in its requirement. */
  readonly requirement: string
  readonly why: string
  readonly recognizes: (alone: Alone) => boolean
  readonly examples: ReadonlyArray<Alone>
}

const equality = new Set(["exact", "is_not"])
const search = new Set(["icontains", "not_icontains", "starts_with", "not_starts_with", "ends_with", "not_ends_with"])
const regex = new Set(["regex", "not_regex"])
const order = new Set(["gt", "gte", "lt", "lte"])
const calendar = new Set(["is_date_before", "is_date_after"])
const semver = new Set([
  "semver_eq",
  "semver_neq",
  "semver_gt",
  "semver_gte",
  "semver_lt",
  "semver_lte",
  "semver_tilde",
  "semver_caret"
])
/** Operators that the specification has and posthog-node has not. */
const newer = new Set([
  "min",
  "max",
  "is_date_exact",
  "icontains_multi",
  "not_icontains_multi",
  "between",
  "not_between"
])
const known = new Set([
  ...equality,
  ...search,
  ...regex,
  ...order,
  ...calendar,
  ...semver,
  "semver_wildcard",
  "is_set",
  "is_not_set"
])

const operatorOf = ({ filter }: Alone): unknown => filter["operator"] ?? "exact"
const uses = (alone: Alone, operators: ReadonlySet<unknown>): boolean => operators.has(operatorOf(alone))
const hasNoValue = ({ filter }: Alone): boolean => filter["value"] === undefined || filter["value"] === null
const isComposite = (value: unknown): boolean => typeof value === "object" && value !== null

const holds = (value: unknown, test: (scalar: unknown) => boolean): boolean =>
  isComposite(value) ? Object.values(value as object).some((item) => holds(item, test)) : test(value)

const isBig = (value: unknown): boolean =>
  typeof value === "number" && Number.isInteger(value) && Math.abs(value) >= 2 ** 53

const numeral = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
/** A finite number, or its text in the grammar of FLAGS-LOCAL-51. */
const isNumber = (value: unknown): boolean =>
  typeof value === "number" || (typeof value === "string" && numeral.test(value) && Number.isFinite(Number(value)))

const day = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`
const time = String.raw`(?:[01]\d|2[0-3]):[0-5]\d`
const moment = new RegExp(
  String.raw`^${day}(?:[ T]${time}(?::[0-5]\d(?:\.\d+)?)?|[ Tt]${time}:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-]${time}))?$`
)
/** A date in the forms of FLAGS-LOCAL-55 that the calendar has. */
const isDate = (value: unknown): boolean =>
  typeof value === "string" && moment.test(value) &&
  new Date(`${value.slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(value.slice(8, 10))
const isRelative = (value: unknown): boolean => typeof value === "string" && /^-?\d{1,4}[hdwmy]$/.test(value)
const isSeconds = (value: unknown): boolean =>
  (typeof value === "number" && Number.isInteger(value)) ||
  (typeof value === "string" && /^(?:0|-?[1-9]\d*)$/.test(value))

const identifiers = String.raw`[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*`
const version = new RegExp(String.raw`^\d+(?:\.\d+){0,2}(?:-${identifiers})?(?:\+${identifiers})?$`)
/** FLAGS-LOCAL-61, -62: one small `v` in front, then trimmed. */
const coreOf = (value: unknown): string =>
  (isComposite(value) ? JSON.stringify(value) : String(value)).replace(/^v/, "").trim()
const isVersion = (value: unknown): boolean => version.test(coreOf(value))
const hasSuffix = (value: unknown): boolean => isVersion(value) && /[-+]/.test(coreOf(value))
/** What posthog-node reads otherwise, although it is one: zeros in front, a space after the `v`, more than 2^53. */
const isSpelledFreely = (value: unknown): boolean =>
  isVersion(value) &&
  coreOf(value).split(/[-+]/)[0]!.split(".").some((part) => /^0\d/.test(part) || Number(part) >= 2 ** 53)
const isSpacedBehindV = (value: unknown): boolean => typeof value === "string" && /^v\s/.test(value) && isVersion(value)

/** What posthog-node leaves to the service (its "portable subset"). */
export const isPortable = (pattern: string): boolean =>
  !/\P{ASCII}/u.test(pattern) && !/\(\?(?!:)/.test(pattern) &&
  !/\\(?![dDsSwWfnrtv\x20-\x2f:;=?@[-`{-~])/.test(pattern) &&
  !/\[\[|\[\^?\]|[*+?}][+{]|\{(?!\d+(?:,\d*)?\})|(?:^|[|(])\{/.test(pattern)

export const filterCategories: ReadonlyArray<FilterCategory> = [
  {
    id: "operator that is empty",
    requirement: "FLAGS-LOCAL-08",
    why: "only an omitted or a null operator is exact; the empty text is an unknown one",
    recognizes: (alone) => alone.filter["operator"] === "" && alone.ours === "?",
    examples: [
      { filter: { key: "p", operator: "", value: "x" }, value: "x", ours: "?", theirs: "true" }
    ]
  },
  {
    id: "D9 unknown operator on null",
    requirement: "FLAGS-LOCAL-08",
    why: "an unknown operator is inconclusive whatever the property is",
    recognizes: (alone) =>
      !uses(alone, known) && !uses(alone, newer) && alone.value === null && alone.ours === "?" &&
      alone.theirs === "false",
    examples: [
      { filter: { key: "p", operator: "EXACT", value: "x" }, value: null, ours: "?", theirs: "false" }
    ]
  },
  {
    id: "newer operator",
    requirement: "FLAGS-LOCAL-37, -47, -53, -54",
    why:
      "the inventory has min, max, is_date_exact, the multi family and, in cohorts, between; posthog-node knows none",
    recognizes: (alone) => uses(alone, newer) && (alone.theirs === "?" || alone.value === null),
    examples: [
      { filter: { key: "p", operator: "min", value: "5" }, value: 5, ours: "true", theirs: "?" },
      { filter: { key: "p", operator: "icontains_multi", value: [] }, value: "x", ours: "false", theirs: "?" },
      {
        filter: { key: "p", operator: "is_date_exact", value: "2024-01-15" },
        value: "2024-01-15T00:00:00Z",
        ours: "true",
        theirs: "?"
      }
    ]
  },
  {
    id: "filter without a value",
    requirement: "FLAGS-LOCAL-34",
    why:
      "a condition's value that is omitted where one is needed is inconclusive; posthog-node compares with the text of nothing",
    recognizes: (alone) =>
      hasNoValue(alone) && uses(alone, known) && !/^is_(?:not_)?set$/.test(String(operatorOf(alone))) &&
      alone.ours === "?",
    examples: [
      { filter: { key: "p", operator: "icontains" }, value: "undefined", ours: "?", theirs: "true" },
      { filter: { key: "p", operator: "exact", value: null }, value: "null", ours: "?", theirs: "true" }
    ]
  },
  {
    id: "D1 equality with an integer",
    requirement: "FLAGS-LOCAL-40, -41",
    why: "the definitions' text is at hand and spells no whole number as a float, so that 34 can only be the text 34",
    recognizes: (alone) =>
      uses(alone, equality) && alone.theirs === "?" &&
      (holds(alone.filter["value"], Number.isInteger) || holds(alone.value, Number.isInteger)),
    examples: [
      { filter: { key: "p", operator: "exact", value: 34 }, value: "34", ours: "true", theirs: "?" },
      { filter: { key: "p", operator: "is_not", value: [34, "free"] }, value: "pro", ours: "true", theirs: "?" },
      { filter: { key: "p", operator: "exact", value: "[1]" }, value: [1], ours: "true", theirs: "?" }
    ]
  },
  {
    id: "D16 search in arrays and objects",
    requirement: "FLAGS-LOCAL-40, -46",
    why: "their text is compact JSON; posthog-node takes JavaScript's",
    recognizes: (alone) => uses(alone, search) && (isComposite(alone.filter["value"]) || isComposite(alone.value)),
    examples: [
      { filter: { key: "p", operator: "starts_with", value: "[" }, value: ["a"], ours: "true", theirs: "false" },
      { filter: { key: "p", operator: "icontains", value: "object" }, value: { a: 1 }, ours: "false", theirs: "true" }
    ]
  },
  {
    id: "D16 text of big numbers",
    requirement: "FLAGS-LOCAL-40",
    why: "beyond 64 bits the service's JSON reader makes floats of integers, which it prints with an exponent",
    recognizes: (alone) =>
      (uses(alone, search) || uses(alone, regex)) && (holds(alone.filter["value"], isBig) || holds(alone.value, isBig)),
    examples: [
      { filter: { key: "p", operator: "icontains", value: "e+20" }, value: 1e20, ours: "true", theirs: "false" }
    ]
  },
  {
    id: "D11 pattern that is no text",
    requirement: "FLAGS-LOCAL-34, -48",
    why: "a pattern is a text; posthog-node makes one of anything",
    recognizes: (alone) => uses(alone, regex) && typeof alone.filter["value"] !== "string" && alone.ours === "?",
    examples: [
      { filter: { key: "p", operator: "regex", value: 5 }, value: "5", ours: "?", theirs: "true" }
    ]
  },
  {
    id: "D11 search with a pattern in arrays and objects",
    requirement: "FLAGS-LOCAL-40, -48",
    why: "their text is compact JSON; posthog-node takes JavaScript's",
    recognizes: (alone) => uses(alone, regex) && isComposite(alone.value) && typeof alone.filter["value"] === "string",
    examples: [
      { filter: { key: "p", operator: "regex", value: "^\\[" }, value: ["a"], ours: "true", theirs: "false" }
    ]
  },
  {
    id: "D11 pattern left to the service",
    requirement: "FLAGS-LOCAL-48, -49",
    why:
      "a linear-time engine of the service's own dialect runs here; posthog-node has RegExp and defers what may differ",
    recognizes: (alone) =>
      uses(alone, regex) && alone.theirs === "?" && typeof alone.filter["value"] === "string" &&
      (!isPortable(alone.filter["value"]) || /\P{ASCII}|\r/u.test(String(alone.value))),
    examples: [
      { filter: { key: "p", operator: "regex", value: "(?i)PRO" }, value: "pro", ours: "true", theirs: "?" },
      { filter: { key: "p", operator: "regex", value: "\\bfoo\\b" }, value: "a foo b", ours: "true", theirs: "?" },
      { filter: { key: "p", operator: "regex", value: "o" }, value: "jürgen o", ours: "true", theirs: "?" }
    ]
  },
  {
    id: "D12 condition that is no number",
    requirement: "FLAGS-LOCAL-51, -52",
    why: "no part of a text, no comparison of texts: such a condition is inconclusive",
    recognizes: (alone) => uses(alone, order) && !isNumber(alone.filter["value"]) && alone.ours === "?",
    examples: [
      { filter: { key: "p", operator: "gt", value: "10px" }, value: 11, ours: "?", theirs: "true" },
      { filter: { key: "p", operator: "gt", value: "abc" }, value: "abd", ours: "?", theirs: "true" }
    ]
  },
  {
    id: "D12 property that is no number",
    requirement: "FLAGS-LOCAL-35, -52",
    why: "it does not match, whatever is asked of it; posthog-node reads its beginning, or compares texts",
    recognizes: (alone) =>
      uses(alone, order) && isNumber(alone.filter["value"]) && !isNumber(alone.value) && alone.ours === "false",
    examples: [
      { filter: { key: "p", operator: "gt", value: "5" }, value: "10abc", ours: "false", theirs: "true" },
      { filter: { key: "p", operator: "gt", value: 0 }, value: true, ours: "false", theirs: "true" }
    ]
  },
  {
    id: "D13 condition that is no date",
    requirement: "FLAGS-LOCAL-55, -60",
    why: "what is in none of the listed forms is inconclusive; posthog-node asks Date, which guesses",
    recognizes: (alone) =>
      uses(alone, calendar) && !isDate(alone.filter["value"]) && !isRelative(alone.filter["value"]) &&
      alone.ours === "?",
    examples: [
      {
        filter: { key: "p", operator: "is_date_before", value: "2023-02-29" },
        value: "2020-01-01",
        ours: "?",
        theirs: "true"
      },
      { filter: { key: "p", operator: "is_date_after", value: "12" }, value: "2020-01-01", ours: "?", theirs: "true" }
    ]
  },
  {
    id: "D13 property in seconds",
    requirement: "FLAGS-LOCAL-56",
    why: "a number is Unix seconds, and so is its text; posthog-node reads milliseconds, and its text in no way",
    recognizes: (alone) => uses(alone, calendar) && isSeconds(alone.value),
    examples: [
      {
        filter: { key: "p", operator: "is_date_after", value: "2024-01-01" },
        value: 1705312800,
        ours: "true",
        theirs: "false"
      },
      {
        filter: { key: "p", operator: "is_date_after", value: "2024-01-01" },
        value: "1705312800",
        ours: "true",
        theirs: "?"
      }
    ]
  },
  {
    id: "D13 property that is no date",
    requirement: "FLAGS-LOCAL-35, -60",
    why: "a present property that is no date does not match; posthog-node defers, or asks Date, which guesses",
    recognizes: (alone) =>
      uses(alone, calendar) && !isDate(alone.value) && !isSeconds(alone.value) && alone.ours === "false",
    examples: [
      {
        filter: { key: "p", operator: "is_date_after", value: "2020-01-01" },
        value: "never",
        ours: "false",
        theirs: "?"
      },
      {
        filter: { key: "p", operator: "is_date_after", value: "2020-01-01" },
        value: "Jan 15 2024",
        ours: "false",
        theirs: "true"
      }
    ]
  },
  {
    id: "D13 finer than a millisecond",
    requirement: "FLAGS-LOCAL-54",
    why: "equal is neither before nor after, and what is finer than Date's grain is not equal",
    recognizes: (alone) =>
      uses(alone, calendar) &&
      [alone.filter["value"], alone.value].some((value) => isDate(value) && /\.\d{4}/.test(String(value))),
    examples: [
      {
        filter: { key: "p", operator: "is_date_after", value: "2024-06-01T10:00:00.123Z" },
        value: "2024-06-01T10:00:00.123456Z",
        ours: "true",
        theirs: "false"
      }
    ]
  },
  {
    id: "D15 wildcard",
    requirement: "FLAGS-LOCAL-65",
    why:
      "*, x and X, alone or behind one or two parts; without one it is a caret range; posthog-node strips one * at the end",
    recognizes: (alone) =>
      uses(alone, new Set(["semver_wildcard"])) && !/^\d+(?:\.\d+)?\.\*$/.test(String(alone.filter["value"])),
    examples: [
      { filter: { key: "p", operator: "semver_wildcard", value: "1.*.*" }, value: "1.9.9", ours: "true", theirs: "?" },
      {
        filter: { key: "p", operator: "semver_wildcard", value: "1.2.3" },
        value: "1.9.9",
        ours: "true",
        theirs: "false"
      },
      { filter: { key: "p", operator: "semver_wildcard", value: "*" }, value: "1.9.9", ours: "true", theirs: "?" }
    ]
  },
  {
    id: "D14 condition that is no version",
    requirement: "FLAGS-LOCAL-62, -67",
    why:
      "more than three parts, an empty pre-release, a capital V: inconclusive; posthog-node cuts off what it does not read",
    recognizes: (alone) => uses(alone, semver) && !isVersion(alone.filter["value"]) && alone.ours === "?",
    examples: [
      { filter: { key: "p", operator: "semver_eq", value: "1.2.3.4" }, value: "1.2.3", ours: "?", theirs: "true" },
      { filter: { key: "p", operator: "semver_eq", value: "V1.2.3" }, value: "1.2.3", ours: "?", theirs: "true" }
    ]
  },
  {
    id: "D14 property that is no version",
    requirement: "FLAGS-LOCAL-35, -67",
    why: "it matches nothing, not even semver_neq; posthog-node defers, or cuts off what it does not read",
    recognizes: (alone) =>
      (uses(alone, semver) || uses(alone, new Set(["semver_wildcard"]))) && !isVersion(alone.value) &&
      alone.ours === "false",
    examples: [
      { filter: { key: "p", operator: "semver_neq", value: "1.2.3" }, value: "x", ours: "false", theirs: "?" },
      { filter: { key: "p", operator: "semver_eq", value: "1.2.3" }, value: ["1.2.3"], ours: "false", theirs: "true" }
    ]
  },
  {
    id: "D14 pre-releases and builds",
    requirement: "FLAGS-LOCAL-63, -66",
    why: "they have their place in the order, and a range holds only those it names; posthog-node cuts them off",
    recognizes: (alone) =>
      (uses(alone, semver) || uses(alone, new Set(["semver_wildcard"]))) &&
      (hasSuffix(alone.filter["value"]) || hasSuffix(alone.value)),
    examples: [
      {
        filter: { key: "p", operator: "semver_eq", value: "2.0.0" },
        value: "2.0.0-beta.1",
        ours: "false",
        theirs: "true"
      },
      {
        filter: { key: "p", operator: "semver_caret", value: "1.2.3" },
        value: "1.3.0-beta",
        ours: "false",
        theirs: "true"
      }
    ]
  },
  {
    id: "D14 freely spelled versions",
    requirement: "FLAGS-LOCAL-61, -62",
    why: "zeros in front and a space behind the v are stripped, parts have 64 bits; posthog-node defers, or rounds",
    recognizes: (alone) =>
      (uses(alone, semver) || uses(alone, new Set(["semver_wildcard"]))) &&
      [alone.filter["value"], alone.value].some((value) => isSpelledFreely(value) || isSpacedBehindV(value)),
    examples: [
      { filter: { key: "p", operator: "semver_eq", value: "1.2.3" }, value: "1.02.3", ours: "true", theirs: "?" },
      {
        filter: { key: "p", operator: "semver_eq", value: "9007199254740992.0.0" },
        value: "9007199254740993.0.0",
        ours: "false",
        theirs: "true"
      }
    ]
  }
]
