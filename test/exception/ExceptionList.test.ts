import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, FastCheck as fc, FiberId } from "effect"
import * as ExceptionList from "../../src/exception/ExceptionList.js"

interface Entry {
  readonly type: string
  readonly value: string
  readonly mechanism: {
    readonly exception_id: number
    readonly parent_id?: number
    readonly type: string
    readonly source?: string
    readonly handled?: boolean
    readonly synthetic: boolean
  }
  readonly stacktrace?: { readonly frames: ReadonlyArray<{ readonly lineno?: number }> }
}

const list = (...errors: ReadonlyArray<unknown>) =>
  // the wire form, as it is read back
  JSON.parse(JSON.stringify(ExceptionList.make(errors, true))) as ReadonlyArray<Entry>

class OutOfStock extends Data.TaggedError("OutOfStock")<{ readonly sku: string }> {}

describe("leaves", () => {
  it("are every failure and defect of a cause, left to right; interruptions are none", () => {
    const cause = Cause.parallel(
      Cause.sequential(Cause.fail("a"), Cause.interrupt(FiberId.none)),
      Cause.sequential(Cause.die("b"), Cause.fail("c"))
    )
    assert.deepStrictEqual(ExceptionList.leaves(cause).map(({ error }) => error), ["a", "b", "c"])
    assert.deepStrictEqual(ExceptionList.leaves(Cause.interrupt(FiberId.none)), [])
    assert.deepStrictEqual(ExceptionList.leaves(Cause.empty), [])
  })

  it("of anything else are the thing itself", () => {
    assert.deepStrictEqual(ExceptionList.leaves(null).map(({ error }) => error), [null])
  })
})

describe("the exception list", () => {
  it("starts with the outermost error, each followed by its causes, linked", () => {
    const root = new TypeError("root")
    const middle = new Error("middle", { cause: root })
    const entries = list(new RangeError("outer", { cause: middle }))
    assert.deepStrictEqual(entries.map(({ type, value }) => `${type}: ${value}`), [
      "RangeError: outer",
      "Error: middle",
      "TypeError: root"
    ])
    assert.deepStrictEqual(entries.map(({ mechanism }) => mechanism), [
      { exception_id: 0, type: "generic", handled: true, synthetic: false },
      { exception_id: 1, type: "chained", parent_id: 0, source: "cause", synthetic: false },
      { exception_id: 2, type: "chained", parent_id: 1, source: "cause", synthetic: false }
    ])
  })

  it("holds the members of an AggregateError", () => {
    const entries = list(new AggregateError([new Error("a"), new Error("b")], "both"))
    assert.deepStrictEqual(entries.map(({ mechanism, value }) => [value, mechanism.source]), [
      ["both", undefined],
      ["a", "member"],
      ["b", "member"]
    ])
  })

  it("names a tagged error by its tag", () => {
    assert.strictEqual(list(new OutOfStock({ sku: "a" }))[0]!.type, "OutOfStock")
  })

  it("turns what is no error into one with a message", () => {
    const entries = [list("text"), list(7), list(null), list(undefined), list({ code: 1 })].map(([entry]) => entry!)
    assert.deepStrictEqual(entries.map(({ value }) => value), ["text", "7", "null", "undefined", "{\"code\":1}"])
    assert.isTrue(entries.every(({ mechanism, type }) => mechanism.synthetic && type.length > 0))
  })

  it("cuts cycles and ends at fifty entries", () => {
    const cyclic = new Error("a")
    cyclic.cause = new Error("b", { cause: cyclic })
    assert.strictEqual(list(cyclic).length, 2)
    let deep = new Error("0")
    for (let i = 1; i < 200; i++) {
      deep = new Error(String(i), { cause: deep })
    }
    assert.strictEqual(list(deep).length, 50)
  })

  it.prop(
    "is valid whatever went wrong",
    [fc.array(fc.anything({ withBigInt: true, withNullPrototype: true }), { minLength: 1, maxLength: 5 })],
    ([errors]) => {
      const entries = list(...errors)
      assert.isTrue(entries.length >= 1 && entries.length <= 50)
      entries.forEach((entry, index) => {
        assert.isTrue(typeof entry.type === "string" && entry.type.length > 0)
        assert.isString(entry.value)
        assert.strictEqual(entry.mechanism.exception_id, index)
        assert.strictEqual(entry.mechanism.parent_id === undefined, index === 0)
      })
    },
    { fastCheck: { numRuns: 300 } }
  )

  it("an error that cannot be read is one all the same", () => {
    const { proxy, revoke } = Proxy.revocable(new Error("x"), {})
    revoke()
    const throwing = Object.defineProperty(new Error("y"), "message", {
      get: () => {
        throw new Error("no")
      }
    })
    assert.strictEqual(list(proxy).length, 1)
    assert.strictEqual(list(throwing).length, 1)
  })
})
