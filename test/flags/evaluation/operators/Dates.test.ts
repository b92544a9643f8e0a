import { assert, describe, it } from "@effect/vitest"
import { DateTime, FastCheck as fc } from "effect"
import { absent, check, legacy, noon, type Result } from "./matching.js"

const operators = ["is_date_before", "is_date_exact", "is_date_after"] as const

/** Before, exact, after: one of the three, none, or one reason. */
const order = (property: unknown, condition: unknown, settings = legacy, now: number = noon): Result => {
  const results = operators.map((operator) => check(property, operator, condition, settings, now))
  const inconclusive = results.find((result) => typeof result === "string")
  return inconclusive ?? (operators.filter((_, index) => results[index] === true).join() || false)
}

const inZone = (id: string) => ({ ...legacy, zone: DateTime.zoneUnsafeMakeNamed(id) })
const newYork = inZone("America/New_York")
const at = (iso: string): number => DateTime.unsafeMake(iso).epochMillis

describe("order of dates", () => {
  it("FLAGS-LOCAL-54: exact is the same instant, before and after are strict", () => {
    assert.strictEqual(order("2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00"), "is_date_exact")
    assert.strictEqual(order("2023-12-31T23:59:59Z", "2024-01-01"), "is_date_before")
    assert.strictEqual(order("2024-01-01T00:00:00.001Z", "2024-01-01"), "is_date_after")
    assert.strictEqual(order("2024-01-01T00:00:00.000000001Z", "2024-01-01"), "is_date_after")
    assert.strictEqual(order("2024-01-01T00:00:00.0001Z", "2024-01-01T00:00:00.0002Z"), "is_date_before")
    assert.strictEqual(order(new Date(0), "1970-01-01"), "is_date_exact")
  })

  it("FLAGS-LOCAL-55: RFC 3339, a day, or a day and a time of day without an offset", () => {
    const accepted: ReadonlyArray<readonly [string, string]> = [
      ["2024-01-15T10:00:00Z", "2024-01-15T10:00:00.000Z"],
      ["2024-01-15t10:00:00z", "2024-01-15T10:00:00.000Z"],
      ["2024-01-15 10:00:00+02:00", "2024-01-15T08:00:00.000Z"],
      ["2024-01-15T10:00:00.5-05:30", "2024-01-15T15:30:00.500Z"],
      ["2024-01-15T10:00:00.123456789Z", "2024-01-15T10:00:00.123456789Z"],
      ["2024-02-29", "2024-02-29T00:00:00Z"],
      ["2024-01-15 10:00", "2024-01-15T10:00:00Z"],
      ["2024-01-15T10:00", "2024-01-15T10:00:00Z"],
      ["2024-01-15 10:00:01", "2024-01-15T10:00:01Z"],
      ["2024-01-15T10:00:01.25", "2024-01-15T10:00:01.250Z"],
      ["0000-01-01", "0000-01-01T00:00:00Z"],
      ["0099-12-31T23:59:59.999", "0099-12-31T23:59:59.999Z"]
    ]
    for (const [text, instant] of accepted) {
      assert.strictEqual(order(text, instant), "is_date_exact", text)
      assert.strictEqual(order(instant, text), "is_date_exact", text)
    }
  })

  it("FLAGS-LOCAL-55, FLAGS-LOCAL-60: days and clocks without an offset are the team's", () => {
    assert.strictEqual(order("2024-01-15", "2024-01-15T05:00:00Z", newYork), "is_date_exact")
    assert.strictEqual(order("2024-07-15 12:00", "2024-07-15T16:00:00Z", newYork), "is_date_exact")
    assert.strictEqual(order("2024-07-15T16:00:00Z", "2024-07-15 12:00", newYork), "is_date_exact")
    const india = { ...legacy, zone: DateTime.zoneMakeOffset(5.5 * 3_600_000) }
    assert.strictEqual(order("2024-01-15", "2024-01-14T18:30:00Z", india), "is_date_exact")
    // 01:30 comes twice on that day: the first one is meant
    assert.strictEqual(order("2024-11-03 01:30", "2024-11-03T05:30:00Z", newYork), "is_date_exact")
    // 02:30 never comes on this one
    assert.strictEqual(order("2024-03-10 02:30", "2024-03-10T07:00:00Z", newYork), false)
    assert.strictEqual(order("2024-03-10T07:00:00Z", "2024-03-10 02:30", newYork), "invalidFilterValue")
  })

  it("FLAGS-LOCAL-56: a property may be whole seconds of the epoch, as a number or as its text", () => {
    for (const property of [1_705_312_800, "1705312800", 1_705_312_800n]) {
      assert.strictEqual(order(property, "2024-01-15T10:00:00Z"), "is_date_exact")
    }
    assert.strictEqual(order(0, "1970-01-01"), "is_date_exact")
    assert.strictEqual(order("0", "1970-01-01"), "is_date_exact")
    assert.strictEqual(order(-1, "1969-12-31T23:59:59Z"), "is_date_exact")
    assert.strictEqual(order("-1", "1969-12-31T23:59:59Z"), "is_date_exact")
    for (
      const property of [
        1.5,
        "1.5",
        "01705312800",
        "+1705312800",
        " 1705312800",
        "-0",
        "1e9",
        true,
        [1_705_312_800],
        {},
        1e300
      ]
    ) {
      assert.strictEqual(order(property, "2024-01-15T10:00:00Z"), false, String(property))
    }
  })

  it("FLAGS-LOCAL-57: so many hours, days, weeks, months or years ago, with the sign or without", () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["0d", "2025-03-31T12:00:00Z"],
      ["1h", "2025-03-31T11:00:00Z"],
      ["7d", "2025-03-24T12:00:00Z"],
      ["2w", "2025-03-17T12:00:00Z"],
      ["1m", "2025-02-28T12:00:00Z"],
      ["1y", "2024-03-31T12:00:00Z"],
      ["007d", "2025-03-24T12:00:00Z"],
      ["2025y", "0000-03-31T12:00:00Z"]
    ]
    for (const [condition, instant] of cases) {
      assert.strictEqual(order(instant, condition), "is_date_exact", condition)
      assert.strictEqual(order(instant, `-${condition}`), "is_date_exact", `-${condition}`)
    }
    assert.strictEqual(order("2025-01-01", "9999y"), "is_date_after")
    assert.strictEqual(order("2025-01-01", "9999m"), "is_date_after")
    for (const condition of ["10000d", "-10000d", "+7d", "7D", "7", "d", "7 d", " 7d", "1.5d", "7s", "--7d", "7dd"]) {
      assert.strictEqual(order("2025-01-01", condition), "invalidFilterValue", condition)
    }
    // a property is never relative
    assert.strictEqual(order("-7d", "2025-01-01"), false)
  })

  it("FLAGS-LOCAL-57, FLAGS-LOCAL-60: relative dates move with the clock", () => {
    const checkAt = (now: string) => order("2025-01-08", "-7d", legacy, at(now))
    assert.strictEqual(checkAt("2025-01-14T23:59:59Z"), "is_date_after")
    assert.strictEqual(checkAt("2025-01-15T00:00:00Z"), "is_date_exact")
    assert.strictEqual(checkAt("2025-01-15T00:00:01Z"), "is_date_before")
  })

  it("FLAGS-LOCAL-58: they are counted on the wall clock: the earlier of two instants, inconclusive where there is none", () => {
    // noon in New York, a day after the clocks went forward: noon the day before was 23 hours ago
    assert.strictEqual(order("2024-03-09T17:00:00Z", "-1d", newYork, at("2024-03-10T16:00:00Z")), "is_date_exact")
    assert.strictEqual(order("2024-03-09T17:00:00Z", "-24h", newYork, at("2024-03-10T16:00:00Z")), "is_date_exact")
    // a week before 01:30 is the 01:30 that came twice
    assert.strictEqual(order("2024-11-03T05:30:00Z", "-1w", newYork, at("2024-11-10T06:30:00Z")), "is_date_exact")
    // a day before 02:30 is the 02:30 that never came
    for (const property of ["2024-03-10T07:00:00Z", "1990-01-01", "abc", null]) {
      assert.strictEqual(order(property, "-1d", newYork, at("2024-03-11T06:30:00Z")), "invalidFilterValue")
    }
    assert.strictEqual(order(absent, "-1d", newYork, at("2024-03-11T06:30:00Z")), "missingProperty")
    // what the zone's data cannot tell
    assert.strictEqual(order("2025-01-01", "9999y", newYork), "invalidFilterValue")
  })

  it("FLAGS-LOCAL-59: months and years one after the other, and a day that was cut off stays cut off", () => {
    const cases: ReadonlyArray<readonly [now: string, condition: string, instant: string]> = [
      ["2025-03-31T12:00:00Z", "2m", "2025-01-28T12:00:00Z"],
      ["2024-03-31T12:00:00Z", "2m", "2024-01-29T12:00:00Z"],
      ["2024-05-31T12:00:00Z", "1m", "2024-04-30T12:00:00Z"],
      ["2024-02-29T12:00:00Z", "1y", "2023-02-28T12:00:00Z"],
      ["2024-02-29T12:00:00Z", "4y", "2020-02-28T12:00:00Z"],
      ["2024-02-29T12:00:00Z", "48m", "2020-02-28T12:00:00Z"],
      ["2024-01-15T00:00:00.123Z", "13m", "2022-12-15T00:00:00.123Z"],
      ["1970-01-01T00:00:00.001Z", "2m", "1969-11-01T00:00:00.001Z"]
    ]
    for (const [now, condition, instant] of cases) {
      assert.strictEqual(order(instant, condition, legacy, at(now)), "is_date_exact", `${condition} before ${now}`)
    }
  })

  it("FLAGS-LOCAL-59: agrees with a naive model that takes every step", () => {
    const timeOfDay = (date: Date) => ((date.getTime() % 86_400_000) + 86_400_000) % 86_400_000
    const step = (date: Date, months: number): Date => {
      const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() - months, date.getUTCDate()]
      const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
      return new Date(Date.UTC(year, month, Math.min(day, last)) + timeOfDay(date))
    }
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: at("2100-12-31T00:00:00Z") }),
        fc.integer({ min: 0, max: 300 }),
        fc.constantFrom(1, 12),
        (now, count, months) => {
          const steps = months === 12 ? count % 100 : count
          let date = new Date(now)
          for (let i = 0; i < steps; i++) {
            date = step(date, months)
          }
          // dates before 1900 confuse the model
          fc.pre(date.getUTCFullYear() >= 1900)
          const condition = `${steps}${months === 12 ? "y" : "m"}`
          assert.strictEqual(
            order(date, condition, legacy, now),
            "is_date_exact",
            `${condition} before ${new Date(now).toISOString()}`
          )
        }
      ),
      { numRuns: 2000 }
    )
  })

  it("FLAGS-LOCAL-60: a property that is no date is no match, a condition that is none is inconclusive", () => {
    const none = [
      ["", "soon", "2023-02-29", "2024-02-30", "2024-13-01", "2024-00-10", "2024-01-00", "2024-01-32", "2100-02-29"],
      [
        "2024-1-5",
        "2024-01",
        "2024",
        "20240115",
        "2024/01/15",
        "01/15/2024",
        "Jan 15 2024",
        "2024-W03-1",
        "12",
        "3 4"
      ],
      [
        "2024-01-15T10Z",
        "2024-01-15T10:00Z",
        "2024-01-15T24:00:00Z",
        "2024-01-15T10:60:00Z",
        "2024-01-15T10:00:60Z"
      ],
      [
        "2024-01-15T10:00:00+0200",
        "2024-01-15T10:00:00+24:00",
        "2024-01-15T10:00:00+02:60",
        "2024-01-15T10:00:00+02"
      ],
      ["2024-01-15T10:00:00,5Z", "2024-01-15T10:00:00.Z", "2024-01-15T", "2024-01-15Z", "2024-01-15  10:00"],
      [" 2024-01-15", "2024-01-15 ", "2024-01-15\n", "+2024-01-15", "-2024-01-15", "02024-01-15", "２０２４-01-15"],
      ["2024-01-15t10:00:00", `2024-01-15T10:00:00.${"1".repeat(100)}Z`]
    ].flat()
    for (const text of none) {
      if (!/^\d+$/.test(text) || text.startsWith("0")) {
        assert.strictEqual(order(text, "1900-01-01"), false, text)
      }
      assert.strictEqual(order("2024-01-15", text), "invalidFilterValue", text)
    }
    for (const value of [true, null, [], {}, ["2024-01-15"]]) {
      assert.strictEqual(order(value, "1900-01-01"), false)
      assert.strictEqual(order("2024-01-15", value), "invalidFilterValue")
    }
    assert.strictEqual(order(absent, "2024-01-15"), "missingProperty")
  })

  it("FLAGS-LOCAL-54, FLAGS-LOCAL-55: agree with Date on every instant that it prints", () => {
    const instant = fc.date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true
    })
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const expected = a < b ? "is_date_before" : a > b ? "is_date_after" : "is_date_exact"
        assert.strictEqual(order(a, b), expected)
        assert.strictEqual(order(a, a.toISOString()), "is_date_exact")
      })
    )
  })
})
