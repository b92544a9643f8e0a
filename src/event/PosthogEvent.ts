/**
 * An event as a before-send hook sees it, and as the testing kit shows it.
 *
 * @since 0.1.0
 */
import type { JsonValue } from "../domain/JsonValue.js"

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
