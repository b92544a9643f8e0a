/**
 * An event that is ready to be delivered: nothing about it changes any more.
 *
 * @since 0.1.0
 */

/**
 * A finished event. Its properties are serialized already, which is what makes it immutable whatever becomes of the
 * objects that the caller passed.
 *
 * A class: V8 comes to put object literals that were seen to live for a while into the old generation at once. An event
 * lives until it is delivered; there, it and its text would stay until the next full collection.
 *
 * @since 0.1.0
 * @category models
 */
export class FinishedEvent {
  readonly uuid: string
  readonly event: string
  readonly distinctId: string
  /** ISO 8601 in UTC. */
  readonly timestamp: string
  /** The event's own properties: the text of a JSON object. */
  readonly own: string
  /** What it shares with other events, as JSON members without braces; `""` for none. No key stands in both. */
  readonly shared: string
  /** Captured with `captureAi`: it goes to an address of its own. */
  readonly isAi: boolean

  constructor(fields: FinishedEvent) {
    this.uuid = fields.uuid
    this.event = fields.event
    this.distinctId = fields.distinctId
    this.timestamp = fields.timestamp
    this.own = fields.own
    this.shared = fields.shared
    this.isAi = fields.isAi
  }
}

/** Which event it is, where nothing else of it matters. */
export type EventReference = Pick<FinishedEvent, "uuid" | "event">

/** The JSON text of all properties. */
export const properties = ({ own, shared }: FinishedEvent): string =>
  shared === "" ? own : own === "{}" ? `{${shared}}` : `${own.slice(0, -1)},${shared}}`

/** How much room an event takes in memory and, nearly, on the wire: the length of its text, uncompressed. */
export const size = (event: FinishedEvent): number =>
  event.own.length + event.shared.length + event.event.length + event.distinctId.length + envelope

// the keys, quotes, uuid and timestamp around an event's own text
const envelope = 140

/** The same in bytes: measured, which costs more. */
export const bytes = (event: FinishedEvent): number =>
  size(event) + Buffer.byteLength(event.own) - event.own.length + Buffer.byteLength(event.shared) - event.shared.length
