import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, Fiber } from "effect"
import * as Nudge from "../../src/delivery/Nudge.js"

/** A fiber that looks for work whenever it is nudged. */
const looking = (nudge: Nudge.Nudge) => {
  const looked = { times: 0 }
  const look = Effect.sync(() => {
    looked.times++
  })
  return Effect.map(
    Effect.fork(Effect.whileLoop({ while: () => true, body: () => Effect.zipRight(nudge.next, look), step: () => {} })),
    (fiber) => ({ looked, fiber })
  )
}

const settle = Effect.yieldNow().pipe(Effect.repeatN(10))

describe("a nudge", () => {
  it.effect("wakes the fiber that waits for it, once", () =>
    Effect.gen(function*() {
      const nudge = Nudge.make()
      const { fiber, looked } = yield* looking(nudge)
      yield* settle
      assert.strictEqual(looked.times, 0)
      nudge.give()
      yield* settle
      assert.strictEqual(looked.times, 1)
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("that came before anybody waited is not lost, and several of them are one", () =>
    Effect.gen(function*() {
      const nudge = Nudge.make()
      nudge.give()
      nudge.give()
      nudge.give()
      const { fiber, looked } = yield* looking(nudge)
      yield* settle
      assert.strictEqual(looked.times, 1)
      yield* Fiber.interrupt(fiber)
    }))

  it.effect.prop(
    "after the last of any number of nudges the fiber looks once more, and never more often than it was nudged",
    { turns: FastCheck.array(FastCheck.nat(3), { maxLength: 20 }) },
    ({ turns }) =>
      Effect.gen(function*() {
        const nudge = Nudge.make()
        const { fiber, looked } = yield* looking(nudge)
        yield* settle
        let given = 0
        for (const count of turns) {
          const before = looked.times
          for (let i = 0; i < count; i++) {
            nudge.give()
            given++
          }
          yield* settle
          assert.strictEqual(looked.times > before, count > 0)
          assert.isAtMost(looked.times, given)
        }
        yield* Fiber.interrupt(fiber)
      })
  )
})
