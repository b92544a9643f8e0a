/** Definitions and people: plausible ones, and in about two of five places something at the edge. */
import { type Case, clone, type Definitions, type Json, type Who } from "./Case.js"
import type { Random } from "./Random.js"

/** What may stand wherever a value stands. */
const edges: ReadonlyArray<unknown> = [
  null,
  true,
  false,
  "true",
  "False",
  "TRUE",
  "",
  " ",
  0,
  1,
  -1,
  34,
  1.5,
  -0.25,
  1e-7,
  0.00001,
  1e21,
  2 ** 53,
  "34",
  "34.0",
  "1e3",
  " 10 ",
  "10px",
  "1_000",
  "+5",
  ".5",
  "Infinity",
  "NaN",
  "٣",
  [],
  [1],
  ["a", "B"],
  [true],
  ["true", "false"],
  [[]],
  ["free", 34],
  [34, "free"],
  {},
  { a: 1 },
  { b: "x", a: null },
  { a: ["q"] },
  "null",
  "É",
  "é",
  "ß",
  "SS",
  "İ",
  "i\u0307",
  "foo\n",
  "a\rb",
  "日本",
  "constructor",
  "1.2.3",
  "v1.2.3",
  "2024-02-30",
  "2024-01-15",
  "-7d",
  1705312800,
  "1705312800",
  1705312800000,
  "[\"a\",\"B\"]"
]

const texts = ["free", "pro", "Enterprise", "PRO", "jo@acme.com", "USER@Example.org", "user-1", "a b", "[x]", "foo"]
const parts = ["pro", "@ACME.com", "e", "user", "É", "F", "", "."]
const patterns = [
  "^(free|pro)$",
  "acme\\.com$",
  "o+",
  "[",
  "(",
  "^user-\\d+$",
  "",
  "foo$",
  "a.b",
  "(?i)pro",
  "(?=p)pro",
  "\\bfoo\\b",
  "\\d",
  "é",
  "(a)\\1",
  "[a-z]+@",
  "x{2,1}",
  "x{2,3}",
  "\\p{L}",
  "(?:ab)?c",
  "[[:alpha:]]",
  "p*+",
  "\\w+\\s\\w+",
  "a{,3}"
]
const numbers = [0, 1, 18, 34, 30.5, -1, 1e3, "18", "30.5", "-1", "1e2", "007"]
const numerals = ["18", "30.5", "-1", "0", "1e1", 18, 7.5]
const dates = [
  "2024-01-15",
  "2024-06-01T10:00:00Z",
  "2023-12-31 23:59:59",
  "2025-02-01T00:00:00+02:00",
  "2024-06-01T10:00",
  "2024-06-01t10:00:00z",
  "2024-06-01T10:00:00.123456Z",
  "2024",
  "2024-01",
  "01/15/2024",
  "Jan 15 2024",
  "20240115",
  "12",
  "2023-02-29",
  "2024-06-01T24:00:00Z",
  "never",
  "2024-06-01T10:00:00.123Z"
]
const relative = ["-30d", "-1y", "6m", "-2m", "7d", "3w", "12h", "9999h", "-10000d", "1x", "-1M", "0d"]
/** About where months are cut short on the day of the test. */
const cutShort = ["2025-01-28T11:59:59Z", "2025-01-29T12:00:00Z", "2025-02-28T12:00:01Z", "2025-03-01", "2024-03-31"]
const versions = [
  "1.2.3",
  "1.10.0",
  "2.0.0-beta.1",
  "2.0.0",
  "0.9",
  "v3.1",
  "V3.1",
  "1",
  "1.2.3+build.5",
  "1.02.3",
  "vv1.2.3",
  " 1.2.3 ",
  "v 1.2.3",
  "1.2.3.4",
  "1.2.3-",
  "9007199254740993.0.0",
  "0.0.3",
  "x",
  1,
  1.2,
  ["1.2.3"]
]
const wildcards = ["1.*", "1.2.*", "*", "1.*.*", "1.x", "1.2.3", "1.*.3", "2.X", "1..*", ""]

const equality = ["exact", "exact", "is_not", undefined, null, ""]
const order = ["gt", "gte", "lt", "lte", "min", "max"]
const search = [
  "icontains",
  "not_icontains",
  "starts_with",
  "not_starts_with",
  "ends_with",
  "not_ends_with"
]
const multi = ["icontains_multi", "not_icontains_multi"]
const semver = [
  "semver_eq",
  "semver_neq",
  "semver_gt",
  "semver_gte",
  "semver_lt",
  "semver_lte",
  "semver_tilde",
  "semver_caret"
]
const calendar = ["is_date_before", "is_date_after", "is_date_exact"]
const unknown = ["between", "not_between", "in", "not_in", "EXACT", "contains", "flag_evaluates_to", "constructor"]

