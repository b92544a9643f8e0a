/**
 * A message on its way out and in, and what is said about it.
 *
 * @since 0.1.0
 */
import type { Properties } from "../../domain/PropertyValue.js"
import type { ScopeOptions } from "../../scope/ScopeOptions.js"
import type * as Propagation from "../Propagation.js"
import type { EnvelopePolicy } from "./EnvelopePolicy.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface PublishOptions {
  /** The queue, topic, subject or stream. */
  readonly queue: string
  /** Default: the queue. */
  readonly routingKey?: string | undefined
  /** What of the scope leaves. Default: correlation, service, operation, identity and trace. */
  readonly policy?: EnvelopePolicy | undefined
}

/**
 * A message that is ready to be sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface OutgoingMessage<out B> {
  readonly queue: string
  readonly routingKey: string
  /** The application's own body, or the envelope's JSON text. */
  readonly body: B
  /** The context as headers, for a carrier. With an envelope they are not needed, and do no harm. */
  readonly headers: Record<string, string>
}

/**
 * A message as the broker delivered it.
 *
 * @since 0.1.0
 * @category models
 */
export interface IncomingMessage<out B = unknown> {
  readonly body: B
  /** Whatever a carrier extracted. Not trusted. */
  readonly headers?: unknown
  /** The broker's own id of the message: the correlation of a message without one, so that redelivery keeps it. */
  readonly id?: string | undefined
}

/**
 * What is known of a message besides its data.
 *
 * @since 0.1.0
 * @category models
 */
export interface Received<out A> {
  readonly headers: unknown
  /** Where it comes from: what the envelope says, and of what it does not say what the headers do. */
  readonly propagated: Propagation.Propagated
  /** `undefined` without an envelope. */
  readonly envelope: A
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ConsumeOptions extends Propagation.ReceiveOptions, Pick<ScopeOptions, "captureExceptions" | "client"> {
  /** The queue, topic, subject or stream. */
  readonly queue: string
  /**
   * How the message's trace goes on. `parent`: handling is a part of it. `link`: handling has a trace of its own, or that
   * of whoever consumes, and its span links to the sender's. Default `parent`.
   */
  readonly trace?: "parent" | "link" | undefined
  /** Tags of the consumer, such as the task's name. Those that came with the message win, as in posthog-python. */
  readonly tags?: Properties | undefined
  /** Headers that are looked at. Default 256. */
  readonly maxEntries?: number | undefined
}
