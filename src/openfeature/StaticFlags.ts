/**
 * Flags that are on for everybody, whoever asks.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type { FlagDefinition } from "../flags/evaluation/FlagDefinition.js"
import type { FlagDefinitions } from "../flags/evaluation/FlagDefinitions.js"

/** Does the first condition of this flag ask nothing of anybody? A flag with variants may still split. */
export type StaticFlags = (definitions: FlagDefinitions, key: string) => boolean

/** Looks through each set once. */
export const make = (): StaticFlags => {
  const known = new WeakMap<FlagDefinitions, ReadonlySet<string>>()
  return (definitions, key) => {
    let keys = known.get(definitions)
    if (keys === undefined) {
      keys = keysOf(definitions)
      known.set(definitions, keys)
    }
    return keys.has(key)
  }
}

const keysOf = ({ flags }: FlagDefinitions): ReadonlySet<string> => {
  const keys = new Set<string>()
  for (const flag of flags) {
    // of two with one key the last counts
    if (asksNothing(flag)) {
      keys.add(flag.key)
    } else {
      keys.delete(flag.key)
    }
  }
  return keys
}

const asksNothing = ({ active, bucketByDevice, filters }: FlagDefinition): boolean => {
  if (!active || bucketByDevice || Either.isLeft(filters)) {
    return false
  }
  const { aggregation_group_type_index: inherited, groups, holdout } = filters.right
  const first = groups?.[0]
  if (first === undefined || (holdout ?? undefined) !== undefined) {
    return false
  }
  const { aggregation_group_type_index: own = inherited, properties, rollout_percentage: percentage } = first
  return (own ?? undefined) === undefined && (properties ?? []).length === 0 && (percentage ?? 100) >= 100
}
