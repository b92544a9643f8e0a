/** Where more than one property filter is needed for another answer: every reason, and how a definition is freed of it. */
import { type Case, conditionsOf, constant, filtersOf, isIndex, isObject, type Json, type Verdict } from "./Case.js"
import { isPortable } from "./FilterCategories.js"

export interface Example {
  readonly flags: ReadonlyArray<Json>
  readonly cohorts?: Json
  readonly group_type_mapping?: { [index: string]: string }
  readonly who?: Partial<Case["who"]>
  /** Default: that of the last flag. */
  readonly key?: string
  readonly ours: Verdict
  readonly theirs: Verdict
}

export interface StructureCategory {
  readonly id: string
  readonly requirement: string
  readonly why: string
  /** Frees the case of the feature, in place; `false`: it has none. Where the feature alone made the difference, none is left. */
  readonly remove: (one: Case) => boolean
  readonly examples: ReadonlyArray<Example>
}

/** Calls `change` with every filter, wherever it stands; what it returns, unless `undefined`, takes the filter's place. */
const eachFilter = (
  one: Case,
  change: (
    filter: any,
    place: { readonly kind: "condition" | "cohort"; readonly flag?: Json; readonly condition?: Json }
  ) => unknown
): boolean => {
  let changed = false
  const inList = (list: Array<any>, place: Parameters<typeof change>[1]) =>
    list.forEach((filter, n) => {
      const other = change(filter, place)
      if (other !== undefined) {
        list[n] = other
        changed = true
      }
    })
  const inGroup = (group: any): void => {
    if (isObject(group) && Array.isArray(group["values"])) {
      group["values"].forEach((value: unknown) => inGroup(value))
      const leaves = group["values"]
      leaves.forEach((value: any, n: number) => {
        if (!isObject(value) || !Array.isArray(value["values"])) {
          const other = change(value, { kind: "cohort" })
          if (other !== undefined) {
            leaves[n] = other
            changed = true
          }
        }
      })
    }
  }
  for (const flag of one.definitions.flags) {
    for (const condition of conditionsOf(flag)) {
      inList(filtersOf(condition), { kind: "condition", flag, condition })
    }
  }
  Object.values(one.definitions.cohorts).forEach(inGroup)
  return changed
}

const eachFlag = (one: Case, change: (flag: Json) => boolean): boolean =>
  one.definitions.flags.map(change).some((changed) => changed)

const drop = (fields: Json | undefined, name: string, when: (value: any) => boolean): boolean =>
  isObject(fields) && Object.hasOwn(fields, name) && when(fields[name]) && delete fields[name]

const unknown = constant("?", undefined)
const mapped = ({ definitions }: Case, index: unknown): boolean =>
  Object.hasOwn(definitions.group_type_mapping, String(index))
const isPercentage = (value: unknown): boolean => value === null || value === undefined || Number.isFinite(value)

/** A group of a cohort that cannot be told. */
const doubt = () => ({ type: "AND", values: [unknown] })

/** Puts `change(group)` in the place of every group of every cohort, innermost first. */
const eachGroup = (one: Case, change: (group: unknown) => unknown): boolean => {
  let changed = false
  const visit = (group: unknown): unknown => {
    if (isObject(group) && Array.isArray(group["values"])) {
      group["values"] = group["values"].map((value: unknown) =>
        isObject(value) && (value["values"] !== undefined || ["AND", "OR"].includes(value["type"]))
          ? visit(value)
          : value
      )
    }
    const other = change(group)
    changed ||= other !== undefined
    return other === undefined ? group : other
  }
  const { cohorts } = one.definitions
  for (const id of Object.keys(cohorts)) {
    cohorts[id] = visit(cohorts[id])
  }
  return changed
}

const groupIsMissing = (one: Case, index: unknown): boolean =>
  isIndex(index) && mapped(one, index) && !one.who.groups[one.definitions.group_type_mapping[String(index)]!]

const device = (one: Case) => one.who.personProperties["$device_id"]

const on = { rollout_percentage: 100 }
const yes = { key: "distinct_id", operator: "is_set", type: "person" }
const no = { ...yes, operator: "is_not_set" }
const flag = (groups: ReadonlyArray<unknown>, filters: object = {}, fields: object = {}): Json => ({
  key: "f",
  active: true,
  filters: { groups, ...filters },
  ...fields
})
const inCohort = (value: unknown, fields: object = {}): Json => ({
  type: "cohort",
  key: "id",
  value,
  operator: "in",
  ...fields
})

