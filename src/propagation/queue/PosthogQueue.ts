/**
 * Publishing and consuming messages with their context, whatever broker carries them: the context of whoever publishes
 * travels in the message, and the consumer handles each message in a scope of its own with exactly that (seed 001 §4.2).
 *
 * The broker's client stays the application's. A carrier (`AmqpCarrier`, `NatsCarrier`, `KafkaCarrier`,
 * `RedisStreamsCarrier`, `BullMqCarrier`, `SqsCarrier`, `CeleryCarrier`) says where the headers go in its messages.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as CurrentScope from "../../scope/CurrentScope.js"
import type { Captures } from "../../scope/ScopeOptions.js"
import { timedOperation, type TimedOptions } from "../../scope/TimedOperation.js"
import * as Propagation from "../Propagation.js"
import * as Envelope from "./Envelope.js"
import type { ConsumeOptions, IncomingMessage, OutgoingMessage, PublishOptions, Received } from "./Message.js"
import * as MessageNotes from "./MessageNotes.js"
import * as Processing from "./Processing.js"
import * as Publishing from "./Publishing.js"

export type {
  /** @since 0.1.0 */
  ConsumeOptions,
  /** @since 0.1.0 */
  IncomingMessage,
  /** @since 0.1.0 */
  OutgoingMessage,
  /** @since 0.1.0 */
  PublishOptions,
  /** @since 0.1.0 */
  Received
} from "./Message.js"

/**
 * Makes a message with the context of the current scope and sends it.
 *
 * With an `envelope` its body is the JSON text `{ data, context, metadata }`; without one it is the given `body`, and the
 * context stands in the headers alone. The message has a correlation in any case (unless the policy says no): that of the
 * scope, or a new one, which `send` sees too.
 *
 * Sending is timed as the operation `message_publish`, noting `queue_name`, `routing_key`, `message_size` (in bytes),
 * `publisher`, and `publish_error` if it fails. The failure goes on unchanged. The message's operation is the one that the
 * caller is in. `onEnd` is told of the timed operation, as in `timedOperation`.
 *
 * @example
 * import { Effect, Schema } from "effect"
 * import * as AmqpCarrier from "effect-posthog/propagation/queue/AmqpCarrier"
 * import * as Envelope from "effect-posthog/propagation/queue/Envelope"
 * import * as PosthogQueue from "effect-posthog/propagation/queue/PosthogQueue"
 *
 * declare const channel: {
 *   sendToQueue: (queue: string, content: Buffer, options: { headers?: Record<string, unknown> }) => boolean
 * }
 * const Orders = Envelope.make(Schema.Struct({ order: Schema.Number }))
 *
 * const publish = (order: number) =>
 *   PosthogQueue.publishWithContext({ queue: "orders", envelope: Orders, data: { order } }, ({ body, headers, queue }) =>
 *     Effect.sync(() =>
 *       channel.sendToQueue(queue, Buffer.from(body), AmqpCarrier.inject({ persistent: true }, headers))
 *     ))
 *
 * @since 0.1.0
 * @category combinators
 */
