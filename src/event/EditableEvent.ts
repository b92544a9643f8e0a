/**
 * A finished event opened up for a before-send hook, and finished again.
 *
 * @since 0.1.0
 */
import { type JsonValue, toJsonObject } from "../domain/JsonValue.js"
import { FinishedEvent, properties as propertiesOf } from "./FinishedEvent.js"
import type { PosthogEvent } from "./PosthogEvent.js"
import { toUtc } from "./Timestamp.js"
import { isUuid } from "./Uuid.js"

/** A copy that may be changed without touching the finished event. */
export const fromFinished = (event: FinishedEvent): PosthogEvent => ({
  uuid: event.uuid,
  event: event.event,
  distinctId: event.distinctId,
  timestamp: event.timestamp,
  // the text was made by JSON.stringify of an object
  properties: JSON.parse(propertiesOf(event)) as { [key: string]: JsonValue }
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
  return new FinishedEvent({
    uuid: isUuid(uuid) ? uuid : original.uuid,
    event: event.toWellFormed(),
    distinctId: distinctId.toWellFormed(),
    timestamp: (typeof timestamp === "string" ? toUtc(timestamp) : undefined) ?? original.timestamp,
    own: JSON.stringify(toJsonObject(properties)),
    shared: "",
    isAi: original.isAi
  })
}
