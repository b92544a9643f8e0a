/**
 * A section of the scope: a typed value with a merging law of its own, such as a request or an operation.
 *
 * @since 0.1.0
 */
import type { JsonObject } from "../domain/JsonValue.js"

/**
 * How one kind of section behaves. `merge` must be associative: it decides, field by field, what an inner frame takes
 * from the outer one. `properties` are the event properties that the merged value shows as.
 *
 * @since 0.1.0
 * @category models
 */
export interface Section<in out A> {
  readonly name: string
  readonly merge: (outer: A, inner: A) => A
  readonly properties: (value: A) => JsonObject
}

/**
 * Declares a section. Two sections with the same name share one place in the scope.
 *
 * @example
 * import * as Section from "effect-posthog/scope/Section"
 *
 * const Tenant = Section.make<{ readonly id: string; readonly plan?: string }>({
 *   name: "tenant",
 *   merge: (outer, inner) => ({ ...outer, ...inner }),
 *   properties: (tenant) => ({ "tenant.id": tenant.id })
 * })
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A>(section: Section<A>): Section<A> => section
