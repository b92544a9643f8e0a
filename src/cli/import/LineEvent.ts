/**
 * From what a line says to an event that can be sent, or to the reason why not.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Id from "../../domain/Id.js"
import * as JsonValue from "../../domain/JsonValue.js"
import { bytes, FinishedEvent } from "../../event/FinishedEvent.js"
import * as Timestamp from "../../event/Timestamp.js"
import * as Uuid from "../../event/Uuid.js"

/** The fields of a line by their names. */
export type Fields = Readonly<Record<string, unknown>>

export interface Settings {
  /** Bytes of one event. */
  readonly maxEventBytes: number
  /** Keep PostHog from taking the address of whoever imports for the person's. */
  readonly disableGeoip: boolean
}

/** What is read of a line; everything else in it is not imported. */
export const known: ReadonlySet<string> = new Set([
  "event",
  "distinct_id",
  "distinctId",
  "timestamp",
  "uuid",
  "properties",
  "$set",
  "$set_once"
])

export const fromJson = (text: string): Either.Either<Fields, string> =>
  Either.flatMap(
    parseJson(text),
    (value) => isObject(value) ? Either.right(value) : Either.left("not a JSON object")
  )

/** A field that is empty is one that is not there. */
export const fromRow = (
  columns: ReadonlyArray<string>,
  row: ReadonlyArray<string>
): Either.Either<Fields, string> => {
  if (row.length !== columns.length) {
    return Either.left(`${row.length} fields where the header has ${columns.length}`)
  }
  const fields: Record<string, unknown> = {}
  for (const [i, name] of columns.entries()) {
    const text = row[i]
    if (!known.has(name) || text === undefined || text === "") {
      continue
    }
    if (name !== "properties" && name !== "$set" && name !== "$set_once") {
      fields[name] = text
      continue
    }
    const value = parseJson(text)
    if (Either.isLeft(value)) {
      return Either.left(`${name}: ${value.left}`)
    }
    fields[name] = value.right
  }
  return Either.right(fields)
}

/**
 * Nothing of the importing process is added, `$lib` neither: what happened then happened elsewhere. The one exception is
 * `$geoip_disable`, where the line says nothing about an address.
 */
export const make = (
  fields: Fields,
  deriveUuid: () => string,
  settings: Settings
): Either.Either<FinishedEvent, string> => {
  const { event, timestamp, uuid } = fields
  if (typeof event !== "string" || event.trim() === "") {
    return Either.left(event === undefined ? "event is missing" : "event is no text, or a blank one")
  }
  const given = fields["distinct_id"] ?? fields["distinctId"]
  const distinctId = Id.toId(given)
  if (distinctId === undefined) {
    return Either.left(
      given === undefined ? "distinct_id is missing" : "distinct_id is no text or number, or a blank one"
    )
  }
  if (timestamp === undefined || timestamp === null) {
    return Either.left("timestamp is missing")
  }
  const at = typeof timestamp === "string" ? Timestamp.toUtc(timestamp) : undefined
  if (at === undefined) {
    return Either.left("timestamp is no ISO 8601 text")
  }
  if (uuid !== undefined && uuid !== null && !Uuid.isUuid(uuid)) {
    return Either.left("uuid is no UUID")
  }
  const properties = fields["properties"] ?? {}
  if (!isObject(properties)) {
    return Either.left("properties is no JSON object")
  }
  const more: Record<string, unknown> = {}
  for (const name of ["$set", "$set_once"]) {
    const value = fields[name] ?? undefined
    if (value !== undefined && !isObject(value)) {
      return Either.left(`${name} is no JSON object`)
    }
    if (value !== undefined && !Object.hasOwn(properties, name)) {
      more[name] = value
    }
  }
  if (
    settings.disableGeoip && !Object.hasOwn(properties, "$geoip_disable") && !Object.hasOwn(properties, "$ip")
  ) {
    more["$geoip_disable"] = true
  }
  const finished = new FinishedEvent({
    uuid: uuid ?? deriveUuid(),
    event: event.toWellFormed(),
    distinctId,
    timestamp: at,
    own: JsonValue.stringifyProperties(properties),
    shared: JsonValue.stringifyProperties(more).slice(1, -1),
    isAi: false
  })
  const size = bytes(finished)
  return size > settings.maxEventBytes
    ? Either.left(`${size} bytes as an event, where ${settings.maxEventBytes} are the most`)
    : Either.right(finished)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  Predicate.isRecord(value) && !Array.isArray(value)

const parseJson = (text: string): Either.Either<unknown, string> =>
  Either.try({ try: (): unknown => JSON.parse(text), catch: () => "not valid JSON" })
