/**
 * What PostHog takes although it is not as documented: made good, and remarked on.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Crypto from "node:crypto"
import { isUtcTimestamp, isUuid } from "./ReceivedEvent.js"

type Fields = Readonly<Record<string, unknown>>

/**
 * A body whose events have what they need, as far as it can be told; and by uuid, what was made good.
 *
 * @since 0.1.0
 * @category models
 */
export interface Forgiven {
  readonly body: unknown
  readonly remarks: ReadonlyMap<string, ReadonlyArray<string>>
}

/** A UUID that follows from the request and the place in it. */
const uuidOf = (seed: string, index: number): string => {
  const hex = Crypto.createHash("sha1").update(`${seed}/${index}`).digest("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const isText = (value: unknown): value is string => Predicate.isString(value) && value !== ""

const fieldsIn = (value: unknown): Fields => Predicate.isRecord(value) ? value : {}

/** posthog-js says how long ago an event was, in milliseconds. */
const timestampOf = (event: Fields, receivedAt: number): { readonly text: unknown; readonly remark?: string } => {
  const { offset, timestamp } = event
  if (isText(timestamp)) {
    const millis = isUtcTimestamp(timestamp) ? Number.NaN : Date.parse(timestamp)
    return Number.isNaN(millis)
      ? { text: timestamp }
      : { text: new Date(millis).toISOString(), remark: `timestamp: ${JSON.stringify(timestamp)} is not in UTC` }
  }
  if (timestamp !== undefined && timestamp !== null) {
    return { text: timestamp }
  }
  const ago = Predicate.isNumber(offset) && Number.isFinite(offset) ? Math.max(0, Math.min(offset, receivedAt)) : 0
  return {
    text: new Date(receivedAt - ago).toISOString(),
    // a library that says how long ago it was has said when
    ...(offset === undefined ? { remark: "timestamp: is missing, the time of arrival stands in for it" } : {})
  }
}

/** A numeric id counts as its text. */
const distinctIdOf = (event: Fields, properties: Fields): unknown => {
  const given = event["distinct_id"] ?? event["$distinct_id"] ?? properties["distinct_id"] ??
    properties["$distinct_id"]
  return Predicate.isNumber(given) ? String(given) : given
}

const forgiveEvent = (
  value: unknown,
  seed: string,
  index: number,
  receivedAt: number,
  remarks: Map<string, ReadonlyArray<string>>
): unknown => {
  if (!Predicate.isRecord(value)) {
    return value
  }
  const found: Array<string> = []
  const uuid = isText(value["uuid"]) ? value["uuid"] : uuidOf(seed, index)
  if (value["uuid"] === undefined || value["uuid"] === null) {
    found.push("uuid: is missing; sent again, the event would be stored twice")
  }
  const timestamp = timestampOf(value, receivedAt)
  if (timestamp.remark !== undefined) {
    found.push(timestamp.remark)
  }
  const properties = fieldsIn(value["properties"])
  const distinctId = distinctIdOf(value, properties)
  if (Predicate.isNumber(value["distinct_id"])) {
    found.push("distinct_id: is a number, its text stands in for it")
  }
  if (isUuid(uuid) && found.length > 0) {
    remarks.set(uuid.toLowerCase(), found)
  }
  // PostHog reads these from the event as well as from its properties
  const person = Object.fromEntries(
    ["$set", "$set_once"].flatMap((name) =>
      Predicate.isRecord(value[name]) && !Object.hasOwn(properties, name) ? [[name, value[name]]] : []
    )
  )
  return {
    ...value,
    uuid: value["uuid"] === undefined || value["uuid"] === null ? uuid : value["uuid"],
    timestamp: timestamp.text,
    ...(distinctId === undefined ? {} : { distinct_id: distinctId }),
    properties: value["properties"] === undefined || value["properties"] === null
      ? person
      : Object.keys(person).length === 0
      ? value["properties"]
      : { ...properties, ...person }
  }
}

/** What an envelope holds besides events and may be left out, is left out where it is not as documented. */
const forgiveEnvelope = (envelope: Fields): Fields => {
  const { historical_migration: migration, sent_at: sentAt, ...rest } = envelope
  return {
    ...rest,
    ...(Predicate.isBoolean(migration) ? { historical_migration: migration } : {}),
    ...(isText(sentAt) && isUtcTimestamp(sentAt) ? { sent_at: sentAt } : {})
  }
}

/**
 * Makes good what can be: a missing uuid, timestamp or `properties`, a distinct id among the properties. `seed` tells
 * requests apart, `receivedAt` is in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category decoding
 */
export const forgive = (body: unknown, seed: string, receivedAt: number): Forgiven => {
  const remarks = new Map<string, ReadonlyArray<string>>()
  const each = (value: unknown, index: number) => forgiveEvent(value, seed, index, receivedAt, remarks)
  if (Array.isArray(body)) {
    return { body: body.map(each), remarks }
  }
  if (!Predicate.isRecord(body)) {
    return { body, remarks }
  }
  const { batch } = body
  return Array.isArray(batch)
    ? { body: { ...forgiveEnvelope(body), batch: batch.map(each) }, remarks }
    : { body: "event" in body ? each(body, 0) : body, remarks }
}
