/** Definitions, somebody to evaluate them for, and what came of it. */

/** Loose on purpose: definitions may be malformed. */
export interface Json {
  [key: string]: any
}

export interface Who {
  distinctId: string
  personProperties: Json
  groups: { [type: string]: string }
  groupProperties: { [type: string]: Json }
}

export interface Definitions {
  flags: Array<Json>
  cohorts: Json
  group_type_mapping: { [index: string]: string }
  property_matching_version?: number
}

export interface Case {
  definitions: Definitions
  who: Who
}

/** `true`, `false`, `=` and a variant, `?` for inconclusive, `throws` for an error that reached the caller. */
export type Verdict = string

export const verdictOf = (value: unknown): Verdict =>
  value === undefined ? "?" : typeof value === "string" ? `=${value}` : String(value)

export const clone = <A>(value: A): A => structuredClone(value)

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Every filter of a flag's conditions, and how to put another in its place. */
export const conditionsOf = (flag: Json): Array<Json> => {
  const groups = flag["filters"]?.groups
  return Array.isArray(groups) ? groups.filter(isObject) : []
}

export const filtersOf = (condition: Json): Array<any> =>
  Array.isArray(condition["properties"]) ? condition["properties"] : []

export const isIndex = (value: unknown): value is number => typeof value === "number"

/** The group type whose properties a condition reads, as the specification says it (FLAGS-LOCAL-22). */
export const groupTypeOf = ({ definitions }: Case, flag: Json, condition: Json): string | undefined => {
  const own = condition["aggregation_group_type_index"]
  const index = own === undefined ? flag["filters"]?.aggregation_group_type_index : own
  return isIndex(index) && Object.hasOwn(definitions.group_type_mapping, String(index))
    ? definitions.group_type_mapping[String(index)]
    : undefined
}

/** What the conditions on a group of this type read; `undefined`: the person. */
export const propertiesFor = ({ who }: Case, type: string | undefined): Json =>
  type === undefined
    ? { distinct_id: who.distinctId, ...who.personProperties }
    : {
      $group_key: Object.hasOwn(who.groups, type) ? who.groups[type] : "g",
      ...(Object.hasOwn(who.groupProperties, type) ? who.groupProperties[type] : {})
    }

/** Is this what a list of filters holds besides cohorts and flags? */
export const isProperty = (filter: unknown): filter is Json =>
  isObject(filter) && !["cohort", "flag"].includes(filter["type"]) && typeof filter["key"] === "string"

/** A filter that everybody knows the answer to. */
export const constant = (verdict: Verdict, type: string | undefined): Json =>
  verdict === "?"
    ? { key: "nobody has this", operator: "exact", value: "x", type: "person" }
    : {
      key: type === undefined ? "distinct_id" : "$group_key",
      operator: verdict === "true" ? "is_set" : "is_not_set",
      type: "person"
    }
