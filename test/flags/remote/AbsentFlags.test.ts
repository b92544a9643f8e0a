import { assert, describe, it } from "@effect/vitest"
import { FlagsUnavailable } from "../../../src/flags/evaluation/FlagError.js"
import * as AbsentFlags from "../../../src/flags/remote/AbsentFlags.js"
import { answer } from "./support.js"

describe("AbsentFlags", () => {
  it("FLAGS-EVAL-09: a key that was learned is absent, any other is not", () => {
    const absent = AbsentFlags.make()
    assert.isFalse(absent.isAbsent("a", 1))
    absent.learn(["a", "__proto__"], 1, 1)
    assert.isTrue(absent.isAbsent("a", 1))
    assert.isTrue(absent.isAbsent("__proto__", 1))
    assert.isFalse(absent.isAbsent("b", 1))
    assert.isFalse(absent.isAbsent("constructor", 1))
  })

  it("FLAGS-EVAL-10: the next generation knows nothing, before anything else is evaluated in it", () => {
    const absent = AbsentFlags.make()
    absent.learn(["a"], 1, 1)
    assert.isFalse(absent.isAbsent("a", 2))
    absent.learn(["b"], 2, 2)
    assert.isFalse(absent.isAbsent("a", 2))
    assert.isTrue(absent.isAbsent("b", 2))
  })

  it("FLAGS-EVAL-10: learning in a new generation forgets the old one too", () => {
    const absent = AbsentFlags.make()
    absent.learn(["a"], 1, 1)
    absent.learn(["b"], 2, 2)
    assert.isFalse(absent.isAbsent("a", 2))
    assert.isTrue(absent.isAbsent("b", 2))
  })

  it("FLAGS-EVAL-30: an answer whose request began before a refresh teaches nothing after it", () => {
    const absent = AbsentFlags.make()
    absent.learn(["a"], 1, 2)
    assert.isFalse(absent.isAbsent("a", 1))
    assert.isFalse(absent.isAbsent("a", 2))
  })

  it("FLAGS-EVAL-30: who is late neither learns into an old generation nor brings it back", () => {
    const absent = AbsentFlags.make()
    absent.learn(["new"], 2, 2)
    absent.learn(["old"], 1, 1)
    assert.isFalse(absent.isAbsent("old", 1))
    assert.isFalse(absent.isAbsent("new", 1))
    assert.isTrue(absent.isAbsent("new", 2))
  })

  it("FLAGS-EVAL-30: the capacity is finite; what was learned first is forgotten", () => {
    const absent = AbsentFlags.make(3)
    absent.learn(["a", "b", "c"], 0, 0)
    assert.isTrue(absent.isAbsent("a", 0))
    absent.learn(["d"], 0, 0)
    assert.deepStrictEqual(
      ["a", "b", "c", "d"].map((key) => absent.isAbsent(key, 0)),
      [false, true, true, true]
    )
  })
})

describe("what an answer shows to be absent", () => {
  const asked = ["on", "off", "missing", "constructor"]
  const complete = answer({ on: true, off: false })

  it("FLAGS-EVAL-09: the keys that a complete answer does not have; one that is off is there", () => {
    assert.deepStrictEqual(
      AbsentFlags.absentKeys(asked, { answer: complete, freshness: "fresh", error: undefined }),
      ["missing", "constructor"]
    )
  })

  it("FLAGS-EVAL-10: nothing is learned from errors while computing", () => {
    const partial = { ...complete, errorsWhileComputing: true }
    assert.deepStrictEqual(AbsentFlags.absentKeys(asked, { answer: partial, freshness: "fresh", error: undefined }), [])
  })

  it("FLAGS-EVAL-10, FLAGS-EVAL-30: nothing is learned from answers of before, nor from failures that they stand in for", () => {
    assert.deepStrictEqual(
      AbsentFlags.absentKeys(asked, { answer: complete, freshness: "cached", error: undefined }),
      []
    )
    const error = new FlagsUnavailable({ reason: "timeout" })
    assert.deepStrictEqual(AbsentFlags.absentKeys(asked, { answer: complete, freshness: "stale", error }), [])
  })
})
