/**
 * Handling one message.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"
import type { Properties } from "../../domain/PropertyValue.js"
import * as CorrelationId from "../../scope/CorrelationId.js"
import { inFrame } from "../../scope/FrameRegion.js"
import { fresh } from "../../scope/Mode.js"
import { addOperationMetadata } from "../../scope/OperationContext.js"
import { makeFrame } from "../../scope/ScopeOptions.js"
import { timedOperation, type TimedOptions } from "../../scope/TimedOperation.js"
import * as Propagation from "../Propagation.js"
import * as HeaderText from "../text/HeaderText.js"
import type { ConsumeOptions } from "./Message.js"
import * as MessageNotes from "./MessageNotes.js"

/** Handles one message in a scope of its own, timed. */
export const processed = <A, E, R, R2>(
  handling: Effect.Effect<A, E, R>,
  { captureExceptions, client, correlation, onEnd, tags, trace }: ConsumeOptions & Pick<TimedOptions<R2>, "onEnd">,
  propagated: Propagation.Propagated,
  messageId: string | undefined,
  notes: Properties
): Effect.Effect<A, E, R | R2> => {
  const isLinked = trace === "link"
  const timed = timedOperation(
    Effect.zipRight(
      addOperationMetadata(notes),
      MessageNotes.notingFailure(
        Effect.zipLeft(handling, addOperationMetadata({ processing_success: true })),
        (processing_error) => ({ processing_success: false, processing_error })
      )
    ),
    "message_processing",
    { onEnd, span: { kind: "consumer", links: isLinked ? linksTo(propagated) : [] } }
  )
  const known = correlation === "child" ? undefined : HeaderText.clean(messageId)
  return Effect.flatMap(
    known === undefined ? CorrelationId.next : Effect.succeed(known),
    (correlationId) =>
      inFrame(isLinked ? timed : Propagation.withRemoteParent(timed, propagated), () => {
        const fields = Propagation.toScopeFields(propagated, { correlation, correlationId })
        return makeFrame(
          fresh,
          { ...fields, tags: { ...tags, ...fields.tags }, captureExceptions, client },
          false,
          true
        )
      })
  )
}

const linksTo = (propagated: Propagation.Propagated): ReadonlyArray<Tracer.SpanLink> => {
  const span = Propagation.remoteSpan(propagated)
  return span === undefined ? [] : [{ _tag: "SpanLink", span, attributes: {} }]
}
