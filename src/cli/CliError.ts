/**
 * Why a command of the tool did not do what it was told.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** The message is all that its user gets to see: it says what to do, and holds no secret. */
export class CliError extends Schema.TaggedError<CliError>("effect-posthog/CliError")("CliError", {
  reason: Schema.Literal(
    "missingOption",
    "invalidOption",
    "unauthorized",
    "unreachable",
    "refused",
    "malformed",
    "foreignFile",
    "outOfDate",
    "fileSystem"
  ),
  message: Schema.String
}) {}
