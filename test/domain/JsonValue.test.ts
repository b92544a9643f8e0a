import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { stringifyProperties, toJsonObject, toJsonValue } from "effect-posthog/domain/JsonValue"

const throwing = Object.defineProperty({ fine: 1 }, "bad", {
  enumerable: true,
  get: () => {
    throw new Error("no")
  }
})

const circular: { [key: string]: unknown } = { a: 1 }
circular["self"] = circular

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

describe("toJsonValue", () => {
  const cases: ReadonlyArray<readonly [name: string, input: unknown, expected: unknown]> = [
    ["a Date becomes its ISO text in UTC", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["an invalid Date becomes null", new Date(Number.NaN), null],
    ["a bigint becomes a number where that is exact", 12n, 12],
    ["a bigint becomes its decimal text elsewhere", 2n ** 64n, "18446744073709551616"],
    ["NaN becomes null", Number.NaN, null],
    ["an infinity becomes null", Number.NEGATIVE_INFINITY, null],
    ["negative zero becomes zero, as in JSON", [-0], [0]],
    ["undefined has no place", undefined, undefined],
    ["a function has no place", () => 1, undefined],
    ["a symbol has no place", Symbol("x"), undefined],
    ["what has no place is left out of objects", { a: undefined, b: () => 1, c: Symbol("x"), d: 1 }, { d: 1 }],
    ["what has no place is null in arrays", [undefined, () => 1, Symbol("x"), 1], [null, null, null, 1]],
    ["a sparse array's holes are null", Array.from({ length: 2 }), [null, null]],
    ["a Map becomes an object", new Map<unknown, unknown>([["a", 1], [2, new Date(0)]]), {
      a: 1,
      "2": "1970-01-01T00:00:00.000Z"
    }],
    ["a Set becomes an array", new Set([1, "b"]), [1, "b"]],
    ["an Error becomes its name and message", new RangeError("far"), { name: "RangeError", message: "far" }],
    ["binary data becomes its size in words", new Uint8Array(3), "[Uint8Array: 3 bytes]"],
    ["an object with toJSON becomes what that returns", { toJSON: () => ({ x: 1n }) }, { x: 1 }],
    ["a half surrogate pair becomes U+FFFD", { "k\ud800": "v\udc00" }, { "k\ufffd": "v\ufffd" }],
    ["a circular reference becomes [Circular]", circular, { a: 1, self: "[Circular]" }],
    ["a getter that throws becomes [Unreadable]", throwing, { fine: 1, bad: "[Unreadable]" }],
    ["a revoked proxy becomes [Unreadable]", { p: revoked() }, { p: "[Unreadable]" }],
    ["a boxed primitive becomes its value", [Object("s"), Object(1), Object(2n)], ["s", 1, 2]],
    ["the same object twice is no circle", ((o) => [o, o])({ a: 1 }), [{ a: 1 }, { a: 1 }]]
  ]
  for (const [name, input, expected] of cases) {
    it(name, () => {
      const actual = toJsonValue(input)
      assert.deepStrictEqual(actual === undefined ? undefined : JSON.parse(JSON.stringify(actual)), expected)
      assert.isFalse(Array.isArray(actual) && Object.is(actual[0], -0))
    })
  }

  it("what is too deep is truncated instead of overflowing the stack", () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) {
      deep = [deep]
    }
    assert.include(JSON.stringify(toJsonValue(deep)), "[Truncated]")
  })

  it("__proto__ is a key like any other and touches no prototype", () => {
    const hostile: object = JSON.parse("{\"__proto__\":{\"polluted\":true},\"a\":1}")
    assert.strictEqual(JSON.stringify(toJsonObject(hostile)), "{\"__proto__\":{\"polluted\":true},\"a\":1}")
    assert.strictEqual(stringifyProperties(hostile), "{\"__proto__\":{\"polluted\":true},\"a\":1}")
    assert.isUndefined(({} as { polluted?: boolean }).polluted)
  })

  it.prop("is the identity on JSON", [fc.jsonValue()], ([value]) => {
    assert.strictEqual(JSON.stringify(toJsonValue(value)), JSON.stringify(JSON.parse(JSON.stringify(value))))
  })

  it.prop(
    "never throws and always yields JSON, whatever it is given",
    [fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true })],
    ([value]) => {
      const json = JSON.stringify(toJsonValue(value) ?? null)
      // an escape, not text that looks like one: after an even number of backslashes
      assert.notMatch(json, /(?<!\\)(?:\\\\)*\\ud[89a-f]/)
      JSON.parse(json)
    },
    { fastCheck: { numRuns: 500 } }
  )
})

describe("stringifyProperties", () => {
  it.prop(
    "agrees with the careful way on anything",
    [fc.dictionary(fc.fullUnicodeString(), fc.anything({ withBigInt: true, withDate: true, withMap: true }))],
    ([bag]) => {
      assert.deepStrictEqual(
        JSON.parse(stringifyProperties(bag)),
        JSON.parse(JSON.stringify(toJsonObject(bag)))
      )
    },
    { fastCheck: { numRuns: 500 } }
  )

  it("text that merely looks like an escape is kept", () => {
    assert.deepStrictEqual(JSON.parse(stringifyProperties({ a: "\\ud800" })), { a: "\\ud800" })
  })

  it("what is no object is an empty bag", () => {
    assert.strictEqual(JSON.stringify(toJsonObject(7)), "{}")
    assert.strictEqual(JSON.stringify(toJsonObject(null)), "{}")
    assert.strictEqual(JSON.stringify(toJsonObject([1])), "{}")
  })
})
