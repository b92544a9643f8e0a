/**
 * How anything becomes a JSON value, with bounded work whatever its size.
 *
 * @since 0.1.0
 */
import * as BoundedText from "./BoundedText.js"
import * as GuardedRead from "./GuardedRead.js"
import type { JsonObject, JsonValue } from "./Json.js"
import { bare } from "./PlainJson.js"

export interface Limits {
  /** Objects and arrays within each other, the outermost one included. */
  readonly maxDepth: number
  /** Properties of one object, items of one array. */
  readonly maxItems: number
  /** UTF-16 units of one text, or of one key. */
  readonly maxTextLength: number
  /** UTF-8 bytes of the whole as `JSON.stringify` writes it. */
  readonly maxBytes: number
}

/** How a property is read: a caller that read some already says what they were. */
export type Read = (self: object, key: string) => unknown

const truncated = "[Truncated]"
/** The one mark where the bytes ran out always fits. */
const markBytes = truncated.length + 3

class Writing {
  readonly limits: Limits
  readonly read: Read
  readonly ancestors: Array<object> = []
  left: number

  constructor(limits: Limits, read: Read) {
    this.limits = limits
    this.read = read
    this.left = limits.maxBytes - markBytes
  }
}

/**
 * The value, by the rules of `JsonValue.toJsonValue`. What is beyond a limit is `"[Truncated]"` or left out, and is not
 * looked at.
 */
export const toJsonValue = (
  input: unknown,
  limits: Limits,
  read: Read = GuardedRead.read
): JsonValue | undefined => convert(input, new Writing(limits, read))

/** The object of these properties. */
export const ofKeys = (
  self: object,
  keys: ReadonlyArray<string>,
  limits: Limits,
  read: Read = GuardedRead.read
): JsonObject => {
  const writing = new Writing(limits, read)
  writing.ancestors.push(self)
  writing.left -= 3
  const result = bare<JsonValue>()
  putKeys(result, self, keys, writing)
  return result
}

/** Takes from what is left; whoever asks for more than that ends the writing. */
const spend = (writing: Writing, bytes: number): boolean => {
  if (bytes > writing.left) {
    writing.left = 0
    return false
  }
  writing.left -= bytes
  return true
}

const spendOn = <A extends JsonValue>(writing: Writing, value: A, bytes: number): A | typeof truncated =>
  // a comma goes with each
  spend(writing, bytes + 1) ? value : truncated

const convert = (input: unknown, writing: Writing): JsonValue | undefined => {
  switch (typeof input) {
    case "string":
      return text(BoundedText.cut(input, writing.limits.maxTextLength), writing)
    case "boolean":
      return spendOn(writing, input, 5)
    case "number":
      return Number.isFinite(input) ? number(input, writing) : spendOn(writing, null, 4)
    case "bigint": {
      const value = Number(input)
      return Number.isSafeInteger(value) ? number(value, writing) : text(BoundedText.ofBigInt(input), writing)
    }
    case "object":
      return input === null ? spendOn(writing, null, 4) : convertObject(input, writing)
    case "symbol":
      return input === GuardedRead.unreadable ? text("[Unreadable]", writing) : undefined
    default:
      return undefined
  }
}

const text = (value: string, writing: Writing): string => spendOn(writing, value, jsonBytes(value))

// JSON has no negative zero: adding zero makes it the one there is
const number = (value: number, writing: Writing): JsonValue => spendOn(writing, value + 0, String(value).length)

const convertObject = (input: object, writing: Writing): JsonValue | undefined => {
  if (writing.ancestors.includes(input)) {
    return text("[Circular]", writing)
  }
  if (writing.ancestors.length >= writing.limits.maxDepth) {
    return text(truncated, writing)
  }
  if (!spend(writing, 3)) {
    return truncated
  }
  writing.ancestors.push(input)
  try {
    return convertReadable(input, writing)
  } catch {
    return text("[Unreadable]", writing)
  } finally {
    writing.ancestors.pop()
  }
}

