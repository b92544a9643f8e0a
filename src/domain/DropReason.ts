/**
 * What becomes of events that will never be delivered: each has a reason, is counted, logged and reported.
 *
 * @since 0.1.0
 */

/**
 * - `rejected`: PostHog answered with a status that no repetition heals (4xx but 408, 413, 429)
 * - `tooLarge`: PostHog refused the event's size, alone in its request
 * - `unencodable`: it could not be written into a request
 * - `retriesExhausted`: its attempts were used up, where such events are not kept
 * - `bufferFull`: the buffer was full, and its overflow policy chose this event
 * - `shutdown`: the client closed, and its deadline passed with the event undelivered
 * - `beforeSend`, `beforeSendFailed`: a before-send hook returned null, or failed
 * - `preparationFull`: too many events were waiting for an effectful before-send hook or to be prepared
 *
 * @since 0.1.0
 * @category models
 */
export type DropReason =
  | "rejected"
  | "tooLarge"
  | "unencodable"
  | "retriesExhausted"
  | "bufferFull"
  | "shutdown"
  | "beforeSend"
  | "beforeSendFailed"
  | "preparationFull"

/**
 * An event that was dropped. Its properties are not in it: they may be what must not be logged.
 *
 * @since 0.1.0
 * @category models
 */
export interface DroppedEvent {
  readonly reason: DropReason
  readonly uuid: string
  readonly event: string
  /** The status that PostHog answered with, where it did. */
  readonly status?: number | undefined
}
