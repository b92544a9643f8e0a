/** Why one flag comes out differently: which listed categories are its causes, or none of them. */
import {
  type Case,
  clone,
  conditionsOf,
  constant,
  filtersOf,
  groupTypeOf,
  isObject,
  isProperty,
  type Json,
  propertiesFor,
  type Verdict
} from "./Case.js"
import { filterCategories } from "./FilterCategories.js"
import { structureCategories, type StructureCategory } from "./StructureCategories.js"

/** Evaluates one flag on both sides. */
export interface Both {
  readonly ours: Verdict
  readonly theirs: Verdict
}

export type Compare = (one: Case, key: string) => Promise<Both>

export interface Attribution {
  readonly causes: ReadonlySet<string>
  /** A difference that is in no category. */
  readonly unlisted: string | undefined
}

const agree = ({ ours, theirs }: Both): boolean => ours === theirs

/** One filter alone, on somebody who has these properties; in a cohort where it stands in one. */
const alone = (one: Case, filter: Json, properties: Json, inCohort: boolean): Case => {
  const { negation: _, ...asked } = filter
  const leaf = { ...asked, type: "person" }
  return {
    definitions: {
      ...one.definitions,
      flags: [{
        key: "alone",
        active: true,
        filters: {
          groups: [{ properties: [inCohort ? { type: "cohort", value: "alone" } : leaf], rollout_percentage: 100 }]
        }
      }],
      cohorts: { alone: { type: "AND", values: [leaf] } }
    },
    who: { distinctId: "somebody", personProperties: properties, groups: {}, groupProperties: {} }
  }
}

/** Puts constants in the place of filters that differ by themselves; what they are to us they are to both. */
const settleFilters = async (one: Case, compare: Compare, causes: Set<string>): Promise<string | undefined> => {
  let unlisted: string | undefined
  const settle = async (filter: unknown, type: string | undefined, inCohort: boolean): Promise<unknown> => {
    if (!isProperty(filter)) {
      return filter
    }
    const types = [type, undefined, ...Object.values(one.definitions.group_type_mapping)]
    const verdicts: Array<Both> = []
    for (const each of types) {
      verdicts.push(await compare(alone(one, filter, propertiesFor(one, each), inCohort), "alone"))
    }
    if (verdicts.every(agree)) {
      return filter
    }
    // what the condition is about counts; the others only once a group or the person was put in its place
    const [both] = verdicts
    if (both !== undefined && !agree(both)) {
      const properties = propertiesFor(one, type)
      const key = String(filter["key"])
      const value = Object.hasOwn(properties, key) ? properties[key] : undefined
      const category = filterCategories.find(({ recognizes }) => recognizes({ filter, value, ...both }))
      if (category === undefined) {
        unlisted ??= JSON.stringify({ filter, value, ...both })
      } else {
        causes.add(category.id)
      }
    }
    const { negation } = filter
    return { ...constant(verdicts[0]!.ours, type), ...(negation === undefined ? {} : { negation }) }
  }
  const inGroup = async (group: unknown): Promise<void> => {
    if (isObject(group) && Array.isArray(group["values"])) {
      for (const [n, value] of group["values"].entries()) {
        if (isObject(value) && value["values"] !== undefined) {
          await inGroup(value)
        } else {
          group["values"][n] = await settle(value, undefined, true)
        }
      }
    }
  }
  for (const flag of one.definitions.flags) {
    for (const condition of conditionsOf(flag)) {
      const filters = filtersOf(condition)
      for (const [n, filter] of filters.entries()) {
        filters[n] = await settle(filter, groupTypeOf(one, flag, condition), false)
      }
    }
  }
  for (const cohort of Object.values(one.definitions.cohorts)) {
    await inGroup(cohort)
  }
  return unlisted
}

/** Only what the flag refers to, directly or not. */
const reduce = (given: Case, key: string): Case => {
  const one = clone(given)
  const { definitions } = one
  const flags = new Set([key])
  const cohorts = new Set<string>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      value.forEach(visit)
    } else if (isObject(value)) {
      if (value["type"] === "flag" && Array.isArray(value["dependency_chain"])) {
        for (const name of value["dependency_chain"]) {
          if (!flags.has(name)) {
            flags.add(name)
            visit(definitions.flags.filter((flag) => flag["key"] === name))
          }
        }
      } else if (value["type"] === "cohort" && !cohorts.has(String(value["value"]))) {
        cohorts.add(String(value["value"]))
        visit(
          Object.hasOwn(definitions.cohorts, String(value["value"])) ? definitions.cohorts[String(value["value"])] : {}
        )
      }
      Object.values(value).forEach(visit)
    }
  }
  visit(definitions.flags.filter((flag) => flag["key"] === key))
  definitions.flags = definitions.flags.filter((flag) => flags.has(flag["key"]))
  definitions.cohorts = Object.fromEntries(Object.entries(definitions.cohorts).filter(([id]) => cohorts.has(id)))
  return one
}

export const attribute = async (given: Case, key: string, compare: Compare): Promise<Attribution> => {
  const causes = new Set<string>()
  const one = reduce(given, key)
  const unlisted = await settleFilters(one, compare, causes)
  if (unlisted !== undefined) {
    return { causes, unlisted }
  }
  if (agree(await compare(one, key))) {
    return { causes, unlisted: undefined }
  }
  if (key === "constructor" && !one.definitions.flags.some((flag) => flag["key"] === key)) {
    return { causes: new Set([structureCategories[0]!.id]), unlisted: undefined }
  }
  // as few features of the definition as make the difference
  const without = async (categories: ReadonlyArray<StructureCategory>): Promise<boolean> => {
    const other = clone(one)
    categories.forEach(({ remove }) => remove(other))
    return agree(await compare(other, key))
  }
  let needed = structureCategories.filter(({ remove }) => remove(clone(one)))
  if (!await without(needed)) {
    return { causes, unlisted: JSON.stringify({ key, ...await compare(one, key) }) }
  }
  for (const category of needed) {
    const fewer = needed.filter((other) => other !== category)
    needed = await without(fewer) ? fewer : needed
  }
  needed.forEach(({ id }) => causes.add(id))
  return { causes, unlisted: undefined }
}
