/**
 * Plausible definitions and people: what a team could have set up in PostHog. Everything is JSON, in PostHog's own form,
 * so that any SDK can be given the same.
 */
import { FastCheck as fc } from "effect"

/** Whom to evaluate for, as SDKs are told. */
export interface Person {
  readonly distinctId: string
  readonly deviceId: string | undefined
  readonly personProperties: { readonly [key: string]: string | number | boolean | null }
  readonly groups: { readonly [type: string]: string }
  readonly groupProperties: { readonly [type: string]: { readonly [key: string]: string | number | boolean } }
}

export interface Body {
  readonly flags: ReadonlyArray<{ readonly key: string; readonly [field: string]: unknown }>
  readonly group_type_mapping: { readonly [index: string]: string }
  readonly cohorts: { readonly [id: string]: unknown }
  readonly property_matching_version?: number
}

const plans = ["free", "pro", "Enterprise", "trial"]
const versions = ["1.2.3", "1.10.0", "2.0.0-beta.1", "0.9", "v3.1"]
const dates = ["2024-01-15", "2024-06-01T10:00:00Z", "2023-12-31 23:59:59", "2025-02-01T00:00:00+02:00"]
/** Absent in all but so many of 100 cases. */
const maybe = <A>(arbitrary: fc.Arbitrary<A>, share = 75): fc.Arbitrary<A | undefined> =>
  fc.oneof({ weight: share, arbitrary }, { weight: 100 - share, arbitrary: fc.constant(undefined) })

/** Without the fields that came out as absent. */
const present = <A extends object>(fields: A): A =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as A

const operand: fc.Arbitrary<{ readonly key: string; readonly operator?: string; readonly value?: unknown }> = fc.oneof(
  fc.record({
    key: fc.constant("plan"),
    operator: fc.constantFrom("exact", "is_not"),
    value: fc.oneof(fc.constantFrom(...plans), fc.subarray(plans))
  }),
  fc.record({
    key: fc.constantFrom("plan", "email", "missing"),
    operator: fc.constantFrom(
      "icontains",
      "not_icontains",
      "starts_with",
      "not_starts_with",
      "ends_with",
      "not_ends_with"
    ),
    value: fc.constantFrom("pro", "@ACME.com", "e", "user")
  }),
  fc.record({
    key: fc.constantFrom("plan", "email"),
    operator: fc.constantFrom("regex", "not_regex"),
    value: fc.constantFrom("^(free|pro)$", "acme\\.com$", "[", "o+")
  }),
  fc.record({ key: fc.constantFrom("plan", "age", "missing"), operator: fc.constantFrom("is_set", "is_not_set") }),
  fc.record({
    key: fc.constantFrom("age", "score"),
    operator: fc.constantFrom("gt", "gte", "lt", "lte"),
    value: fc.oneof(fc.constantFrom("18", "30.5", "-1"), fc.integer({ min: 0, max: 60 }).map(String))
  }),
  fc.record({
    key: fc.constantFrom("beta", "verified"),
    operator: fc.constantFrom("exact", "is_not"),
    value: fc.constantFrom<unknown>(true, false, "true", ["true"], ["true", "false"])
  }),
  fc.record({
    key: fc.constant("joined"),
    operator: fc.constantFrom("is_date_before", "is_date_after", "is_date_exact"),
    value: fc.constantFrom(...dates, "-30d", "-1y", "6m")
  }),
  fc.record({
    key: fc.constant("version"),
    operator: fc.constantFrom(
      "semver_eq",
      "semver_gt",
      "semver_lte",
      "semver_tilde",
      "semver_caret",
      "semver_wildcard"
    ),
    value: fc.constantFrom(...versions, "1.*")
  }),
  fc.record({ key: fc.constant("score"), value: fc.constantFrom<unknown>(1.5, "1.5", 7, ["7", "8"]) })
)

const percentage = fc.oneof(
  fc.constantFrom(0, 100, 50, 33.333),
  fc.integer({ min: 0, max: 100 }),
  fc.double({ min: 0, max: 100, noNaN: true })
)

const propertyFilter = operand.map((fields) => ({ type: "person", ...fields }))

/** Flags and cohorts refer to those before them: there are no cycles. */
const reference = (flags: ReadonlyArray<string>, cohorts: ReadonlyArray<string>) =>
  fc.oneof(
    { arbitrary: propertyFilter as fc.Arbitrary<object>, weight: 6 },
    ...(cohorts.length === 0 ? [] : [{
      arbitrary: fc.record({
        type: fc.constant("cohort"),
        key: fc.constant("id"),
        // what nobody defined is a static cohort
        value: fc.constantFrom(...cohorts.map(Number), 99),
        operator: fc.constantFrom("in", "not_in")
      }) as fc.Arbitrary<object>,
      weight: 2
    }]),
    ...(flags.length === 0 ? [] : [{
      arbitrary: fc.record({
        key: fc.constantFrom(...flags),
        value: fc.constantFrom<unknown>(true, false, "control", "test", "holdout-7")
      }).map(({ key, value }) => ({
        type: "flag",
        operator: "flag_evaluates_to",
        key,
        value,
        dependency_chain: [key]
      })) as fc.Arbitrary<object>,
      weight: 2
    }])
  )