const themes: ReadonlyArray<{
  readonly key: string
  readonly operators: ReadonlyArray<unknown>
  readonly values: ReadonlyArray<unknown>
  readonly properties: ReadonlyArray<unknown>
}> = [
  {
    key: "plan",
    operators: equality,
    values: [...texts, ["free", "pro"], ["pro", "Enterprise", "x"]],
    properties: texts
  },
  { key: "email", operators: search, values: parts, properties: texts },
  { key: "email", operators: multi, values: [["pro", "@acme"], [], ["É"]], properties: texts },
  { key: "email", operators: ["regex", "not_regex"], values: patterns, properties: texts },
  { key: "age", operators: order, values: numerals, properties: numbers },
  { key: "age", operators: equality, values: [18, "18", [18, 34], 30.5, [30.5, "x"]], properties: numbers },
  {
    key: "beta",
    operators: equality,
    values: [true, false, "true", ["true"], ["true", "false"], []],
    properties: [true, false, "true", "no"]
  },
  { key: "joined", operators: calendar, values: [...dates, ...relative], properties: [...dates, 1705312800] },
  { key: "seen", operators: calendar, values: ["-1m", "-2m", "2m", "-3m", "-1y"], properties: cutShort },
  { key: "version", operators: semver, values: versions, properties: versions },
  { key: "version", operators: ["semver_wildcard"], values: wildcards, properties: versions },
  { key: "plan", operators: ["is_set", "is_not_set"], values: [undefined, null, "x"], properties: texts },
  { key: "plan", operators: unknown, values: [...texts, ["1", "2"]], properties: texts },
  {
    key: "distinct_id",
    operators: ["exact", "icontains", "regex"],
    values: ["user-1", "user", "^user-\\d+$"],
    properties: ["other"]
  },
  { key: "$group_key", operators: ["exact", "is_set"], values: ["acme"], properties: ["globex"] },
  { key: "toString", operators: ["exact", "is_set"], values: ["x"], properties: ["x"] }
]

/** Fields that came out as `undefined` are absent. */
const fields = (all: Json): Json => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))

export const filter = (random: Random): Json => {
  const theme = random.pick(themes)
  const keys = ["plan", "age", "joined", "missing"]
  return fields({
    key: random.chance(0.1) ? random.pick(keys) : theme.key,
    type: random.pick(["person", "person", "person", undefined, "group"]),
    operator: random.pick(theme.operators),
    value: random.chance(0.2) ? random.pick([...edges, undefined]) : random.pick(theme.values),
    negation: random.chance(0.1) ? random.chance(0.5) : undefined
  })
}

const properties = (random: Random, share: number): Json => {
  const all: Json = {}
  for (const { key, properties } of themes) {
    if (random.chance(key.startsWith("$") || key === "distinct_id" ? 0.03 : share)) {
      all[key] = random.chance(0.35) ? random.pick(edges) : random.pick(properties)
    }
  }
  return all
}

const percentage = (random: Random): unknown =>
  random.chance(0.02)
    ? random.pick(["50", true, "x"])
    : random.pick([undefined, null, 0, 100, 50, 33.333, 12.5, 150, -5, random.next() * 100])

interface Names {
  readonly flags: ReadonlyArray<string>
  readonly cohorts: ReadonlyArray<string>
}

const cohortFilter = (random: Random, { cohorts }: Names): Json =>
  fields({
    type: "cohort",
    key: "id",
    value: random.chance(0.1) ? random.pick<unknown>(["99", 99, "constructor", null]) : random.pick([...cohorts, "99"]),
    operator: random.chance(0.1)
      ? random.pick(["is_not", "exact", null])
      : random.pick(["in", "in", "not_in", undefined]),
    negation: random.chance(0.1) ? true : undefined
  })

/** Chains never lead back: posthog-node does not come to an end there. The service sends an empty chain for a cycle. */
const flagFilter = (random: Random, { flags }: Names): Json => {
  const key = random.pick([...flags, "gone"])
  return fields({
    type: "flag",
    key,
    operator: random.chance(0.05) ? random.pick(["exact", undefined]) : "flag_evaluates_to",
    value: random.chance(0.1)
      ? random.pick([null, 1, ["a"], undefined])
      : random.pick([true, false, "control", "test", "holdout-7"]),
    dependency_chain: random.chance(0.1)
      ? random.pick([[], undefined, null, ["gone", key], flags.slice(0, 1), ["constructor", key]])
      : [...flags.filter((flag) => flag !== key).slice(0, random.below(2)), key]
  })
}

const anyFilter = (random: Random, names: Names): unknown => {
  if (random.chance(0.01)) {
    return random.pick<unknown>([null, "x", {}, { type: "behavioral", key: "plan", value: "pro" }])
  }
  const which = random.next()
  return which < 0.15 && names.cohorts.length > 0
    ? cohortFilter(random, names)
    : which < 0.25 && names.flags.length > 0
    ? flagFilter(random, names)
    : filter(random)
}

