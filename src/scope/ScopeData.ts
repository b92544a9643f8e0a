/**
 * A scope as data: JSON that can be stored or sent, and read again from a source that nobody trusts.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { toId } from "../domain/Id.js"
import { isJsonObject, type JsonObject, type JsonValue, toJsonValue } from "../domain/JsonValue.js"
import type { PosthogScope } from "./PosthogScope.js"

/**
 * What of a scope is data: everything but its client. It is what `withScope(fresh, data)` takes.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScopeData {
  readonly tags: JsonObject
  readonly distinctId?: string
  readonly sessionId?: string
  readonly deviceId?: string
  readonly groups: { readonly [type: string]: string }
  readonly personProperties: JsonObject
  readonly groupProperties: { readonly [type: string]: JsonObject }
}

/**
 * The input is not the data of a scope. `path` says where, `reason` what was found there.
 *
 * @since 0.1.0
 * @category errors
 */
export class ScopeDataError extends Schema.TaggedError<ScopeDataError>("effect-posthog/ScopeDataError")(
  "ScopeDataError",
  { reason: Schema.Literal("notAnObject", "notAnId"), path: Schema.String }
) {
  override get message(): string {
    return `${this.path === "" ? "the scope" : this.path} is ${
      this.reason === "notAnObject" ? "not an object" : "not a text that names anything"
    }`
  }
}

/**
 * What is visible of a scope, as data.
 *
 * @example
 * import { Effect } from "effect"
 * import { currentScope } from "effect-posthog"
 * import * as ScopeData from "effect-posthog/scope/ScopeData"
 *
 * const stored = Effect.map(currentScope, (scope) => JSON.stringify(ScopeData.fromScope(scope)))
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromScope = ({ view }: PosthogScope): ScopeData => ({
  tags: view.tags,
  ...(view.distinctId === undefined ? {} : { distinctId: view.distinctId }),
  ...(view.sessionId === undefined ? {} : { sessionId: view.sessionId }),
  ...(view.deviceId === undefined ? {} : { deviceId: view.deviceId }),
  groups: view.groups,
  personProperties: view.personProperties,
  groupProperties: view.groupProperties
})

/**
 * Reads the data of a scope from anything, for instance from parsed JSON. Unknown fields are left out.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decode = (input: unknown): Either.Either<ScopeData, ScopeDataError> =>
  Either.gen(function*() {
    const value = toJsonValue(input)
    if (!isJsonObject(value)) {
      return yield* Either.left(new ScopeDataError({ reason: "notAnObject", path: "" }))
    }
    const distinctId = yield* id(value, "distinctId")
    const sessionId = yield* id(value, "sessionId")
    const deviceId = yield* id(value, "deviceId")
    const groups: Record<string, string> = Object.create(null)
    for (const [type, key] of Object.entries(yield* object(value, "groups"))) {
      const decoded = toId(key)
      if (decoded === undefined) {
        return yield* Either.left(new ScopeDataError({ reason: "notAnId", path: `groups.${type}` }))
      }
      groups[type] = decoded
    }
    const groupProperties: Record<string, JsonObject> = Object.create(null)
    for (const [type, properties] of Object.entries(yield* object(value, "groupProperties"))) {
      if (!isJsonObject(properties)) {
        return yield* Either.left(new ScopeDataError({ reason: "notAnObject", path: `groupProperties.${type}` }))
      }
      groupProperties[type] = properties
    }
    return {
      tags: yield* object(value, "tags"),
      ...(distinctId === undefined ? {} : { distinctId }),
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(deviceId === undefined ? {} : { deviceId }),
      groups,
      personProperties: yield* object(value, "personProperties"),
      groupProperties
    }
  })

const field = (value: JsonObject, key: string): JsonValue | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined

const object = (value: JsonObject, key: string): Either.Either<JsonObject, ScopeDataError> => {
  const found = field(value, key) ?? {}
  return isJsonObject(found)
    ? Either.right(found)
    : Either.left(new ScopeDataError({ reason: "notAnObject", path: key }))
}

const id = (value: JsonObject, key: string): Either.Either<string | undefined, ScopeDataError> => {
  const found = field(value, key) ?? undefined
  const decoded = toId(found)
  return found !== undefined && decoded === undefined
    ? Either.left(new ScopeDataError({ reason: "notAnId", path: key }))
    : Either.right(decoded)
}