export function publishWithContext<D, I, RD, A, E, R, R2 = never>(
  options: PublishOptions & Reporting<R2> & { readonly envelope: Envelope.Codec<D, I, RD>; readonly data: D },
  send: (message: OutgoingMessage<string>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | Envelope.EnvelopeError, R | RD | R2>
export function publishWithContext<B, A, E, R, R2 = never>(
  options: PublishOptions & Reporting<R2> & { readonly envelope?: undefined; readonly body: B },
  send: (message: OutgoingMessage<B>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | R2>
export function publishWithContext<D, I, RD, A, E, R, R2>(
  options: PublishOptions & Reporting<R2> & Publishing.Content<D, I, RD>,
  send: (message: OutgoingMessage<never>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | Envelope.EnvelopeError, R | RD | R2> {
  return Publishing.correlated(
    options.policy,
    Effect.flatMap(CurrentScope.get, (outside) =>
      timedOperation(
        MessageNotes.notingFailure(
          // the body is the envelope's text, or what was given: as the overloads say
          Effect.flatMap(Publishing.outgoing(outside, options), (message) => send(message as OutgoingMessage<never>)),
          (publish_error) => ({ publish_error })
        ),
        "message_publish",
        { onEnd: options.onEnd, span: { kind: "producer" } }
      ))
  )
}

type Reporting<R2> = Pick<TimedOptions<R2>, "onEnd">

/**
 * Handles messages, each in a fresh scope with what came with it: distinct id, session, tags, user id and request id, the
 * correlation (one is made where none came), the trace, and the sender's service and operation as the `caller`.
 *
 * With an `envelope` the handler gets its data; a message that is none fails with `EnvelopeError` before the handler, and
 * nothing else is done. Without one the handler gets the body as it came, and all context is that of the headers.
 *
 * Handling is timed as the operation `message_processing`, noting `queue_name`, `message_size` (in bytes), `publisher`,
 * `processing_success`, and `processing_error` if it fails. The failure is captured as `withScope` does and goes on to the
 * caller, who acknowledges the message or does not. `onEnd` is told of the timed operation, as in `timedOperation`.
 *
 * @example
 * import { Effect, Schema } from "effect"
 * import { Posthog } from "effect-posthog"
 * import * as AmqpCarrier from "effect-posthog/propagation/queue/AmqpCarrier"
 * import * as Envelope from "effect-posthog/propagation/queue/Envelope"
 * import * as PosthogQueue from "effect-posthog/propagation/queue/PosthogQueue"
 *
 * const Orders = Envelope.make(Schema.Struct({ order: Schema.Number }))
 *
 * const handle = PosthogQueue.consumeWithContext({ queue: "orders", envelope: Orders })(({ order }) =>
 *   Posthog.capture("order shipped", { properties: { order } })
 * )
 *
 * declare const channel: { ack: (message: object) => void; nack: (message: object) => void }
 *
 * const onMessage = (message: { content: Buffer; properties: object }) =>
 *   handle({ headers: AmqpCarrier.extract(message), body: message.content }).pipe(
 *     Effect.matchCause({ onSuccess: () => channel.ack(message), onFailure: () => channel.nack(message) })
 *   )
 *
 * @since 0.1.0
 * @category combinators
 */
export function consumeWithContext<D, I, RD, const O extends ConsumeOptions, R2 = never>(
  options: O & Reporting<R2> & { readonly envelope: Envelope.Codec<D, I, RD> }
): <A, E, R>(
  handler: (data: D, received: Received<Envelope.Envelope<D>>) => Effect.Effect<A, E, R>
) => (message: IncomingMessage) => Effect.Effect<A, E | Envelope.EnvelopeError, R | RD | R2 | Captures<O>>
export function consumeWithContext<const O extends ConsumeOptions, R2 = never>(
  options: O & Reporting<R2> & { readonly envelope?: undefined }
): <B, A, E, R>(
  handler: (body: B, received: Received<undefined>) => Effect.Effect<A, E, R>
) => (message: IncomingMessage<B>) => Effect.Effect<A, E, R | R2 | Captures<O>>
export function consumeWithContext<D, I, RD, R2>(
  options: ConsumeOptions & Reporting<R2> & { readonly envelope?: Envelope.Codec<D, I, RD> | undefined }
): unknown {
  return <A, E, R>(handler: (data: never, received: Received<never>) => Effect.Effect<A, E, R>) =>
  (message: IncomingMessage): Effect.Effect<A, E | Envelope.EnvelopeError, R | RD | R2> =>
    Effect.flatMap(
      options.envelope === undefined ? Effect.succeed(undefined) : options.envelope.decode(message.body),
      (envelope) => {
        const headers = message.headers
        const propagated = propagatedOf(envelope, Propagation.extract(headers, { maxEntries: options.maxEntries }))
        const data: unknown = envelope === undefined ? message.body : envelope.data
        return Processing.processed(
          // the data of the envelope, or the body: as the overloads say
          Effect.suspend(() => handler(data as never, { headers, propagated, envelope: envelope as never })),
          options,
          propagated,
          message.id,
          {
            queue_name: options.queue,
            message_size: MessageNotes.sizeOf(message.body),
            publisher: envelope?.metadata.publisher ?? propagated.service?.name
          }
        )
      }
    )
}

/** Section by section: of one correlation the parent is not that of another. */
const propagatedOf = (
  envelope: Envelope.Envelope<unknown> | undefined,
  headers: Propagation.Propagated
): Propagation.Propagated => envelope === undefined ? headers : { ...headers, ...Envelope.propagated(envelope) }
