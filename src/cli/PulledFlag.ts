/**
 * What a registry needs of PostHog's flag definitions.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { type JsonValue, toJsonValue } from "../domain/JsonValue.js"
import * as PayloadShape from "./PayloadShape.js"

/** A flag as it is defined in PostHog. */
export interface PulledFlag {
  readonly key: string
  /** What PostHog calls its name. */
  readonly description: string
  readonly active: boolean
  /** Empty: it is on or off. */
  readonly variants: ReadonlyArray<string>
  /** None: it has no payloads, or none that share a shape. */
  readonly payload: Option.Option<PayloadShape.PayloadShape>
}

export interface Pulled {
  readonly flags: ReadonlyArray<PulledFlag>
  /** Members of the list that are no definition. */
  readonly unreadable: number
}

const Answer = Schema.Struct({ flags: Schema.Array(Schema.Unknown) })

/** Reads an answer of the definitions endpoint; on the left, what is wrong with it. Deleted flags are left out. */
export const fromAnswer = (answer: unknown): Either.Either<Pulled, string> =>
  Either.mapBoth(ParseResult.decodeUnknownEither(Answer)(answer), {
    onLeft: () => "it has no list of flags",
    onRight: ({ flags }) => {
      const read = flags.map(readFlag)
      return {
        flags: read.flatMap((flag) => flag === "unreadable" || flag === "deleted" ? [] : [flag]),
        unreadable: read.filter((flag) => flag === "unreadable").length
      }
    }
  })

const readFlag = (definition: unknown): PulledFlag | "unreadable" | "deleted" => {
  if (!Predicate.isRecord(definition) || !isText(definition["key"])) {
    return "unreadable"
  }
  if (definition["deleted"] === true) {
    return "deleted"
  }
  const filters = definition["filters"]
  const variants = variantsOf(field(field(filters, "multivariate"), "variants"))
  return {
    key: definition["key"],
    description: isText(definition["name"]) ? definition["name"] : "",
    active: definition["active"] !== false,
    variants,
    payload: definition["has_encrypted_payloads"] === true
      ? Option.none()
      : shapeOf(field(filters, "payloads"), variants.length === 0 ? ["true"] : variants)
  }
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

const field = (value: unknown, key: string): unknown =>
  Predicate.isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined

const variantsOf = (variants: unknown): ReadonlyArray<string> =>
  Array.isArray(variants)
    ? Array.from(new Set(variants.map((variant: unknown) => field(variant, "key")).filter(isText)))
    : []

/** Of the values that the flag can have, whatever else it has payloads for. */
const shapeOf = (
  payloads: unknown,
  values: ReadonlyArray<string>
): Option.Option<PayloadShape.PayloadShape> =>
  Option.flatMap(
    Option.all(values.map((value) => field(payloads, value)).filter(Predicate.isNotNullable).map(decode)),
    PayloadShape.common
  )

/** A payload goes over the wire as JSON text; none where it is any other text (FLAGS-GET-11). */
const decode = (payload: unknown): Option.Option<JsonValue> =>
  typeof payload === "string"
    ? Option.flatMap(Option.liftThrowable((text: string): unknown => JSON.parse(text))(payload), json)
    : json(payload)

/** Deeper than is converted, it is no JSON of ours, and has no shape either. */
const json = (value: unknown): Option.Option<JsonValue> => Option.fromNullable(toJsonValue(value))
