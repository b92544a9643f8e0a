import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { absent, check, explicit, floats, legacy, type Result } from "./matching.js"

const print = (value: unknown): string => typeof value === "bigint" ? `${value}n` : JSON.stringify(value)

const negated = (result: Result): Result => (typeof result === "boolean" ? !result : result)

/** Condition, property, result of `exact`; `is_not` has to be its negation. */
const table = (cases: ReadonlyArray<readonly [unknown, unknown, Result]>, settings = legacy) => {
  for (const [condition, property, result] of cases) {
    const label = `${print(property)} exact ${JSON.stringify(condition)}`
    assert.strictEqual(check(property, "exact", condition, settings), result, label)
    assert.strictEqual(check(property, "is_not", condition, settings), negated(result), `not ${label}`)
  }
}

describe("exact and is_not", () => {
  it("FLAGS-LOCAL-41: a caller's integer is compared as JavaScript sends it: 34 is \"34\" and never \"34.0\"", () => {
    table([
      [34, 34, true],
      ["34", 34, true],
      [34, "34", true],
      ["34.0", 34, false],
      [34, "34.0", false],
      ["0", -0, true],
      [1.5, "1.5", true],
      ["1e-7", 1e-7, true],
      ["1E-7", 1e-7, true],
      [["a", 34], 34, true],
      ["null", Number.NaN, true],
      ["1e+20", 1e20, true],
      ["12", 12n, true]
    ])
  })

  it("FLAGS-LOCAL-41: where the definitions may have spelled an integer as a float, what depends on that is inconclusive", () => {
    table([
      [34, 34, "ambiguousNumber"],
      [34, "34", "ambiguousNumber"],
      [34, "34.0", "ambiguousNumber"],
      [34, 35, false],
      [34, "34.00", false],
      [34, "pro", false],
      ["34", 34, true],
      [1.5, 1.5, true],
      [0, "-0.0", "ambiguousNumber"],
      [[34, "free"], "FREE", true],
      [["free", 34], 34, "ambiguousNumber"],
      [["34", 34], 34, true],
      [["free", 34], "x", false],
      [{ a: 1 }, { a: 1 }, "ambiguousNumber"],
      [{ a: 1 }, "{\"a\":1.0}", "ambiguousNumber"],
      [{ a: 1 }, "x", false],
      [[[1]], "[1.0]", "ambiguousNumber"],
      [[[1]], { a: 1 }, false],
      [1e20, 1e20, true]
    ], floats)
    assert.strictEqual(check(absent, "exact", 34, floats), "missingProperty")
  })

  it("FLAGS-LOCAL-41: an integer that lost its digits to JavaScript is ambiguous however it was written", () => {
    const lossy: unknown = JSON.parse("9007199254740993")
    table([
      [lossy, "9007199254740993", "ambiguousNumber"],
      [lossy, "9007199254740992", "ambiguousNumber"],
      [lossy, "9007199254740994", false],
      [lossy, "x", false],
      [9007199254740991, "9007199254740991", true]
    ])
  })

  it("FLAGS-LOCAL-42: a filter of nothing but booleans compares truthiness", () => {
    table([
      [true, true, true],
      [true, "TRUE", true],
      ["tRuE", true, true],
      [true, ["true", true], true],
      [true, [], true],
      [true, [["true"]], true],
      [true, 1, false],
      [true, "1", false],
      [true, "yes", false],
      [false, false, true],
      ["False", "no", true],
      [["true", true], "true", true],
      [[["true"], []], true, true],
      [["false"], 0, true],
      // not boolean-like: plain comparison
      [["true", "x"], "TRUE", true],
      [["false", "x"], "banana", false],
      ["yes", "YES", true]
    ])
  })

  it("FLAGS-LOCAL-43: any element, lowercased as text; is_not negates the complete result", () => {
    table([
      [["free", "PRO"], "pro", true],
      [["free", "pro"], "PRO", true],
      [["free", "pro"], "team", false],
      [["a", null], null, true],
      [["a", true], true, true],
      [["a", [1, 2]], [1, 2], true],
      [["a", 1], 1, true],
      [["a", 1], "1", true],
      [["a", 1], 2, false],
      ["pro", "PRO", true],
      ["pro", "prod", false],
      [{ b: 1, a: 2 }, { a: 2, b: 1 }, true],
      [{ b: 1, a: 2 }, "{\"A\":2,\"b\":1}", true],
      ["[1,2]", [1, 2], true],
      ["x", null, false],
      ["null", null, true],
      ["", "", true],
      ["", null, false]
    ])
  })

  it("FLAGS-LOCAL-44: what follows from the boolean gate", () => {
    table([
      [false, "banana", true],
      [false, 0, true],
      [false, null, true],
      [false, {}, true],
      [false, "", true],
      [false, true, false],
      [["true", "false"], "true", false],
      [["true", "false"], "pro", true],
      [[], true, true],
      [[], "true", true],
      [[], [], true],
      [[], [true], true],
      [[], false, false],
      [[], "x", false],
      [[], null, false],
      [[], {}, false],
      [[], 1, false]
    ])
  })

  it("FLAGS-DEFS-26: explicit matching compares texts, and asks for no truthiness", () => {
    table([
      [false, "banana", false],
      [false, 0, false],
      [false, null, false],
      [false, "", false],
      [false, "FALSE", true],
      [false, false, true],
      [true, true, true],
      [true, "True", true],
      [true, [true], false],
      [["true", "false"], "true", true],
      [["true", "false"], true, true],
      [["true", "false"], "pro", false],
      // nothing to compare with: as in the other version
      [[], true, true],
      [[], "x", false]
    ], explicit)
  })

  it("FLAGS-LOCAL-45: lowercase is Unicode's, neither ASCII's nor case folding", () => {
    table([
      ["É", "é", true],
      ["é", "É", true],
      ["ß", "SS", false],
      ["ß", "ẞ", true],
      ["ΟΔΟΣ", "οδος", true],
      ["οδοσ", "ΟΔΟΣ", false],
      ["İ", "i\u0307", true],
      ["i\u0307", "İ", true],
      ["i", "İ", false],
      ["k", "\u212a", true],
      ["\ufffd", "\ud800", true],
      [["x", "É"], "é", true],
      [["x", "i\u0307"], "İ", true]
    ])
  })

  it("FLAGS-LOCAL-43, FLAGS-LOCAL-45: one text and a list of one and more texts agree with the plain comparison", () => {
    const text = fc.oneof(
      fc.constantFrom("i\u0307", "İ", "Σ", "ΑΣ", "ας", "34", "Null", "aB", "\udc00", "1e+21"),
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom("a", "A", "b", "B")
    )
    const value = fc.oneof(text, fc.constantFrom(34, null, 1e21, ["a"]))
    fc.assert(
      fc.property(text, value, (condition, property) => {
        const plain = typeof property === "string"
          ? property.toWellFormed()
          : property === 1e21
          ? "1e+21"
          : JSON.stringify(property)
        const expected = plain.toLowerCase() === condition.toWellFormed().toLowerCase()
        assert.strictEqual(check(property, "exact", condition), expected)
        assert.strictEqual(check(property, "exact", [condition]), expected)
        assert.strictEqual(check(property, "exact", [condition, "another one"]), expected)
      }),
      { numRuns: 2000 }
    )
  })
})
