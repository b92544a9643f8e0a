/**
 * From OpenFeature's evaluation context to whom a flag is evaluated for.
 *
 * `targetingKey` is the distinct id; `groups`, `groupProperties` and `deviceId` are reserved; every other attribute is a
 * person property. What is missing is the scope's.
 *
 * @since 0.1.0
 */
import { ErrorCode } from "@openfeature/server-sdk"
import * as Either from "effect/Either"
import { isJsonObject, type JsonObject, type JsonValue, toJsonObject } from "../domain/JsonValue.js"
import { bare } from "../domain/PlainJson.js"
import type { SubjectOptions } from "../flags/context/Subject.js"
import * as ResolutionError from "./ResolutionError.js"

export type Subject = Pick<
  SubjectOptions,
  "distinctId" | "deviceId" | "groups" | "groupProperties" | "personProperties"
>

const reserved: ReadonlySet<string> = new Set(["targetingKey", "groups", "groupProperties", "deviceId"])

/** Dates become ISO texts, and nothing in the context is used before it is JSON: reading it may do anything. */
export const read = (context: unknown): Either.Either<Subject, ResolutionError.ResolutionError> =>
  Either.gen(function*() {
    const attributes = toJsonObject(context)
    const distinctId = yield* readId("targetingKey", attributes["targetingKey"])
    if (distinctId !== undefined && distinctId.trim() === "") {
      return yield* Either.left(ResolutionError.targetingKeyMissing)
    }
    return {
      distinctId,
      deviceId: yield* readId("deviceId", attributes["deviceId"]),
      groups: yield* readEntries("groups", attributes["groups"], readId),
      groupProperties: yield* readEntries("groupProperties", attributes["groupProperties"], readProperties),
      personProperties: personProperties(attributes)
    }
  })

const personProperties = (attributes: JsonObject): JsonObject | undefined => {
  const properties = bare<JsonValue>()
  let isEmpty = true
  for (const name of Object.keys(attributes)) {
    const value = attributes[name]
    if (!reserved.has(name) && value !== undefined) {
      properties[name] = value
      isEmpty = false
    }
  }
  return isEmpty ? undefined : properties
}

type Read<A> = (
  name: string,
  value: JsonValue | undefined
) => Either.Either<A | undefined, ResolutionError.ResolutionError>

const readId: Read<string> = (name, value) =>
  value === undefined || value === null
    ? Either.right(undefined)
    : typeof value === "string" || typeof value === "number"
    ? Either.right(String(value))
    : invalid(name, "a text")

const readProperties: Read<JsonObject> = (name, value) =>
  value === undefined || value === null
    ? Either.right(undefined)
    : isJsonObject(value)
    ? Either.right(value)
    : invalid(name, "an object")

const readEntries = <A>(
  name: string,
  value: JsonValue | undefined,
  readEntry: Read<A>
): Either.Either<{ readonly [type: string]: A } | undefined, ResolutionError.ResolutionError> =>
  Either.gen(function*() {
    const fields = yield* readProperties(name, value)
    if (fields === undefined) {
      return undefined
    }
    const entries = bare<A>()
    for (const type of Object.keys(fields)) {
      const entry = yield* readEntry(`${name}.${type}`, fields[type])
      if (entry !== undefined) {
        entries[type] = entry
      }
    }
    return entries
  })

const invalid = (name: string, expected: string) =>
  Either.left(
    ResolutionError.make(ErrorCode.INVALID_CONTEXT, `"${name}" of the evaluation context must be ${expected}`)
  )
