/**
 * What an event says of a call that failed.
 *
 * @since 0.1.0
 */
import * as AiError from "@effect/ai/AiError"
import * as Cause from "effect/Cause"
import * as GuardedRead from "../domain/GuardedRead.js"

export interface Failure {
  readonly error: unknown
  /** Only where an answer with this status was the error. */
  readonly status: number | undefined
}

/** The failure or the defect of a call; an interruption is none. */
export const ofCause = (cause: Cause.Cause<unknown>): Failure | undefined =>
  Cause.isInterruptedOnly(cause) ? undefined : ofError(Cause.squash(cause))

export const ofError = (error: unknown): Failure => ({
  error,
  status: AiError.isAiError(error) && error._tag === "HttpResponseError" ? error.response.status : undefined
})

/** What kind of error it is: nothing of what it says, which may quote the prompt or the answer. */
export const kindOf = (error: unknown): string => {
  if (!GuardedRead.isObject(error)) {
    return "unknown"
  }
  const kind = [GuardedRead.read(error, "_tag"), GuardedRead.read(error, "name")].find((name) =>
    typeof name === "string"
  )
  return typeof kind === "string" && /^[\w@./-]{1,100}$/.test(kind) ? kind : "unknown"
}

/** The kind and the message. */
export const textOf = (error: unknown): string => {
  if (typeof error === "string") {
    return error
  }
  const message = GuardedRead.isObject(error) ? GuardedRead.read(error, "message") : undefined
  return typeof message === "string" && message !== "" ? `${kindOf(error)}: ${message}` : kindOf(error)
}
