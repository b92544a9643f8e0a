import { assert, describe, it } from "@effect/vitest"
import { absent, check } from "./matching.js"

const values = [null, false, 0, "", [], {}, "x", 1, Number.NaN, 1n, new Date(0), new Date(Number.NaN)]

describe("is_set and is_not_set", () => {
  it("FLAGS-LOCAL-38: every value is set, null and the empty ones too; an absent one is inconclusive", () => {
    for (const value of values) {
      for (const condition of [absent, null, "is_set", true]) {
        assert.strictEqual(check(value, "is_set", condition), true)
      }
    }
    assert.strictEqual(check(absent, "is_set", absent), "missingProperty")
    assert.strictEqual(check({ toJSON: () => undefined }, "is_set", absent), "missingProperty")
  })

  it("FLAGS-LOCAL-39: is_not_set is no match where there is a value, inconclusive where there is none, never a match", () => {
    for (const value of values) {
      for (const condition of [absent, null, "is_not_set", true]) {
        assert.strictEqual(check(value, "is_not_set", condition), false)
      }
    }
    assert.strictEqual(check(absent, "is_not_set", absent), "missingProperty")
    assert.strictEqual(check(Symbol("s"), "is_not_set", absent), "missingProperty")
  })
})
