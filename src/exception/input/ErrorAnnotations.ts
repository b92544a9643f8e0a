/**
 * What an error's class says of how it is to be reported, under the keys of Effect 4's `ErrorReporter`: an application
 * that annotates its errors for that one need not do it again.
 *
 * @since 0.1.0
 */
import * as BoundedJson from "../../domain/BoundedJson.js"
import * as GuardedRead from "../../domain/GuardedRead.js"
import { isJsonObject, type JsonObject } from "../../domain/JsonValue.js"
import * as FieldLimits from "./FieldLimits.js"

const ignoreKey = "~effect/ErrorReporter/ignore"
const severityKey = "~effect/ErrorReporter/severity"
const attributesKey = "~effect/ErrorReporter/attributes"

const annotation = (error: unknown, key: string): unknown =>
  GuardedRead.isObject(error) ? GuardedRead.read(error, key) : undefined

/** Is it part of the ordinary course of things, and not to be reported? */
export const isIgnored = (error: unknown): boolean => annotation(error, ignoreKey) === true

/** How severe it is, in a logger's word; whether that word is known is for the reader to find out. */
export const severity = (error: unknown): unknown => {
  const value = annotation(error, severityKey)
  return typeof value === "string" ? value : undefined
}

/** Further properties of the event. */
export const attributes = (error: unknown): JsonObject | undefined => {
  const value = annotation(error, attributesKey)
  if (typeof value !== "object" || value === null) {
    return undefined
  }
  const json = BoundedJson.toJsonValue(value, FieldLimits.fields)
  return isJsonObject(json) ? json : undefined
}
