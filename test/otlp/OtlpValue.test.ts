import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as OtlpValue from "../../src/otlp/OtlpValue.js"
import { hostileValue } from "./hostile.js"

const encode = (input: unknown) => OtlpValue.toAnyValue(input)

describe("values", () => {
  it("TRACE-17 LOG-06: texts, booleans, whole and broken numbers", () => {
    assert.deepStrictEqual(encode("text"), { stringValue: "text" })
    assert.deepStrictEqual(encode(""), { stringValue: "" })
    assert.deepStrictEqual(encode(true), { boolValue: true })
    assert.deepStrictEqual(encode(false), { boolValue: false })
    assert.deepStrictEqual(encode(-7), { intValue: "-7" })
    assert.deepStrictEqual(encode(0), { intValue: "0" })
    assert.deepStrictEqual(encode(-0), { intValue: "0" })
    assert.deepStrictEqual(encode(3.5), { doubleValue: 3.5 })
    assert.deepStrictEqual(encode(12n), { intValue: "12" })
  })

  it("TRACE-17 LOG-06: what is not finite is a text", () => {
    assert.deepStrictEqual([NaN, Infinity, -Infinity].map(encode), [
      { stringValue: "NaN" },
      { stringValue: "Infinity" },
      { stringValue: "-Infinity" }
    ])
  })

  it("TRACE-17 LOG-06: whole numbers are exact up to int64 and texts beyond it, which is told", () => {
    const large: Array<string> = []
    const all = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, -(2n ** 63n) - 1n, 2 ** 63, -(2 ** 63), 2 ** 53, 1e21]
    assert.deepStrictEqual(all.map((each) => OtlpValue.toAnyValue(each, (digits) => large.push(digits))), [
      { intValue: "9223372036854775807" },
      { intValue: "-9223372036854775808" },
      { stringValue: "9223372036854775808" },
      { stringValue: "-9223372036854775809" },
      { stringValue: "9223372036854775808" },
      { intValue: "-9223372036854775808" },
      { intValue: "9007199254740992" },
      { stringValue: "1000000000000000000000" }
    ])
    assert.deepStrictEqual(large, [
      "9223372036854775808",
      "-9223372036854775809",
      "9223372036854775808",
      "1000000000000000000000"
    ])
  })

  it("TRACE-17 LOG-06: lists and objects nest; null and undefined drop the key, and the item of a list", () => {
    assert.deepStrictEqual(encode({ a: [1, null, "x", undefined], b: { c: null, d: undefined, e: false } }), {
      kvlistValue: {
        values: [
          { key: "a", value: { arrayValue: { values: [{ intValue: "1" }, { stringValue: "x" }] } } },
          { key: "b", value: { kvlistValue: { values: [{ key: "e", value: { boolValue: false } }] } } }
        ]
      }
    })
    assert.isUndefined(encode(null))
    assert.isUndefined(encode(undefined))
  })

  it("TRACE-37: half surrogate pairs become U+FFFD, in keys too, and empty keys are dropped", () => {
    assert.deepStrictEqual(encode("a\ud800b"), { stringValue: "a\ufffdb" })
    assert.deepStrictEqual(OtlpValue.toAttributes({ "": 1, "k\udc00": 2 }), [
      { key: "k\ufffd", value: { intValue: "2" } }
    ])
  })

  it("dates, maps, sets, errors and objects with toJSON are what they stand for", () => {
    assert.deepStrictEqual(encode(new Date(0)), { stringValue: "1970-01-01T00:00:00.000Z" })
    assert.deepStrictEqual(encode(new Map([["a", 1]])), {
      kvlistValue: { values: [{ key: "a", value: { intValue: "1" } }] }
    })
    assert.deepStrictEqual(encode(new Set([1])), { arrayValue: { values: [{ intValue: "1" }] } })
    assert.deepStrictEqual(encode({ toJSON: () => "json" }), { stringValue: "json" })
    assert.deepStrictEqual(encode(new RangeError("far")), {
      kvlistValue: {
        values: [
          { key: "name", value: { stringValue: "RangeError" } },
          { key: "message", value: { stringValue: "far" } }
        ]
      }
    })
  })

  it("cycles, depth and number are bounded, and getters may throw", () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    assert.deepStrictEqual(encode(cycle), {
      kvlistValue: { values: [{ key: "self", value: { stringValue: "[Circular]" } }] }
    })
    let deep: unknown = "bottom"
    for (let i = 0; i < 10_000; i++) {
      deep = [deep]
    }
    assert.include(JSON.stringify(encode(deep)), "[Truncated]")
    const wide = encode(Array.from({ length: 1_000_000 }, (_, i) => i))
    assert.isBelow(JSON.stringify(wide).length, 300_000)
    const thrower = Object.defineProperty({}, "a", {
      enumerable: true,
      get: () => {
        throw new Error("no")
      }
    })
    assert.deepStrictEqual(OtlpValue.toAttributes(thrower), [{ key: "a", value: { stringValue: "[Unreadable]" } }])
  })
})

describe("hostile values", () => {
  it("LOG-06 TRACE-17: whatever comes, nothing throws, and what goes is a value that PostHog takes", () => {
    let seen = 0
    fc.assert(
      fc.property(hostileValue, (make) => {
        const value = encode(make())
        if (value !== undefined) {
          seen++
          assert.isTrue(isValid(JSON.parse(JSON.stringify(value))), JSON.stringify(value))
        }
      }),
      { numRuns: 500 }
    )
    assert.isAbove(seen, 300)
  })
})

/** As OTLP's JSON defines it: exactly one field, and of the right type. */
const isValid = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 1) {
    return false
  }
  const [[kind, held] = []] = Object.entries(value)
  switch (kind) {
    case "stringValue":
      return typeof held === "string" && held.isWellFormed()
    case "boolValue":
      return typeof held === "boolean"
    case "intValue":
      return typeof held === "string" && BigInt.asIntN(64, BigInt(held)) === BigInt(held)
    case "doubleValue":
      return typeof held === "number"
    case "arrayValue":
      return held.values.every(isValid)
    case "kvlistValue":
      return held.values.every((each: { key: unknown; value: unknown }) =>
        typeof each.key === "string" && each.key !== "" && isValid(each.value)
      )
    default:
      return false
  }
}
