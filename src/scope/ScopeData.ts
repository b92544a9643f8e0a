/**
 * A scope as data: JSON that can be stored or sent, and read again from a source that nobody trusts.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { guarded } from "../domain/GuardedRead.js"
import { toId } from "../domain/Id.js"
import { isJsonObject, type JsonObject, type JsonValue, toJsonValue } from "../domain/JsonValue.js"
import * as PosthogScope from "./PosthogScope.js"
import type { Section } from "./Section.js"
import * as CallerSection from "./sections/CallerSection.js"
import * as CorrelationSection from "./sections/CorrelationSection.js"
import * as OperationSection from "./sections/OperationSection.js"
import * as RequestSection from "./sections/RequestSection.js"
import { type Present, present, toMillis } from "./sections/SectionFields.js"
import * as ServiceSection from "./sections/ServiceSection.js"
import * as TraceSection from "./sections/TraceSection.js"

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
  readonly correlation?: CorrelationSection.CorrelationFields
  readonly service?: ServiceSection.ServiceFields
  /** The timestamp in milliseconds since the epoch. */
  readonly request?: RequestSection.RequestValue
  /** The start in milliseconds since the epoch. */
  readonly operation?: OperationSection.OperationValue
  readonly caller?: CallerSection.CallerFields
  readonly trace?: TraceSection.TraceFields
  /** What is noted about the operation. A scope that is entered with it keeps at most 64 entries. */
  readonly metadata?: JsonObject
}

/**
 * The input is not the data of a scope. `path` says where, `reason` what was found there.
 *
 * @since 0.1.0
 * @category errors
 */
export class ScopeDataError extends Schema.TaggedError<ScopeDataError>("effect-posthog/ScopeDataError")(
  "ScopeDataError",
  { reason: Schema.Literal("notAnObject", "notAnId", "notAMoment"), path: Schema.String }
) {
  override get message(): string {
    return `${this.path === "" ? "the scope" : this.path} is ${reasons[this.reason]}`
  }
}

const reasons = {
  notAnObject: "not an object",
  notAnId: "not a text that names anything",
  notAMoment: "not a moment in milliseconds since the epoch"
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
export const fromScope = (scope: PosthogScope.PosthogScope): ScopeData => {
  const { view } = scope
  return {
    tags: view.tags,
    ...(view.distinctId === undefined ? {} : { distinctId: view.distinctId }),
    ...(view.sessionId === undefined ? {} : { sessionId: view.sessionId }),
    ...(view.deviceId === undefined ? {} : { deviceId: view.deviceId }),
    groups: view.groups,
    personProperties: view.personProperties,
    groupProperties: view.groupProperties,
    ...sectionsOf(scope),
    ...(Object.keys(view.metadata).length === 0 ? {} : { metadata: view.metadata })
  }
}

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
    const metadata = yield* object(value, "metadata")
    return {
      tags: yield* object(value, "tags"),
      ...(distinctId === undefined ? {} : { distinctId }),
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(deviceId === undefined ? {} : { deviceId }),
      groups,
      personProperties: yield* object(value, "personProperties"),
      groupProperties,
      ...(yield* sections(value)),
      ...(Object.keys(metadata).length === 0 ? {} : { metadata })
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

const id = (value: JsonObject, key: string, path = ""): Either.Either<string | undefined, ScopeDataError> => {
  const found = field(value, key) ?? undefined
  const decoded = toId(found)
  return found !== undefined && decoded === undefined
    ? Either.left(new ScopeDataError({ reason: "notAnId", path: path + key }))
    : Either.right(decoded)
}

const moment = (value: JsonObject, key: string, path: string): Either.Either<number | undefined, ScopeDataError> => {
  const found = field(value, key) ?? undefined
  const decoded = typeof found === "number" ? toMillis(found) : undefined
  return found !== undefined && decoded === undefined
    ? Either.left(new ScopeDataError({ reason: "notAMoment", path: path + key }))
    : Either.right(decoded)
}

type Field = typeof id | typeof moment

/** What is read of the fields of a shape. */
type Decoded<Shape extends { readonly [key: string]: Field }> = {
  readonly [K in keyof Shape]?: Shape[K] extends typeof moment ? number : string
}

const shapes = {
  correlation: { id, parentId: id },
  service: { name: id, version: id, environment: id },
  request: { userId: id, requestId: id, timestamp: moment },
  operation: { name: id, startTime: moment },
  caller: { serviceName: id, serviceVersion: id, operationName: id },
  trace: { traceparent: id, tracestate: id, baggage: id }
} as const

type Sections = Pick<ScopeData, keyof typeof shapes>

const sectionsOf = (scope: PosthogScope.PosthogScope): Sections =>
  present({
    correlation: valueOf(scope, CorrelationSection),
    service: valueOf(scope, ServiceSection),
    request: valueOf(scope, RequestSection),
    operation: valueOf(scope, OperationSection),
    caller: valueOf(scope, CallerSection),
    trace: valueOf(scope, TraceSection)
  })

const valueOf = <A extends object>(
  scope: PosthogScope.PosthogScope,
  { fromFields, section }: { readonly section: Section<A>; readonly fromFields: (fields: A) => A | undefined }
): Present<A> | undefined => {
  const value = PosthogScope.section(scope, section)
  // a section of the application's own may have taken the name: then there may be anything in it
  const fields = value === undefined ? undefined : guarded(() => fromFields(value))
  return fields === undefined ? undefined : present(fields)
}

const sections = (value: JsonObject): Either.Either<Sections, ScopeDataError> =>
  Either.gen(function*() {
    return present({
      correlation: yield* section(value, "correlation", CorrelationSection.fromFields),
      service: yield* section(value, "service", ServiceSection.fromFields),
      request: yield* section(value, "request", RequestSection.fromFields),
      operation: yield* section(value, "operation", OperationSection.fromFields),
      caller: yield* section(value, "caller", CallerSection.fromFields),
      trace: yield* section(value, "trace", TraceSection.fromFields)
    })
  })

const section = <Name extends keyof typeof shapes, A extends object>(
  value: JsonObject,
  name: Name,
  fromFields: (fields: Decoded<(typeof shapes)[Name]>) => A | undefined
): Either.Either<Present<A> | undefined, ScopeDataError> =>
  Either.gen(function*() {
    const found = yield* object(value, name)
    const shape: { readonly [key: string]: Field } = shapes[name]
    const fields: Record<string, string | number> = {}
    for (const key of Object.keys(shape)) {
      const decoded = yield* shape[key]!(found, key, `${name}.`)
      if (decoded !== undefined) {
        fields[key] = decoded
      }
    }
    // each field was read as its shape says
    const read = fromFields(fields as Decoded<(typeof shapes)[Name]>)
    return read === undefined ? undefined : present(read)
  })
