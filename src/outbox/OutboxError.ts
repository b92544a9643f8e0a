/**
 * What can go wrong with an outbox where the caller asked for a promise that it cannot give.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * - `unavailable`: the database could not be reached, or refused, for as long as `durableTimeout`; nothing was stored
 * - `unknown`: the same, but it is not known whether the last attempt succeeded: the event may be stored
 * - `full`: the outbox holds as many rows as it may
 * - `noTransaction`: `captureInTransaction` was called outside `sql.withTransaction`
 * - `inTransaction`: `captureDurable` was called inside one, where nothing is durable before its end
 * - `closed`: the client has been closed, or was not built over this outbox
 * - `unsupported`: the database is neither SQLite nor PostgreSQL, or an option is none of its values
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Literal(
  "unavailable",
  "unknown",
  "full",
  "noTransaction",
  "inTransaction",
  "closed",
  "unsupported"
)

/**
 * An operation of the outbox that failed. `detail` is what the database said: it holds no property of an event.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutboxError extends Schema.TaggedError<OutboxError>("effect-posthog/OutboxError")("OutboxError", {
  operation: Schema.String,
  reason: Reason,
  detail: Schema.optional(Schema.String)
}) {
  /** @since 0.1.0 */
  override get message(): string {
    return `${this.operation}: ${this.reason}${this.detail === undefined ? "" : `: ${this.detail}`}`
  }
}
