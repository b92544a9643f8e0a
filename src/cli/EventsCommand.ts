/**
 * `effect-posthog events`: what the tool does with an application's events.
 *
 * @since 0.1.0
 */
import * as Command from "@effect/cli/Command"
import * as EventsDocs from "./EventsDocs.js"

export const command = Command.make("events").pipe(
  Command.withDescription("Typed events"),
  Command.withSubcommands([EventsDocs.command])
)
