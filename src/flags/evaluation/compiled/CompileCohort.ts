/**
 * From a cohort's definition to one that can be evaluated.
 *
 * @since 0.1.0
 */
import { Inconclusive } from "../Inconclusive.js"
import { type Fields, isFields, ownField } from "../OwnField.js"
import type { CompiledCohort } from "./CompiledCohort.js"
import { compile as compileFilter, type Library, type Place } from "./CompileFilter.js"
import { type Filter, UnreadableFilter } from "./Filter.js"
import { Group } from "./Group.js"
import { maxDepth } from "./Link.js"

/** `{}` is everybody; `undefined` says so. */
export const compile = (cohort: CompiledCohort, definition: unknown, library: Library): Filter | undefined => {
  if (!isFields(definition)) {
    return malformed(definition, cohort.name)
  }
  return Object.keys(definition).length === 0
    ? undefined
    : compileGroup(definition, { kind: "cohort", owner: cohort, groupType: undefined, depth: 1 }, library)
}

const malformed = (definition: unknown, detail: string): Filter =>
  new UnreadableFilter(definition, new Inconclusive("malformedCohort", detail))

/** The recursion ends at `maxDepth`, whatever is nested. */
const compileGroup = (definition: Fields, place: Place, library: Library): Filter => {
  const type = groupType(definition)
  const values = ownField(definition, "values")
  if (type === undefined || !Array.isArray(values)) {
    return malformed(definition, place.owner.name)
  }
  if (place.depth >= maxDepth) {
    return new UnreadableFilter(definition, new Inconclusive("tooDeep", place.owner.name))
  }
  const inside = { ...place, depth: place.depth + 1 }
  return new Group(
    type,
    Array.from(
      values,
      (value) => isGroup(value) ? compileGroup(value, inside, library) : compileLeaf(value, inside, library)
    )
  )
}

/** `property` is what old cohorts call `AND`; any other type cannot be told (FLAGS-LOCAL-70, -72). */
const groupType = (definition: Fields): "AND" | "OR" | undefined => {
  const type = ownField(definition, "type")
  return type === "AND" || type === "property" ? "AND" : type === "OR" ? "OR" : undefined
}

const isGroup = (value: unknown): value is Fields =>
  isFields(value) && (ownField(value, "values") !== undefined || groupType(value) !== undefined)

const compileLeaf = (value: unknown, place: Place, library: Library): Filter =>
  isFields(value) ? compileFilter(value, place, library) : malformed(value, place.owner.name)
