/**
 * How the process ends that a command runs in.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"

/** The command has said what there is to say, and is not content. */
export class ExitCode extends Schema.TaggedError<ExitCode>("effect-posthog/ExitCode")("ExitCode", {
  code: Schema.Int
}) {}

/** 0 where all went well, 130 where somebody stopped it, 1 where it failed, and what an `ExitCode` says. */
export const teardown = <E, A>(exit: Exit.Exit<E, A>, onExit: (code: number) => void): void => {
  if (Exit.isSuccess(exit)) {
    return onExit(0)
  }
  const failure = Cause.squash(exit.cause)
  return onExit(Cause.isInterruptedOnly(exit.cause) ? 130 : failure instanceof ExitCode ? failure.code : 1)
}
