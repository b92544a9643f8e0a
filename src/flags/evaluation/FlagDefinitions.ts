/**
 * Flag definitions as PostHog serves them. What comes from outside is hostile until decoded.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { JsonObject } from "../../domain/JsonValue.js"
import * as FlagDefinition from "./FlagDefinition.js"
import { spellsIntegralFloats } from "./IntegralFloats.js"
import { InvalidDefinitions } from "./InvalidDefinitions.js"
import { isFields, ownField } from "./OwnField.js"

/**
 * One set of definitions: flags, cohorts and group types.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagDefinitions {
  /** The body exactly as it was received, unknown fields included: what caches and providers pass on (FLAGS-DEFS-27). */
  readonly raw: JsonObject
  /** In the order of the body; of two with one key, the last counts. */
  readonly flags: ReadonlyArray<FlagDefinition.FlagDefinition>
  /** The names of group types by their index, as text (FLAGS-LOCAL-27). */
  readonly groupTypes: ReadonlyMap<string, string>
  /** Cohorts by their id, as text; each is read when flags are compiled. */
  readonly cohorts: ReadonlyMap<string, unknown>
  /** The team's gate for minimal `$feature_flag_called` events (FLAGS-TRACK-14). */
  readonly minimalFlagCalledEvents: boolean
  /** `property_matching_version` is exactly 2 (FLAGS-DEFS-26). */
  readonly explicitMatching: boolean
  /** The text spelled a whole number as a float, which cannot be seen any more (FLAGS-LOCAL-41). */
  readonly ambiguousIntegers: boolean
  /** What could not be used, for a log: flags without a key, fields of another form. */
  readonly problems: ReadonlyArray<string>
}

const Body = Schema.Struct({
  flags: Schema.Array(Schema.Unknown),
  group_type_mapping: Schema.optional(Schema.Unknown),
  groupTypeMapping: Schema.optional(Schema.Unknown),
  cohorts: Schema.optional(Schema.Unknown),
  minimal_flag_called_events: Schema.optional(Schema.Unknown),
  minimalFlagCalledEvents: Schema.optional(Schema.Unknown),
  property_matching_version: Schema.optional(Schema.Unknown),
  propertyMatchingVersion: Schema.optional(Schema.Unknown)
})

const decodeBody = Schema.decodeUnknownEither(Body)

/**
 * Decodes a body that is already parsed; `snake_case` and the `camelCase` of posthog-node's caches are the same. A flag
 * that is broken stays, and evaluates to nothing; only a body without a list of flags is refused (FLAGS-DEFS-22). Whole
 * numbers count as written without a point, unless it is said that they may not be.
 *
 * @example
 * import * as FlagDefinitions from "effect-posthog/flags/evaluation/FlagDefinitions"
 *
 * FlagDefinitions.decode({ flags: [{ key: "beta", active: true, filters: { groups: [{ rollout_percentage: 20 }] } }] })
 *
 * @since 0.1.0
 * @category conversions
 */
export const decode = (
  body: unknown,
  options?: { readonly ambiguousIntegers?: boolean | undefined }
): Either.Either<FlagDefinitions, InvalidDefinitions> => {
  try {
    return isFields(body) && Array.isArray(ownField(body, "flags"))
      ? Either.mapBoth(decodeBody(body), {
        onLeft: () => invalid("the list of flags cannot be read"),
        // JSON by what it is read as: nothing in it is used before it was checked
        onRight: (fields) => assemble(body as JsonObject, fields, options?.ambiguousIntegers ?? false)
      })
      : Either.left(invalid(isFields(body) ? "there is no list of flags" : "the body is no object"))
  } catch {
    return Either.left(invalid("reading them failed"))
  }
}

/**
 * Decodes the text of a body, and sees how its numbers are spelled.
 *
 * @since 0.1.0
 * @category conversions
 */
export const parse = (text: string): Either.Either<FlagDefinitions, InvalidDefinitions> => {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return Either.left(invalid("the body is no JSON"))
  }
  return decode(body, { ambiguousIntegers: spellsIntegralFloats(text) })
}

const invalid = (problem: string): InvalidDefinitions => new InvalidDefinitions({ problem })

const assemble = (raw: JsonObject, body: typeof Body.Type, ambiguousIntegers: boolean): FlagDefinitions => {
  const problems: Array<string> = []
  return {
    raw,
    flags: decodeFlags(body.flags, problems),
    groupTypes: decodeGroupTypes(body.group_type_mapping ?? body.groupTypeMapping, problems),
    cohorts: entries("cohorts", body.cohorts, problems),
    minimalFlagCalledEvents: (body.minimal_flag_called_events ?? body.minimalFlagCalledEvents) === true,
    explicitMatching: (body.property_matching_version ?? body.propertyMatchingVersion) === 2,
    ambiguousIntegers,
    problems
  }
}

const decodeFlags = (
  flags: ReadonlyArray<unknown>,
  problems: Array<string>
): ReadonlyArray<FlagDefinition.FlagDefinition> => {
  const usable: Array<FlagDefinition.FlagDefinition> = []
  flags.forEach((flag, index) => {
    const definition = FlagDefinition.decode(flag)
    if (definition === undefined) {
      problems.push(`flags.${index} has no key`)
      return
    }
    if (Either.isLeft(definition.filters)) {
      problems.push(`flag "${definition.key}" is malformed at ${definition.filters.left}`)
    }
    usable.push(definition)
  })
  return usable
}

const decodeGroupTypes = (mapping: unknown, problems: Array<string>): ReadonlyMap<string, string> => {
  const types = new Map<string, string>()
  for (const [index, name] of entries("group_type_mapping", mapping, problems)) {
    if (typeof name === "string" && name !== "") {
      types.set(index, name)
    } else {
      problems.push(`group_type_mapping.${index} is no name`)
    }
  }
  return types
}

const entries = (name: string, value: unknown, problems: Array<string>): ReadonlyMap<string, unknown> => {
  if (isFields(value)) {
    return new Map(Object.entries(value))
  }
  if (value !== undefined && value !== null) {
    problems.push(`${name} is no object`)
  }
  return new Map()
}
