/**
 * From a flag's definition to one that can be evaluated.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type { ConditionDefinition, FiltersDefinition, FlagDefinition } from "../FlagDefinition.js"
import { Inconclusive } from "../Inconclusive.js"
import type { LocalOutcome } from "../LocalOutcome.js"
import * as Bucketing from "./Bucketing.js"
import type { CompiledFlag, Plan } from "./CompiledFlag.js"
import { compile as compileFilter, type Library } from "./CompileFilter.js"
import { Condition } from "./Condition.js"
import * as Evaluations from "./Evaluations.js"
import * as Holdout from "./Holdout.js"
import * as Rollout from "./Rollout.js"
import * as Variants from "./Variants.js"

/** The names of group types by their index. */
export type GroupTypes = ReadonlyMap<string, string>

/** What a flag is that nobody sees here: off. */
export const disabled = (definition: FlagDefinition): LocalOutcome =>
  Evaluations.make(definition, undefined)({ value: false, code: "disabled" })

/** Inactive comes before everything else (FLAGS-LOCAL-05). */
export const compile = (flag: CompiledFlag, library: Library, groupTypes: GroupTypes): Plan | LocalOutcome => {
  const { definition } = flag
  if (!definition.active) {
    return disabled(definition)
  }
  if (definition.experienceContinuity) {
    return new Inconclusive("experienceContinuity", definition.key)
  }
  if (Either.isLeft(definition.filters)) {
    return new Inconclusive("malformedDefinition", definition.filters.left)
  }
  const filters = definition.filters.right
  const unsupported = unsupportedFilter(filters)
  return unsupported === undefined
    ? plan(flag, filters, library, groupTypes)
    : new Inconclusive("unsupportedFilter", unsupported)
}

/** What only the service evaluates (FLAGS-LOCAL-78). */
const unsupportedFilter = (filters: FiltersDefinition): string | undefined => {
  const superGroups = filters.super_groups
  if (Array.isArray(superGroups) ? superGroups.length > 0 : Boolean(superGroups)) {
    return "super_groups"
  }
  return filters.feature_enrollment ? "feature_enrollment" : undefined
}

const plan = (flag: CompiledFlag, filters: FiltersDefinition, library: Library, groupTypes: GroupTypes): Plan => {
  const { definition } = flag
  const evaluations = Evaluations.make(definition, definition.payloads)
  const variants = filters.multivariate?.variants ?? []
  const ranges = Variants.ranges(variants)
  const condition = (condition: ConditionDefinition, index: number): Condition => {
    const own = condition.aggregation_group_type_index
    const bucketing = bucketingFor(
      own === undefined ? filters.aggregation_group_type_index : own,
      definition,
      groupTypes
    )
    return new Condition({
      key: definition.key,
      index,
      bucketing,
      filters: (condition.properties ?? []).map((filter) =>
        compileFilter(filter, { kind: "condition", owner: flag, groupType: bucketing.groupType, depth: 1 }, library)
      ),
      rollout: Rollout.make(condition.rollout_percentage),
      override: variants.find(({ key }) => key !== "" && key === condition.variant)?.key,
      ranges,
      evaluations
    })
  }
  return {
    // the flag's own identity, whatever a condition says (FLAGS-LOCAL-77)
    holdout: Holdout.make(
      filters.holdout,
      bucketingFor(filters.aggregation_group_type_index, definition, groupTypes),
      evaluations
    ),
    conditions: (filters.groups ?? []).map(condition),
    earlyExit: filters.early_exit ?? false,
    noMatch: evaluations({ value: false, code: "no_condition_match" })
  }
}

const bucketingFor = (
  groupTypeIndex: number | null | undefined,
  { bucketByDevice }: FlagDefinition,
  groupTypes: GroupTypes
): Bucketing.Bucketing => {
  if (groupTypeIndex === undefined || groupTypeIndex === null) {
    return bucketByDevice ? Bucketing.device : Bucketing.person
  }
  const type = groupTypes.get(String(groupTypeIndex))
  return type === undefined ? Bucketing.unknownGroup(groupTypeIndex) : Bucketing.group(type)
}
