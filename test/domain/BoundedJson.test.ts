import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc, Redacted } from "effect"
import * as BoundedJson from "effect-posthog/domain/BoundedJson"
import { toJsonValue } from "effect-posthog/domain/JsonValue"
import * as FieldLimits from "effect-posthog/exception/input/FieldLimits"
import { anyValue, claimingProxy, revoked } from "./values.js"

const wide: BoundedJson.Limits = { maxDepth: 64, maxItems: 1e6, maxTextLength: 1e6, maxBytes: 1e8 }
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value) ?? "").length

describe("bounded JSON", () => {
  it.prop(
    "is what toJsonValue makes of it where nothing reaches a bound",
    [fc.anything({
      withNullPrototype: true,
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withBoxedValues: true
    })],
    ([input]) => {
      // the text: neither the prototypes nor undefined properties matter
      assert.strictEqual(
        JSON.stringify(BoundedJson.toJsonValue(input, wide)),
        JSON.stringify(toJsonValue(input))
      )
    }
  )

  it.prop(
    "keeps within its bytes, whatever it is of",
    [anyValue(), fc.integer({ min: 20, max: 2000 }), fc.integer({ min: 1, max: 6 })],
    ([make, maxBytes, maxDepth]) => {
      const input = make()
      const value = BoundedJson.toJsonValue({ a: [input, "é\u2028\u0001\"".repeat(9)], b: input }, {
        maxDepth,
        maxItems: 10,
        maxTextLength: 100,
        maxBytes
      })
      assert.isAtMost(bytes(value), maxBytes)
    }
  )

  it("marks what is too deep, too long and too much", () => {
    const limits = { maxDepth: 2, maxItems: 2, maxTextLength: 30, maxBytes: 200 }
    assert.deepStrictEqual(BoundedJson.toJsonValue([{ deep: {} }, 2, 3], limits), [
      { deep: "[Truncated]" },
      2,
      "[Truncated]"
    ])
    assert.strictEqual(BoundedJson.toJsonValue("x".repeat(1000), limits), "xxxxxx… [994 characters cut]")
    const cut = BoundedJson.toJsonValue(Array(20).fill("0123456789"), { ...limits, maxItems: 99, maxBytes: 60 })
    assert.deepStrictEqual(cut, ["0123456789", "0123456789", "0123456789", "[Truncated]"])
  })

  it("looks at no more than fits", () => {
    let reads = 0
    const item = Object.defineProperty({}, "x", { enumerable: true, get: () => ++reads })
    const list = Array.from({ length: 100_000 }, () => item)
    BoundedJson.toJsonValue(list, { ...wide, maxBytes: 1000 })
    assert.isAtMost(reads, 200)
  })

  it("keeps what is redacted redacted", () => {
    assert.deepStrictEqual(BoundedJson.toJsonValue({ key: Redacted.make("secret") }, wide), { key: "<redacted>" })
  })

  it("says what cannot be read", () => {
    const hostile = { gone: revoked(), all: claimingProxy(), ok: 1 }
    const value = BoundedJson.toJsonValue(hostile, FieldLimits.fields)
    assert.strictEqual((value as { gone: unknown }).gone, "[Unreadable]")
    assert.strictEqual((value as { ok: unknown }).ok, 1)
  })

  it("does not write out a bigint of a million digits", () => {
    assert.strictEqual(BoundedJson.toJsonValue(1n << 4_000_000n, wide), "[a bigint of more than 308 digits]")
  })
})
