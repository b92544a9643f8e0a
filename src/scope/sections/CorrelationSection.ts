/**
 * The correlation of what runs in a scope: one id for everything that belongs together, in however many processes, and
 * that of what surrounds it (seed 001, `FlextContext.Correlation`).
 *
 * @since 0.1.0
 */
import { toId } from "../../domain/Id.js"
import * as Section from "../Section.js"
import { orNothing, shown } from "./SectionFields.js"

/**
 * Shows on events as `correlation_id` and `parent_correlation_id`.
 *
 * @since 0.1.0
 * @category models
 */
export interface CorrelationFields {
  readonly id?: string | undefined
  /** The id of what this is a part of. */
  readonly parentId?: string | undefined
}

/**
 * An inner id comes with its own parent or with none: the parent of another id would be a stale one.
 *
 * @since 0.1.0
 * @category sections
 */
export const section: Section.Section<CorrelationFields> = Section.make({
  name: "correlation",
  merge: (outer, inner) =>
    inner.id === undefined ? { id: outer.id, parentId: inner.parentId ?? outer.parentId } : inner,
  properties: ({ id, parentId }) => shown({ correlation_id: id, parent_correlation_id: parentId })
})

/** What of this can stand in a scope; `undefined` where nothing can. */
export const fromFields = ({ id, parentId }: CorrelationFields): CorrelationFields | undefined =>
  orNothing({ id: toId(id), parentId: toId(parentId) })
