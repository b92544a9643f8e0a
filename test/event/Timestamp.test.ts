import { assert, describe, it } from "@effect/vitest"
import { DateTime, FastCheck as fc } from "effect"
import { toUtc } from "effect-posthog/event/Timestamp"

describe("toUtc", () => {
  const cases: ReadonlyArray<readonly [input: string, expected: string | undefined]> = [
    ["2025-01-02T08:34:05+05:30", "2025-01-02T03:04:05.000Z"],
    ["2025-01-02T08:34:05.123456+05:30", "2025-01-02T03:04:05.123456Z"],
    ["2025-01-01T23:30:00-08:00", "2025-01-02T07:30:00.000Z"],
    ["2025-01-02T03:04:05Z", "2025-01-02T03:04:05.000Z"],
    ["2025-01-02t03:04:05z", "2025-01-02T03:04:05.000Z"],
    ["2025-01-02 03:04:05+0000", "2025-01-02T03:04:05.000Z"],
    ["2025-01-02T03:04:05", "2025-01-02T03:04:05.000Z"],
    ["2025-01-02T03:04Z", "2025-01-02T03:04:00.000Z"],
    ["2025-01-02", "2025-01-02T00:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["2025-02-29T00:00:00Z", undefined],
    ["2025-13-01T00:00:00Z", undefined],
    ["2025-01-02T25:00:00Z", undefined],
    ["2025-01-02T03:04:05+25:00", undefined],
    ["yesterday", undefined],
    ["", undefined]
  ]
  for (const [input, expected] of cases) {
    it(`CAP-09: "${input}" is ${expected ?? "no moment"}`, () => assert.strictEqual(toUtc(input), expected))
  }

  it("CAP-09: takes a Date, a DateTime of any zone and milliseconds", () => {
    const zoned = DateTime.unsafeMakeZoned(0, { timeZone: "Asia/Kolkata" })
    assert.strictEqual(toUtc(new Date(0)), "1970-01-01T00:00:00.000Z")
    assert.strictEqual(toUtc(zoned), "1970-01-01T00:00:00.000Z")
    assert.strictEqual(toUtc(0), "1970-01-01T00:00:00.000Z")
  })

  it("what names no moment is undefined and nothing throws", () => {
    assert.isUndefined(toUtc(new Date(Number.NaN)))
    assert.isUndefined(toUtc(Number.POSITIVE_INFINITY))
    const { proxy, revoke } = Proxy.revocable(new Date(0), {})
    revoke()
    assert.isUndefined(toUtc(proxy))
  })

  it.prop(
    "CAP-09: any offset names the same instant",
    [fc.date({ min: new Date("1000-01-02"), max: new Date("9998-12-30") }), fc.integer({ min: -1439, max: 1439 })],
    ([date, offset]) => {
      const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1)
      const abs = Math.abs(offset)
      const zone = `${offset < 0 ? "-" : "+"}${String(Math.floor(abs / 60)).padStart(2, "0")}:${
        String(abs % 60).padStart(2, "0")
      }`
      assert.strictEqual(toUtc(local + zone), date.toISOString())
    }
  )
})
