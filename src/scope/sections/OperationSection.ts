/**
 * The operation that is under way in a scope: its name and when it began (seed 001, `FlextContext.Performance`). What is
 * noted about it is the scope's metadata.
 *
 * @since 0.1.0
 */
import { toId } from "../../domain/Id.js"
import * as Section from "../Section.js"
import { orNothing, shown, toMillis } from "./SectionFields.js"

/**
 * Its name shows on events as `operation_name`.
 *
 * @since 0.1.0
 * @category models
 */
export interface OperationFields {
  /** Of low cardinality: variable data belongs into the metadata. */
  readonly name?: string | undefined
  /** A date, or milliseconds since the epoch. */
  readonly startTime?: Date | number | undefined
}

/**
 * As it stands in a scope: the start in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface OperationValue {
  readonly name?: string | undefined
  readonly startTime?: number | undefined
}

/**
 * Field by field: an operation without a name keeps the outer one's.
 *
 * @since 0.1.0
 * @category sections
 */
export const section: Section.Section<OperationValue> = Section.make({
  name: "operation",
  merge: (outer, inner) => ({
    name: inner.name ?? outer.name,
    startTime: inner.startTime ?? outer.startTime
  }),
  properties: ({ name }) => shown({ operation_name: name })
})

/** What of this can stand in a scope; `undefined` where nothing can. */
export const fromFields = ({ name, startTime }: OperationFields): OperationValue | undefined =>
  orNothing({ name: toId(name), startTime: toMillis(startTime) })
