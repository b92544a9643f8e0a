/**
 * `effect-posthog flags`: what the tool does with feature flags.
 *
 * @since 0.1.0
 */
import * as Command from "@effect/cli/Command"
import * as FlagsPull from "./FlagsPull.js"

export const command = Command.make("flags").pipe(
  Command.withDescription("Feature flags"),
  Command.withSubcommands([FlagsPull.command])
)
