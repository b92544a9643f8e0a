/**
 * What OTLP's JSON holds in logs and in traces alike, as PostHog reads it: strictly, one wrong value refuses the request.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/** Attributes, or any other list of keys and values, as an object of plain values. */
export type Plain = Readonly<Record<string, unknown>>

const hasOnly = (value: Readonly<Record<string, unknown>>, key: string): boolean =>
  Object.keys(value).length === 1 && Object.hasOwn(value, key)

const digits = /^-?\d{1,20}$/

const integerOf = (value: unknown): bigint | undefined =>
  Predicate.isString(value) && digits.test(value)
    ? BigInt(value)
    : Predicate.isNumber(value) && Number.isSafeInteger(value)
    ? BigInt(value)
    : undefined

const isInteger = (value: unknown, min: bigint, max: bigint): boolean => {
  const integer = integerOf(value)
  return integer !== undefined && integer >= min && integer <= max
}

const isAnyValue = (value: unknown): boolean => {
  if (!Predicate.isRecord(value)) {
    return false
  }
  const { arrayValue, boolValue, doubleValue, intValue, kvlistValue, stringValue } = value
  return (hasOnly(value, "stringValue") && Predicate.isString(stringValue)) ||
    (hasOnly(value, "boolValue") && Predicate.isBoolean(boolValue)) ||
    (hasOnly(value, "intValue") && isInteger(intValue, -(2n ** 63n), 2n ** 63n - 1n)) ||
    (hasOnly(value, "doubleValue") && Predicate.isNumber(doubleValue)) ||
    (hasOnly(value, "arrayValue") && Predicate.isRecord(arrayValue) && isListOf(arrayValue["values"], isAnyValue)) ||
    (hasOnly(value, "kvlistValue") && Predicate.isRecord(kvlistValue) && isListOf(kvlistValue["values"], isKeyValue))
}

const isKeyValue = (value: unknown): boolean =>
  Predicate.isRecord(value) && Predicate.isString(value["key"]) && isAnyValue(value["value"])

const isListOf = (value: unknown, is: (item: unknown) => boolean): boolean =>
  value === undefined || (Array.isArray(value) && value.every(is))

const plainOf = (value: unknown): unknown => {
  if (!Predicate.isRecord(value)) {
    return undefined
  }
  if ("intValue" in value) {
    const integer = BigInt(String(value["intValue"]))
    return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer
  }
  if (Predicate.isRecord(value["arrayValue"])) {
    return listIn(value["arrayValue"]).map(plainOf)
  }
  if (Predicate.isRecord(value["kvlistValue"])) {
    return plainOfAll(listIn(value["kvlistValue"]))
  }
  return value["stringValue"] ?? value["boolValue"] ?? value["doubleValue"]
}

const listIn = ({ values }: Readonly<Record<string, unknown>>): ReadonlyArray<unknown> =>
  Array.isArray(values) ? values : []

const plainOfAll = (values: ReadonlyArray<unknown>): Plain => {
  const result: Record<string, unknown> = Object.create(null)
  for (const value of values) {
    if (Predicate.isRecord(value)) {
      result[String(value["key"])] = plainOf(value["value"])
    }
  }
  return result
}

/** Where a value stands on the wire in another form than it is kept in. */
const reading = <A>(demand: string, holds: (value: unknown) => boolean, read: (value: unknown) => A) =>
  Schema.transform(
    Schema.declare((value: unknown): value is unknown => holds(value), {
      message: () => ({ message: demand, override: true })
    }),
    Schema.Any as Schema.Schema<A>, // `read` is what makes it an A
    { strict: false, decode: read, encode: (value: A) => value }
  )

/** A body, or the value of an attribute. */
export const AnyValue = reading(
  "must be one of stringValue, boolValue, intValue, doubleValue, arrayValue and kvlistValue",
  isAnyValue,
  plainOf
)

/** A list of keys and values; none at all is an empty one. */
export const Attributes = reading(
  "must be a list of { key, value }, each value one of OTLP's",
  (value) => isListOf(value, isKeyValue),
  (value) => plainOfAll(Array.isArray(value) ? value : [])
)

/** Nanoseconds since the epoch, as decimal digits. */
export const Nanos = reading(
  "must be nanoseconds since the epoch, as a text of decimal digits",
  (value) => isInteger(value, 0n, 2n ** 64n - 1n),
  String
)

const isHex = (value: unknown): value is string => Predicate.isString(value) && /^(?:[0-9a-f]{2})*$/i.test(value)

/** Hexadecimal digits; an id of another length than that is zeroed, as PostHog does. */
export const idOf = (length: 16 | 32) =>
  reading(
    "must be an id of hexadecimal digits",
    isHex,
    (value) => isHex(value) && value.length === length ? value.toLowerCase() : "0".repeat(length)
  )

/** A number that protobuf calls uint32, or an enumeration. */
export const Whole = reading(
  "must be a whole number from 0",
  (value) => isInteger(value, 0n, 2n ** 32n - 1n),
  Number
)

const Text = Schema.String

export const Resource = Schema.Struct({
  attributes: Schema.optionalWith(Attributes, { default: () => plainOfAll([]) })
})

export const InstrumentationScope = Schema.Struct({
  name: Schema.optionalWith(Text, { default: () => "" }),
  version: Schema.optionalWith(Text, { default: () => "" })
})

/**
 * Who made the records: the instrumentation scope.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReceivedScope {
  readonly name: string
  readonly version: string
}

/**
 * How every record came.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReceivedBy {
  /** The attributes of the resource, as plain values. */
  readonly resource: Plain
  readonly scope: ReceivedScope
  /** The project key it came with. */
  readonly apiKey: string
  /** `index` of the request that brought it. */
  readonly requestIndex: number
  /** When that request arrived, in milliseconds since the epoch. */
  readonly receivedAt: number
}
