/**
 * What keeps a message from being read as an envelope, or from becoming one.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * `notJson`: no JSON text in UTF-8. `notAnEnvelope`: JSON, but no object with `data`. `invalidData`: the data is not what
 * its schema says, or JSON has no place for it. `tooLarge`: more bytes than an envelope may have.
 *
 * Context and metadata are never a reason: of them it is taken what can be read.
 *
 * @since 0.1.0
 * @category errors
 */
export class EnvelopeError extends Schema.TaggedError<EnvelopeError>("effect-posthog/EnvelopeError")("EnvelopeError", {
  reason: Schema.Literal("notJson", "notAnEnvelope", "invalidData", "tooLarge"),
  /** What exactly is wrong: without the message's content. */
  problem: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return `${sentence[this.reason]}: ${this.problem}`
  }
}

const sentence = {
  notJson: "The message is no JSON",
  notAnEnvelope: "The message is no envelope",
  invalidData: "The envelope's data is invalid",
  tooLarge: "The envelope is too large"
}