const convertReadable = (input: object, writing: Writing): JsonValue | undefined => {
  if (Array.isArray(input)) {
    return convertArray(input, writing)
  }
  if (input instanceof Date) {
    const time = input.getTime()
    return Number.isNaN(time) ? spendOn(writing, null, 4) : text(new Date(time).toISOString(), writing)
  }
  if (input instanceof Map) {
    return convertMap(input, writing)
  }
  if (input instanceof Set) {
    return convertSet(input, writing)
  }
  if (ArrayBuffer.isView(input) || input instanceof ArrayBuffer) {
    return text(`[${BoundedText.head(String(input.constructor.name), 64)}: ${input.byteLength} bytes]`, writing)
  }
  if (input instanceof String || input instanceof Number || input instanceof Boolean || input instanceof BigInt) {
    return convert(input.valueOf(), writing)
  }
  const toJson = "toJSON" in input ? writing.read(input, "toJSON") : undefined
  if (typeof toJson === "function") {
    return convert(toJson.call(input), writing)
  }
  const result = bare<JsonValue>()
  const keys = Object.keys(input)
  putKeys(result, input, input instanceof Error ? [...errorKeys, ...keys.filter(isNoErrorKey)] : keys, writing)
  return result
}

const errorKeys: ReadonlyArray<string> = ["name", "message"]
const isNoErrorKey = (key: string): boolean => !errorKeys.includes(key)

/** Is there room for one more? A container without says so in its last item, where it is a list. */
const hasRoom = (writing: Writing): boolean => writing.left > 0

const convertArray = (input: ReadonlyArray<unknown>, writing: Writing): JsonValue => {
  const result: Array<JsonValue> = []
  const length = input.length
  for (let i = 0; i < length && hasRoom(writing); i++) {
    if (i >= writing.limits.maxItems) {
      result.push(text(truncated, writing))
      break
    }
    result.push(item(GuardedRead.read(input, i), writing))
  }
  return result
}

const convertSet = (input: ReadonlySet<unknown>, writing: Writing): JsonValue => {
  const result: Array<JsonValue> = []
  for (const value of input) {
    if (!hasRoom(writing)) {
      break
    }
    if (result.length >= writing.limits.maxItems) {
      result.push(text(truncated, writing))
      break
    }
    result.push(item(value, writing))
  }
  return result
}

const item = (value: unknown, writing: Writing): JsonValue => convert(value, writing) ?? spendOn(writing, null, 4)

const convertMap = (input: ReadonlyMap<unknown, unknown>, writing: Writing): JsonValue => {
  const result = bare<JsonValue>()
  let count = 0
  for (const [key, value] of input) {
    if (count++ >= writing.limits.maxItems || !put(result, keyText(key, writing), () => value, writing)) {
      break
    }
  }
  return result
}

const keyText = (key: unknown, writing: Writing): string => {
  const value = typeof key === "string" ? key : convert(key, writing)
  return typeof value === "string" ? value : JSON.stringify(value) ?? typeof key
}

const putKeys = (
  target: Record<string, JsonValue>,
  input: object,
  keys: ReadonlyArray<string>,
  writing: Writing
): void => {
  const count = Math.min(keys.length, writing.limits.maxItems)
  for (let i = 0; i < count; i++) {
    const key = keys[i]!
    if (!put(target, key, () => writing.read(input, key), writing)) {
      break
    }
  }
}

/** Is there room for further ones? */
const put = (
  target: Record<string, JsonValue>,
  key: string,
  read: () => unknown,
  writing: Writing
): boolean => {
  const name = BoundedText.head(key, writing.limits.maxTextLength)
  if (!hasRoom(writing) || !spend(writing, jsonBytes(name) + 1)) {
    return false
  }
  const value = convert(read(), writing)
  if (value !== undefined) {
    target[name] = value
  }
  return hasRoom(writing)
}

/** An upper bound of the bytes of a text in JSON, quotes included. */
const jsonBytes = (text: string): number => {
  let bytes = 2
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20) {
      bytes += 6
    } else if (unit === 0x22 || unit === 0x5c) {
      bytes += 2
    } else {
      bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3
    }
  }
  return bytes
}
