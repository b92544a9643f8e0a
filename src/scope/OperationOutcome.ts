/**
 * How an operation ended.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as BoundedText from "../domain/BoundedText.js"
import { guarded } from "../domain/GuardedRead.js"

/**
 * `failure`: with a typed error; `defect`: with anything that was not expected; `interrupted`: by nothing else.
 *
 * @since 0.1.0
 * @category models
 */
export type OperationOutcome = "success" | "failure" | "defect" | "interrupted"

/**
 * What an operation failed with: its tag or class, and what it says, 500 UTF-16 units at most.
 *
 * @since 0.1.0
 * @category models
 */
export interface OperationError {
  readonly type: string
  readonly message: string
}

export const outcomeOf = (exit: Exit.Exit<unknown, unknown>): OperationOutcome =>
  Exit.isSuccess(exit)
    ? "success"
    : Cause.isFailure(exit.cause)
    ? "failure"
    : Cause.isDie(exit.cause)
    ? "defect"
    : "interrupted"

/** The first typed failure, otherwise the first defect; none where nothing but interruption ended it. */
export const errorOf = (exit: Exit.Exit<unknown, unknown>): OperationError | undefined => {
  if (Exit.isSuccess(exit)) {
    return undefined
  }
  return Option.match(Option.orElse(Cause.failureOption(exit.cause), () => Cause.dieOption(exit.cause)), {
    onNone: () => undefined,
    // an error of the application's may throw when it is asked for its message
    onSome: (error) => guarded(() => describe(error)) ?? unreadable
  })
}

const unreadable: OperationError = { type: "Error", message: "[Unreadable]" }

const describe = (error: unknown): OperationError => {
  if (typeof error === "object" && error !== null) {
    const tag = "_tag" in error && typeof error._tag === "string" ? error._tag : undefined
    const name = "name" in error && typeof error.name === "string" && error.name !== "" ? error.name : undefined
    return {
      type: BoundedText.cut(tag ?? name ?? "Object", maxTypeLength),
      message: "message" in error && typeof error.message === "string"
        ? BoundedText.cut(error.message, maxMessageLength)
        : ""
    }
  }
  return {
    type: typeof error,
    message: BoundedText.cut(String(typeof error === "function" ? error.name : error), maxMessageLength)
  }
}

const maxTypeLength = 128

const maxMessageLength = 500
