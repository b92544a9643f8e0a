/**
 * What a catalogue does with one event: encode, check, redact. Compiled once from the event's schema.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import type { JsonObject, JsonValue } from "../domain/Json.js"
import { isJsonObject, toJsonObject } from "../domain/JsonValue.js"
import { bare } from "../domain/PlainJson.js"
import type { RedactPolicy } from "./EventAnnotations.js"
import * as PersonalData from "./PersonalData.js"
import * as Redactor from "./Redactor.js"
import { issuesOf, type SchemaIssue } from "./SchemaViolation.js"
import * as WireProperties from "./WireProperties.js"

export interface Settings {
  readonly redact: RedactPolicy
  readonly hashKey: Redacted.Redacted | undefined
}

export interface EventPlan {
  readonly schema: Schema.Schema.AnyNoContext
  /** Where in the event's properties personal data is. */
  readonly places: PersonalData.Place | undefined
  /** Properties of the program as they go to the wire, redacted; what is wrong with them where they do not fit. */
  readonly encode: (properties: unknown) => Either.Either<JsonObject, ReadonlyArray<SchemaIssue>>
  /** Properties that do not fit, redacted, as near to the wire as they get: only what is declared, whatever it holds. */
  readonly salvage: (properties: unknown) => JsonObject
  /** What is wrong with the properties of an event that is on its way, other properties among them. */
  readonly check: (properties: JsonObject) => ReadonlyArray<SchemaIssue>
  /** The same event without its personal data. */
  readonly redact: (properties: JsonObject) => JsonObject
}

const options = { errors: "all" } as const

export const make = (schema: Schema.Schema.AnyNoContext, settings: Settings): EventPlan => {
  const places = PersonalData.placesIn(schema.ast, { policy: settings.redact, byTypeNames: false })
  const loosePlaces = PersonalData.placesIn(schema.ast, { policy: settings.redact, byTypeNames: true })
  const redactWire = Redactor.make(places, settings.hashKey)
  const redactLoose = Redactor.make(loosePlaces, settings.hashKey)
  const encode = ParseResult.encodeUnknownEither(schema, options)
  const decode = ParseResult.decodeUnknownEither(schema, options)
  const objects = WireProperties.wireObjects(schema.ast)
  const declared = new Set(objects.flatMap(({ properties }) => properties.map(({ name }) => name)))
  const known = new Set(
    objects.flatMap(({ properties }) => properties.flatMap(({ name, typeName }) => [name, typeName]))
  )
  const isOpen = objects.length === 0 || objects.some(({ rest }) => rest.length > 0)

  /** Nothing is left of properties that are personal data as a whole. */
  const redacted = (redact: Redactor.Redactor, properties: JsonObject): JsonObject => {
    const left = redact(properties)
    return isJsonObject(left) ? left : bare<JsonValue>()
  }

  /** A filter of the application's may throw. */
  const attempt = <A>(
    run: () => Either.Either<A, ParseResult.ParseIssue>
  ): Either.Either<A, ReadonlyArray<SchemaIssue>> => {
    try {
      return Either.mapLeft(run(), issuesOf)
    } catch {
      return Either.left([{ path: [], problem: "its schema threw" }])
    }
  }

  /** Of an event on its way: what the schema speaks of, without what scopes and the client add. */
  const own = (properties: JsonObject): JsonObject => pick(properties, (key) => declared.has(key))

  /**
   * Has personal data been taken out of this property already, by the catalogue's own `capture`? What is wrong with it
   * then is just that.
   */
  const isRedacted = (properties: JsonObject, key: string): boolean => {
    const policy = PersonalData.policyWithin(places, key)
    if (policy === undefined || policy === "keep") {
      return false
    }
    const value = properties[key]
    const left = redacted(redactWire, { [key]: value ?? "anything" })[key]
    return value === undefined ? left === undefined : JSON.stringify(left) === JSON.stringify(value)
  }

  return {
    schema,
    places,
    encode: (properties) =>
      Either.map(attempt(() => encode(properties)), (encoded) => redacted(redactWire, toJsonObject(encoded))),
    salvage: (properties) => redacted(redactLoose, pick(toJsonObject(properties), (key) => isOpen || known.has(key))),
    check: (properties) =>
      Either.match(attempt(() => decode(own(properties))), {
        onLeft: (issues) =>
          issues.filter(({ path: [name] }) =>
            !(name === undefined ? Array.from(declared) : [name]).some((key) => isRedacted(properties, key))
          ),
        onRight: () => []
      }),
    redact: (properties) => {
      const ambient = pick(properties, (key) => !declared.has(key) && key.startsWith("$"))
      const others = pick(properties, (key) => declared.has(key) || !key.startsWith("$"))
      return { ...ambient, ...redacted(redactWire, others) }
    }
  }
}

const pick = (properties: JsonObject, wants: (key: string) => boolean): JsonObject => {
  const picked = bare<JsonValue>()
  for (const [key, value] of Object.entries(properties)) {
    if (wants(key)) {
      picked[key] = value
    }
  }
  return picked
}
