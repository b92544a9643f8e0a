/**
 * What cannot be told here: PostHog itself has to be asked.
 *
 * @since 0.1.0
 */

/**
 * Why a flag could not be evaluated locally (FLAGS-LOCAL-07).
 *
 * - `malformedDefinition`: the flag's definition, or a part of it, is not of the documented form
 * - `unsupportedFilter`: it uses what only the service evaluates (`super_groups`, `feature_enrollment`; FLAGS-LOCAL-78)
 * - `experienceContinuity`: the service remembers what a person saw (FLAGS-LOCAL-07)
 * - `missingDistinctId`, `missingDeviceId`: nobody, or no device, to bucket by (FLAGS-LOCAL-25)
 * - `unknownGroupType`, `missingGroup`: the flag is about a group that the definitions, or the caller, do not name
 * - `missingProperty`: a filter reads a property that is not known here (FLAGS-LOCAL-33)
 * - `unknownOperator`: an operator that is unknown, or stands where it has no meaning (FLAGS-LOCAL-08, -37)
 * - `invalidFilterValue`: the definition compares with a value that its operator cannot read (FLAGS-LOCAL-34)
 * - `ambiguousNumber`: an integer that may have been written as a float (FLAGS-LOCAL-41)
 * - `unsupportedRegex`: a pattern that only a backtracking engine understands (FLAGS-LOCAL-49)
 * - `missingCohort`, `cohortCycle`, `malformedCohort`: FLAGS-LOCAL-69, -72
 * - `missingFlag`, `dependencyCycle`, `inconclusiveDependency`: FLAGS-LOCAL-30
 * - `tooDeep`: nested deeper than is followed here (FLAGS-LOCAL-72)
 * - `unreadable`: reading what was passed threw
 *
 * @since 0.1.0
 * @category models
 */
export type InconclusiveReason =
  | "malformedDefinition"
  | "unsupportedFilter"
  | "experienceContinuity"
  | "missingDistinctId"
  | "missingDeviceId"
  | "unknownGroupType"
  | "missingGroup"
  | "missingProperty"
  | "unknownOperator"
  | "invalidFilterValue"
  | "ambiguousNumber"
  | "unsupportedRegex"
  | "missingCohort"
  | "cohortCycle"
  | "malformedCohort"
  | "missingFlag"
  | "dependencyCycle"
  | "inconclusiveDependency"
  | "tooDeep"
  | "unreadable"

/**
 * No answer, and why. Made when a definition is compiled, never during an evaluation.
 *
 * @since 0.1.0
 * @category models
 */
export class Inconclusive {
  readonly _tag = "Inconclusive"
  readonly reason: InconclusiveReason
  /** What it is about: a property's name, a flag's key, an operator. Never a person's values. */
  readonly detail: string
  constructor(reason: InconclusiveReason, detail: string) {
    this.reason = reason
    this.detail = detail
  }
}

/**
 * What a check comes to: it matches, it does not, or it cannot be told here.
 *
 * @since 0.1.0
 * @category models
 */
export type Ternary = boolean | Inconclusive
