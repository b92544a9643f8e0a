/**
 * The command line tool. A command is a file of its own and one line here.
 *
 * @since 0.1.0
 */
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Library from "../event/Library.js"
import { CliError } from "./CliError.js"
import * as DevCommand from "./DevCommand.js"
import * as EventsCommand from "./EventsCommand.js"
import { ExitCode } from "./ExitCode.js"
import * as FlagsCommand from "./FlagsCommand.js"
import * as ImportCommand from "./ImportCommand.js"

const root = Command.make("effect-posthog").pipe(
  Command.withDescription("PostHog for Effect, from the command line"),
  Command.withSubcommands([DevCommand.command, EventsCommand.command, FlagsCommand.command, ImportCommand.command])
)

const parseAndRun = Command.run(root, { name: "effect-posthog", version: Library.version })

/** Runs the tool with the arguments of the process; what went wrong is printed, and is the failure. */
export const run = (args: ReadonlyArray<string>) => Effect.tapErrorCause(parseAndRun(args), report)

const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.isInterruptedOnly(cause)) {
    return Effect.void
  }
  const failure = Cause.squash(cause)
  return failure instanceof CliError
    ? Console.error(failure.message)
    // the parser of the command line, or the command itself, has printed these
    : ValidationError.isValidationError(failure) || failure instanceof ExitCode
    ? Effect.void
    : Console.error(Cause.pretty(cause))
}
