/**
 * What the fields of an evaluation context hold, and how JSON says it.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { isIP } from "node:net"
import { type JsonObject, type JsonValue, toJsonObject } from "../../domain/JsonValue.js"
import { bare } from "../../domain/PlainJson.js"
import { toUtc } from "../../event/Timestamp.js"
import { type AnyObject, fromObject, isObject } from "./AnyObject.js"

/** Text; half surrogate pairs, which receivers refuse, become U+FFFD. */
export const Text = Schema.transform(
  Schema.String,
  Schema.String.pipe(Schema.filter((text) => text.isWellFormed(), { message: () => "Expected well-formed text" })),
  { strict: true, decode: (text) => text.toWellFormed(), encode: (text) => text }
)

const earliest = Date.UTC(-1, 12, 1)
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** A moment; in JSON its ISO 8601 text, where no offset means UTC. Four digits of a year are all that text has. */
export const Moment = Schema.transformOrFail(
  Schema.String,
  Schema.DateTimeUtcFromSelf.pipe(
    Schema.filter(({ epochMillis }) => epochMillis >= earliest && epochMillis <= latest, {
      message: () => "Expected a moment in the years 0 to 9999",
      arbitrary: () => (fc) => fc.integer({ min: earliest, max: latest }).map((millis) => DateTime.unsafeMake(millis))
    })
  ),
  {
    strict: true,
    decode: (text, _, ast) => {
      const utc = toUtc(text)
      return utc === undefined
        ? ParseResult.fail(new ParseResult.Type(ast, text, "Expected a date and time in ISO 8601"))
        : ParseResult.succeed(DateTime.unsafeMake(Date.parse(utc)))
    },
    encode: (moment) => ParseResult.succeed(DateTime.formatIso(moment))
  }
)

/** An IPv4 or IPv6 address, without a zone. */
export const IpAddress = Schema.String.pipe(
  Schema.filter((text) => isIP(text) !== 0 && !text.includes("%"), {
    message: () => "Expected an IPv4 or IPv6 address",
    arbitrary: () => (fc) => fc.oneof(fc.ipV4(), fc.ipV6())
  })
)

const letters = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

/** A country code of the form of ISO 3166-1 alpha-2. Which codes are assigned changes, and is not looked up. */
export const CountryCode = Schema.String.pipe(
  Schema.filter((text) => /^[A-Z]{2}$/.test(text), {
    message: () => "Expected two capital letters (ISO 3166-1 alpha-2)",
    arbitrary: () => (fc) =>
      fc.tuple(fc.constantFrom(...letters), fc.constantFrom(...letters)).map(([one, two]) => one + two)
  })
)

export const Count = Schema.Number.pipe(Schema.int(), Schema.nonNegative())

/** The bag that nothing has been put in: one object, so that readers see at once that there is nothing to look up. */
export const emptyBag: { readonly [key: string]: never } = Object.freeze(bare<never>())

const maxDepth = 66

const isJson = (input: unknown, depth: number): input is JsonValue => {
  switch (typeof input) {
    case "string":
      return input.isWellFormed()
    case "boolean":
      return true
    case "number":
      return Number.isFinite(input)
    case "object":
      return input === null || (depth < maxDepth && (Array.isArray(input)
        ? input.every((item) => isJson(item, depth + 1))
        : Object.entries(input).every(([key, value]) => key.isWellFormed() && isJson(value, depth + 1))))
    default:
      return false
  }
}

const readable = (check: (input: AnyObject) => boolean) => (input: unknown): boolean => {
  try {
    return isObject(input) && check(input)
  } catch {
    return false
  }
}

const isJsonBag = readable((input) => isJson(input, 0))

/** A bag of JSON values. `__proto__` is a key like any other; what is no JSON is repaired as `toJsonValue` says. */
export const JsonBag = Schema.transform(
  fromObject,
  Schema.declare((input: unknown): input is JsonObject => isJsonBag(input), {
    title: "an object of JSON values",
    arbitrary: () => (fc) => fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 }).map(toJsonObject)
  }),
  { strict: true, decode: (input) => orEmpty(toJsonObject(input)), encode: (bag) => bag }
)

const orEmpty = (bag: JsonObject): JsonObject => Object.keys(bag).length === 0 ? emptyBag : bag

const isTextBag = readable((input) =>
  Object.entries(input).every(([key, value]) => key.isWellFormed() && typeof value === "string" && value.isWellFormed())
)

/** A bag of texts. */
export const TextBag = Schema.transformOrFail(
  fromObject,
  Schema.declare((input: unknown): input is { readonly [key: string]: string } => isTextBag(input), {
    title: "an object of texts",
    arbitrary: () => (fc) => fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 }).map(textsOf)
  }),
  {
    strict: true,
    decode: (input, _, ast) => {
      const bag = orEmpty(toJsonObject(input))
      for (const key of Object.keys(bag)) {
        if (typeof bag[key] !== "string") {
          const issue = new ParseResult.Type(ast, bag[key], "Expected text")
          return ParseResult.fail(new ParseResult.Pointer(key, bag, issue))
        }
      }
      return ParseResult.succeed(textsOf(bag))
    },
    encode: (bag) => ParseResult.succeed(bag)
  }
)

const textsOf = (bag: JsonObject): { readonly [key: string]: string } => {
  const texts = bare<string>()
  for (const [key, value] of Object.entries(bag)) {
    if (typeof value === "string") {
      texts[key] = value
    }
  }
  return Object.keys(texts).length === 0 ? emptyBag : texts
}
