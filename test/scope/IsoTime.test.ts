import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { isoTime } from "../../src/scope/IsoTime.js"

describe("isoTime", () => {
  const agrees = (millis: number) => assert.strictEqual(isoTime(millis), new Date(millis).toISOString())

  it("is what Date says, for whatever moment Date can say", () => {
    FastCheck.assert(FastCheck.property(FastCheck.integer({ min: -8.64e15, max: 8.64e15 }), agrees))
    FastCheck.assert(FastCheck.property(FastCheck.integer({ min: 0, max: 253_402_300_799_999 }), agrees), {
      numRuns: 20_000
    })
  })

  it("knows every day of 400 years, after which the calendar repeats, by its first and its last millisecond", () => {
    const wrong: Array<number> = []
    for (let day = 0; day < 146_097; day++) {
      for (const millis of [day * 86_400_000, day * 86_400_000 + 86_399_999]) {
        if (isoTime(millis) !== new Date(millis).toISOString()) {
          wrong.push(millis)
        }
      }
    }
    assert.deepStrictEqual(wrong, [])
  })

  it("is right where it changes over to Date, and passes over fractions as Date does", () => {
    for (const millis of [-1, 0, 253_402_300_799_999, 253_402_300_800_000, 1_700_000_000_000.75]) {
      agrees(millis)
    }
  })

  it("throws where Date throws", () => {
    assert.throws(() => isoTime(Number.NaN), RangeError)
    assert.throws(() => isoTime(8.65e15), RangeError)
  })
})
