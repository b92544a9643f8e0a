import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Exit, FiberId, Runtime, Tracer } from "effect"
import * as CauseTree from "effect-posthog/exception/input/CauseTree"
import { claimingProxy, revoked, throwingGetters, throwingProxy } from "../../domain/values.js"

const shape = (leaves: ReadonlyArray<CauseTree.Leaf>) => leaves.map(({ edge, error, parent }) => [error, parent, edge])

describe("the leaves of a cause", () => {
  it("are every failure and defect, depth first and left to right; interruptions are none", () => {
    const cause = Cause.parallel(
      Cause.sequential(Cause.fail("a"), Cause.interrupt(FiberId.none)),
      Cause.sequential(Cause.die("b"), Cause.fail("c"))
    )
    const leaves = CauseTree.leaves(cause)
    assert.deepStrictEqual(leaves.map(({ error }) => error), ["a", "b", "c"])
    assert.deepStrictEqual(leaves.map(({ kind }) => kind), ["fail", "die", "fail"])
    assert.deepStrictEqual(CauseTree.leaves(Cause.interrupt(FiberId.none)), [])
    assert.deepStrictEqual(CauseTree.leaves(Cause.empty), [])
  })

  it("EXCMETA-20: what came after hangs as suppressed, what happened beside as a member, under the first of the other side", () => {
    const cause = Cause.parallel(
      Cause.sequential(Cause.fail("a"), Cause.fail("finalizer of a")),
      Cause.sequential(Cause.parallel(Cause.fail("b"), Cause.fail("c")), Cause.die("finalizer of b and c"))
    )
    assert.deepStrictEqual(shape(CauseTree.leaves(cause)), [
      ["a", undefined, undefined],
      ["finalizer of a", 0, "suppressed"],
      ["b", 0, "member"],
      ["c", 2, "member"],
      ["finalizer of b and c", 2, "suppressed"]
    ])
  })

  it("a side without any gives its place to the other", () => {
    const none = Cause.interrupt(FiberId.none)
    const cause = Cause.parallel(
      Cause.sequential(none, Cause.fail("a")),
      Cause.sequential(Cause.parallel(none, Cause.empty), Cause.sequential(Cause.fail("b"), none))
    )
    assert.deepStrictEqual(shape(CauseTree.leaves(cause)), [
      ["a", undefined, undefined],
      ["b", 0, "member"]
    ])
  })

  it("EXCMETA-22: an error that stands in several places is one leaf, and what hangs there hangs under it", () => {
    const shared = new Error("shared")
    const leaves = CauseTree.leaves(Cause.parallel(
      Cause.sequential(Cause.fail(shared), Cause.fail("a")),
      Cause.sequential(Cause.die(shared), Cause.fail("b"))
    ))
    assert.deepStrictEqual(shape(leaves), [
      [shared, undefined, undefined],
      ["a", 0, "suppressed"],
      ["b", 0, "suppressed"]
    ])
  })

  it("a primitive is known by the node that holds it, so that two equal texts are two failures", () => {
    const node = Cause.fail("a")
    const leaves = CauseTree.leaves(Cause.parallel(Cause.parallel(node, node), Cause.fail("a")))
    assert.strictEqual(leaves.length, 2)
    assert.strictEqual(leaves[0]!.identity, node)
    assert.strictEqual(typeof leaves[1]!.identity, "object")
  })

  it("a function has an identity", () => {
    const thrown = () => 1
    assert.strictEqual(CauseTree.leaves(thrown)[0]!.identity, thrown)
    assert.strictEqual(CauseTree.leaves(Cause.die(thrown))[0]!.identity, thrown)
  })

  it("of a cause 100,000 deep are found without running out of stack, and bounded", () => {
    let left: Cause.Cause<unknown> = Cause.fail(0)
    let right: Cause.Cause<unknown> = Cause.fail(0)
    let interrupted: Cause.Cause<unknown> = Cause.fail("deepest")
    for (let i = 1; i <= 100_000; i++) {
      left = Cause.sequential(left, Cause.fail(i))
      right = Cause.parallel(Cause.fail(i), right)
      interrupted = Cause.sequential(Cause.interrupt(FiberId.none), interrupted)
    }
    const first = CauseTree.leaves(left)
    assert.deepStrictEqual(first.map(({ error }) => error), Array.from({ length: 1000 }, (_, i) => i))
    assert.isTrue(first.every(({ edge, parent }, i) => i === 0 || (parent === 0 && edge === "suppressed")))
    const chain = CauseTree.leaves(right)
    assert.deepStrictEqual(chain.map(({ error }) => error), Array.from({ length: 1000 }, (_, i) => 100_000 - i))
    assert.isTrue(chain.every(({ parent }, i) => parent === (i === 0 ? undefined : i - 1)))
    assert.deepStrictEqual(shape(CauseTree.leaves(interrupted)), [["deepest", undefined, undefined]])
  })

  it("of a cause whose parts are shared take no longer than its parts", () => {
    let cause: Cause.Cause<unknown> = Cause.interrupt(FiberId.none)
    for (let i = 0; i < 200; i++) {
      cause = Cause.parallel(cause, cause)
    }
    assert.deepStrictEqual(CauseTree.leaves(cause), [])
    assert.strictEqual(CauseTree.leaves(Cause.parallel(cause, Cause.fail(1))).length, 1)
  })

  it("of a cause that contains itself are found once", () => {
    const loop = Cause.sequential(Cause.fail("a"), Cause.fail("b")) as { left: unknown; right: unknown }
    loop.right = loop
    assert.deepStrictEqual(shape(CauseTree.leaves(loop)), [["a", undefined, undefined]])
    loop.left = loop
    assert.deepStrictEqual(CauseTree.leaves(loop), [])
  })

  it("of a cause whose nodes throw are those that can be read", () => {
    const broken = Object.defineProperty(Cause.sequential(Cause.fail("a"), Cause.empty), "right", {
      get: () => {
        throw new Error("no")
      }
    })
    assert.deepStrictEqual(shape(CauseTree.leaves(Cause.parallel(Cause.fail("z"), broken))), [[
      "z",
      undefined,
      undefined
    ]])
  })
})