const cohort = (random: Random, names: Names, depth = 0): unknown => {
  if (random.chance(0.04)) {
    return random.pick<unknown>([
      null,
      {},
      { type: "XOR", values: [filter(random)] },
      { type: "AND" },
      { type: "property", values: [filter(random)] },
      { type: "OR", values: {} },
      { values: [filter(random)] },
      { type: "OR", values: [] },
      { type: "AND", values: [{}] }
    ])
  }
  const nested = depth < 2 && random.chance(0.35)
  return {
    type: random.pick(["AND", "OR"]),
    values: random.list(
      3,
      () => nested === random.chance(0.96) ? cohort(random, names, depth + 1) : anyFilter(random, names)
    )
  }
}

const index = (random: Random): unknown => random.pick([0, 0, 1, 1, 9])

const condition = (random: Random, names: Names): Json =>
  fields({
    properties: random.chance(0.05) ? random.pick([null, undefined]) : random.list(3, () => anyFilter(random, names)),
    rollout_percentage: percentage(random),
    variant: random.chance(0.2) ? random.pick(["control", "test", "unknown", "", null]) : undefined,
    aggregation_group_type_index: random.chance(0.12) ? random.pick([index(random), null]) : undefined
  })

const variants = (random: Random): unknown =>
  random.chance(0.02) ? random.pick<unknown>([null, { variants: null }, { variants: [{ key: "control" }] }]) : {
    variants: random.pick([
      [["control", 50], ["test", 50]],
      [["control", 33.33], ["test", 33.33], ["third", 33.34]],
      [["control", 10], ["test", 20]],
      [["control", 0], ["test", 100]],
      [["control", 80], ["test", 80]]
    ]).map(([key, rollout_percentage]) => ({ key, rollout_percentage }))
  }

const flag = (random: Random, key: string, names: Names): Json =>
  fields({
    key,
    id: 1,
    active: random.chance(0.08) ? random.pick<unknown>([false, null, undefined, 1]) : true,
    ensure_experience_continuity: random.chance(0.03) ? true : undefined,
    bucketing_identifier: random.chance(0.1) ? "device_id" : undefined,
    filters: random.chance(0.02) ? random.pick([null, undefined]) : fields({
      groups: random.chance(0.03) ? random.pick([null, []]) : random.list(3, () => condition(random, names)),
      multivariate: random.chance(0.4) ? variants(random) : undefined,
      aggregation_group_type_index: random.chance(0.15) ? index(random) : undefined,
      early_exit: random.chance(0.15) ? random.pick([true, false, null]) : undefined,
      holdout: random.chance(0.12)
        ? random.pick<unknown>([null, { id: 7, exclusion_percentage: percentage(random) }, {
          id: null,
          exclusion_percentage: 5
        }])
        : undefined,
      super_groups: random.chance(0.02)
        ? random.pick([null, [{ properties: [], rollout_percentage: 100 }]])
        : undefined,
      feature_enrollment: random.chance(0.01) ? true : undefined
    })
  })

const who = (random: Random): Who => {
  const groups = fields({
    company: random.chance(0.6) ? random.pick(["acme", "globex", random.chance(0.05) ? "" : "g1"]) : undefined,
    project: random.chance(0.4) ? "p1" : undefined
  })
  return {
    distinctId: random.chance(0.01)
      ? ""
      : random.pick([`user-${random.below(10_000)}`, "jürgen", "日本", `u${random.next()}`]),
    personProperties: {
      ...properties(random, 0.75),
      ...(random.chance(0.3)
        ? { $device_id: random.pick<unknown>([`device-${random.below(100)}`, "", random.chance(0.1) ? 5 : "d"]) }
        : {})
    },
    groups,
    groupProperties: fields({
      company: random.chance(0.5) ? properties(random, 0.6) : undefined,
      project: random.chance(0.2) ? properties(random, 0.4) : undefined
    })
  }
}

const keys = ["new-checkout", "beta", "pricing", "überflag"]
const ids = ["1", "2", "3"]

export const generate = (random: Random): Case => {
  const cohortNames = ids.slice(0, random.below(4))
  const flagNames = keys.slice(0, 1 + random.below(4))
  const cohorts: Json = {}
  cohortNames.forEach((id, n) => {
    cohorts[id] = cohort(random, {
      flags: [],
      // never back to itself: posthog-node overflows the stack there
      cohorts: cohortNames.slice(0, n)
    })
  })
  const definitions: Definitions = {
    flags: flagNames.map((key, n) => flag(random, key, { flags: flagNames.slice(0, n), cohorts: cohortNames })),
    cohorts,
    group_type_mapping: { 0: "company", 1: random.chance(0.02) ? "constructor" : "project" }
  }
  if (random.chance(0.5)) {
    definitions.property_matching_version = 2
  }
  // what one part shares with another must not be changed with it
  return clone({ definitions, who: who(random) })
}