export const structureCategories: ReadonlyArray<StructureCategory> = [
  {
    id: "D25 names of every object",
    requirement: "FLAGS-LOCAL-30, -69, FLAGS-EVAL-32",
    why: "constructor is a name like any other; posthog-node finds it on every plain object",
    remove: (one) => {
      const filters = eachFilter(one, (filter) => {
        if (!isObject(filter)) {
          return undefined
        }
        return filter["type"] === "cohort" && filter["value"] === "constructor"
          ? unknown
          : filter["type"] === "flag" && (filter["dependency_chain"] ?? []).includes("constructor")
          ? unknown
          : undefined
      })
      const names = Object.entries(one.definitions.group_type_mapping).filter(([, name]) => name === "constructor")
      for (const [index] of names) {
        one.definitions.group_type_mapping[index] = "project"
        one.who.groups["project"] ??= "g"
      }
      return filters || names.length > 0
    },
    examples: [
      { flags: [], key: "constructor", ours: "?", theirs: "false" },
      { flags: [flag([{ ...on, properties: [inCohort("constructor")] }])], ours: "?", theirs: "true" },
      {
        flags: [flag([on], { aggregation_group_type_index: 0 })],
        group_type_mapping: { 0: "constructor" },
        ours: "?",
        theirs: "true"
      }
    ]
  },
  {
    id: "FLAGS-LOCAL-03 group not passed",
    requirement: "FLAGS-LOCAL-03, -24",
    why:
      "a group flag, or condition, without its group is inconclusive; posthog-node says false, or passes over the condition",
    remove: (one) => {
      const missing = one.definitions.flags.flatMap((flag) => [flag["filters"], ...conditionsOf(flag)])
        .map((fields) => fields?.["aggregation_group_type_index"]).filter((index) => groupIsMissing(one, index))
      for (const index of missing) {
        one.who.groups[one.definitions.group_type_mapping[String(index)]!] = "g"
      }
      return missing.length > 0
    },
    examples: [
      { flags: [flag([on], { aggregation_group_type_index: 0 })], ours: "?", theirs: "false" },
      { flags: [flag([{ ...on, aggregation_group_type_index: 0 }])], ours: "?", theirs: "false" },
      // a group without a key is nobody's
      {
        flags: [flag([on], { aggregation_group_type_index: 0 })],
        who: { groups: { company: "" } },
        ours: "?",
        theirs: "true"
      }
    ]
  },
  {
    id: "FLAGS-LOCAL-22 person's condition of a group flag",
    requirement: "FLAGS-LOCAL-22, -24",
    why: "null means the person; posthog-node keeps the group",
    // the same in other words: what was inherited is said by each condition
    remove: (one) =>
      eachFlag(one, (flag) => {
        const index = flag["filters"]?.aggregation_group_type_index
        const conditions = conditionsOf(flag)
        if (!isIndex(index) || !conditions.some((condition) => condition["aggregation_group_type_index"] === null)) {
          return false
        }
        delete flag["filters"].aggregation_group_type_index
        for (const condition of conditions) {
          condition["aggregation_group_type_index"] ??= condition["aggregation_group_type_index"] === undefined
            ? index
            : null
        }
        return true
      }),
    examples: [
      {
        flags: [
          flag([{ ...on, aggregation_group_type_index: null, properties: [yes] }], { aggregation_group_type_index: 0 })
        ],
        who: { groups: { company: "acme" } },
        ours: "true",
        theirs: "?"
      }
    ]
  },
  {
    id: "FLAGS-LOCAL-27 unknown group type",
    requirement: "FLAGS-LOCAL-27",
    why:
      "a condition on it is inconclusive, and a flag without conditions is off; posthog-node passes over the condition, and defers on the flag",
    remove: (one) =>
      eachFlag(
        one,
        (flag) =>
          [flag["filters"], ...conditionsOf(flag)].map((fields) =>
            drop(fields, "aggregation_group_type_index", (index) => isIndex(index) && !mapped(one, index))
          ).some(Boolean)
      ),
    examples: [
      { flags: [flag([{ ...on, aggregation_group_type_index: 9 }])], ours: "?", theirs: "false" },
      { flags: [flag([], { aggregation_group_type_index: 9 })], ours: "false", theirs: "?" }
    ]
  },
  {
    id: "FLAGS-LOCAL-25 device flag without a device",
    requirement: "FLAGS-LOCAL-25",
    why: "the conditions on the person are inconclusive, those on groups work; posthog-node defers on the whole flag",
    remove: (one) =>
      !(typeof device(one) === "string" && device(one) !== "") &&
      eachFlag(one, (flag) => drop(flag, "bucketing_identifier", (by) => by === "device_id")),
    examples: [
      {
        flags: [flag([{ ...on, aggregation_group_type_index: 0 }], {}, { bucketing_identifier: "device_id" })],
        who: { groups: { company: "acme" } },
        ours: "true",
        theirs: "?"
      },
      { flags: [flag([], {}, { bucketing_identifier: "device_id" })], ours: "false", theirs: "?" },
      {
        flags: [flag([on], {}, { bucketing_identifier: "device_id" })],
        who: { personProperties: { $device_id: 5 } },
        ours: "?",
        theirs: "true"
      }
    ]
  },
  {
    id: "empty distinct id",
    requirement: "FLAGS-EVAL-26, FLAGS-LOCAL-07",
    why: "nobody cannot be put into a bucket; posthog-node hashes the empty text",
    remove: (one) => one.who.distinctId === "" && Boolean(one.who.distinctId = "somebody"),
    examples: [
      { flags: [flag([{ rollout_percentage: 99 }])], who: { distinctId: "" }, ours: "?", theirs: "true" }
    ]
  },
  {
    id: "FLAGS-LOCAL-73 cohort that is not served",
    requirement: "FLAGS-LOCAL-21, -69, -73",
    why: "it is inconclusive like anything else, and a later match decides; posthog-node gives up the whole flag",
    remove: (one) =>
      eachFilter(
        one,
        (filter) =>
          isObject(filter) && filter["type"] === "cohort" && filter["value"] !== "constructor" &&
            !Object.hasOwn(one.definitions.cohorts, String(filter["value"]))
            ? unknown
            : undefined
      ),
    examples: [
      { flags: [flag([{ ...on, properties: [inCohort("99")] }, on])], ours: "true", theirs: "?" },
      {
        flags: [flag([{ ...on, properties: [inCohort("99")] }, { ...on, properties: [inCohort("99"), no] }, on])],
        ours: "true",
        theirs: "?"
      }
    ]
  },
  {
    id: "D17 cohort operator",
    requirement: "FLAGS-LOCAL-08, -68",
    why: "membership is in or not_in; another operator is inconclusive, posthog-node takes it for in",
    remove: (one) =>
      eachFilter(
        one,
        (filter) =>
          isObject(filter) && filter["type"] === "cohort" &&
            !["in", "not_in", "exact", undefined, null].includes(filter["operator"])
            ? unknown
            : undefined
      ),
    examples: [
      {
        flags: [flag([{ ...on, properties: [inCohort("1", { operator: "is_not" })] }])],
        cohorts: { 1: {} },
        ours: "?",
        theirs: "true"
      }
    ]
  },
  {
    id: "FLAGS-LOCAL-23 cohort in a condition on a group",
    requirement: "FLAGS-LOCAL-23",
    why: "a cohort is of people, whatever the condition is about; posthog-node reads the group's properties",
    remove: (one) =>
      eachFilter(one, (filter, { condition, flag }) => {
        const own = condition?.["aggregation_group_type_index"]
        const index = own === undefined ? flag?.["filters"]?.aggregation_group_type_index : own
        return isObject(filter) && filter["type"] === "cohort" && isIndex(index) ? unknown : undefined
      }),
    examples: [
      {
        flags: [flag([{ ...on, properties: [inCohort("1")] }], { aggregation_group_type_index: 0 })],
        cohorts: { 1: { type: "AND", values: [yes] } },
        who: { groups: { company: "acme" } },
        ours: "true",
        theirs: "?"
      }
    ]
  },
  {
    id: "D18 malformed cohort",
    requirement: "FLAGS-LOCAL-72",
    why:
      "no list of values, another type, no object: inconclusive, and nothing else is lost; posthog-node takes some for everybody, throws, or gives up the flag",
    remove: (one) =>
      eachGroup(one, (group) =>
        isObject(group) && Object.keys(group).length === 0
          ? undefined
          : !isObject(group) || !["AND", "OR", "property"].includes(group["type"]) || !Array.isArray(group["values"])
          ? doubt()
          : undefined),
    examples: [
      {
        flags: [flag([{ ...on, properties: [inCohort("1")] }])],
        cohorts: { 1: { type: "AND" } },
        ours: "?",
        theirs: "true"
      },
      { flags: [flag([{ ...on, properties: [inCohort("1")] }])], cohorts: { 1: null }, ours: "?", theirs: "true" },
      {
        flags: [flag([{ ...on, properties: [inCohort("1")] }])],
        cohorts: { 1: { type: "OR", values: {} } },
        ours: "?",
        theirs: "throws"
      },
      {
        flags: [flag([{ ...on, properties: [inCohort("1")] }, on])],
        cohorts: { 1: { type: "XOR", values: [yes] } },
        ours: "true",
        theirs: "?"
      }
    ]
  },
  {
    id: "D18 groups beside filters in a cohort",
    requirement: "FLAGS-LOCAL-70",
    why: "each child counts, whatever it is; posthog-node takes all for what the first is",
    remove: (one) =>
      eachGroup(one, (group) => {
        const values: ReadonlyArray<any> = isObject(group) && Array.isArray(group["values"]) ? group["values"] : []
        const isGroup = (value: unknown) => isObject(value) && value["values"] !== undefined
        return values.some(isGroup) && !values.every(isGroup)
          ? {
            type: (group as Json)["type"],
            values: values.map((value) => (isGroup(value) ? value : { type: "AND", values: [value] }))
          }
          : undefined
      }),
    examples: [
      {
        flags: [flag([{ ...on, properties: [inCohort("1")] }])],
        cohorts: { 1: { type: "AND", values: [yes, { type: "OR", values: [yes] }] } },
        ours: "true",
        theirs: "?"
      }
    ]
  },
  {
    id: "D18 empty group or filter in a cohort",
    requirement: "FLAGS-LOCAL-72",
    why:
      "a filter without a key is inconclusive, and only a whole cohort that is {} is everybody; posthog-node passes, or throws",
    remove: (one) => {
      let changed = false
      const visit = (value: any): void => {
        if (isObject(value) && Array.isArray(value["values"])) {
          value["values"] = value["values"].map((child: any) => {
            if (!isObject(child) || (child["values"] === undefined && typeof child["key"] !== "string")) {
              changed = true
              return value["values"].some((other: any) => other?.values !== undefined) ? doubt() : unknown
            }
            visit(child)
            return child
          })
        }
      }
      Object.values(one.definitions.cohorts).forEach(visit)
      return changed
    },
    examples: [
      {
        flags: [flag([{ ...on, properties: [inCohort("1")] }])],
        cohorts: { 1: { type: "AND", values: [{ type: "AND", values: [yes] }, null] } },
        ours: "?",
        theirs: "true"
      }
    ]
  },
  {
    id: "D19 dependency's operator",
    requirement: "FLAGS-LOCAL-08, -28",
    why: "it is flag_evaluates_to, and another is unknown; posthog-node does not look",
    remove: (one) =>
      eachFilter(
        one,
        (filter) =>
          isObject(filter) && filter["type"] === "flag" && filter["operator"] !== "flag_evaluates_to"
            ? unknown
            : undefined
      ),
    examples: [
      {
        flags: [
          { ...flag([on]), key: "a" },
          flag([{
            ...on,
            properties: [{ type: "flag", key: "a", operator: "exact", value: true, dependency_chain: ["a"] }]
          }])
        ],
        ours: "?",
        theirs: "true"
      }
    ]
  },
  {
    id: "D19 dependency without a value",
    requirement: "FLAGS-LOCAL-34",
    why: "a value that is omitted is inconclusive; posthog-node says that nothing equals it",
    remove: (one) =>
      eachFilter(
        one,
        (filter) => isObject(filter) && filter["type"] === "flag" && filter["value"] === undefined ? unknown : undefined
      ),
    examples: [
      {
        flags: [
          { ...flag([on]), key: "a" },
          flag([{
            ...on,
            properties: [{ type: "flag", key: "a", operator: "flag_evaluates_to", dependency_chain: ["a"] }]
          }])
        ],
        ours: "?",
        theirs: "false"
      }
    ]
  },
  {
    id: "D19 dependency that is not in its chain",
    requirement: "FLAGS-LOCAL-30, -31",
    why: "it is not resolved, which is inconclusive; posthog-node compares with nothing",
    remove: (one) =>
      eachFilter(
        one,
        (filter) =>
          isObject(filter) && filter["type"] === "flag" && Array.isArray(filter["dependency_chain"]) &&
            filter["dependency_chain"].length > 0 && !filter["dependency_chain"].includes(filter["key"])
            ? unknown
            : undefined
      ),
    examples: [
      {
        flags: [
          { ...flag([on]), key: "a" },
          flag([{
            ...on,
            properties: [{
              type: "flag",
              key: "b",
              operator: "flag_evaluates_to",
              value: true,
              dependency_chain: ["a"]
            }]
          }])
        ],
        ours: "?",
        theirs: "false"
      }
    ]
  },
  {
    id: "kind of filter that only the service knows",
    requirement: "FLAGS-LOCAL-07, -78",
    why: "a behavioral filter asks what a person did; posthog-node reads a property of that name",
    remove: (one) =>
      eachFilter(
        one,
        (filter) =>
          isObject(filter) && !["person", "group", "cohort", "flag", undefined, null].includes(filter["type"])
            ? unknown
            : undefined
      ),
    examples: [
      {
        flags: [flag([{ ...on, properties: [{ type: "behavioral", key: "plan", value: "pro" }] }])],
        who: { personProperties: { plan: "pro" } },
        ours: "?",
        theirs: "true"
      }
    ]
  },
  {
    id: "filter that is none",
    requirement: "FLAGS-LOCAL-07, -72",
    why: "what is no object, or has no key, is inconclusive; posthog-node throws, or reads no property",
    remove: (one) =>
      eachFilter(one, (filter, { kind }) =>
        kind === "condition" &&
          (!isObject(filter) ||
            (filter["type"] !== "cohort" && (typeof filter["key"] !== "string" || filter["key"] === "")))
          ? unknown
          : undefined),
    examples: [
      { flags: [flag([{ ...on, properties: [null] }])], ours: "?", theirs: "throws" }
    ]
  },
  {
    id: "FLAGS-LOCAL-21 pattern left to the service before a match",
    requirement: "FLAGS-LOCAL-21, -49",
    why:
      "a later match decides, as after anything that is inconclusive; posthog-node defers if the pattern could give another value",
    remove: (one) =>
      eachFilter(
        one,
        (filter) =>
          isObject(filter) && ["regex", "not_regex"].includes(filter["operator"]) &&
            !isPortable(String(filter["value"]))
            ? unknown
            : undefined
      ),
    examples: [
      {
        flags: [
          flag([{ ...on, variant: "a", properties: [{ key: "p", operator: "regex", value: "(a)\\1" }] }, on], {
            multivariate: { variants: [{ key: "a", rollout_percentage: 0 }] }
          })
        ],
        who: { personProperties: { p: "foo" } },
        ours: "true",
        theirs: "?"
      }
    ]
  },
  {
    id: "FLAGS-LOCAL-78 service's own conditions",
    requirement: "FLAGS-LOCAL-78",
    why:
      "super_groups and feature_enrollment are honoured by the service alone: inconclusive; posthog-node passes over them",
    remove: (one) =>
      eachFlag(
        one,
        ({ filters }) =>
          [drop(filters, "super_groups", Boolean), drop(filters, "feature_enrollment", Boolean)].some(Boolean)
      ),
    examples: [
      { flags: [flag([on], { feature_enrollment: true })], ours: "?", theirs: "true" },
      { flags: [flag([], { super_groups: [on] })], ours: "?", theirs: "false" }
    ]
  },
  {
    id: "D23 malformed flag",
    requirement: "FLAGS-LOCAL-07, -34",
    why: "a field of another kind than the service's makes the flag inconclusive; posthog-node coerces",
    remove: (one) =>
      eachFlag(one, (flag) => {
        const { filters } = flag
        const variants: unknown = filters?.multivariate?.variants
        return [
          typeof flag["active"] !== "boolean" && flag["active"] && Boolean(flag["active"] = true),
          drop(filters?.holdout, "exclusion_percentage", (value) => !isPercentage(value)),
          drop(filters, "multivariate", () =>
            Array.isArray(variants) && !variants.every((each) =>
              Number.isFinite(each?.rollout_percentage)
            )),
          ...conditionsOf(flag).map((condition) =>
            drop(condition, "rollout_percentage", (value) => !isPercentage(value))
          )
        ].some(Boolean)
      }),
    examples: [
      { flags: [flag([{ rollout_percentage: "100" }])], ours: "?", theirs: "true" },
      { flags: [{ ...flag([on]), active: 1 }], ours: "?", theirs: "true" }
    ]
  }
]
