/**
 * What is noted about a message as an operation (seed 001 §4.2).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as GuardedRead from "../../domain/GuardedRead.js"
import type { Properties } from "../../domain/PropertyValue.js"
import { addOperationMetadata } from "../../scope/OperationContext.js"
import { errorOf } from "../../scope/OperationOutcome.js"

/** Bytes of a text or of bytes; nobody knows how many anything else will have. */
export const sizeOf = (body: unknown): number | undefined =>
  typeof body === "string"
    ? Buffer.byteLength(body)
    : GuardedRead.guarded(() => ArrayBuffer.isView(body) ? body.byteLength : undefined)

/** Notes what an effect fails with. Who was interrupted did not fail. */
export const notingFailure = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  notes: (error: string) => Properties
): Effect.Effect<A, E, R> =>
  Effect.tapErrorCause(self, (cause) => {
    const error = errorOf(Exit.failCause(cause))
    return error === undefined
      ? Effect.void
      : addOperationMetadata(notes(error.message === "" ? error.type : error.message))
  })
