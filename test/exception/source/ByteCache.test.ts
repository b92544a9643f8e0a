import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as ByteCache from "effect-posthog/exception/source/ByteCache"

/** The same in a few lines and slowly: the oldest use first. */
const model = (maxEntries: number, maxBytes: number) => {
  let entries: Array<readonly [key: string, value: number, bytes: number]> = []
  const without = (key: string) => entries.filter(([other]) => other !== key)
  const bytes = () => entries.reduce((sum, [, , each]) => sum + each, 0)
  return {
    get: (key: string) => {
      const found = entries.find(([other]) => other === key)
      if (found !== undefined) {
        entries = [...without(key), found]
      }
      return found?.[1]
    },
    set: (key: string, value: number, weight: number) => {
      entries = without(key)
      if (weight <= maxBytes) {
        entries.push([key, value, weight])
        while (entries.length > maxEntries || bytes() > maxBytes) {
          entries.shift()
        }
      }
    },
    size: () => entries.length,
    bytes
  }
}

describe("ByteCache", () => {
  it("holds its two bounds and agrees with a model under arbitrary use", () => {
    const key = FastCheck.constantFrom("a", "b", "c", "d", "e", "f", "__proto__")
    const step = FastCheck.oneof(
      FastCheck.record({ key }),
      FastCheck.record({ key, value: FastCheck.integer(), bytes: FastCheck.nat(12) })
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.integer({ min: 1, max: 5 }),
        FastCheck.nat(20),
        FastCheck.array(step, { maxLength: 80 }),
        (maxEntries, maxBytes, steps) => {
          const cache = ByteCache.make<number>(maxEntries, maxBytes)
          const expected = model(maxEntries, maxBytes)
          for (const step of steps) {
            if ("value" in step) {
              cache.set(step.key, step.value, step.bytes)
              expected.set(step.key, step.value, step.bytes)
            } else {
              assert.strictEqual(cache.get(step.key), expected.get(step.key))
            }
            assert.deepStrictEqual([cache.size(), cache.bytes()], [expected.size(), expected.bytes()])
            assert.isTrue(cache.size() <= maxEntries && cache.bytes() <= maxBytes)
          }
        }
      ),
      { numRuns: 1000 }
    )
  })

  it("keeps nothing where nothing may be kept", () => {
    const cache = ByteCache.make<number>(0, 100)
    cache.set("a", 1, 1)
    assert.deepStrictEqual([cache.get("a"), cache.size(), cache.bytes()], [undefined, 0, 0])
  })
})
