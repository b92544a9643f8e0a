/**
 * What the clock on the wall shows, and which moments it shows it at.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import { dayMillis } from "./Calendar.js"

/** Times are milliseconds: of the epoch, or of the epoch as if the wall clock showed UTC. */
export interface WallClock {
  /** `undefined`: out of what the zone can tell. */
  readonly at: (instant: number) => number | undefined
  /** The earlier one where the clock shows this twice, `undefined` where it never does (FLAGS-LOCAL-58). */
  readonly instantOf: (wall: number) => number | undefined
}

export const make = (zone: DateTime.TimeZone): WallClock => {
  const fixed = zone._tag === "Offset" ? zone.offset : utcNames.has(zone.id) ? 0 : undefined
  return fixed === undefined ? named(zone) : {
    at: (instant) => instant + fixed,
    instantOf: (wall) => wall - fixed
  }
}

const utcNames: ReadonlySet<string> = new Set(["UTC", "Etc/UTC", "Etc/GMT", "GMT", "Zulu", "Etc/Zulu"])

const named = (zone: DateTime.TimeZone): WallClock => ({
  at: (instant) => {
    const offset = offsetAt(zone, instant)
    return offset === undefined ? undefined : instant + offset
  },
  instantOf: (wall) => {
    // the offsets a day before and a day after are those that can hold here: zones change more seldom than that
    const before = candidate(zone, wall, wall - dayMillis)
    const after = candidate(zone, wall, wall + dayMillis)
    return before === undefined || after === undefined ? before ?? after : Math.min(before, after)
  }
})

const candidate = (zone: DateTime.TimeZone, wall: number, near: number): number | undefined => {
  const offset = offsetAt(zone, near)
  return offset !== undefined && offsetAt(zone, wall - offset) === offset ? wall - offset : undefined
}

/** The zone data of JavaScript counts years before Christ from 1 again. */
const firstInstant = -62_135_596_800_000 + 2 * dayMillis
const lastInstant = 8_640_000_000_000_000 - 2 * dayMillis

const offsetAt = (zone: DateTime.TimeZone, instant: number): number | undefined =>
  instant > firstInstant && instant < lastInstant
    ? DateTime.zonedOffset(DateTime.unsafeMakeZoned(instant, { timeZone: zone }))
    : undefined
