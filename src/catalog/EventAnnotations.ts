/**
 * What a catalogue says about its events and their properties beside their types: annotations of their schemas.
 *
 * @since 0.1.0
 */
/**
 * What becomes of a property that holds personal data before its event leaves:
 *
 * - `drop`: it is left out
 * - `hash`: `sha256:` and its SHA-256 in hexadecimal digits stand in its place
 * - `keep`: it leaves as it is
 *
 * @since 0.1.0
 * @category models
 */
export type RedactPolicy = "drop" | "hash" | "keep"

/**
 * @since 0.1.0
 * @category models
 */
export interface EventAnnotations {
  readonly description?: string | undefined
  /** Who answers for the event: a team, a person. */
  readonly owner?: string | undefined
  /** `true`, or what to capture instead. */
  readonly deprecated?: boolean | string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PropertyAnnotations extends EventAnnotations {
  /** Personal data, and what becomes of it; `true`: what the catalogue's `redact` says, by default `drop`. */
  readonly pii?: boolean | RedactPolicy | undefined
}

/**
 * The annotation under which `pii` stands.
 *
 * @since 0.1.0
 * @category symbols
 */
export const PiiId: unique symbol = Symbol.for("effect-posthog/EventCatalog/Pii")

/**
 * The annotation under which `owner` stands.
 *
 * @since 0.1.0
 * @category symbols
 */
export const OwnerId: unique symbol = Symbol.for("effect-posthog/EventCatalog/Owner")

/**
 * The annotation under which `deprecated` stands.
 *
 * @since 0.1.0
 * @category symbols
 */
export const DeprecatedId: unique symbol = Symbol.for("effect-posthog/EventCatalog/Deprecated")

/**
 * What `event` and `property` return: it goes to the `annotations` of a schema or of a property signature. No interface:
 * only of a type literal the compiler knows that it may stand for annotations of any schema.
 *
 * @since 0.1.0
 * @category models
 */
export type SchemaAnnotations = {
  readonly description?: string
  readonly [PiiId]?: boolean | RedactPolicy
  readonly [OwnerId]?: string
  readonly [DeprecatedId]?: boolean | string
}

/**
 * Annotations for the schema of an event's properties.
 *
 * @example
 * import { Schema } from "effect"
 * import * as EventCatalog from "effect-posthog/catalog/EventCatalog"
 *
 * const started = Schema.Struct({ total: Schema.Number }).annotations(
 *   EventCatalog.event({ description: "Somebody began to pay", owner: "checkout" })
 * )
 *
 * @since 0.1.0
 * @category annotations
 */
export const event = (annotations: EventAnnotations): SchemaAnnotations => {
  const { deprecated, description, owner } = annotations
  return {
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { [OwnerId]: owner }),
    ...(deprecated === undefined ? {} : { [DeprecatedId]: deprecated })
  }
}

/**
 * Annotations for one property: for its schema, or for its signature (`Schema.optional(…)`).
 *
 * @example
 * import { Schema } from "effect"
 * import * as EventCatalog from "effect-posthog/catalog/EventCatalog"
 *
 * const signedUp = Schema.Struct({
 *   email: Schema.String.annotations(EventCatalog.property({ pii: "hash", description: "As it was typed" })),
 *   referrer: Schema.optional(Schema.String).annotations(EventCatalog.property({ deprecated: "use utm_source" }))
 * })
 *
 * @since 0.1.0
 * @category annotations
 */
export const property = (annotations: PropertyAnnotations): SchemaAnnotations => ({
  ...event(annotations),
  ...(annotations.pii === undefined ? {} : { [PiiId]: annotations.pii })
})
