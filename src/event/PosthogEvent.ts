/**
 * An event as a before-send hook sees it, and as the testing kit shows it.
 *
 * @since 0.1.0
 */
import { isJsonObject, type JsonValue, stringifyProperties, toJsonValue } from "../domain/JsonValue.js"
import type { FinishedEvent } from "./FinishedEvent.js"
import { toUtc } from "./Timestamp.js"
import { isUuid } from "./Uuid.js"

/**
 * A fully assembled event: identity, merged properties, SDK metadata, timestamp and uuid. A hook may change every field,
 * in place or by returning another event.
 *
 * @since 0.1.0
 * @category models
 */
export interface PosthogEvent {
  uuid: string
  event: string
  distinctId: string
  /** ISO 8601 in UTC. */
  timestamp: string
  properties: { [key: string]: JsonValue }
}

/** A copy that may be changed without touching the finished event. */
export const fromFinished = (event: FinishedEvent): PosthogEvent => ({
  uuid: event.uuid,
  event: event.event,
  distinctId: event.distinctId,
  timestamp: event.timestamp,
  // the text was made by JSON.stringify of an object
  properties: JSON.parse(event.properties) as { [key: string]: JsonValue }
})

/**
 * What a hook returned, finished again. A uuid or timestamp that is none is replaced by the original's; `undefined` where
 * the result is no event at all: not an object, or without a name or a distinct id.
 */
export const toFinished = (input: unknown, original: FinishedEvent): FinishedEvent | undefined => {
  if (typeof input !== "object" || input === null) {
    return undefined
  }
  const { distinctId, event, properties, timestamp, uuid } = input as Partial<Record<keyof PosthogEvent, unknown>>
  if (typeof event !== "string" || event.trim() === "" || typeof distinctId !== "string" || distinctId.trim() === "") {
    return undefined
  }
  return {
    uuid: isUuid(uuid) ? uuid : original.uuid,
    event: event.toWellFormed(),
    distinctId: distinctId.toWellFormed(),
    timestamp: (typeof timestamp === "string" ? toUtc(timestamp) : undefined) ?? original.timestamp,
    properties: typeof properties === "object" && properties !== null && isJsonObject(toJsonValue(properties))
      ? stringifyProperties(properties)
      : "{}"
  }
}
