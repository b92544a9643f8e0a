import { assert, describe, it } from "@effect/vitest"
import { LazyMap } from "../../src/scope/LazyMap.js"

describe("LazyMap", () => {
  const counted = () => {
    let times = 0
    const map = new LazyMap(() => {
      times++
      return new Map([["a", 1], ["b", 2]])
    })
    return { map, times: () => times }
  }

  it("makes nothing before somebody looks, and then once", () => {
    const { map, times } = counted()
    assert.strictEqual(times(), 0)
    assert.strictEqual(map.size, 2)
    assert.strictEqual(map.get("a"), 1)
    assert.strictEqual(times(), 1)
  })

  it("is read as the map that it stands for", () => {
    const { map } = counted()
    assert.deepStrictEqual([map.get("b"), map.get("c"), map.has("b"), map.has("c")], [2, undefined, true, false])
    assert.deepStrictEqual([...map.keys()], ["a", "b"])
    assert.deepStrictEqual([...map.values()], [1, 2])
    assert.deepStrictEqual([...map.entries()], [["a", 1], ["b", 2]])
    assert.deepStrictEqual(new Map(map), new Map([["a", 1], ["b", 2]]))
    const seen: Array<unknown> = []
    map.forEach((value, key, self) => seen.push([key, value, self === map]))
    assert.deepStrictEqual(seen, [["a", 1, true], ["b", 2, true]])
  })
})
