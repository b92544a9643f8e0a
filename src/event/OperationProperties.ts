/**
 * A timed operation as the properties of an event.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { JsonObject, JsonValue } from "../domain/JsonValue.js"
import type { TimedOperation } from "../scope/TimedOperation.js"

/** `redact` is for what an error says: nobody chose those words for analytics. */
export const of = (operation: TimedOperation, redact: (text: string) => string): JsonObject => {
  const properties: Record<string, JsonValue> = {
    duration_seconds: Duration.toSeconds(operation.duration),
    start_time: isoTime(operation.startTime),
    end_time: isoTime(operation.endTime),
    outcome: operation.outcome,
    operation_metadata: operation.metadata
  }
  if (operation.name !== undefined) {
    properties["operation_name"] = operation.name
  }
  if (operation.error !== undefined) {
    properties["error_type"] = operation.error.type
    properties["error_message"] = redact(operation.error.message)
  }
  return properties
}

/** A clock of somebody's own may be beyond what a date can say. */
const isoTime = (millis: number): string | null => {
  const date = new Date(millis)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
