/**
 * Expectations of captured events without Effect: functions that throw, for `node:test` and every other runner, and
 * matchers in the form that vitest and jest take. Neither is imported.
 *
 * @since 0.1.0
 */
import type { PosthogEvent } from "../event/PosthogEvent.js"
import * as ExpectationFailed from "./ExpectationFailed.js"
import { differences, type ExpectedEvent } from "./ExpectedEvent.js"

/**
 * The first event of this name that is as expected.
 *
 * @since 0.1.0
 * @category comparing
 */
export const find = (
  events: ReadonlyArray<PosthogEvent>,
  name: string,
  expected: ExpectedEvent = {}
): PosthogEvent | undefined => events.find((event) => event.event === name && differences(event, expected).length === 0)

/**
 * Returns the first event of this name that is as expected; throws an `ExpectationFailed` where there is none.
 *
 * @example
 * import * as EventMatchers from "effect-posthog/testing/EventMatchers"
 * import type { PosthogEvent } from "effect-posthog/event/PosthogEvent"
 *
 * const check = (events: ReadonlyArray<PosthogEvent>) =>
 *   EventMatchers.assertCaptured(events, "order paid", { distinctId: "ada", properties: { total: 42 } })
 *
 * @since 0.1.0
 * @category assertions
 */
export const assertCaptured = (
  events: ReadonlyArray<PosthogEvent>,
  name: string,
  expected: ExpectedEvent = {}
): PosthogEvent => {
  const found = find(events, name, expected)
  if (found === undefined) {
    throw ExpectationFailed.noSuchEvent(events, name, expected)
  }
  return found
}

/**
 * Throws an `ExpectationFailed` where there is an event of this name that is as described.
 *
 * @since 0.1.0
 * @category assertions
 */
export const assertNotCaptured = (
  events: ReadonlyArray<PosthogEvent>,
  name: string,
  described: ExpectedEvent = {}
): void => {
  const found = find(events, name, described)
  if (found !== undefined) {
    throw ExpectationFailed.unwanted(events, found)
  }
}

/**
 * Throws an `ExpectationFailed` unless the events have exactly these names, in order.
 *
 * @since 0.1.0
 * @category assertions
 */
export const assertEvents = (events: ReadonlyArray<PosthogEvent>, names: ReadonlyArray<string>): void => {
  if (!haveNames(events, names)) {
    throw ExpectationFailed.otherEvents(events, names)
  }
}

/**
 * Do the events have exactly these names, in order?
 *
 * @since 0.1.0
 * @category comparing
 */
export const haveNames = (events: ReadonlyArray<PosthogEvent>, names: ReadonlyArray<string>): boolean =>
  events.length === names.length && events.every(({ event }, i) => event === names[i])

/**
 * What a matcher of vitest or jest returns.
 *
 * @since 0.1.0
 * @category models
 */
export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
  readonly expected?: unknown
  readonly actual?: unknown
}

/**
 * Matchers for `expect.extend`.
 *
 * @example
 * import * as EventMatchers from "effect-posthog/testing/EventMatchers"
 * import { expect } from "vitest"
 *
 * expect.extend(EventMatchers.matchers)
 *
 * declare module "vitest" {
 *   interface Assertion<T> extends EventMatchers.Matchers {}
 * }
 *
 * @since 0.1.0
 * @category matchers
 */
export const matchers = {
  toHaveCaptured: (events: ReadonlyArray<PosthogEvent>, name: string, expected: ExpectedEvent = {}): MatcherResult => {
    const found = find(events, name, expected)
    return found === undefined
      ? failed(ExpectationFailed.noSuchEvent(events, name, expected))
      : passed(ExpectationFailed.unwanted(events, found))
  },
  toHaveCapturedExactly: (events: ReadonlyArray<PosthogEvent>, names: ReadonlyArray<string>): MatcherResult =>
    haveNames(events, names)
      ? { pass: true, message: () => "Other events than these were expected" }
      : failed(ExpectationFailed.otherEvents(events, names))
}

const failed = ({ actual, expected, message }: ExpectationFailed.ExpectationFailed): MatcherResult => ({
  pass: false,
  message: () => message,
  expected,
  actual
})

/** What is said where the opposite was expected. */
const passed = ({ message }: ExpectationFailed.ExpectationFailed): MatcherResult => ({
  pass: true,
  message: () => message
})

/**
 * The types of the matchers, to be added to a runner's own.
 *
 * @since 0.1.0
 * @category matchers
 */
export interface Matchers<R = void> {
  /** Is one of the events of this name, and as expected? */
  readonly toHaveCaptured: (name: string, expected?: ExpectedEvent) => R
  /** Have the events exactly these names, in order? */
  readonly toHaveCapturedExactly: (names: ReadonlyArray<string>) => R
}
