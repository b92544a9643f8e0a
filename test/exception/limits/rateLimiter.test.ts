import { assert, describe, it } from "@effect/vitest"
import { Duration, FastCheck } from "effect"
import * as RateLimiter from "effect-posthog/exception/limits/RateLimiter"

const defaults = RateLimiter.resolve({})

/** How many of these moments pass, for one type. */
const passed = (limiter: RateLimiter.RateLimiter, moments: Iterable<number>, type = "Error"): number => {
  let count = 0
  for (const now of moments) {
    count += limiter.take(now, type).allowed ? 1 : 0
  }
  return count
}

const every = (millis: number, count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i * millis)

describe("RateLimiter", () => {
  it("EXC-14: ten at once, then one every ten seconds, for a thousand types, unless the options say otherwise", () => {
    assert.deepStrictEqual(defaults, { capacity: 10, refillMillis: 10_000, maxTypes: 1000 })
    assert.deepStrictEqual(RateLimiter.resolve({ capacity: 0, refillEvery: "1 minute", maxTypes: 2.5 }), {
      capacity: 1,
      refillMillis: 60_000,
      maxTypes: 2
    })
  })

  it("EXC-14: thirty at once are ten, not the nine of posthog-node; a bucket of one passes one, not none", () => {
    assert.strictEqual(passed(RateLimiter.fromOptions({}), every(0, 30, 1000)), 10)
    assert.strictEqual(passed(RateLimiter.fromOptions({ capacity: 1 }), every(0, 5)), 1)
  })

  it("EXC-14: one a second for 35 seconds after a burst is one every ten seconds, where posthog-node passes none", () => {
    const limiter = RateLimiter.fromOptions({})
    assert.strictEqual(passed(limiter, every(0, 30)), 10)
    assert.strictEqual(passed(limiter, every(1000, 35, 1000)), 3)
    assert.strictEqual(passed(RateLimiter.fromOptions({}), every(1000, 35)), 13)
  })

  it("EXC-14: what is asked for more often than it grows never starves, and no part of a refill is lost", () => {
    // 7 ms never divide 10,000: rounding each time would let nothing grow at all
    const limiter = RateLimiter.fromOptions({})
    const moments = every(7, 142_858)
    assert.strictEqual(passed(limiter, moments), 10 + Math.floor(moments.at(-1)! / 10_000))
  })

  it("EXC-14: types do not share a bucket", () => {
    const limiter = RateLimiter.fromOptions({})
    assert.strictEqual(passed(limiter, every(0, 30), "A"), 10)
    assert.strictEqual(passed(limiter, every(0, 30), "B"), 10)
  })

  it("a token is there when its time has come, not a millisecond earlier, and a long silence fills the bucket only once", () => {
    const limiter = RateLimiter.fromOptions({ capacity: 2, refillEvery: 100 })
    assert.strictEqual(passed(limiter, [0, 0]), 2)
    assert.strictEqual(passed(limiter, [99]), 0)
    assert.strictEqual(passed(limiter, [100, 100, 199]), 1)
    assert.strictEqual(passed(limiter, [200]), 1)
    assert.strictEqual(passed(limiter, every(0, 10, 1_000_050)), 2)
    // full at 1,000,050: the next grows from there
    assert.strictEqual(passed(limiter, [1_000_149]), 0)
    assert.strictEqual(passed(limiter, [1_000_150]), 1)
  })

  it("a clock that is set back makes nobody wait for the old time, nor does one that tells no number", () => {
    const limiter = RateLimiter.fromOptions({ capacity: 1, refillEvery: 100 })
    assert.strictEqual(passed(limiter, [1_000_000]), 1)
    assert.strictEqual(passed(limiter, [0, 50, 99]), 0)
    assert.strictEqual(passed(limiter, [100]), 1)
    assert.strictEqual(passed(limiter, [Number.NaN, 150, 249]), 0)
    assert.strictEqual(passed(limiter, [250]), 1)
    assert.strictEqual(passed(RateLimiter.fromOptions({ capacity: 1, refillEvery: 100 }), [Number.NaN, 0, 100]), 2)
  })

  it("no time between refills is no limit, and no end of it no refill", () => {
    assert.strictEqual(passed(RateLimiter.fromOptions({ refillEvery: 0 }), every(0, 1000)), 1000)
    assert.strictEqual(passed(RateLimiter.fromOptions({ refillEvery: Duration.infinity }), every(1e9, 1000)), 10)
    assert.strictEqual(passed(RateLimiter.fromOptions({ capacity: Number.POSITIVE_INFINITY }), every(0, 1000)), 1000)
  })

  it("how many were refused is told once, by the next that passes", () => {
    const limiter = RateLimiter.fromOptions({ capacity: 1, refillEvery: 100 })
    assert.deepStrictEqual(limiter.take(0, "A"), { allowed: true, suppressed: 0 })
    assert.deepStrictEqual(limiter.take(1, "A"), { allowed: false })
    assert.deepStrictEqual(limiter.take(2, "A"), { allowed: false })
    assert.deepStrictEqual(limiter.take(100, "A"), { allowed: true, suppressed: 2 })
    assert.deepStrictEqual(limiter.take(200, "A"), { allowed: true, suppressed: 0 })
  })

  it("what nobody was told yet is listed, the largest first, until it is forgotten", () => {
    const limiter = RateLimiter.fromOptions({ capacity: 1 })
    assert.deepStrictEqual(limiter.suppressed(), { total: 0, byType: [] })
    passed(limiter, every(0, 3), "A")
    passed(limiter, every(0, 6), "B")
    passed(limiter, every(0, 1), "C")
    const told: RateLimiter.Suppressed = { total: 7, byType: [["B", 5], ["A", 2]] }
    assert.deepStrictEqual(limiter.suppressed(), told)
    assert.deepStrictEqual(limiter.suppressed(), told)
    limiter.forget()
    assert.deepStrictEqual(limiter.suppressed(), { total: 0, byType: [] })
    assert.deepStrictEqual(limiter.take(1, "A"), { allowed: false })
    assert.deepStrictEqual(limiter.suppressed(), { total: 1, byType: [["A", 1]] })
  })

  it("dynamic names do not fill the memory: the type unused for longest makes room, and its refusals still count", () => {
    const limiter = RateLimiter.make({ capacity: 1, refillMillis: 1000, maxTypes: 2 })
    passed(limiter, every(0, 4), "A")
    passed(limiter, every(0, 2), "B")
    passed(limiter, every(0, 1), "A")
    // B goes, for A was used after it
    assert.strictEqual(passed(limiter, every(0, 1), "C"), 1)
    assert.deepStrictEqual(limiter.suppressed(), { total: 5, byType: [["A", 4]] })
    assert.strictEqual(passed(limiter, every(0, 1), "A"), 0)
    assert.strictEqual(passed(limiter, every(0, 1), "B"), 1)
    limiter.forget()
    assert.strictEqual(limiter.suppressed().total, 0)
  })

  it("names of any length and kind are types", () => {
    const limiter = RateLimiter.fromOptions({ capacity: 1 })
    const long = "x".repeat(1 << 20)
    assert.deepStrictEqual(
      ["__proto__", "constructor", "", long, "__proto__", `${long}y`].map((type) => limiter.take(0, type).allowed),
      [true, true, true, true, false, false]
    )
    assert.deepStrictEqual(limiter.suppressed().byType.map(([type, count]) => [type.length, count]), [[9, 1], [256, 1]])
  })

  it.prop("EXC-14: it does what exact arithmetic says, whatever comes when", {
    capacity: FastCheck.integer({ min: 1, max: 5 }),
    refillMillis: FastCheck.integer({ min: 1, max: 50 }),
    maxTypes: FastCheck.integer({ min: 1, max: 4 }),
    steps: FastCheck.array(
      FastCheck.record({
        passes: FastCheck.oneof(
          { weight: 8, arbitrary: FastCheck.integer({ min: 0, max: 40 }) },
          { weight: 1, arbitrary: FastCheck.integer({ min: -500, max: 1000 }) }
        ),
        type: FastCheck.constantFrom("A", "B", "C", "D", "E", "F")
      }),
      { maxLength: 200 }
    )
  }, ({ capacity, maxTypes, refillMillis, steps }) => {
    const limiter = RateLimiter.make({ capacity, refillMillis, maxTypes })
    /** Credit in milliseconds at the moment `at`; the last used is the last. */
    let model: ReadonlyArray<{ type: string; credit: bigint; at: bigint; suppressed: number }> = []
    let evicted = 0
    let now = 1000n
    const price = BigInt(refillMillis)
    const most = BigInt(capacity) * price
    for (const { passes, type } of steps) {
      now += BigInt(passes)
      const known = model.find((bucket) => bucket.type === type) ?? { type, credit: most, at: now, suppressed: 0 }
      const others = model.filter((bucket) => bucket.type !== type)
      const kept = others.length < maxTypes ? others : others.slice(1)
      evicted += others.length < maxTypes ? 0 : others[0]!.suppressed
      // a clock that falls behind the last whole refill begins the next one anew
      const whole = known.credit - known.credit % price
      const since = known.at - known.credit % price
      const grown = now < since ? whole : whole + (now - since)
      const credit = grown > most ? most : grown
      const at = now
      const allowed = credit >= price
      const verdict = limiter.take(Number(now), type)
      assert.deepStrictEqual(
        verdict,
        allowed ? { allowed, suppressed: known.suppressed } : { allowed }
      )
      model = [...kept, {
        type,
        credit: allowed ? credit - price : credit,
        at,
        suppressed: allowed ? 0 : known.suppressed + 1
      }]
      const told = limiter.suppressed()
      const refused = model.filter((bucket) => bucket.suppressed > 0)
      assert.strictEqual(told.total, refused.reduce((sum, bucket) => sum + bucket.suppressed, evicted))
      assert.deepStrictEqual(
        told.byType.toSorted(([a], [b]) => a < b ? -1 : 1),
        refused.map((bucket) => [bucket.type, bucket.suppressed] as const).toSorted(([a], [b]) => a < b ? -1 : 1)
      )
      assert.isTrue(told.byType.every(([, count], i) => i === 0 || count <= told.byType[i - 1]![1]))
    }
  }, { fastCheck: { numRuns: 300 } })
})
