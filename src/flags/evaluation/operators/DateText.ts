/**
 * Dates as texts, read strictly (FLAGS-LOCAL-55).
 *
 * @since 0.1.0
 */
import { dayMillis, daysInMonth, toDays } from "./Calendar.js"

/** What is written: a wall clock's time, with the offset from UTC where one is written too. */
export interface WrittenDate {
  /** Milliseconds of the epoch, as if UTC were meant. */
  readonly wall: number
  /** What is finer than a millisecond, in nanoseconds. */
  readonly nanos: number
  /** Milliseconds; `undefined` where none is written. */
  readonly offset: number | undefined
}

/**
 * RFC 3339, `YYYY-MM-DD`, or `YYYY-MM-DD[ T]HH:MM[:SS[.fraction]]`. Days that no calendar has are no dates, and neither
 * is second 60: what JavaScript writes never has it.
 */
export const parse = (text: string): WrittenDate | undefined => {
  const { length } = text
  const day = length < 10 || length > maxLength ? Number.NaN : dayAt(text)
  if (Number.isNaN(day)) {
    return undefined
  }
  if (length === 10) {
    return { wall: day, nanos: 0, offset: undefined }
  }
  const minutes = clockAt(text, 11)
  const separator = text[10]
  if (minutes < 0 || (separator !== "T" && separator !== " " && separator !== "t")) {
    return undefined
  }
  const wall = day + minutes * 60_000
  if (length === 16) {
    return separator === "t" ? undefined : { wall, nanos: 0, offset: undefined }
  }
  const second = text[16] === ":" ? twoDigits(text, 17) : -1
  if (second < 0 || second > 59) {
    return undefined
  }
  const end = text[19] === "." ? endOfDigits(text, 20) : 19
  if (end === 20) {
    return undefined
  }
  const offset = end === length ? undefined : offsetAt(text, end)
  // only RFC 3339 may be written in small letters
  if (Number.isNaN(offset) || (offset === undefined && separator === "t")) {
    return undefined
  }
  const fraction = end > 19 ? text.slice(20, Math.min(end, 29)).padEnd(9, "0") : noFraction
  return {
    wall: wall + second * 1000 + (fraction === noFraction ? 0 : Number(fraction.slice(0, 3))),
    nanos: fraction === noFraction ? 0 : Number(fraction.slice(3)),
    offset
  }
}

/** Longer texts have more digits of a second than anything can use. */
const maxLength = 64

const noFraction = ""

/** `YYYY-MM-DD` at the beginning, in milliseconds; NaN where there is none. */
const dayAt = (text: string): number => {
  const century = twoDigits(text, 0)
  const year = twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  return century >= 0 && year >= 0 && text[4] === "-" && month >= 1 && month <= 12 && text[7] === "-" && day >= 1 &&
      day <= daysInMonth(century * 100 + year, month)
    ? toDays(century * 100 + year, month, day) * dayMillis
    : Number.NaN
}

/** `HH:MM` in minutes; negative where there is none. */
const clockAt = (text: string, at: number): number => {
  const hour = twoDigits(text, at)
  const minute = twoDigits(text, at + 3)
  return hour >= 0 && hour <= 23 && text[at + 2] === ":" && minute >= 0 && minute <= 59 ? hour * 60 + minute : -1
}

/** `Z` or `+HH:MM`, to the end of the text, in milliseconds; NaN where there is something else. */
const offsetAt = (text: string, at: number): number => {
  const sign = text[at]
  if (sign === "Z" || sign === "z") {
    return text.length === at + 1 ? 0 : Number.NaN
  }
  const minutes = (sign === "+" || sign === "-") && text.length === at + 6 ? clockAt(text, at + 1) : -1
  return minutes < 0 ? Number.NaN : (sign === "-" ? -minutes : minutes) * 60_000
}

/** Negative where there are none. */
const twoDigits = (text: string, at: number): number => {
  const tens = text.charCodeAt(at) - 0x30
  const ones = text.charCodeAt(at + 1) - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

const endOfDigits = (text: string, from: number): number => {
  let at = from
  while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) {
    at++
  }
  return at
}
