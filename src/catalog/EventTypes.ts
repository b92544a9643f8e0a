/**
 * What the declarations of a catalogue say to the compiler.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import type { PropertyValue } from "../domain/PropertyValue.js"

/**
 * Schemas of events' properties by the events' names.
 *
 * @since 0.1.0
 * @category models
 */
export interface EventDeclarations {
  readonly [name: string]: Schema.Schema.AnyNoContext
}

/**
 * The declarations themselves where every schema encodes to an object of property values; a sentence in place of one that
 * does not. Only the properties are looked at, not what is inside of them.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Encodable<Events extends EventDeclarations> = {
  readonly [Name in keyof Events]: IsProperties<Schema.Schema.Encoded<Events[Name]>> extends true ? Events[Name]
    : "the schema of an event must encode to an object of property values"
}

type IsProperties<Encoded> = Encoded extends ReadonlyArray<unknown> | Date ? false
  : Encoded extends object ? [Encoded[keyof Encoded]] extends [Sendable] ? true : false
  : false

/** An interface is no bag of properties to the compiler, though it may well be one. */
type Sendable = PropertyValue | undefined | (object & { readonly apply?: never })

/**
 * @since 0.1.0
 * @category type-level
 */
export type EventName<Events extends EventDeclarations> = keyof Events & string

/**
 * The properties of an event as the program has them.
 *
 * @since 0.1.0
 * @category type-level
 */
export type PropertiesOf<Events extends EventDeclarations, Name extends keyof Events> = Schema.Schema.Type<Events[Name]>

/**
 * The properties of an event as they are on the wire.
 *
 * @since 0.1.0
 * @category type-level
 */
export type EncodedOf<Events extends EventDeclarations, Name extends keyof Events> = Schema.Schema.Encoded<Events[Name]>

/**
 * The declarations of two catalogues together; a sentence in place of an event that is in both.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Disjoint<A extends EventDeclarations, B extends EventDeclarations> = {
  readonly [Name in keyof B]: Name extends keyof A ? "both catalogues declare this event" : B[Name]
}
