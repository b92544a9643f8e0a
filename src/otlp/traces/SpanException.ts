/**
 * What a failure says on a span (TRACE-06, TRACE-07).
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as OriginalError from "../../exception/input/OriginalError.js"
import * as ThrownValue from "../../exception/input/ThrownValue.js"
import * as Redaction from "../../exception/privacy/Redaction.js"

export interface SpanException {
  readonly type: string
  readonly message: string
}

const maxMessageLength = 8192

/** The defaults of exceptions: what a message must not say in an event, it must not say on a span. */
const redaction = Redaction.make(undefined)

/** The value itself, behind Effect's proxy: the same error is the same value. */
export const original = (error: unknown): unknown => OriginalError.make(error).error

/** `error`: an original one, of which every part may be hostile. It never throws. */
export const describe = (error: unknown): SpanException => {
  const { type, value } = ThrownValue.describe(error, maxMessageLength)
  return { type, message: redaction.text(value, "message") }
}

export const toAttributes = (self: SpanException): Record<string, unknown> => ({
  "exception.type": self.type,
  "exception.message": self.message
})

/** The failure, or else the defect, that a cause stands for; `None` where it is an interruption only. */
export const ofCause = (cause: Cause.Cause<unknown>): Option.Option<unknown> =>
  Option.map(Option.orElse(Cause.failureOption(cause), () => Cause.dieOption(cause)), original)
