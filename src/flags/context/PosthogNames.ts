/**
 * An evaluation context in PostHog's words: the table of names, and the person properties that a flag request sends.
 *
 * @since 0.1.0
 */
import type { JsonObject, JsonValue } from "../../domain/JsonValue.js"
import { isJsonObject } from "../../domain/JsonValue.js"
import { bare } from "../../domain/PlainJson.js"
import * as ContextMerge from "./ContextMerge.js"
import * as ContextPath from "./ContextPath.js"
import * as ContextProperty from "./ContextProperty.js"
import type { ContextData } from "./ContextSections.js"
import { table } from "./PosthogTable.js"

export { type PosthogName, table } from "./PosthogTable.js"

const bags: ReadonlySet<string> = new Set(["properties", "queryParams"])

/** Every name of a field that is no bag: paths in both spellings and with all aliases, bare names, PostHog's names. */
export const names: ReadonlyArray<string> = Array.from(
  new Set([
    "timestamp",
    ...Array.from(ContextPath.namespaces).flatMap(([namespace, section]) =>
      Array.from(ContextPath.sections[section]).flatMap(([name, field]) =>
        bags.has(field) ? [] : section === "user" ? [`${namespace}.${name}`, name] : [`${namespace}.${name}`]
      )
    ),
    ...table.map(({ name }) => name)
  ])
)

const readers = names.map((name) => [name, ContextProperty.reader(name)] as const)

/** Where nobody said what the environment is, nothing is claimed of it to PostHog: not even the default. */
const ofDefaultEnvironment: ReadonlySet<string> = new Set(
  names.filter((name) => /^env(ironment)?\.(name|is_?production)$/i.test(name))
)

/** How deep the paths go that stand for nested values. */
const maxDepth = 8

/**
 * The person properties that say to PostHog what the context says here: under each name a filter finds the same value
 * there as `ContextProperty.reader` finds here. Bags are sent entry by entry, nested ones also by the paths of what they
 * hold; not sent are the bags as a whole, the long form `user.properties.x`, and the default environment where nobody
 * said what it is.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toPersonProperties = (context: ContextData): JsonObject => {
  const properties: Record<string, JsonValue> = bare()
  const put = (name: string, value: JsonValue | undefined) => {
    if (value !== undefined) {
      properties[name] = value
    }
  }
  const spread = (prefix: string, bag: JsonObject, depth: number) => {
    for (const key of Object.keys(bag)) {
      const name = prefix + key
      // read by name, not taken from the bag: a declared field or a longer key may stand before it
      put(name, ContextProperty.get(context, name))
      const value = bag[key]
      if (isJsonObject(value) && depth < maxDepth) {
        spread(`${name}.`, value, depth + 1)
      }
    }
  }
  const isDefaultEnvironment = ContextMerge.saysNothing(context.environment)
  for (const [name, read] of readers) {
    if (!isDefaultEnvironment || !ofDefaultEnvironment.has(name)) {
      put(name, read(context))
    }
  }
  spread("custom.", context.custom, 1)
  if (context.user !== undefined) {
    spread("", context.user.properties, 1)
    spread("user.", context.user.properties, 1)
  }
  if (context.request !== undefined) {
    spread("request.query_params.", context.request.queryParams, 1)
    spread("request.queryParams.", context.request.queryParams, 1)
  }
  return properties
}
