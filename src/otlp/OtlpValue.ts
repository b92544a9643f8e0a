/**
 * Values as OTLP writes them (TRACE-17, TRACE-37, LOG-06).
 *
 * Not the encoding of `@effect/opentelemetry`: there integers are JSON numbers, `null` becomes the text "null", an object
 * becomes a text, and NaN becomes `null`, for which PostHog refuses the whole request.
 *
 * @since 0.1.0
 */
import * as BoundedText from "../domain/BoundedText.js"
import * as GuardedRead from "../domain/GuardedRead.js"

export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  /** Decimal, within int64. */
  | { readonly intValue: string }
  /** Always finite. */
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: ReadonlyArray<AnyValue> } }
  | { readonly kvlistValue: { readonly values: ReadonlyArray<KeyValue> } }

export interface KeyValue {
  readonly key: string
  readonly value: AnyValue
}

/** Objects and arrays within each other. */
export const maxDepth = 16

/** Values in the whole, those within others included. */
export const maxValues = 10_000

/** Is called with the digits of each integer that int64 cannot hold, cut. */
export type OnLargeInteger = (digits: string) => void

class Writing {
  readonly ancestors: Array<object> = []
  readonly onLargeInteger: OnLargeInteger
  left = maxValues

  constructor(onLargeInteger: OnLargeInteger) {
    this.onLargeInteger = onLargeInteger
  }
}

/**
 * The value, or `undefined` where OTLP has none for it: null, undefined, functions and symbols. It never throws.
 *
 * Whole numbers are `intValue`, and texts where int64 cannot hold them; NaN and the infinities are texts. Null within a
 * list is left out: PostHog refuses a value that holds nothing. A `Date` is its ISO 8601 text, a `Map` an object, a `Set`
 * a list, an `Error` its name and message, an object with `toJSON` what that returns. What is circular, cannot be read or
 * goes beyond `maxDepth` and `maxValues` is a text that says so, or is left out.
 */
export const toAnyValue = (input: unknown, onLargeInteger: OnLargeInteger = () => {}): AnyValue | undefined =>
  convert(input, new Writing(onLargeInteger))

/** The properties of an object as attributes; those with an empty key are left out (TRACE-37). */
export const toAttributes = (input: object, onLargeInteger: OnLargeInteger = () => {}): Array<KeyValue> => {
  const writing = new Writing(onLargeInteger)
  writing.ancestors.push(input)
  return ofObject(input, writing)
}

const text = (stringValue: string): AnyValue => ({ stringValue })

const truncated = text("[Truncated]")
const unreadable = text("[Unreadable]")
const circular = text("[Circular]")

const minInt64 = -(2n ** 63n)
const maxInt64 = 2n ** 63n - 1n

const convert = (input: unknown, writing: Writing): AnyValue | undefined => {
  if (writing.left-- <= 0) {
    return truncated
  }
  switch (typeof input) {
    case "string":
      return text(input.toWellFormed())
    case "boolean":
      return { boolValue: input }
    case "number":
      return !Number.isFinite(input)
        ? text(String(input))
        : !Number.isInteger(input)
        ? { doubleValue: input }
        : Number.isSafeInteger(input)
        // adding zero makes of the negative one the one that there is
        ? { intValue: String(input + 0) }
        : integer(BigInt(input), writing)
    case "bigint":
      return integer(input, writing)
    case "object":
      return input === null ? undefined : convertObject(input, writing)
    case "symbol":
      return input === GuardedRead.unreadable ? unreadable : undefined
    default:
      return undefined
  }
}

const integer = (value: bigint, writing: Writing): AnyValue => {
  if (value >= minInt64 && value <= maxInt64) {
    return { intValue: value.toString() }
  }
  const digits = BoundedText.ofBigInt(value)
  writing.onLargeInteger(BoundedText.cut(digits, 40))
  return text(digits)
}

const convertObject = (input: object, writing: Writing): AnyValue | undefined => {
  if (writing.ancestors.includes(input)) {
    return circular
  }
  if (writing.ancestors.length >= maxDepth) {
    return truncated
  }
  writing.ancestors.push(input)
  try {
    return convertReadable(input, writing)
  } catch {
    return unreadable
  } finally {
    writing.ancestors.pop()
  }
}

const convertReadable = (input: object, writing: Writing): AnyValue | undefined => {
  if (Array.isArray(input)) {
    return list(
      function*() {
        const length = input.length
        for (let i = 0; i < length; i++) {
          yield GuardedRead.read(input, i)
        }
      }(),
      writing
    )
  }
  if (input instanceof Set) {
    return list(input, writing)
  }
  if (input instanceof Map) {
    const values: Array<KeyValue> = []
    for (const [key, value] of input) {
      if (writing.left <= 0) {
        break
      }
      put(values, typeof key === "object" || typeof key === "function" ? typeof key : String(key), value, writing)
    }
    return { kvlistValue: { values } }
  }
  if (input instanceof Date) {
    const time = input.getTime()
    return text(Number.isNaN(time) ? "Invalid Date" : new Date(time).toISOString())
  }
  if (ArrayBuffer.isView(input) || input instanceof ArrayBuffer) {
    return text(`[${BoundedText.head(String(input.constructor.name), 64)}: ${input.byteLength} bytes]`)
  }
  if (input instanceof String || input instanceof Number || input instanceof Boolean || input instanceof BigInt) {
    return convert(input.valueOf(), writing)
  }
  const toJson = GuardedRead.read(input, "toJSON")
  if (typeof toJson === "function") {
    return convert(toJson.call(input), writing)
  }
  return { kvlistValue: { values: ofObject(input, writing) } }
}

const list = (items: Iterable<unknown>, writing: Writing): AnyValue => {
  const values: Array<AnyValue> = []
  for (const item of items) {
    if (writing.left <= 0) {
      values.push(truncated)
      break
    }
    const value = convert(item, writing)
    if (value !== undefined) {
      values.push(value)
    }
  }
  return { arrayValue: { values } }
}

const ofObject = (input: object, writing: Writing): Array<KeyValue> => {
  const values: Array<KeyValue> = []
  for (const key of keysOf(input)) {
    if (writing.left <= 0) {
      break
    }
    put(values, key, GuardedRead.read(input, key), writing)
  }
  return values
}

const keysOf = (input: object): ReadonlyArray<string> => {
  const keys = GuardedRead.keys(input)
  // an error's own two say what it is, and are not enumerable
  return GuardedRead.guarded(() => input instanceof Error) === true
    ? ["name", "message", ...keys.filter((key) => key !== "name" && key !== "message")]
    : keys
}

const put = (values: Array<KeyValue>, key: string, input: unknown, writing: Writing): void => {
  const value = key === "" ? undefined : convert(input, writing)
  if (value !== undefined) {
    values.push({ key: key.toWellFormed(), value })
  }
}
