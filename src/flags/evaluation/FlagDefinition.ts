/**
 * One flag as PostHog defines it, as far as evaluating needs it. Every field that is not read here stays in the body.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type Fields, isFields, ownField } from "./OwnField.js"

const Percentage = Schema.NullishOr(Schema.JsonNumber)

const Condition = Schema.Struct({
  properties: Schema.optional(Schema.NullOr(Schema.Array(Schema.Unknown))),
  rollout_percentage: Schema.optional(Percentage),
  variant: Schema.optional(Schema.NullOr(Schema.String)),
  // absent inherits from the flag, null means the person (FLAGS-LOCAL-22)
  aggregation_group_type_index: Schema.optional(Schema.NullOr(Schema.Number))
})

const Variant = Schema.Struct({ key: Schema.String, rollout_percentage: Schema.JsonNumber })

const Holdout = Schema.Struct({
  id: Schema.optional(Schema.NullOr(Schema.Union(Schema.Number, Schema.String))),
  exclusion_percentage: Schema.optional(Percentage)
})

const Filters = Schema.Struct({
  groups: Schema.optional(Schema.NullOr(Schema.Array(Condition))),
  multivariate: Schema.optional(Schema.NullOr(Schema.Struct({
    variants: Schema.optional(Schema.NullOr(Schema.Array(Variant)))
  }))),
  aggregation_group_type_index: Schema.optional(Schema.NullOr(Schema.Number)),
  early_exit: Schema.optional(Schema.NullOr(Schema.Boolean)),
  holdout: Schema.optional(Schema.NullOr(Holdout)),
  super_groups: Schema.optional(Schema.Unknown),
  feature_enrollment: Schema.optional(Schema.Unknown)
})

/** What a condition, a variant, a holdout and all filters of a flag are made of. */
export type ConditionDefinition = typeof Condition.Type
export type VariantDefinition = typeof Variant.Type
export type HoldoutDefinition = typeof Holdout.Type
export type FiltersDefinition = typeof Filters.Type

/** Where a flag is meant to be evaluated. */
export type EvaluationRuntime = "client" | "server" | "all"

export interface FlagDefinition {
  readonly key: string
  readonly id: number | undefined
  readonly hasExperiment: boolean | undefined
  readonly active: boolean
  readonly experienceContinuity: boolean
  readonly bucketByDevice: boolean
  readonly runtime: EvaluationRuntime
  /** Empty: everywhere. */
  readonly contexts: ReadonlyArray<string>
  /** By value; usable even where the rest is not. */
  readonly payloads: unknown
  /** Left: where it is not of the documented form. The filters of an inactive flag are not looked at. */
  readonly filters: Either.Either<FiltersDefinition, string>
}

/** `undefined`: it has no key that anybody could ask for. */
export const decode = (flag: unknown): FlagDefinition | undefined => {
  const key = isFields(flag) ? ownField(flag, "key") : undefined
  return isFields(flag) && typeof key === "string" && key !== "" ? decodeFields(key, flag) : undefined
}

const decodeFields = (key: string, flag: Fields): FlagDefinition => {
  const id = ownField(flag, "id")
  const hasExperiment = ownField(flag, "has_experiment")
  const active = ownField(flag, "active") ?? false
  const runtime = ownField(flag, "evaluation_runtime")
  const filters = ownField(flag, "filters") ?? undefined
  return {
    key,
    id: typeof id === "number" ? id : undefined,
    hasExperiment: typeof hasExperiment === "boolean" ? hasExperiment : undefined,
    active: Boolean(active),
    experienceContinuity: Boolean(ownField(flag, "ensure_experience_continuity")),
    bucketByDevice: ownField(flag, "bucketing_identifier") === "device_id",
    runtime: runtime === "client" || runtime === "server" ? runtime : "all",
    // `evaluation_tags` is what servers before March 2026 call the same list
    contexts: texts(ownField(flag, "evaluation_contexts") ?? ownField(flag, "evaluation_tags")),
    payloads: isFields(filters) ? ownField(filters, "payloads") : undefined,
    filters: typeof active === "boolean" ? decodeFilters(active, filters) : Either.left("active")
  }
}

const texts = (list: unknown): ReadonlyArray<string> =>
  Array.isArray(list) ? list.filter((item) => typeof item === "string") : []

const noFilters: Either.Either<FiltersDefinition, string> = Either.right({})

const decodeFilters = (active: boolean, filters: unknown): Either.Either<FiltersDefinition, string> =>
  !active || filters === undefined
    ? noFilters
    : Either.mapLeft(decodeKnown(filters), ({ issue }) => ["filters", ...pathOf(issue)].join("."))

const decodeKnown = Schema.decodeUnknownEither(Filters)

/** Only where it went wrong: the value itself may be of any size and depth. */
const pathOf = (issue: ParseResult.ParseIssue): ReadonlyArray<string> => {
  switch (issue._tag) {
    case "Pointer": {
      const here = typeof issue.path === "object" ? issue.path.map(String) : [String(issue.path)]
      return [...here, ...pathOf(issue.issue)]
    }
    case "Composite": {
      const first = "_tag" in issue.issues ? issue.issues : issue.issues[0]
      return first === undefined ? [] : pathOf(first)
    }
    case "Refinement":
    case "Transformation":
      return pathOf(issue.issue)
    default:
      return []
  }
}
