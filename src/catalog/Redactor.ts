/**
 * Takes personal data out of JSON, or puts hashes in its place.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import { createHash, createHmac } from "node:crypto"
import type { JsonObject, JsonValue } from "../domain/Json.js"
import { isJsonObject } from "../domain/JsonValue.js"
import { bare } from "../domain/PlainJson.js"
import type { Place } from "./PersonalData.js"

/** `undefined`: nothing of it may leave. */
export type Redactor = (value: JsonValue) => JsonValue | undefined

const hashed = /^sha256:[0-9a-f]{64}$/

/** A text is hashed as it is, everything else as its JSON. What is a hash already stays one. */
const hasher = (key: Redacted.Redacted | undefined) => (value: JsonValue): JsonValue => {
  if (value === null || (typeof value === "string" && hashed.test(value))) {
    return value
  }
  const hash = key === undefined ? createHash("sha256") : createHmac("sha256", Redacted.value(key))
  return `sha256:${hash.update(typeof value === "string" ? value : JSON.stringify(value)).digest("hex")}`
}

/** With a key, hashes are HMACs: who does not have it cannot find a value by trying. */
export const make = (place: Place | undefined, key: Redacted.Redacted | undefined): Redactor => {
  const hash = hasher(key)

  const redact = (place: Place | undefined, value: JsonValue): JsonValue | undefined => {
    switch (place?._tag) {
      case undefined:
        return value
      case "Whole":
        return place.policy === "drop" ? undefined : place.policy === "hash" ? hash(value) : value
      case "Object":
        return isJsonObject(value) ? inObject(place, value) : value
      case "List":
        return Array.isArray(value) ? inList(place, value) : value
      case "Each": {
        let current: JsonValue | undefined = value
        for (const each of place.places) {
          current = current === undefined ? undefined : redact(each, current)
        }
        return current
      }
      case "Later":
        return redact(place.place(), value)
    }
  }

  const inObject = (place: Place & { readonly _tag: "Object" }, value: JsonObject): JsonObject => {
    const kept = bare<JsonValue>()
    for (const [key, each] of Object.entries(value)) {
      const left = redact(place.declared.has(key) ? place.properties.get(key) : place.rest, each)
      if (left !== undefined) {
        kept[key] = left
      }
    }
    return kept
  }

  /** Positions mean something where they are declared one by one: there `null` stands for what is gone. */
  const inList = (place: Place & { readonly _tag: "List" }, values: ReadonlyArray<JsonValue>) =>
    values.flatMap((value, i) => {
      const left = redact(i < place.elements.length ? place.elements[i] : place.rest, value)
      return left !== undefined ? [left] : place.elements.length > 0 ? [null] : []
    })

  return (value) => redact(place, value)
}
