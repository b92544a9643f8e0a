import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { absent, check, inCohort, type Result } from "./matching.js"

/** Reads the grammar one character after the other; NaN where the text does not follow it. */
const model = (text: string): number => {
  let at = 0
  const digits = () => {
    const start = at
    while (at < text.length && "0123456789".includes(text.charAt(at))) {
      at++
    }
    return at - start
  }
  const one = (letters: string) => {
    const found = at < text.length && letters.includes(text.charAt(at))
    at += found ? 1 : 0
    return found
  }
  one("+-")
  const whole = digits()
  if (one(".") ? digits() + whole === 0 : whole === 0) {
    return Number.NaN
  }
  if (one("eE")) {
    one("+-")
    if (digits() === 0) {
      return Number.NaN
    }
  }
  const number = at === text.length ? Number.parseFloat(text) : Number.NaN
  return Number.isFinite(number) ? number : Number.NaN
}

const numerals = ["1", "+1", "-1", "1.", ".5", "-.5", "1.5e3", "1E+2", "1e-2", "007", "0"]
const notNumerals = [
  ["", " 10 ", "10 ", "10px", "abc", ".", "+", "e5", "1e", "1e+", "1.2.3", "--1", "1_000", "1,000", "٣"],
  ["Infinity", "-inf", "NaN", "1e400", "0x10", "10n"]
].flat()

describe("order of numbers", () => {
  it("FLAGS-LOCAL-51: numbers, and texts in the whole grammar, on either side; min and max are gte and lte", () => {
    const cases: ReadonlyArray<readonly [unknown, string, unknown, boolean]> = [
      [10, "gt", "9", true],
      ["10", "gt", "9", true],
      ["10", "gt", 9, true],
      [9, "gt", 9, false],
      [9, "gte", "9.0", true],
      [9, "min", "9", true],
      [8.9, "min", 9, false],
      ["-1e2", "lt", "-99", true],
      [9, "lt", 9, false],
      [9, "lte", 9, true],
      [9, "max", "9", true],
      [9.1, "max", 9, false],
      ["9007199254740993", "gt", "9007199254740992", false],
      [12n, "gt", "11", true],
      [10n ** 30n, "gt", "1e29", true]
    ]
    for (const [property, operator, condition, result] of cases) {
      assert.strictEqual(check(property, operator, condition), result, `${property} ${operator} ${condition}`)
    }
    for (const text of numerals) {
      assert.strictEqual(check(text, "gte", text), true, text)
      assert.strictEqual(check(Number.parseFloat(text), "lte", text), true, text)
    }
  })

  it("FLAGS-LOCAL-52: nothing is trimmed, cut off or compared as text: a bad property is no match, a bad condition inconclusive", () => {
    const bounds = ["gt", "gte", "lt", "lte", "min", "max"]
    for (const operator of bounds) {
      for (const text of notNumerals) {
        assert.strictEqual(check(text, operator, "5"), false, `${text} ${operator} 5`)
        assert.strictEqual(check(5, operator, text), "invalidFilterValue", `5 ${operator} ${text}`)
      }
      for (const value of [true, false, null, [1], {}, Number.NaN, Number.POSITIVE_INFINITY, new Date(0)]) {
        assert.strictEqual(check(value, operator, "5"), false)
        assert.strictEqual(check(5, operator, value), "invalidFilterValue")
      }
      assert.strictEqual(check(absent, operator, "5"), "missingProperty")
    }
  })

  it("FLAGS-LOCAL-51, FLAGS-LOCAL-52: agree with a model of the grammar", () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."0123456789+-.eE "), maxLength: 8 }),
      fc.double().map(String),
      fc.constantFrom(...numerals, ...notNumerals)
    )
    fc.assert(
      fc.property(text, text, (property, condition) => {
        const [number, limit] = [model(property), model(condition)]
        const expected = (holds: boolean): Result =>
          Number.isNaN(limit) ? "invalidFilterValue" : !Number.isNaN(number) && holds
        assert.strictEqual(check(property, "gt", condition), expected(number > limit))
        assert.strictEqual(check(property, "gte", condition), expected(number >= limit))
        assert.strictEqual(check(property, "lt", condition), expected(number < limit))
        assert.strictEqual(check(property, "lte", condition), expected(number <= limit))
      }),
      { numRuns: 3000 }
    )
  })

  it("FLAGS-LOCAL-53: between two finite bounds, both included; a malformed range is inconclusive", () => {
    const table: ReadonlyArray<readonly [unknown, unknown, Result, Result]> = [
      [1, [1, 2], true, false],
      [2, ["1", "2"], true, false],
      ["1.5", [1, "2e0"], true, false],
      [2.1, [1, 2], false, true],
      [1, [1, 1], true, false],
      ["abc", [1, 2], false, false],
      [null, [1, 2], false, false],
      [true, [0, 2], false, false],
      [1, [2, 1], "invalidFilterValue", "invalidFilterValue"],
      [1, [1], "invalidFilterValue", "invalidFilterValue"],
      [1, [1, 2, 3], "invalidFilterValue", "invalidFilterValue"],
      [1, ["a", 2], "invalidFilterValue", "invalidFilterValue"],
      [1, [1, "1e400"], "invalidFilterValue", "invalidFilterValue"],
      [1, [null, 2], "invalidFilterValue", "invalidFilterValue"],
      [1, "1,2", "invalidFilterValue", "invalidFilterValue"],
      [1, { 0: 1, 1: 2, length: 2 }, "invalidFilterValue", "invalidFilterValue"],
      [absent, [1, 2], "missingProperty", "missingProperty"]
    ]
    for (const [property, condition, within, without] of table) {
      const label = `${property} ${JSON.stringify(condition)}`
      assert.strictEqual(check(property, "between", condition, inCohort), within, label)
      assert.strictEqual(check(property, "not_between", condition, inCohort), without, `not ${label}`)
    }
  })
})
