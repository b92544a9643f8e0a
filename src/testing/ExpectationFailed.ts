/**
 * A test expected other events than were captured: what was expected, what there was, and what came nearest.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { PosthogEvent } from "../event/PosthogEvent.js"
import { type Difference, differences, type ExpectedEvent, type ExpectedValue } from "./ExpectedEvent.js"

/**
 * - `notCaptured`: no event has the name
 * - `noMatch`: events have the name, and none of them is as expected
 * - `captured`: there is an event that should not be
 * - `otherEvents`: these are not the events in order
 *
 * `expected` and `actual` are what test runners show a difference of; the message says it too.
 *
 * @since 0.1.0
 * @category errors
 */
export class ExpectationFailed
  extends Schema.TaggedError<ExpectationFailed>("effect-posthog/ExpectationFailed")("ExpectationFailed", {
    reason: Schema.Literal("notCaptured", "noMatch", "captured", "otherEvents"),
    message: Schema.String,
    expected: Schema.Unknown,
    actual: Schema.Unknown
  })
{}

type Events = ReadonlyArray<PosthogEvent>

const quoted = (text: string): string => JSON.stringify(text)

/** No event of this name is as expected. */
export const noSuchEvent = (events: Events, name: string, expected: ExpectedEvent): ExpectationFailed => {
  const named = events.filter(({ event }) => event === name)
  const nearest = nearestOf(named, expected)
  if (nearest === undefined) {
    const similar = similarName(events, name)
    return new ExpectationFailed({
      reason: "notCaptured",
      message: `No event ${quoted(name)} was captured.${
        similar === undefined ? "" : ` Did you mean ${quoted(similar)}?`
      }\n\n${summary(events)}`,
      expected: name,
      actual: events.map(({ event }) => event)
    })
  }
  const position = events.indexOf(nearest.event) + 1
  return new ExpectationFailed({
    reason: "noMatch",
    message: [
      named.length === 1
        ? `The event ${quoted(name)} is not as expected (number ${position} of ${events.length} captured):`
        : `None of ${named.length} events ${
          quoted(name)
        } is as expected. The nearest (number ${position} of ${events.length} captured):`,
      "",
      ...nearest.differences.flatMap(lines),
      "",
      summary(events)
    ].join("\n"),
    expected: shown(expected),
    actual: onlyWhatWasAsked(nearest.event, expected)
  })
}

/** This event should not have been captured. */
export const unwanted = (events: Events, found: PosthogEvent): ExpectationFailed =>
  new ExpectationFailed({
    reason: "captured",
    message: `No event ${quoted(found.event)} was expected, but number ${
      events.indexOf(found) + 1
    } of ${events.length} captured is one:\n\n${indented(JSON.stringify(found, null, 2))}`,
    expected: [],
    actual: [found]
  })

/** These are not the names of the events, in order. */
export const otherEvents = (events: Events, names: ReadonlyArray<string>): ExpectationFailed => {
  const actual = events.map(({ event }) => event)
  const rows = Array.from({ length: Math.max(names.length, actual.length) }, (_, i) =>
    names[i] === actual[i]
      ? [`    ${quoted(names[i] ?? "")}`]
      : [
        ...(names[i] === undefined ? [] : [`  - ${quoted(names[i])}`]),
        ...(actual[i] === undefined ? [] : [`  + ${quoted(actual[i])}`])
      ]).flat()
  return new ExpectationFailed({
    reason: "otherEvents",
    message: `Other events were captured (- expected, + captured):\n\n${rows.join("\n")}`,
    expected: names,
    actual
  })
}

const lines = ({ actual, expected, path }: Difference): ReadonlyArray<string> => [
  `  ${path}`,
  `    - expected: ${textOf(expected)}`,
  `    + captured: ${actual === undefined ? "nothing" : JSON.stringify(actual)}`
]

const textOf = (expected: ExpectedValue): string =>
  expected === undefined
    ? "nothing"
    : typeof expected === "function"
    ? `what ${expected.name === "" ? "the function" : expected.name} accepts`
    : expected instanceof RegExp
    ? String(expected)
    : Array.isArray(expected)
    ? `[${expected.map(textOf).join(",")}]`
    : typeof expected === "object" && expected !== null
    ? `{${Object.entries(expected).map(([key, value]) => `${quoted(key)}:${textOf(value)}`).join(",")}}`
    : JSON.stringify(expected)

/** For a test runner's own difference: functions and patterns as text. */
const shown = (expected: ExpectedValue | ExpectedEvent): unknown =>
  typeof expected === "function" || expected instanceof RegExp
    ? textOf(expected)
    : Array.isArray(expected)
    ? expected.map(shown)
    : typeof expected === "object" && expected !== null
    ? Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, shown(value)]))
    : expected

const onlyWhatWasAsked = (event: PosthogEvent, expected: ExpectedEvent): unknown => {
  const asked = new Set(Object.keys(expected.properties ?? {}))
  return {
    ...(expected.distinctId === undefined ? {} : { distinctId: event.distinctId }),
    ...(expected.uuid === undefined ? {} : { uuid: event.uuid }),
    ...(expected.timestamp === undefined ? {} : { timestamp: event.timestamp }),
    ...(expected.properties === undefined ? {} : {
      properties: Object.fromEntries(Object.entries(event.properties).filter(([key]) => asked.has(key)))
    })
  }
}

/** The event with the fewest differences; of several one of the right person, and of these the last. */
const nearestOf = (events: Events, expected: ExpectedEvent) => {
  let nearest: { readonly event: PosthogEvent; readonly differences: ReadonlyArray<Difference> } | undefined
  for (const event of events) {
    const found = differences(event, expected)
    if (nearest === undefined || distanceOf(found) <= distanceOf(nearest.differences)) {
      nearest = { event, differences: found }
    }
  }
  return nearest
}

const distanceOf = (found: ReadonlyArray<Difference>): number =>
  found.length + (found.some(({ path }) => path === "distinctId") ? 0.5 : 0)

const maxNames = 12

/** What was captured, in words: events in a row that have one name are counted. */
const summary = (events: Events): string => {
  if (events.length === 0) {
    return "Nothing was captured."
  }
  const runs: Array<{ readonly name: string; readonly count: number }> = []
  for (const { event } of events) {
    const last = runs.at(-1)
    if (last?.name === event) {
      runs[runs.length - 1] = { name: event, count: last.count + 1 }
    } else {
      runs.push({ name: event, count: 1 })
    }
  }
  const names = runs.slice(0, maxNames).map(({ count, name }) =>
    count === 1 ? quoted(name) : `${quoted(name)} × ${count}`
  )
  return `Captured: ${names.join(", ")}${runs.length > maxNames ? ", …" : ""}`
}

const indented = (text: string): string => text.replace(/^/gm, "  ")

/** A name that differs by a few characters. */
const similarName = (events: Events, name: string): string | undefined => {
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const candidate of new Set(events.map(({ event }) => event))) {
    const found = distance(candidate.toLowerCase(), name.toLowerCase())
    if (found <= Math.max(2, name.length / 3) && found < (best?.distance ?? Number.POSITIVE_INFINITY)) {
      best = { name: candidate, distance: found }
    }
  }
  return best?.name
}

/** How many characters have to be put in, taken out or replaced. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
