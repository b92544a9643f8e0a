/**
 * Dates like "7 days ago".
 *
 * @since 0.1.0
 */
import { dayMillis, daysInMonth, fromDays, toDays } from "./Calendar.js"

/** Goes back on a wall clock: from its milliseconds to its milliseconds. */
export type Back = (wall: number) => number

const form = /^-?([0-9]{1,32})([hdwmy])$/

const lengths = { h: 3_600_000, d: dayMillis, w: 7 * dayMillis }

/** FLAGS-LOCAL-57: with the sign or without it, ago is meant. */
export const parse = (text: string): Back | undefined => {
  const parts = form.exec(text)
  const count = Number(parts?.[1])
  const unit = parts?.[2]
  if (!(count < 10_000)) {
    return undefined
  }
  switch (unit) {
    case "h":
    case "d":
    case "w":
      return (wall) => wall - count * lengths[unit]
    case "m":
      return (wall) => monthsBefore(wall, count, 1)
    case "y":
      return (wall) => monthsBefore(wall, count, 12)
    default:
      return undefined
  }
}

/** FLAGS-LOCAL-59: one step after the other; a day that a month does not have becomes its last one, and stays that. */
const monthsBefore = (wall: number, steps: number, months: number): number => {
  const days = Math.floor(wall / dayMillis)
  const date = fromDays(days)
  let { day } = date
  let month = date.year * 12 + date.month - 1
  for (let left = steps; left > 0; left--) {
    if (day <= 28) {
      // every month has it
      month -= left * months
      break
    }
    month -= months
    day = Math.min(day, daysInMonth(Math.floor(month / 12), (month % 12 + 12) % 12 + 1))
  }
  return toDays(Math.floor(month / 12), (month % 12 + 12) % 12 + 1, day) * dayMillis + (wall - days * dayMillis)
}
