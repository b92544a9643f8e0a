import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { absent, check, floats, type Result } from "./matching.js"

type Case = readonly [property: unknown, condition: unknown, result: Result]

const table = (operator: string, cases: ReadonlyArray<Case>, settings?: typeof floats) => {
  for (const [property, condition, result] of cases) {
    const label = `${JSON.stringify(property)} ${operator} ${JSON.stringify(condition)}`
    assert.strictEqual(check(property, operator, condition, settings), result, label)
    assert.strictEqual(
      check(property, `not_${operator}`, condition, settings),
      typeof result === "boolean" ? !result : result,
      `not ${label}`
    )
  }
}

describe("parts of texts", () => {
  it("FLAGS-LOCAL-10: starts_with and ends_with compare texts with A to Z lowercased", () => {
    table("starts_with", [
      ["Hello", "hE", true],
      ["hello", "ello", false],
      ["Éa", "é", false],
      ["Éa", "ÉA", true],
      [true, "TR", true],
      [123, 12, true],
      [null, "nu", true],
      ["x", "", true],
      [["a"], "[\"a", true],
      [absent, "x", "missingProperty"]
    ])
    table("ends_with", [
      ["a@X.io", "@x.IO", true],
      ["a@x.io", "a@", false],
      [false, "SE", true],
      [1.25, 25, true],
      [absent, "x", "missingProperty"]
    ])
  })

  it("FLAGS-LOCAL-46: icontains stringifies both and knows the case of A to Z only", () => {
    table("icontains", [
      ["Someone@X.io", "@x.IO", true],
      ["someone", "no one", false],
      ["café", "É", false],
      ["Ä", "ä", false],
      ["äB", "Äb", false],
      ["äB", "äb", true],
      ["\u212a", "k", false],
      [123, "23", true],
      [123, 23, true],
      [null, "ULL", true],
      [true, "ru", true],
      [{ b: 1, a: 2 }, "{\"A\":2,", true],
      ["anything", "", true],
      ["[1,2]", [1, 2], true],
      [new Date(0), "1970-01-01t", true]
    ])
  })

  it("FLAGS-LOCAL-41, FLAGS-LOCAL-46: a spelling that cannot be known counts only where it matters", () => {
    table("icontains", [
      ["x34.0x", 34, true],
      ["x34x", 34, "ambiguousNumber"],
      ["35", 34, false],
      ["x", { a: 1 }, "ambiguousNumber"]
    ], floats)
  })

  it("FLAGS-LOCAL-47: icontains_multi finds any of an array; an empty one finds nothing", () => {
    table("icontains_multi", [
      ["someone@x.io", ["@y.io", "@X.io"], true],
      ["someone@z.io", ["@y.io", "@x.io"], false],
      ["a1b", ["x", 1], true],
      ["nulls", ["x", null], true],
      ["anything", [], false],
      [absent, [], "missingProperty"],
      ["a", "a", "invalidFilterValue"]
    ])
    table(
      "icontains_multi",
      [["a34", ["a", 34], true], ["b34", ["a", 34], "ambiguousNumber"], ["b", ["a", 34], false]],
      floats
    )
  })

  it("FLAGS-LOCAL-10, FLAGS-LOCAL-46: agree with a model that lowercases letter by letter", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "A", "z", "Z", "ä", "Ä", "İ", "@", "[", "1"), maxLength: 6 })
    const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    fc.assert(
      fc.property(letters, letters, (property, condition) => {
        const [text, part] = [lower(property), lower(condition)]
        assert.strictEqual(check(property, "icontains", condition), text.includes(part))
        assert.strictEqual(check(property, "icontains_multi", ["#", condition]), text.includes(part))
        assert.strictEqual(check(property, "starts_with", condition), text.startsWith(part))
        assert.strictEqual(check(property, "ends_with", condition), text.endsWith(part))
      }),
      { numRuns: 2000 }
    )
  })
})
