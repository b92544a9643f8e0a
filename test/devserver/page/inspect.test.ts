/** Where properties come from, and the frames of a scope, as a client says it or as names tell it. */
import { assert, describe, it } from "@effect/vitest"
import { inspect } from "../../../src/devserver/page/Inspect.js"

const frame = (id: string, mode: "fresh" | "inherited") => ({ id, mode, set: { tags: { id } } })

describe("what a client says of an event's properties", () => {
  it("names the origin of each, and is no property itself", () => {
    const { originOf, problem, properties } = inspect({
      total: 1,
      plan: "pro",
      $lib: "effect-posthog",
      $inspect: { origins: { explicit: ["total"], tag: ["plan", "total"], system: ["$lib"] }, frames: [] }
    })
    assert.deepStrictEqual(Object.keys(properties), ["total", "plan", "$lib"])
    // of two that name it, the one that wins on events
    assert.deepStrictEqual(["total", "plan", "$lib", "other"].map(originOf), ["explicit", "tag", "system", "unknown"])
    assert.isUndefined(problem)
  })

  it("hides the frames below the innermost fresh one", () => {
    const frames = [frame("a", "inherited"), frame("b", "fresh"), frame("c", "inherited"), frame("d", "fresh")]
    const inspected = inspect({ $inspect: { origins: {}, frames: [...frames, frame("e", "inherited")] } })
    assert.deepStrictEqual(inspected.frames?.map(({ hidden }) => hidden), [true, true, true, false, false])
    assert.deepStrictEqual(inspect({ $inspect: { origins: {}, frames: frames.slice(0, 1) } }).frames, [{
      ...frame("a", "inherited"),
      hidden: false
    }])
  })

  it("is told by names where nothing is said, or nothing that can be read", () => {
    const properties = {
      $context_tags: ["plan"],
      plan: "pro",
      $lib_version: "1",
      "$feature/beta": true,
      total: 1
    }
    const origins = ["plan", "$lib_version", "$feature/beta", "total", "$context_tags"]
    const expected = ["tag", "system", "flag", "unknown", "system"]
    assert.deepStrictEqual(origins.map(inspect(properties).originOf), expected)
    assert.isNull(inspect(properties).frames)
    for (const $inspect of [null, 1, "x", [], { origins: { tag: 1 } }, { frames: [{ id: 1 }], origins: {} }]) {
      const broken = inspect({ ...properties, $inspect })
      assert.deepStrictEqual(origins.map(broken.originOf), expected)
      assert.match(broken.problem ?? "", /^\$inspect: cannot be read/)
      assert.notProperty(broken.properties, "$inspect")
    }
  })

  it("may name properties as it likes: none of them is code", () => {
    const properties = JSON.parse(
      `{"__proto__": {"a": 1}, "constructor": 2, "$inspect": {"origins": {}, "frames": []}}`
    )
    const inspected = inspect(properties)
    assert.deepStrictEqual(Object.keys(inspected.properties).toSorted(), ["__proto__", "constructor"])
    assert.deepStrictEqual(["__proto__", "constructor", "toString"].map(inspected.originOf), [
      "unknown",
      "unknown",
      "unknown"
    ])
  })
})
