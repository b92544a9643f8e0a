import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import {
  asciiLower,
  jsonText,
  numberText,
  propertyText,
  spellings
} from "../../../src/flags/evaluation/PropertyText.js"

type Json = string | number | boolean | null | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** Another way to the same text: rebuilt with sorted keys, then printed at once. Keys and numbers are kept simple. */
const sorted = (json: Json): Json => {
  if (typeof json !== "object" || json === null) {
    return json
  }
  if (Array.isArray(json)) {
    return json.map(sorted)
  }
  const entries = Object.entries(json).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, value]) => [`k${key}`, sorted(value)]))
}
const prefixed = (json: Json): Json => {
  if (typeof json !== "object" || json === null) {
    return json
  }
  return Array.isArray(json)
    ? json.map(prefixed)
    : Object.fromEntries(Object.entries(json).map(([key, value]) => [`k${key}`, prefixed(value)]))
}

describe("the text of a value", () => {
  it("FLAGS-LOCAL-40: strings give their contents, everything else compact JSON with sorted keys", () => {
    const cases: ReadonlyArray<readonly [unknown, string]> = [
      ["a \"b\"", "a \"b\""],
      [true, "true"],
      [false, "false"],
      [null, "null"],
      [34, "34"],
      [-0, "0"],
      [1.5, "1.5"],
      [[], "[]"],
      [{}, "{}"],
      [["a", 1, null, true], "[\"a\",1,null,true]"],
      [{ b: { d: 1, c: 2 }, a: [{ z: 1, y: 2 }] }, "{\"a\":[{\"y\":2,\"z\":1}],\"b\":{\"c\":2,\"d\":1}}"],
      [{ 10: 1, 9: 1 }, "{\"10\":1,\"9\":1}"],
      [["\u0001\n\"\\é\u2028"], "[\"\\u0001\\n\\\"\\\\é\u2028\"]"],
      [{ "\u{10000}": 1, "\uffff": 2 }, "{\"\uffff\":2,\"\u{10000}\":1}"],
      [new Date(0), "1970-01-01T00:00:00.000Z"],
      [12n, "12"],
      [Number.NaN, "null"],
      ["\ud800", "\ufffd"]
    ]
    for (const [value, text] of cases) {
      assert.strictEqual(propertyText(value), text)
    }
  })

  it("FLAGS-LOCAL-40: numbers are spelled as the service spells what JavaScript sends", () => {
    const cases: ReadonlyArray<readonly [number, string]> = [
      [0.00001, "0.00001"],
      [0.000001, "1e-6"],
      [1e-7, "1e-7"],
      [-1.5e-9, "-1.5e-9"],
      [1e16, "10000000000000000"],
      // no 64-bit integer holds these: they are floats there
      [1e20, "1e+20"],
      [2 ** 64, "1.8446744073709552e+19"],
      [-(2 ** 63), "-9223372036854776000"],
      [-1e19, "-1e+19"],
      [1e21, "1e+21"],
      [1.7976931348623157e308, "1.7976931348623157e+308"]
    ]
    for (const [number, text] of cases) {
      assert.strictEqual(numberText(number), text)
    }
  })

  it("FLAGS-LOCAL-40: the text of a number is read as the same number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        assert.strictEqual(Number(numberText(number)), number + 0)
      })
    )
  })

  it("FLAGS-LOCAL-40: arbitrary JSON has the text that a model of it has", () => {
    const leaf = fc.oneof(fc.string({ unit: "grapheme" }), fc.boolean(), fc.constant(null), fc.integer())
    const { json } = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("json")),
        fc.dictionary(fc.string({ unit: "grapheme-ascii" }), tie("json"))
      )
    }))
    fc.assert(
      fc.property(json, (value) => {
        const expected = typeof value === "string" ? value : JSON.stringify(sorted(value))
        assert.strictEqual(jsonText(prefixed(value)), expected)
      })
    )
  })

  it("FLAGS-LOCAL-41: an integral number of a definition has every spelling that it may have had", () => {
    assert.deepStrictEqual(spellings(34, false), ["34"])
    assert.deepStrictEqual(spellings(34, true), ["34", "34.0"])
    assert.deepStrictEqual(spellings(0, true), ["0", "0.0", "-0.0"])
    assert.deepStrictEqual(spellings(1.5, true), ["1.5"])
    assert.deepStrictEqual(spellings("34", true), ["34"])
    // its digits are lost, however it was written
    assert.deepStrictEqual(spellings(2 ** 53, false), [])
    assert.deepStrictEqual(spellings(1e20, true), ["1e+20"])
    assert.deepStrictEqual(spellings({ a: [{ b: 1 }] }, true), [])
    assert.deepStrictEqual(spellings({ a: [{ b: 1 }] }, false), ["{\"a\":[{\"b\":1}]}"])
  })

  it("FLAGS-LOCAL-46: only A to Z have a lowercase here", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const model = Array.from(text, (letter) => (letter >= "A" && letter <= "Z" ? letter.toLowerCase() : letter))
          .join("")
        assert.strictEqual(asciiLower(text), model)
      })
    )
    assert.strictEqual(asciiLower("\u00c4B\u0130\u212a"), "\u00c4b\u0130\u212a")
  })
})
