/**
 * What leaves with a message.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as Correlation from "../../scope/Correlation.js"
import { addOperationMetadata } from "../../scope/OperationContext.js"
import type * as PosthogScope from "../../scope/PosthogScope.js"
import { ProcessService } from "../../scope/ProcessService.js"
import * as Propagation from "../Propagation.js"
import type * as Envelope from "./Envelope.js"
import * as EnvelopeFields from "./EnvelopeFields.js"
import type { OutgoingMessage, PublishOptions } from "./Message.js"
import * as MessageNotes from "./MessageNotes.js"

export interface Content<D, I, RD> {
  readonly envelope?: Envelope.Codec<D, I, RD> | undefined
  readonly data?: D
  readonly body?: unknown
}

/** The message, noted about the operation of sending it. */
export const outgoing = <D, I, RD>(
  outside: PosthogScope.PosthogScope,
  { body, data, envelope, policy = {}, queue, routingKey = queue }: PublishOptions & Content<D, I, RD>
): Effect.Effect<OutgoingMessage<unknown>, Envelope.EnvelopeError, RD> =>
  Effect.gen(function*() {
    // the trace goes on from the span of the publishing itself
    const span = yield* Effect.serviceOption(Tracer.ParentSpan)
    const service = yield* ProcessService
    const propagated = Propagation.collect(outside, { policy, service, span: Option.getOrUndefined(span) })
    const headers = Propagation.toHeaders(propagated)
    yield* addOperationMetadata({ queue_name: queue, routing_key: routingKey, publisher: propagated.service?.name })
    const content = envelope === undefined
      ? body
      : yield* envelope.stringify({
        // with an envelope there is data
        data: data as D,
        context: EnvelopeFields.contextOf(propagated, EnvelopeFields.operationOf(outside, policy)),
        metadata: EnvelopeFields.metadataOf(propagated, yield* Clock.currentTimeMillis)
      })
    yield* addOperationMetadata({ message_size: MessageNotes.sizeOf(content) })
    return { queue, routingKey, body: content, headers }
  })

/** However often a message is delivered, it has one correlation: it gets one here at the latest. */
export const correlated = <A, E, R>(
  policy: Envelope.EnvelopePolicy | undefined,
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => policy?.correlation === false ? self : Correlation.withInherited(self)
