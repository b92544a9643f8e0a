/**
 * What is wrong with an evaluation context, path by path.
 *
 * @since 0.1.0
 */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/**
 * The data is no evaluation context. Each issue names the path: `user.created_at`.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidContext extends Schema.TaggedError<InvalidContext>("effect-posthog/InvalidContext")(
  "InvalidContext",
  { issues: Schema.Array(Schema.Struct({ path: Schema.String, message: Schema.String })) }
) {
  override get message(): string {
    return this.issues.map(({ message, path }) => path === "" ? message : `${path}: ${message}`).join("; ")
  }
}

const maxLength = 300

/**
 * @since 0.1.0
 * @category conversions
 */
export const fromParseError = ({ issue }: ParseResult.ParseError): InvalidContext =>
  new InvalidContext({ issues: issuesOf(issue) })

/** A field that may be missing is a union with `undefined` to a schema, which then complains of either member. */
const isTold = ({ message }: { readonly message: string }): boolean => !message.startsWith("Expected undefined, actual")

const issuesOf = (issue: ParseResult.ParseIssue): InvalidContext["issues"] => {
  try {
    return ParseResult.ArrayFormatter.formatIssueSync(issue).filter(isTold).map(({ message, path }) => ({
      path: path.map(String).join("."),
      message: message.length > maxLength ? `${message.slice(0, maxLength)}…`.toWellFormed() : message
    }))
  } catch {
    // the message shows the offending value, and some values do not let themselves be shown
    return [{ path: "", message: "Expected an evaluation context" }]
  }
}
