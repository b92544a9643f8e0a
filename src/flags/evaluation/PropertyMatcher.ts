/**
 * One filter of a definition, compiled: does a property match? (FLAGS-LOCAL-32)
 *
 * @since 0.1.0
 */
import { toJsonValue } from "../../domain/JsonValue.js"
import { Inconclusive } from "./Inconclusive.js"
import type { Matcher, MatcherSettings } from "./operators/Matcher.js"
import * as Operators from "./operators/Operators.js"

export type { Matcher, MatcherSettings, Moment } from "./operators/Matcher.js"

/** Everything that the definition decides is decided here, once. `value` is `undefined` where the definition has none. */
export const compile = (key: string, operator: unknown, value: unknown, settings: MatcherSettings): Matcher => {
  const name = operator ?? "exact"
  const found = typeof name === "string" ? Operators.find(name, settings.place) : undefined
  if (found === undefined || typeof name !== "string") {
    // before the property is looked at: an unknown operator says nothing of a missing one either (FLAGS-LOCAL-08)
    const unknown = new Inconclusive("unknownOperator", typeof name === "string" ? name.slice(0, maxName) : typeof name)
    return () => unknown
  }
  return found({ key, operator: name, value: toJsonValue(value) ?? undefined }, settings)
}

/** A name is for people to read. */
const maxName = 100
