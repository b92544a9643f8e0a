/**
 * Order of moments (FLAGS-LOCAL-54).
 *
 * @since 0.1.0
 */
import { type JsonValue, toJsonValue } from "../../../domain/JsonValue.js"
import { Inconclusive } from "../Inconclusive.js"
import * as DateText from "./DateText.js"
import { type Filter, invalidValue, type Matcher, missingProperty, type Moment, type Operator } from "./Matcher.js"
import * as RelativeDate from "./RelativeDate.js"
import * as WallClock from "./WallClock.js"

type Test = (order: number) => boolean

const operator = (test: Test): Operator => (filter, settings) => compare(filter, WallClock.make(settings.zone), test)

export const isDateExact = operator((order) => order === 0)
export const isDateBefore = operator((order) => order < 0)
export const isDateAfter = operator((order) => order > 0)

interface Instant {
  readonly millis: number
  /** What is finer than a millisecond. */
  readonly nanos: number
}

const compare = (filter: Filter, clock: WallClock.WallClock, test: Test): Matcher => {
  if (typeof filter.value !== "string") {
    return invalidValue(filter)
  }
  const back = RelativeDate.parse(filter.value)
  if (back !== undefined) {
    return onDate(filter, clock, relative(clock, back), test)
  }
  const fixed = readText(filter.value, clock)
  return fixed === undefined ? invalidValue(filter) : onDate(filter, clock, () => fixed, test)
}

/** FLAGS-LOCAL-58. The filters of one pass ask at one moment: it is computed once. */
const relative = (clock: WallClock.WallClock, back: RelativeDate.Back) => {
  let moment = Number.NaN
  let limit: Instant | undefined
  return (now: number): Instant | undefined => {
    if (now !== moment) {
      const wall = clock.at(now)
      const millis = wall === undefined ? undefined : clock.instantOf(back(wall))
      limit = millis === undefined ? undefined : { millis, nanos: 0 }
      moment = now
    }
    return limit
  }
}

const onDate = (
  filter: Filter,
  clock: WallClock.WallClock,
  limitAt: (now: number) => Instant | undefined,
  test: Test
): Matcher => {
  const missing = missingProperty(filter)
  const noSuchTime = new Inconclusive("invalidFilterValue", `${filter.key} ${filter.operator}`)
  return (value: unknown, now: Moment) => {
    const json = typeof value === "string" || typeof value === "number" ? value : toJsonValue(value)
    if (json === undefined) {
      return missing
    }
    // before the property is read: what the condition means must not depend on it
    const limit = limitAt(now.millis)
    if (limit === undefined) {
      return noSuchTime
    }
    const instant = readProperty(json, clock)
    return instant !== undefined && test(instant.millis - limit.millis || instant.nanos - limit.nanos)
  }
}

/** Seconds of the epoch as an integer, or as its text without padding (FLAGS-LOCAL-56). */
const readProperty = (json: JsonValue, clock: WallClock.WallClock): Instant | undefined => {
  if (typeof json === "number") {
    return ofSeconds(json)
  }
  if (typeof json !== "string") {
    return undefined
  }
  return seconds.test(json) ? ofSeconds(Number(json)) : readText(json, clock)
}

const seconds = /^(?:0|-?[1-9][0-9]{0,18})$/

/** What `Date` can hold, in either direction. */
const maxSeconds = 8_640_000_000_000

const ofSeconds = (count: number): Instant | undefined =>
  Number.isInteger(count) && Math.abs(count) <= maxSeconds ? { millis: count * 1000, nanos: 0 } : undefined

const readText = (text: string, clock: WallClock.WallClock): Instant | undefined => {
  const written = DateText.parse(text)
  if (written === undefined) {
    return undefined
  }
  const millis = written.offset === undefined ? clock.instantOf(written.wall) : written.wall - written.offset
  return millis === undefined ? undefined : { millis, nanos: written.nanos }
}
