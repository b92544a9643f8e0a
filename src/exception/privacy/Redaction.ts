/**
 * Takes out of texts and properties what must not leave the process.
 *
 * @since 0.1.0
 */
import type { JsonObject, JsonValue } from "../../domain/JsonValue.js"
import { mark } from "./Mark.js"
import * as NamedValues from "./NamedValues.js"
import type { RedactedPlace, RedactionOptions } from "./RedactionOptions.js"
import * as SchemaIssues from "./SchemaIssues.js"
import * as SecretShapes from "./SecretShapes.js"
import * as SensitiveKeys from "./SensitiveKeys.js"
import * as UrlCredentials from "./UrlCredentials.js"

/** None of it throws: what cannot be looked at is not shown. */
export interface Redaction {
  readonly text: (text: string, place: RedactedPlace) => string
  /** The same object where nothing in it has to go. */
  readonly properties: (values: JsonObject) => JsonObject
  readonly isSensitive: (key: string) => boolean
}

/** Everything may be shown. */
export const none: Redaction = {
  text: (text) => text,
  properties: (values) => values,
  isSensitive: () => false
}

/** Nothing may be shown. */
const closed: Redaction = {
  text: () => mark,
  properties: (values) => mapValues(values, () => mark),
  isSensitive: () => true
}

/** Options that cannot be understood are taken as a wish for secrecy: then nothing is shown at all. */
export const make = (options: RedactionOptions | false | undefined): Redaction => {
  try {
    return options === false ? none : fromOptions(options ?? {})
  } catch {
    return closed
  }
}

type Replacement = (text: string, place: RedactedPlace) => string

const fromOptions = (options: RedactionOptions): Redaction => {
  const { isSensitiveKey, isSensitiveName } = SensitiveKeys.make(options)
  // in this order a second time changes nothing: none of them makes what one before it would look for
  const replacements: ReadonlyArray<Replacement> = [
    UrlCredentials.redact,
    ...(options.withoutDefaults === true ? [] : [SecretShapes.redact]),
    (text, place) => NamedValues.redact(text, place === "context", isSensitiveName),
    (text, place) => place === "context" ? text : SchemaIssues.redact(text, isSensitiveName),
    ...(options.patterns ?? []).map(fromPattern),
    ...(options.redact === undefined ? [] : [fromFunction(options.redact)])
  ]
  const text = (input: string, place: RedactedPlace): string => {
    try {
      let result = input
      for (let i = 0; i < replacements.length; i++) {
        result = replacements[i]!(result, place)
      }
      return result === input ? input : result.toWellFormed()
    } catch {
      return mark
    }
  }
  const values = propertiesWith(isSensitiveKey, text)
  return {
    text,
    properties: (properties) => {
      try {
        return values(properties)
      } catch {
        // deeper than any JSON value of ours
        return closed.properties(properties)
      }
    },
    isSensitive: isSensitiveKey
  }
}

const fromPattern = (pattern: RegExp): Replacement => {
  const flags = pattern.flags.replaceAll(/[gy]/g, "")
  // a mark is passed over as a whole, so that a second time changes nothing; the copy keeps no position
  const regex = new RegExp(`\\[redacted\\]|(?:${pattern.source})`, `g${flags}`)
  return (text) => text.replaceAll(regex, (found) => found === "" ? found : mark)
}

const fromFunction = (redact: (text: string, place: RedactedPlace) => string): Replacement => (text, place) => {
  const result: unknown = redact(text, place)
  if (result instanceof Promise) {
    // nobody will wait for an async function: its failure must not end the process
    result.catch(() => undefined)
  }
  return typeof result === "string" ? result : mark
}

const propertiesWith = (isSensitive: (key: string) => boolean, text: Replacement) => {
  const ofValue = (value: JsonValue): JsonValue =>
    typeof value === "string"
      ? text(value, "property")
      : typeof value !== "object" || value === null
      ? value
      : isArray(value)
      ? ofArray(value)
      : ofObject(value)

  const ofArray = (items: ReadonlyArray<JsonValue>): ReadonlyArray<JsonValue> => {
    let changed: Array<JsonValue> | undefined
    // header lists are written so: name, value, name, value
    const isPaired = items.length % 2 === 0
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!
      const name = isPaired && i % 2 === 1 ? items[i - 1] : undefined
      const result = typeof item === "string" && typeof name === "string" && isSensitive(name) ? mark : ofValue(item)
      if (result !== item) {
        changed ??= [...items]
        changed[i] = result
      }
    }
    return changed ?? items
  }

  const ofObject = (values: JsonObject): JsonObject =>
    mapValues(
      values,
      (value, key) =>
        value !== null && (isSensitive(key) || (key === "value" && isNamedSensitive(values, isSensitive)))
          ? mark
          : ofValue(value)
    )

  return ofObject
}

/** `{ "name": "authorization", "value": … }` */
const isNamedSensitive = (values: JsonObject, isSensitive: (key: string) => boolean): boolean => {
  const name = values["name"] ?? values["key"]
  return typeof name === "string" && isSensitive(name)
}

const mapValues = (values: JsonObject, change: (value: JsonValue, key: string) => JsonValue): JsonObject => {
  let changed: Record<string, JsonValue> | undefined
  for (const key of Object.keys(values)) {
    const value = values[key]!
    const result = change(value, key)
    if (result !== value) {
      // spread defines `__proto__` as the key it is, and to define it again changes only its value
      changed ??= { ...values }
      changed[key] = result
    }
  }
  return changed ?? values
}

const isArray = (value: JsonValue): value is ReadonlyArray<JsonValue> => Array.isArray(value)
