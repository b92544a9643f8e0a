/**
 * Timestamps as PostHog takes them: ISO 8601 in UTC.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"

/**
 * A moment as a caller may give it: a `Date`, a `DateTime` of any zone, milliseconds since the epoch, or an ISO 8601
 * text with any offset (none means UTC).
 *
 * @since 0.1.0
 * @category models
 */
export type TimestampInput = Date | DateTime.DateTime | number | string

/**
 * The same instant as ISO 8601 text in UTC, ending in `Z`; a text's sub-second digits are kept as they are (CAP-09).
 * `undefined` where the input names no moment.
 *
 * @example
 * import { toUtc } from "effect-posthog/event/Timestamp"
 *
 * toUtc("2025-01-02T08:34:05.123456+05:30") // "2025-01-02T03:04:05.123456Z"
 *
 * @since 0.1.0
 * @category conversions
 */
export const toUtc = (input: TimestampInput): string | undefined => {
  try {
    if (typeof input === "string") {
      return fromText(input)
    }
    return fromMillis(DateTime.isDateTime(input) ? input.epochMillis : input instanceof Date ? input.getTime() : input)
  } catch {
    // not one of the types above: a revoked proxy, for instance
    return undefined
  }
}

const fromMillis = (millis: unknown): string | undefined =>
  typeof millis === "number" && Math.abs(millis) <= 8.64e15 ? new Date(millis).toISOString() : undefined

const iso = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,12}))?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/

const fromText = (input: string): string | undefined => {
  const match = iso.exec(input.trim())
  if (match === null) {
    return undefined
  }
  const [, date, time = "00:00:00", fraction, offset = "Z"] = match
  const clock = time.length === 5 ? `${time}:00` : time
  const whole = new Date(`${date}T${clock}Z`)
  const [year, month, day] = date!.split("-").map(Number)
  // Date rolls 30 February over to March: a day that does not exist is no moment
  if (
    Number.isNaN(whole.getTime()) || whole.getUTCFullYear() !== year || whole.getUTCMonth() + 1 !== month ||
    whole.getUTCDate() !== day
  ) {
    return undefined
  }
  const minutes = offsetMinutes(offset)
  if (minutes === undefined) {
    return undefined
  }
  const seconds = fromMillis(whole.getTime() - minutes * 60_000)?.slice(0, -5)
  return seconds === undefined ? undefined : `${seconds}.${fraction ?? "000"}Z`
}

const offsetMinutes = (offset: string): number | undefined => {
  if (offset.length === 1) {
    return 0
  }
  const digits = offset.slice(1).replace(":", "")
  const hours = Number(digits.slice(0, 2))
  const minutes = Number(digits.slice(2) || "0")
  return hours > 23 || minutes > 59 ? undefined : (offset[0] === "-" ? -1 : 1) * (hours * 60 + minutes)
}
