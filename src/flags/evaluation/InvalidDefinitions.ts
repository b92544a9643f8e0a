/**
 * A body that holds no flag definitions.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * What was received cannot replace the definitions that are loaded (FLAGS-DEFS-22).
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidDefinitions
  extends Schema.TaggedError<InvalidDefinitions>("effect-posthog/InvalidDefinitions")("InvalidDefinitions", {
    problem: Schema.String
  })
{
  override get message(): string {
    return `These are no flag definitions: ${this.problem}`
  }
}