describe("the leaves of anything else", () => {
  it("a primitive, an error and an object are one leaf each", () => {
    for (const input of [null, undefined, 42, "boom", Symbol.iterator, new Error("e"), { a: 1 }, [1], 1n]) {
      const leaves = CauseTree.leaves(input)
      assert.deepStrictEqual(shape(leaves), [[input, undefined, undefined]])
      assert.strictEqual(leaves[0]!.identity, typeof input === "object" && input !== null ? input : undefined)
      assert.strictEqual(leaves[0]!.kind, undefined)
    }
  })

  it("a failed exit has those of its cause, a success none", () => {
    assert.deepStrictEqual(shape(CauseTree.leaves(Exit.fail("a"))), [["a", undefined, undefined]])
    assert.deepStrictEqual(CauseTree.leaves(Exit.succeed("a")), [])
  })

  it("an error with the tag of an exit is an error", () => {
    class Success extends Data.TaggedError("Success") {}
    class Failure extends Data.TaggedError("Failure")<{ readonly cause: unknown }> {}
    for (const error of [new Success(), new Failure({ cause: Cause.fail("inner") })]) {
      assert.strictEqual(CauseTree.leaves(error)[0]!.error, error)
    }
  })

  it("what runPromise rejects with has those of the cause behind it, also where another effect fails with it", async () => {
    const error = new TypeError("inner")
    const rejection: unknown = await Effect.runPromise(Effect.die(error)).catch((rejection: unknown) => rejection)
    assert.isTrue(Runtime.isFiberFailure(rejection))
    const [leaf] = CauseTree.leaves(rejection)
    assert.strictEqual(leaf!.error, error)
    assert.strictEqual(leaf!.kind, "die")
    assert.strictEqual(CauseTree.leaves(Cause.fail(rejection))[0]!.error, error)
    assert.deepStrictEqual(CauseTree.leaves(Runtime.makeFiberFailure(Cause.interrupt(FiberId.none))), [])
  })

  it("a cause as a failure, which is what sandbox makes, is not another layer", () => {
    const cause = Cause.fail(Cause.sequential(Cause.fail("a"), Cause.die("b")))
    assert.deepStrictEqual(shape(CauseTree.leaves(cause)), [["a", undefined, undefined], ["b", 0, "suppressed"]])
  })

  it("a failure that holds its own cause does not end in a circle", () => {
    const fail = Cause.fail<unknown>("x") as { error: unknown }
    fail.error = fail
    assert.deepStrictEqual(CauseTree.leaves(fail), [])
  })

  it("what cannot be read is a leaf of its own", () => {
    for (const input of [throwingProxy(), throwingGetters(), revoked(), claimingProxy()]) {
      // strict equality by hand: to describe a difference would read the object
      assert.isTrue(CauseTree.leaves(input).length === 1)
      assert.isTrue(CauseTree.leaves(Cause.die(input))[0]!.kind === "die")
    }
  })
})

describe("the span of a leaf", () => {
  it.effect("is the one it failed in; the error is the original one, however often it was wrapped", () =>
    Effect.gen(function*() {
      const error = new Error("boom")
      const failed = Effect.fail(error).pipe(Effect.withSpan("inner"), Effect.sandbox, Effect.flip)
      const one = yield* failed
      const other = yield* failed
      const leaves = CauseTree.leaves(Cause.parallel(one, other))
      assert.strictEqual(leaves.length, 1)
      assert.strictEqual(leaves[0]!.error, error)
      assert.strictEqual(leaves[0]!.identity, error)
      const span = leaves[0]!.span
      assert.strictEqual(span?._tag === "Span" ? span.name : undefined, "inner")
    }))

  it("is nothing where what lies there is none", () => {
    const error = Object.assign(new Error("e"), { [Symbol.for("effect/SpanAnnotation")]: { _tag: "Spam" } })
    assert.strictEqual(CauseTree.leaves(error)[0]!.span, undefined)
  })

  it("may come from another process", () => {
    const span = Tracer.externalSpan({ spanId: "1".repeat(16), traceId: "2".repeat(32) })
    const error = Object.assign(new Error("e"), { [Symbol.for("effect/SpanAnnotation")]: span })
    assert.strictEqual(CauseTree.leaves(error)[0]!.span, span)
  })
})

describe("a selection of leaves", () => {
  const leaves = CauseTree.leaves(Cause.parallel(
    Cause.sequential(Cause.fail("a"), Cause.fail("b")),
    Cause.sequential(Cause.fail("c"), Cause.fail("d"))
  ))
  const without = (...errors: ReadonlyArray<unknown>) =>
    shape(CauseTree.keep(leaves, ({ error }) => !errors.includes(error)))

  it("of all is the same", () => {
    assert.deepStrictEqual(without(), shape(leaves))
    assert.deepStrictEqual(without("a", "b", "c", "d"), [])
  })

  it("EXCMETA-18: starts with an outermost one, and the others hang under it", () => {
    assert.deepStrictEqual(without("a"), [
      ["b", undefined, undefined],
      ["c", 0, "member"],
      ["d", 1, "suppressed"]
    ])
  })

  it("hangs a leaf under the nearest one above it that was kept", () => {
    assert.deepStrictEqual(without("c"), [
      ["a", undefined, undefined],
      ["b", 0, "suppressed"],
      ["d", 0, "suppressed"]
    ])
  })
})
