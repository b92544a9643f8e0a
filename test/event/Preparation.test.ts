import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope, TestClock } from "effect"
import * as Preparation from "effect-posthog/event/Preparation"

const limits: Preparation.Limits = { fibers: 2, tasks: 2 }

/** A task that waits for its gate and says what became of it. */
const task = (log: Array<string>, name: string, gate?: Deferred.Deferred<void>): Preparation.Task => ({
  run: Effect.zipRight(
    gate === undefined ? Effect.void : Deferred.await(gate),
    Effect.sync(() => {
      log.push(`${name} ran`)
    })
  ),
  runAtExit: Effect.sync(() => {
    log.push(`${name} ran at exit`)
  }),
  abandon: Effect.sync(() => {
    log.push(`${name} was abandoned`)
  })
})

describe("the line", () => {
  it.scoped("runs one task after the other, also those that come meanwhile", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const preparation = yield* Preparation.make(limits)
      const gate = yield* Deferred.make<void>()
      assert.isTrue(preparation.enqueue(task(log, "first", gate)))
      yield* TestClock.adjust(1)
      assert.isTrue(preparation.enqueue(task(log, "second")))
      assert.strictEqual(yield* preparation.pending, 2)
      assert.deepStrictEqual(log, [])
      yield* Deferred.succeed(gate, undefined)
      yield* preparation.settled
      assert.deepStrictEqual(log, ["first ran", "second ran"])
      assert.strictEqual(yield* preparation.pending, 0)
    }))

  it.scoped("is bounded: one task too many is refused, what stands in it is not touched", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const preparation = yield* Preparation.make(limits)
      assert.deepStrictEqual(["a", "b", "c"].map((name) => preparation.enqueue(task(log, name))), [true, true, false])
      yield* preparation.settled
      assert.deepStrictEqual(log, ["a ran", "b ran"])
    }))

  it.scoped("settled waits for what was there when it was asked, not for what comes later", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const preparation = yield* Preparation.make({ fibers: 1, tasks: 10 })
      const gate = yield* Deferred.make<void>()
      preparation.enqueue(task(log, "before"))
      const settled = yield* Effect.fork(preparation.settled)
      yield* Effect.yieldNow()
      preparation.enqueue(task(log, "later", gate))
      yield* Fiber.join(settled)
      assert.deepStrictEqual(log, ["before ran"])
      yield* Deferred.succeed(gate, undefined)
    }))

  it.scoped("a task that dies is abandoned, and the next one runs", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const preparation = yield* Preparation.make(limits)
      preparation.enqueue({ ...task(log, "bad"), run: Effect.dieMessage("bug") })
      preparation.enqueue(task(log, "good"))
      yield* preparation.settled
      assert.deepStrictEqual(log, ["bad was abandoned", "good ran"])
    }))

  it.effect("closing abandons what has not run, and wakes who waits for it", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const scope = yield* Scope.make()
      const preparation = yield* Scope.extend(Preparation.make(limits), scope)
      preparation.enqueue(task(log, "stuck", yield* Deferred.make<void>()))
      yield* TestClock.adjust(1)
      preparation.enqueue(task(log, "behind"))
      const settled = yield* Effect.fork(preparation.settled)
      yield* Effect.yieldNow()
      yield* Scope.close(scope, Exit.void)
      yield* Fiber.join(settled)
      assert.deepStrictEqual(log, ["stuck was abandoned", "behind was abandoned"])
    }))

  it.scoped("at exit everything in it runs in one step, what was under way again", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const preparation = yield* Preparation.make(limits)
      preparation.enqueue(task(log, "stuck", yield* Deferred.make<void>()))
      yield* TestClock.adjust(1)
      preparation.enqueue(task(log, "behind"))
      Effect.runSync(preparation.runAtExit)
      assert.deepStrictEqual(log, ["stuck ran at exit", "behind ran at exit"])
    }))
})
