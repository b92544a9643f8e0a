/**
 * A catalogue as plain data: what its documentation is made of.
 *
 * @since 0.1.0
 */
import type * as SchemaAST from "effect/SchemaAST"
import * as Annotated from "./Annotated.js"
import type { RedactPolicy } from "./EventAnnotations.js"
import type { EventPlan } from "./EventPlan.js"
import * as PersonalData from "./PersonalData.js"
import * as TypeText from "./TypeText.js"
import * as WireProperties from "./WireProperties.js"

/**
 * Personal data within a property.
 *
 * @since 0.1.0
 * @category models
 */
export interface PersonalDataDescription {
  /** Where in the property, `address.street`; empty for all of it. */
  readonly path: string
  readonly policy: RedactPolicy
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PropertyDescription {
  /** As it is on the wire. */
  readonly name: string
  /** The type on the wire. */
  readonly type: string
  readonly optional: boolean
  readonly description: string | undefined
  readonly owner: string | undefined
  readonly deprecated: boolean | string
  readonly pii: ReadonlyArray<PersonalDataDescription>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface EventDescription {
  readonly name: string
  readonly description: string | undefined
  readonly owner: string | undefined
  readonly deprecated: boolean | string
  /** In the order of the schema. Those of a union are the properties of all its members. */
  readonly properties: ReadonlyArray<PropertyDescription>
  /** The type of other properties, where the schema allows them. */
  readonly others: string | undefined
}

/** One event; `place` in the plan is where its personal data is. */
export const describe = (name: string, plan: EventPlan): EventDescription => {
  const carriers = Annotated.layersOf(plan.schema.ast)
  const shapes = WireProperties.wireObjects(plan.schema.ast)
  const others = Array.from(new Set(shapes.flatMap(({ rest }) => rest.map(TypeText.encoded))))
  return {
    name,
    description: Annotated.description(carriers),
    owner: Annotated.owner(carriers),
    deprecated: Annotated.deprecated(carriers) ?? false,
    properties: merge(shapes).map((property) => describeProperty(property, plan.places)),
    others: others.length === 0 ? undefined : others.join(" | ")
  }
}

interface Merged extends Omit<WireProperties.WireProperty, "ast"> {
  readonly types: ReadonlyArray<SchemaAST.AST>
}

/** A property that one member of a union does not have is optional. */
const merge = (shapes: ReadonlyArray<WireProperties.WireObject>): ReadonlyArray<Merged> => {
  const merged = new Map<string, Merged>()
  for (const { properties } of shapes) {
    for (const { ast, ...property } of properties) {
      const before = merged.get(property.name)
      merged.set(property.name, {
        ...property,
        types: [...(before?.types ?? []), ast],
        isOptional: property.isOptional || (before?.isOptional ?? false),
        carriers: [...(before?.carriers ?? []), ...property.carriers]
      })
    }
  }
  return Array.from(merged.values(), (property) => ({
    ...property,
    isOptional: property.isOptional || property.types.length < shapes.length
  }))
}

const describeProperty = (
  { carriers, isOptional, name, types }: Merged,
  places: PersonalData.Place | undefined
): PropertyDescription => ({
  name,
  type: Array.from(new Set(types.map((ast) => TypeText.encoded(isOptional ? TypeText.present(ast) : ast)))).join(" | "),
  optional: isOptional,
  description: Annotated.description(carriers),
  owner: Annotated.owner(carriers),
  deprecated: Annotated.deprecated(carriers) ?? false,
  pii: PersonalData.paths(PersonalData.within(places, name))
})
