import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Recent from "../../../src/flags/context/Recent.js"

describe("the results that were asked for last", () => {
  const keys = Array.from({ length: 40 }, (_, index) => ({ index }))

  it("are those of the function, whatever was asked before", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...keys))), (pairs) => {
      const memoized = Recent.memoize((a: { index: number }, b: { index: number }) => `${a.index} ${b.index}`)
      for (const [a, b] of pairs) {
        assert.strictEqual(memoized(a, b), `${a.index} ${b.index}`)
      }
    }))
  })

  it("are made once while sixteen of them take turns", () => {
    let made = 0
    const memoized = Recent.memoize((a: object) => [a, made++])
    for (let round = 0; round < 10; round++) {
      for (const key of keys.slice(0, 16)) {
        memoized(key, undefined)
      }
    }
    assert.strictEqual(made, 16)
    memoized(keys[20]!, undefined)
    memoized(keys[0]!, undefined)
    assert.strictEqual(made, 18)
  })
})
