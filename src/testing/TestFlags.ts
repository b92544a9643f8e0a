/**
 * Flags that a test sets: for everybody or for some people, over the definitions that it started with. They are made into
 * definitions as PostHog serves them, so that the client's own evaluator decides, and all that follows from it is real.
 *
 * @since 0.1.0
 */
import type { JsonObject, JsonValue } from "../domain/Json.js"
import { isJsonObject } from "../domain/JsonValue.js"
import type { FlagValue } from "../flags/evaluation/FlagEvaluation.js"

/** What a flag is; `undecided`: it cannot be evaluated. */
export type Setting =
  | { readonly _tag: "Value"; readonly value: FlagValue; readonly payload: JsonValue | undefined }
  | { readonly _tag: "Undecided" }

interface FlagState {
  readonly everybody: Setting | undefined
  readonly people: ReadonlyMap<string, Setting>
}

export type TestFlags = ReadonlyMap<string, FlagState>

export const none: TestFlags = new Map()

/** `people` is `undefined` for everybody: what was set for some people before is forgotten then. */
export const set = (
  flags: TestFlags,
  key: string,
  setting: Setting,
  people: ReadonlyArray<string> | undefined
): TestFlags => {
  const before = flags.get(key) ?? { everybody: undefined, people: new Map<string, Setting>() }
  return new Map(flags).set(
    key,
    people === undefined
      ? { everybody: setting, people: new Map() }
      : { ...before, people: new Map([...before.people, ...people.map((id) => [id, setting] as const)]) }
  )
}

/** All definitions: those that the test started with, and over them what it set. */
export const definitions = (flags: TestFlags, base: JsonObject | undefined, revision: number): JsonObject => {
  const before = Array.isArray(base?.["flags"]) ? base["flags"].filter(isJsonObject) : []
  const byKey = new Map(before.map((flag) => [flag["key"], flag]))
  return {
    group_type_mapping: {},
    cohorts: {},
    ...base,
    flags: [
      ...before.filter(({ key }) => typeof key !== "string" || !flags.has(key)),
      ...Array.from(flags, ([key, state], i) => definition(key, state, byKey.get(key), i + 1))
    ],
    [revisionKey]: revision
  }
}

/** A field that PostHog does not have: it says which of the definitions are in use. */
export const revisionKey = "posthog_test_revision"

const definition = (
  key: string,
  { everybody, people }: FlagState,
  base: JsonObject | undefined,
  id: number
): JsonObject => {
  const filters = objectOf(base?.["filters"])
  const settings = [everybody, ...people.values()].filter((setting) => setting?._tag === "Value")
  // a flag about groups has no conditions about people
  const isAboutPeople = typeof filters["aggregation_group_type_index"] !== "number"
  const keepsBase = base !== undefined && everybody === undefined && isAboutPeople
  return {
    id,
    ...base,
    key,
    active: true,
    ensure_experience_continuity: false,
    filters: {
      groups: [
        ...Array.from(people, ([distinctId, setting]) => conditionFor(setting, [is(distinctId)])).flat(),
        ...(everybody === undefined ? [] : conditionFor(everybody, Array.from(people.keys(), isNot))),
        ...(keepsBase && base["active"] !== false ? baseConditions(filters, Array.from(people.keys())) : [])
      ],
      ...multivariate(filters, settings, keepsBase),
      payloads: {
        ...objectOf(filters["payloads"]),
        ...Object.fromEntries(
          settings.flatMap(({ payload, value }) =>
            payload === undefined ? [] : [[String(value), JSON.stringify(payload)]]
          )
        )
      }
    }
  }
}

const objectOf = (value: JsonValue | undefined): JsonObject => isJsonObject(value) ? value : {}

const is = (distinctId: string): JsonObject => ({
  key: "distinct_id",
  type: "person",
  operator: "exact",
  value: [distinctId]
})

const isNot = (distinctId: string): JsonObject => ({
  key: "distinct_id",
  type: "person",
  operator: "is_not",
  value: [distinctId]
})

/** An operator that does not exist: whom it is asked about cannot be told. */
const undecidable: JsonObject = { key: "distinct_id", type: "person", operator: "undecided", value: [] }

const conditionFor = (setting: Setting, properties: ReadonlyArray<JsonObject>): ReadonlyArray<JsonObject> =>
  setting._tag === "Undecided"
    ? [{ properties: [...properties, undecidable], rollout_percentage: 100 }]
    : setting.value === false
    ? []
    : [{
      properties,
      rollout_percentage: 100,
      ...(typeof setting.value === "string" ? { variant: setting.value } : {})
    }]

const baseConditions = (filters: JsonObject, people: ReadonlyArray<string>): ReadonlyArray<JsonObject> =>
  (Array.isArray(filters["groups"]) ? filters["groups"] : []).filter(isJsonObject).map((group) => ({
    ...group,
    properties: [...(Array.isArray(group["properties"]) ? group["properties"] : []), ...people.map(isNot)]
  }))

/** The variants that are set, besides those that were there: nobody gets one of them by chance. */
const multivariate = (
  filters: JsonObject,
  settings: ReadonlyArray<Setting & { readonly _tag: "Value" }>,
  keepsBase: boolean
): JsonObject => {
  const declared = objectOf(filters["multivariate"])["variants"]
  const before = Array.isArray(declared) ? declared.filter(isJsonObject) : []
  const known = new Set(before.map(({ key }) => key))
  const added = new Set(settings.flatMap(({ value }) => typeof value === "string" && !known.has(value) ? [value] : []))
  const variants = [
    ...before.map((variant) => keepsBase ? variant : { ...variant, rollout_percentage: 0 }),
    ...Array.from(added, (key) => ({ key, rollout_percentage: 0 }))
  ]
  return variants.length === 0 ? {} : { multivariate: { variants } }
}
