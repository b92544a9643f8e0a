import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Calendar from "../../../../src/flags/evaluation/operators/Calendar.js"

describe("the calendar", () => {
  it("agrees with JavaScript's dates over all that they can hold", () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (days) => {
        const date = new Date(days * Calendar.dayMillis)
        const expected = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
        assert.deepStrictEqual(Calendar.fromDays(days), expected)
        assert.strictEqual(Calendar.toDays(expected.year, expected.month, expected.day), days)
        assert.isAtMost(expected.day, Calendar.daysInMonth(expected.year, expected.month))
      }),
      { numRuns: 2000 }
    )
  })

  it("knows the leap years", () => {
    const februaries = [2024, 2023, 2000, 1900, 0, -4, -100].map((year) => Calendar.daysInMonth(year, 2))
    assert.deepStrictEqual(februaries, [29, 28, 29, 28, 29, 29, 28])
  })
})
