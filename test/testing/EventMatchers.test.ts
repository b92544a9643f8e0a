import type { PosthogEvent } from "effect-posthog/event/PosthogEvent"
import * as EventMatchers from "effect-posthog/testing/EventMatchers"
import { describe, expect, it } from "vitest"

expect.extend(EventMatchers.matchers)

declare module "vitest" {
  interface Assertion<T> extends EventMatchers.Matchers {}
}

const event = (name: string, properties: PosthogEvent["properties"] = {}): PosthogEvent => ({
  uuid: "01980000-0000-7000-8000-000000000000",
  event: name,
  distinctId: "ada",
  timestamp: "2026-01-01T00:00:00.000Z",
  properties
})

const events = [event("opened"), event("paid", { total: 42, zero: 0, list: [1, 2], nested: { a: { b: 1 } } })]

const messageOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return "nothing was thrown"
}

describe("matchers of a test runner", () => {
  it("pass and fail as they say", () => {
    expect(events).toHaveCaptured("paid", { properties: { total: 42, nested: { a: {} }, list: [1, 2] } })
    expect(events).not.toHaveCaptured("paid", { properties: { total: 41 } })
    expect(events).not.toHaveCaptured("paid", { properties: { list: [1] } })
    expect(events).not.toHaveCaptured("refunded")
    expect(events).toHaveCapturedExactly(["opened", "paid"])
    expect(events).not.toHaveCapturedExactly(["paid", "opened"])
    // a pattern with the flag `g` remembers nothing between two looks
    const pattern = /ada/g
    expect(events).toHaveCaptured("paid", { distinctId: pattern })
    expect(events).toHaveCaptured("paid", { distinctId: pattern })
    expect(events).toHaveCaptured("paid", { properties: { zero: -0 } })
  })

  it("show what was expected and what there was", () => {
    expect(messageOf(() => expect(events).toHaveCaptured("paid", { properties: { total: 41 } }))).toContain(
      "The event \"paid\" is not as expected (number 2 of 2 captured):\n\n" +
        "  properties.total\n    - expected: 41\n    + captured: 42"
    )
    expect(messageOf(() => expect(events).not.toHaveCaptured("paid"))).toContain(
      "No event \"paid\" was expected, but number 2"
    )
    expect(messageOf(() => expect(events).toHaveCapturedExactly(["opened"]))).toContain("  + \"paid\"")
    expect(messageOf(() => expect(events).not.toHaveCapturedExactly(["opened", "paid"]))).toContain(
      "Other events than these were expected"
    )
  })

  it("throw without a runner, and give the event that was found", () => {
    expect(EventMatchers.assertCaptured(events, "paid").properties["total"]).toBe(42)
    EventMatchers.assertNotCaptured(events, "refunded")
    EventMatchers.assertEvents(events, ["opened", "paid"])
    expect(messageOf(() => EventMatchers.assertCaptured(events, "pay"))).toContain("Did you mean \"paid\"?")
    expect(messageOf(() => EventMatchers.assertNotCaptured(events, "paid"))).toContain(
      "but number 2 of 2 captured is one"
    )
    expect(messageOf(() => EventMatchers.assertEvents(events, []))).toContain("Other events were captured")
    try {
      EventMatchers.assertCaptured(events, "paid", { properties: { total: /4/, list: (list) => list === null } })
    } catch (error) {
      // what a runner takes to show a difference of its own
      expect(error).toMatchObject({
        expected: { properties: { total: "/4/", list: "what list accepts" } },
        actual: { properties: { total: 42, list: [1, 2] } }
      })
    }
  })
})
