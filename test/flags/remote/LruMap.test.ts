import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as LruMap from "../../../src/flags/remote/LruMap.js"

/** The same in a few lines and slowly: the oldest use first. */
const model = (capacity: number) => {
  let entries: Array<readonly [string, number]> = []
  const without = (key: string) => entries.filter(([other]) => other !== key)
  return {
    get: (key: string) => {
      const found = entries.find(([other]) => other === key)
      if (found !== undefined) {
        entries = [...without(key), found]
      }
      return found?.[1]
    },
    set: (key: string, value: number) => {
      entries = [...without(key), [key, value] as const].slice(-capacity)
    },
    clear: () => {
      entries = []
    },
    keys: () => entries.map(([key]) => key)
  }
}

describe("LruMap", () => {
  it("FLAGS-CACHE-05: what was not used for the longest makes room", () => {
    const map = LruMap.make<number>(2)
    map.set("a", 1)
    map.set("b", 2)
    assert.strictEqual(map.get("a"), 1)
    map.set("c", 3)
    assert.deepStrictEqual(["a", "b", "c"].map(map.has), [true, false, true])
    map.set("a", 4)
    map.set("d", 5)
    assert.deepStrictEqual([map.get("a"), map.get("c"), map.get("d")], [4, undefined, 5])
    assert.strictEqual(map.size(), 2)
  })

  it("looking is no use", () => {
    const map = LruMap.make<number>(2)
    map.set("a", 1)
    map.set("b", 2)
    assert.isTrue(map.has("a"))
    map.set("c", 3)
    assert.isFalse(map.has("a"))
  })

  it("holds at least one entry", () => {
    for (const capacity of [0, -1]) {
      const map = LruMap.make<number>(capacity)
      map.set("a", 1)
      map.set("b", 2)
      assert.deepStrictEqual([map.get("a"), map.get("b"), map.size()], [undefined, 2, 1])
    }
  })

  it("agrees with a model under arbitrary use", () => {
    const key = FastCheck.constantFrom("a", "b", "c", "d", "e", "__proto__")
    const step = FastCheck.oneof(
      FastCheck.record({ op: FastCheck.constant("get" as const), key }),
      FastCheck.record({ op: FastCheck.constant("set" as const), key, value: FastCheck.integer() }),
      FastCheck.record({ op: FastCheck.constant("clear" as const) })
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.integer({ min: 1, max: 4 }),
        FastCheck.array(step, { maxLength: 60 }),
        (size, steps) => {
          const map = LruMap.make<number>(size)
          const expected = model(size)
          for (const step of steps) {
            if (step.op === "get") {
              assert.strictEqual(map.get(step.key), expected.get(step.key))
            } else if (step.op === "set") {
              map.set(step.key, step.value)
              expected.set(step.key, step.value)
            } else {
              map.clear()
              expected.clear()
            }
            assert.strictEqual(map.size(), expected.keys().length)
            assert.isTrue(expected.keys().every(map.has))
          }
        }
      ),
      { numRuns: 500 }
    )
  })
})