const negatable = (filter: fc.Arbitrary<object>) =>
  fc.tuple(filter, maybe(fc.boolean())).map(([fields, negation]) => present({ ...fields, negation }))

const cohort = (flags: ReadonlyArray<string>, cohorts: ReadonlyArray<string>): fc.Arbitrary<unknown> => {
  const leaf = negatable(reference(flags, cohorts))
  const type = fc.constantFrom("AND", "OR")
  const group = fc.record({ type, values: fc.array(leaf, { maxLength: 3 }) })
  return fc.oneof(
    group,
    fc.record({ type, values: fc.array(group, { maxLength: 3 }) }),
    fc.constant({})
  )
}

const variantSets = [
  [["control", 50], ["test", 50]],
  [["control", 33.33], ["test", 33.33], ["third", 33.34]],
  [["control", 10], ["test", 20]],
  [["control", 0], ["test", 100]]
].map((set) => set.map(([key, rollout]) => ({ key, rollout_percentage: rollout })))

const condition = (flags: ReadonlyArray<string>, cohorts: ReadonlyArray<string>) =>
  fc.record({
    properties: fc.array(reference(flags, cohorts), { maxLength: 3 }),
    rollout_percentage: maybe(percentage, 80),
    variant: maybe(fc.constantFrom("control", "test", "unknown"), 30),
    aggregation_group_type_index: maybe(fc.constantFrom(0, 1, null, 9), 25)
  }).map(present)

const flag = (key: string, flags: ReadonlyArray<string>, cohorts: ReadonlyArray<string>) =>
  fc.record({
    active: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    groups: fc.array(condition(flags, cohorts), { maxLength: 3 }),
    variants: maybe(fc.constantFrom(...variantSets), 50),
    device: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    group: maybe(fc.constantFrom(0, 1), 20),
    early_exit: maybe(fc.boolean(), 30),
    holdout: maybe(fc.record({ id: fc.constant(7), exclusion_percentage: percentage }), 20),
    payloads: maybe(fc.constant({ true: "{\"on\":1}", control: "0", test: "not json", "holdout-7": "null" }), 30)
  }).map(({ active, device, early_exit, group, groups, holdout, payloads, variants }) => ({
    key,
    id: 1,
    active,
    ...(device ? { bucketing_identifier: "device_id" } : {}),
    filters: present({
      groups,
      multivariate: variants === undefined ? undefined : { variants },
      aggregation_group_type_index: group,
      early_exit,
      holdout,
      payloads
    })
  }))

const names = ["new-checkout", "beta", "pricing", "search_v2", "überflag", "constructor"]
const ids = ["1", "2", "3"]

/** Definitions of up to six flags and three cohorts that refer to each other. */
export const bodies: fc.Arbitrary<Body> = fc.record({
  flags: fc.tuple(...names.map((key, index) => flag(key, names.slice(0, index), ids))),
  count: fc.integer({ min: 1, max: names.length }),
  // a cohort may ask for the first flag only if that one asks for no cohort: it may not
  cohorts: fc.tuple(...ids.map((_, index) => cohort([], ids.slice(0, index)))),
  version: maybe(fc.constant(2), 50)
}).map(({ cohorts, count, flags, version }) =>
  present({
    flags: flags.slice(0, count),
    group_type_mapping: { 0: "company", 1: "project" },
    cohorts: Object.fromEntries(cohorts.map((each, index) => [ids[index], each])),
    property_matching_version: version
  }) as Body
)

export const people: fc.Arbitrary<Person> = fc.record({
  distinctId: fc.oneof(fc.integer({ min: 0, max: 9999 }).map((n) => `user-${n}`), fc.constantFrom("jürgen", "日本")),
  deviceId: maybe(fc.integer({ min: 0, max: 999 }).map((n) => `device-${n}`), 60),
  personProperties: fc.record({
    plan: maybe(fc.constantFrom<string | null>(...plans, null)),
    email: maybe(fc.constantFrom("jo@acme.com", "USER@Example.org")),
    age: maybe(fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom("18", "n/a"))),
    score: maybe(fc.constantFrom<string | number>(1.5, 7, "7")),
    beta: maybe(fc.constantFrom<string | boolean>(true, false, "true", "no")),
    verified: maybe(fc.boolean()),
    joined: maybe(fc.constantFrom(...dates, "never")),
    version: maybe(fc.constantFrom(...versions, "x"))
  }).map((properties) => present(properties) as Person["personProperties"]),
  groups: fc.record({ company: maybe(fc.constantFrom("acme", "globex"), 65), project: maybe(fc.constant("p1"), 50) })
    .map((groups) => present(groups) as Person["groups"]),
  groupProperties: fc.record({
    company: maybe(fc.record({ plan: fc.constantFrom(...plans), age: fc.integer({ min: 0, max: 60 }) }), 65)
  }).map((groups) => present(groups) as Person["groupProperties"])
})
