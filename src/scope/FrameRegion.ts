/**
 * Entering a frame and leaving it, whatever happens inside.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ExceptionBoundary from "../domain/ExceptionBoundary.js"
import * as CurrentScope from "./CurrentScope.js"
import { ExceptionCapture } from "./ExceptionCapture.js"
import type { Frame } from "./Frame.js"

/** Runs an effect in a frame, which is made when it starts. What leaves it with a failure is captured, if the frame does. */
export const inFrame = <A, E, R>(self: Effect.Effect<A, E, R>, make: () => Frame): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) => {
    const frame = make()
    return Effect.flatMap(CurrentScope.enter(frame), (outside) =>
      Effect.matchCauseEffect(restore(self), {
        onSuccess: (value) => Effect.as(CurrentScope.leave(frame.id, outside), value),
        onFailure: (cause) =>
          Effect.zipRight(
            Effect.ensuring(report(frame, cause), CurrentScope.leave(frame.id, outside)),
            Effect.failCause(cause)
          )
      }))
  })

/** Captures what a frame is left with, as its options say. */
export const report = (frame: Frame, cause: Cause.Cause<unknown>): Effect.Effect<void> =>
  frame.captureExceptions === false || Cause.isInterruptedOnly(cause)
    ? Effect.void
    : Effect.flatMap(CurrentScope.get, (scope) =>
      Effect.flatMap(
        scope.view.client === undefined
          ? Effect.serviceOption(ExceptionCapture)
          : Effect.succeedSome(scope.view.client),
        Option.match({
          onNone: () => Effect.void,
          onSome: (client) =>
            frame.captureExceptions ?? client.captureExceptionsByDefault
              // a client of the user's own making may die: the original failure goes on all the same
              ? Effect.exit(Effect.suspend(() => client.captureException(cause, { boundary: ExceptionBoundary.scope })))
              : Effect.void
        })
      ))
