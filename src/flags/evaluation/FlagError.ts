/**
 * Why a flag has no value, for those who want to know. The functions that take a default never fail.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * PostHog answered, and knows no such flag.
 *
 * @since 0.1.0
 * @category errors
 */
export class FlagNotFound extends Schema.TaggedError<FlagNotFound>("effect-posthog/FlagNotFound")("FlagNotFound", {
  key: Schema.String
}) {
  override get message(): string {
    return `There is no flag "${this.key}"`
  }
}

/**
 * The flag cannot be evaluated here, and PostHog was not, or must not be, asked. `reason` is an `InconclusiveReason`.
 *
 * @since 0.1.0
 * @category errors
 */
export class FlagInconclusive extends Schema.TaggedError<FlagInconclusive>("effect-posthog/FlagInconclusive")(
  "FlagInconclusive",
  { key: Schema.String, reason: Schema.String, detail: Schema.String }
) {
  override get message(): string {
    return `Flag "${this.key}" cannot be evaluated here: ${this.reason}${this.detail === "" ? "" : ` (${this.detail})`}`
  }
}

/**
 * PostHog could not be asked: no answer (`connection`, `timeout`), a status that is none of success (`status`), an answer
 * that cannot be read (`invalidResponse`), an answer without some flags because computing failed
 * (`errorsWhileComputing`), or must not be asked while no definitions are loaded (`noDefinitions`), or the client does
 * nothing (`disabled`).
 *
 * @since 0.1.0
 * @category errors
 */
export class FlagsUnavailable extends Schema.TaggedError<FlagsUnavailable>("effect-posthog/FlagsUnavailable")(
  "FlagsUnavailable",
  {
    reason: Schema.Literal(
      "connection",
      "timeout",
      "status",
      "invalidResponse",
      "errorsWhileComputing",
      "noDefinitions",
      "disabled"
    ),
    status: Schema.optional(Schema.Number)
  }
) {
  override get message(): string {
    return `PostHog did not evaluate flags: ${this.reason}${this.status === undefined ? "" : ` ${this.status}`}`
  }
}

/**
 * The project's quota of flag requests is used up.
 *
 * @since 0.1.0
 * @category errors
 */
export class QuotaLimited extends Schema.TaggedError<QuotaLimited>("effect-posthog/QuotaLimited")("QuotaLimited", {
  requestId: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return "PostHog did not evaluate flags: the quota is used up"
  }
}

/**
 * The flag has no payload, or one that its schema does not accept. `reason` is `missing` or says what is wrong with it.
 *
 * @since 0.1.0
 * @category errors
 */
export class FlagPayloadInvalid extends Schema.TaggedError<FlagPayloadInvalid>("effect-posthog/FlagPayloadInvalid")(
  "FlagPayloadInvalid",
  { key: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `The payload of flag "${this.key}" cannot be used: ${this.reason}`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export type FlagError = FlagNotFound | FlagInconclusive | FlagsUnavailable | QuotaLimited
