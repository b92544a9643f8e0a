import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as RetryAfter from "../../src/domain/RetryAfter.js"

const now = Date.parse("2025-01-02T03:04:05Z")

describe("Retry-After", () => {
  const cases: ReadonlyArray<readonly [name: string, header: string | undefined, millis: number | undefined]> = [
    ["seconds", "3", 3000],
    ["fractions of a second", "0.5", 500],
    ["an HTTP date", "Thu, 02 Jan 2025 03:04:15 GMT", 10_000],
    ["a date in the past", "Thu, 02 Jan 2025 03:00:00 GMT", 0],
    ["more than anybody waits", "999999999", 300_000],
    ["nothing", undefined, undefined],
    ["an empty text", "", undefined],
    ["a negative number", "-3", undefined],
    ["an ISO date, which is no HTTP date", "2025-01-02T03:04:15Z", undefined],
    ["words", "soon", undefined]
  ]
  for (const [name, header, millis] of cases) {
    it(`RETRY-07: ${name} is ${millis ?? "no"} milliseconds`, () =>
      assert.strictEqual(RetryAfter.parse(header, now), millis))
  }

  it.prop("is total on any header", [fc.string()], ([header]) => {
    const millis = RetryAfter.parse(header, now)
    assert.isTrue(millis === undefined || (millis >= 0 && millis <= RetryAfter.maxMillis))
  })
})
