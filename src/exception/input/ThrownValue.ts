/**
 * What something thrown says of itself. Each of its properties is read once, as a getter may answer differently the next
 * time, and every one may be hostile.
 *
 * @since 0.1.0
 */
import * as BoundedJson from "../../domain/BoundedJson.js"
import * as BoundedText from "../../domain/BoundedText.js"
import * as GuardedRead from "../../domain/GuardedRead.js"
import type { JsonObject } from "../../domain/JsonValue.js"
import { bare } from "../../domain/PlainJson.js"
import * as FieldLimits from "./FieldLimits.js"
import * as StackText from "./StackText.js"

export interface ThrownValue {
  readonly type: string
  readonly value: string
  readonly stack: string | undefined
  /** Is it something else than an exception? `undefined` where it cannot be told (EXCMETA-17). */
  readonly synthetic: boolean | undefined
  readonly fields: JsonObject | undefined
  /** `undefined` or `null` where there is none. */
  readonly cause: unknown
  /** The list of its members, where it has one. */
  readonly errors: object | undefined
}

const maxTypeLength = 256
const unreadableText = "an error that cannot be read"

/** `maxMessageLength`: UTF-16 units of its message. */
export const describe = (thrown: unknown, maxMessageLength: number): ThrownValue =>
  GuardedRead.isObject(thrown) ? describeObject(thrown, maxMessageLength) : {
    type: "Error",
    value: BoundedText.cut(primitiveText(thrown), maxMessageLength),
    stack: undefined,
    synthetic: thrown === GuardedRead.unreadable ? undefined : true,
    fields: undefined,
    cause: undefined,
    errors: undefined
  }

const describeObject = (thrown: object, maxMessageLength: number): ThrownValue => {
  const isError = isException(thrown)
  const first = new FirstReads(thrown)
  const tag = typeName(first.get("_tag"))
  const name = isError !== false || typeof first.get("message") === "string" ? typeName(first.get("name")) : undefined
  const cause = first.get("cause")
  const errors = first.get("errors")
  const trace = stack(first)
  return {
    type: tag ?? (name === "Error" ? subclassName(first) : name) ?? className(first) ??
      (isError === false ? "Object" : "Error"),
    value: message(thrown, first, isError, maxMessageLength),
    stack: trace,
    synthetic: isError === undefined ? undefined : !isError,
    fields: tag === undefined ? undefined : fields(thrown, first),
    cause: cause === GuardedRead.unreadable ? undefined : cause,
    errors: isArray(errors) ? errors : undefined
  }
}

/** What each property said when it was read first. */
class FirstReads {
  readonly #self: object
  readonly #known = bare<unknown>()

  constructor(self: object) {
    this.#self = self
  }

  get(key: string): unknown {
    return key in this.#known ? this.#known[key] : (this.#known[key] = GuardedRead.read(this.#self, key))
  }

  /** Reads any object, this one as it was read before. */
  readonly read: BoundedJson.Read = (self, key) => self === this.#self ? this.get(key) : GuardedRead.read(self, key)
}

const isException = (thrown: object): boolean | undefined => {
  try {
    // an error of another realm has another prototype, but the same class
    return thrown instanceof Error || Object.prototype.toString.call(thrown) === "[object Error]"
  } catch {
    return undefined
  }
}

const isArray = (value: unknown): value is object => {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

const typeName = (value: unknown): string | undefined => {
  if (typeof value !== "string" || value === "") {
    return undefined
  }
  const name = BoundedText.head(value, maxTypeLength).trim()
  return name === "" ? undefined : name
}

/** Of a class that did not set its `name`, unless it is one that a minifier has given. */
const subclassName = (first: FirstReads): string => {
  const name = className(first)
  return name !== undefined && name.length > 2 ? name : "Error"
}

const className = (first: FirstReads): string | undefined => {
  const constructor = first.get("constructor")
  return typeof constructor === "function" ? typeName(GuardedRead.read(constructor, "name")) : undefined
}

const primitiveText = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return value
    case "bigint":
      return BoundedText.ofBigInt(value)
    default:
      return value === GuardedRead.unreadable ? unreadableText : String(value)
  }
}

const message = (
  thrown: object,
  first: FirstReads,
  isError: boolean | undefined,
  maxLength: number
): string => {
  const value = first.get("message")
  if (GuardedRead.isObject(value)) {
    return json(value, maxLength, GuardedRead.read)
  }
  if (value !== undefined && value !== null) {
    return BoundedText.cut(primitiveText(value), maxLength)
  }
  if (isError === true) {
    return ""
  }
  return typeof thrown === "function"
    ? BoundedText.cut(`[Function: ${typeName(first.get("name")) ?? "anonymous"}]`, maxLength)
    : json(thrown, maxLength, first.read)
}

const json = (value: object, maxLength: number, read: BoundedJson.Read): string => {
  const text = JSON.stringify(BoundedJson.toJsonValue(value, FieldLimits.message(maxLength), read)) ?? ""
  return BoundedText.cut(text, maxLength)
}

const text = (value: unknown): string => typeof value === "string" ? value : ""

const stack = (first: FirstReads): string | undefined => {
  const value = text(first.get("stack")) || text(first.get("stacktrace"))
  const message = text(first.get("message"))
  return value !== "" && StackText.isUsable(value, text(first.get("name")), message)
    ? StackText.bounded(value, message)
    : undefined
}

const toldElsewhere: ReadonlySet<string> = new Set([
  "_tag",
  "name",
  "message",
  "stack",
  "stacktrace",
  "cause",
  "errors"
])

const isEmpty = (self: JsonObject): boolean => {
  for (const _ in self) {
    return false
  }
  return true
}

/** What the schema could not read; the message tells it better, and with less of the input. */
const parseErrorKey = Symbol.for("effect/Schema/ParseErrorTypeId")

const fields = (thrown: object, first: FirstReads): JsonObject | undefined => {
  if (GuardedRead.read(thrown, parseErrorKey) === parseErrorKey) {
    return undefined
  }
  const keys: Array<string> = []
  for (const key of GuardedRead.keys(thrown)) {
    if (keys.length === FieldLimits.fields.maxItems) {
      break
    }
    if (!toldElsewhere.has(key)) {
      keys.push(key)
    }
  }
  const cause = first.get("cause")
  // Effect's UnknownException holds its cause a second time, in a field
  const read: BoundedJson.Read = (self, key) => {
    const value = first.read(self, key)
    return self === thrown && value === cause && GuardedRead.isObject(value) ? undefined : value
  }
  const result = BoundedJson.ofKeys(thrown, keys, FieldLimits.fields, read)
  return isEmpty(result) ? undefined : result
}
