/**
 * Flag definitions as they travel through caches, and how they are read from there.
 *
 * @since 0.1.0
 */
import { isJsonObject, type JsonObject, type JsonValue, toJsonValue } from "../../domain/JsonValue.js"
import type { FlagDefinitions } from "../evaluation/FlagDefinitions.js"

/**
 * Definitions as a cache keeps them: the body as PostHog served it, whatever else that holds included (FLAGS-DEFS-10,
 * FLAGS-DEFS-27). Reading understands the names of posthog-node too: `groupTypeMapping` and the like.
 *
 * @since 0.1.0
 * @category models
 */
export interface CachedDefinitions extends JsonObject {
  readonly flags: ReadonlyArray<JsonValue>
  readonly group_type_mapping: JsonObject
  readonly cohorts: JsonObject
  /** The body spelled a whole number as a float, which a value cannot tell any more (FLAGS-LOCAL-41). */
  readonly ambiguous_integers?: JsonValue
}

/** The names that differ between PostHog's body and posthog-node's caches. */
const spellings = [
  ["group_type_mapping", "groupTypeMapping"],
  ["minimal_flag_called_events", "minimalFlagCalledEvents"],
  ["property_matching_version", "propertyMatchingVersion"]
] as const

/** The same under posthog-node's names. */
export const camelCased = (data: JsonObject): JsonObject =>
  Object.fromEntries(
    spellings.flatMap(([snake, camel]) => Object.hasOwn(data, snake) ? [[camel, data[snake]!]] : [])
  )

/**
 * Definitions of unknown origin as a cache keeps them: PostHog's spelling where there are two, group types and cohorts
 * present. `undefined` where there is no list of flags.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromUnknown = (input: unknown): CachedDefinitions | undefined => {
  const data = toJsonValue(input)
  if (!isJsonObject(data) || !Array.isArray(data["flags"])) {
    return undefined
  }
  const result: Record<string, JsonValue> = { ...data }
  for (const [snake, camel] of spellings) {
    const value = data[camel]
    delete result[camel]
    if (value !== undefined && !Object.hasOwn(result, snake)) {
      result[snake] = value
    }
  }
  return {
    ...result,
    flags: data["flags"],
    group_type_mapping: objectOf(result["group_type_mapping"]),
    cohorts: objectOf(result["cohorts"])
  }
}

/** What a cache is handed of a set. */
export const fromDefinitions = (definitions: FlagDefinitions): CachedDefinitions | undefined => {
  const data = fromUnknown(definitions.raw)
  return data !== undefined && definitions.ambiguousIntegers ? { ...data, ambiguous_integers: true } : data
}

const objectOf = (value: JsonValue | undefined): JsonObject => isJsonObject(value) ? value : {}
