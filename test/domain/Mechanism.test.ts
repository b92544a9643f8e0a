import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { fromUnknown } from "effect-posthog/domain/Mechanism"

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

describe("a mechanism from outside", () => {
  it("EXCMETA-05: keeps type, handled and synthetic with their JSON types", () => {
    const valid = { type: "middleware", handled: false, synthetic: true }
    assert.deepStrictEqual(fromUnknown(valid), valid)
  })

  it("EXCMETA-05: the links are the library's", () => {
    assert.deepStrictEqual(fromUnknown({ exception_id: 7, parent_id: 3, source: "cause", handled: true }), {
      handled: true
    })
  })

  it("EXCMETA-06: what is unknown is left out, not null, empty or false", () => {
    assert.deepStrictEqual(fromUnknown({ type: "", handled: null, synthetic: undefined, extra: null }), {})
    assert.deepStrictEqual(fromUnknown({}), {})
  })

  it("EXCMETA-07: extensions of a platform are kept where JSON can hold them", () => {
    assert.deepStrictEqual(
      fromUnknown({
        type: "task",
        meta: { signal: { number: 11n, name: "SIGSEGV" } },
        help_link: "https://x.test",
        fn: () => 1,
        at: new Date(0)
      }),
      {
        type: "task",
        meta: { signal: { number: 11, name: "SIGSEGV" } },
        help_link: "https://x.test",
        at: "1970-01-01T00:00:00.000Z"
      }
    )
  })

  it("EXCMETA-08: one malformed field is dropped alone", () => {
    const hostile = Object.defineProperty({ type: 42, handled: "yes", synthetic: false, ok: 1 }, "bad", {
      enumerable: true,
      get: () => {
        throw new Error("no")
      }
    })
    assert.deepStrictEqual(fromUnknown(hostile), { synthetic: false, ok: 1 })
  })

  it("EXCMETA-08: nothing throws on what is no object, or none that can be read", () => {
    for (const input of [undefined, null, "x", 1, Symbol("x"), () => 1, revoked()]) {
      assert.deepStrictEqual(fromUnknown(input), {})
    }
  })

  it.prop(
    "EXCMETA-08: whatever comes in, only valid fields come out",
    [fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true })],
    ([input]) => {
      const mechanism = fromUnknown(
        typeof input === "object" && input !== null ? { type: input, handled: input, ...input } : input
      )
      assert.include(["undefined", "string"], typeof mechanism.type)
      assert.notStrictEqual(mechanism.type, "")
      assert.include(["undefined", "boolean"], typeof mechanism.handled)
      for (const link of ["exception_id", "parent_id", "source"]) {
        assert.isFalse(Object.hasOwn(mechanism, link))
      }
      for (const value of Object.values(mechanism)) {
        assert.notStrictEqual(value, null)
      }
    }
  )
})
