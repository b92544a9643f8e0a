import { assert, describe, it } from "@effect/vitest"
import { DateTime, FastCheck as fc } from "effect"
import * as WallClock from "../../../../src/flags/evaluation/operators/WallClock.js"

const zones = [
  "America/New_York",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "America/Sao_Paulo",
  "Pacific/Apia"
]

describe("wall clocks", () => {
  it("FLAGS-LOCAL-58: what a clock shows leads back to an instant that shows it, never a later one", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 2_000_000_000 }), (id, seconds) => {
        const clock = WallClock.make(DateTime.zoneUnsafeMakeNamed(id))
        const wall = clock.at(seconds * 1000)
        assert.isDefined(wall)
        const instant = clock.instantOf(wall!)
        assert.isDefined(instant)
        assert.isAtMost(instant!, seconds * 1000)
        assert.strictEqual(clock.at(instant!), wall)
      }),
      { numRuns: 1000 }
    )
  })

  it("FLAGS-LOCAL-58: a whole day that a zone left out has no instants", () => {
    const apia = WallClock.make(DateTime.zoneUnsafeMakeNamed("Pacific/Apia"))
    assert.isUndefined(apia.instantOf(Date.UTC(2011, 11, 30, 12)))
    assert.strictEqual(apia.instantOf(Date.UTC(2011, 11, 31, 12)), Date.UTC(2011, 11, 30, 22))
    assert.strictEqual(apia.instantOf(Date.UTC(2011, 11, 29, 12)), Date.UTC(2011, 11, 29, 22))
  })

  it("FLAGS-LOCAL-60: what cannot be told is undefined and throws nothing", () => {
    const clock = WallClock.make(DateTime.zoneUnsafeMakeNamed("Europe/Berlin"))
    for (const millis of [Number.NaN, Number.POSITIVE_INFINITY, -1e17, 8.64e15, -62_135_596_800_000]) {
      assert.isUndefined(clock.at(millis))
      assert.isUndefined(clock.instantOf(millis))
    }
  })
})
