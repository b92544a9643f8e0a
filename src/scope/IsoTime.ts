/**
 * Moments as text.
 *
 * @since 0.1.0
 */

const day = 86_400_000

/** 1 January 1970, and 1 January 10000. */
const first = 0
const last = 253_402_300_800_000

/**
 * A moment, in milliseconds since the epoch, as `Date.toISOString` writes it. On the way of every request: `Date` leaves
 * the compiled code for it, which costs several times as much.
 */
export const isoTime = (millis: number): string => {
  if (!(millis >= first && millis < last)) {
    return new Date(millis).toISOString()
  }
  const days = Math.floor(millis / day)
  // the days from 1 March 0000 on: a leap day is the last of its year, of its four years, of its 400 years
  const since = days + 719_468
  const era = Math.floor(since / 146_097)
  const dayOfEra = since - era * 146_097
  const year = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - 365 * year - Math.floor(year / 4) + Math.floor(year / 100)
  const month = Math.floor((5 * dayOfYear + 2) / 153)
  const time = Math.floor(millis) - days * day
  return `${era * 400 + year + (month < 10 ? 0 : 1)}-${two(month < 10 ? month + 3 : month - 9)}-${
    two(dayOfYear - Math.floor((153 * month + 2) / 5) + 1)
  }T${two(Math.floor(time / 3_600_000))}:${two(Math.floor(time / 60_000) % 60)}:${two(Math.floor(time / 1000) % 60)}.${
    three(time % 1000)
  }Z`
}

const two = (value: number): string => value < 10 ? `0${value}` : `${value}`

const three = (value: number): string => value < 100 ? `0${two(value)}` : `${value}`
