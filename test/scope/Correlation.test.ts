/** Seed 001, `FlextContext.Correlation`. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, Fiber, Option, Random } from "effect"
import { Correlation, currentScope, fresh, inherited, withScope } from "effect-posthog"
import { withLines } from "../support/client.js"

const quiet = { captureExceptions: false } as const

const correlationIs = (id: string | undefined, parentId: string | undefined) =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* Correlation.current, Option.fromNullable(id))
    assert.deepStrictEqual(yield* Correlation.parent, Option.fromNullable(parentId))
  })

const generated = /^corr_[0-9a-f]{32}$/

describe("generating", () => {
  it.effect("generate sets the id in the current scope and returns it", () =>
    Effect.gen(function*() {
      const id = yield* Correlation.generate
      assert.match(id, generated)
      yield* correlationIs(id, undefined)
    }).pipe(withScope(fresh, quiet), Effect.zipRight(correlationIs(undefined, undefined))))

  it.effect("outside every scope generate returns an id, sets nothing and says so in a debug log", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        assert.match(yield* Correlation.generate, generated)
        yield* correlationIs(undefined, undefined)
        assert.deepStrictEqual(lines.map(({ level }) => level), ["DEBUG"])
        assert.include(lines[0]!.message, "Correlation.set")
      })
    ))

  it.effect("the same Random gives the same ids, one after the other different ones", () =>
    Effect.gen(function*() {
      const ids = Effect.replicateEffect(Correlation.generate, 3)
      const first = yield* Effect.withRandom(ids, Random.make("seed"))
      const again = yield* Effect.withRandom(ids, Random.make("seed"))
      assert.deepStrictEqual(again, first)
      assert.strictEqual(new Set(first).size, 3)
    }))

  it.effect("all 128 bits of an id are random", () =>
    Effect.gen(function*() {
      const ids = (yield* Effect.replicateEffect(Correlation.generate, 200)).map((id) => BigInt(`0x${id.slice(5)}`))
      const ones = ids.reduce((all, id) => all | id, 0n)
      const zeros = ids.reduce((all, id) => all & id, (1n << 128n) - 1n)
      assert.strictEqual(ones, (1n << 128n) - 1n)
      assert.strictEqual(zeros, 0n)
    }))

  it.effect("ensure returns the id that is there, otherwise it generates one and sets it", () =>
    Effect.gen(function*() {
      const made = yield* Correlation.ensure
      assert.match(made, generated)
      assert.strictEqual(yield* Correlation.ensure, made)
      assert.isTrue(yield* Correlation.has)
      yield* Correlation.set("given")
      assert.strictEqual(yield* Correlation.ensure, "given")
    }).pipe(withScope(fresh, quiet)))
})

describe("setting", () => {
  it.effect("an empty or blank id is never set, so it never counts as one", () =>
    Effect.gen(function*() {
      yield* Correlation.set("")
      yield* Correlation.set("  ")
      yield* Correlation.setParent("")
      assert.isFalse(yield* Correlation.has)
      assert.isTrue(Option.isNone(yield* Correlation.parent))
      const scope = yield* withScope(currentScope, inherited, { correlation: { id: "", parentId: " " }, ...quiet })
      assert.deepStrictEqual({ ...scope.view.sectionProperties }, {})
    }).pipe(withScope(fresh, quiet)))

  it.effect("another id drops the parent, which would be a stale one; the same id keeps it", () =>
    Effect.gen(function*() {
      yield* Correlation.set("a")
      yield* Correlation.setParent("p")
      yield* correlationIs("a", "p")
      yield* Correlation.set("a")
      yield* correlationIs("a", "p")
      yield* Correlation.set("b")
      yield* correlationIs("b", undefined)
    }).pipe(withScope(fresh, quiet)))

  it.effect("a parent that was set before there was an id is the id's when that comes", () =>
    Effect.gen(function*() {
      yield* Correlation.setParent("p")
      yield* correlationIs(undefined, "p")
      const id = yield* Correlation.ensure
      yield* correlationIs(id, "p")
    }).pipe(withScope(fresh, quiet)))

  it.effect("setParent in an inner scope keeps the outer id, and is gone with that scope", () =>
    Effect.gen(function*() {
      yield* Effect.zipRight(Correlation.setParent("q"), correlationIs("a", "q")).pipe(withScope(inherited, quiet))
      yield* correlationIs("a", "p")
    }).pipe(withScope(fresh, { correlation: { id: "a", parentId: "p" }, ...quiet })))

  it.effect("set and setParent change nothing outside every scope", () =>
    Effect.gen(function*() {
      yield* Correlation.set("a")
      yield* Correlation.setParent("p")
      yield* correlationIs(undefined, undefined)
    }))
})

describe("withNew", () => {
  it.effect("the surrounding id is the parent, at every depth, and all is as before afterwards", () =>
    Effect.gen(function*() {
      yield* Correlation.withNew((parent) =>
        Effect.gen(function*() {
          yield* correlationIs(parent, undefined)
          yield* Correlation.withNew((child) =>
            Effect.gen(function*() {
              assert.notStrictEqual(child, parent)
              yield* correlationIs(child, parent)
              yield* Correlation.withNew((grandchild) => correlationIs(grandchild, child))
              yield* correlationIs(child, parent)
            })
          )
          yield* correlationIs(parent, undefined)
        })
      )
      yield* correlationIs(undefined, undefined)
    }))

  it.effect("without a surrounding id there is no parent: one that is around is not taken, it is another id's", () =>
    Effect.gen(function*() {
      yield* Correlation.withNew(correlationIs("a", undefined), "a")
      yield* correlationIs(undefined, "ambient")
    }).pipe(withScope(fresh, { correlation: { parentId: "ambient" }, ...quiet })))

  it.effect("id and parent can be given; empty ones count as not given", () =>
    Effect.gen(function*() {
      yield* correlationIs("a", "p").pipe(Correlation.withNew("a", "p"))
      yield* correlationIs("a", "outer").pipe(Correlation.withNew("a", ""))
      yield* Correlation.withNew((id) => Effect.sync(() => assert.match(id, generated)), "")
      yield* Correlation.withNew(
        Effect.map(Correlation.current, (id) => assert.match(Option.getOrThrow(id), generated))
      )
    }).pipe(withScope(fresh, { correlation: { id: "outer" }, ...quiet })))

  it.effect("however it is left, and whatever was set inside, what was there before is there again", () =>
    Effect.gen(function*() {
      const inside = Effect.zipRight(Correlation.set("inside"), Correlation.setParent("inside"))
      yield* Correlation.withNew(inside)
      yield* correlationIs("a", "p")
      yield* Effect.exit(Correlation.withNew(Effect.zipRight(inside, Effect.fail("no"))))
      yield* correlationIs("a", "p")
      yield* Effect.exit(Correlation.withNew(Effect.zipRight(inside, Effect.die("oh"))))
      yield* correlationIs("a", "p")
      const fiber = yield* Effect.fork(Correlation.withNew(Effect.zipRight(inside, Effect.never)))
      yield* Fiber.interrupt(fiber)
      yield* correlationIs("a", "p")
    }).pipe(withScope(fresh, { correlation: { id: "a", parentId: "p" }, ...quiet })))

  it.effect("one value run by two fibers makes two ids", () =>
    Effect.gen(function*() {
      const id = Correlation.withNew(Effect.succeed)
      const [a, b] = yield* Effect.all([id, id], { concurrency: 2 })
      assert.notStrictEqual(a, b)
    }))

  it.effect("a callback that throws is a defect of the region, which is left", () =>
    Effect.gen(function*() {
      const broken = Correlation.withNew((): Effect.Effect<void> => {
        throw new Error("broken")
      })
      assert.strictEqual((yield* Effect.exit(broken))._tag, "Failure")
      yield* correlationIs("a", undefined)
    }).pipe(withScope(fresh, { correlation: { id: "a" }, ...quiet })))
})

describe("withInherited", () => {
  it.effect("an id that is there is kept with its parent, and no scope is opened", () =>
    Effect.gen(function*() {
      const before = (yield* currentScope).depth
      yield* Effect.zipRight(
        correlationIs("a", "p"),
        Effect.map(currentScope, ({ depth }) => assert.strictEqual(depth, before))
      ).pipe(Correlation.withInherited())
      assert.strictEqual(yield* Correlation.withInherited(Effect.succeed), "a")
    }).pipe(withScope(fresh, { correlation: { id: "a", parentId: "p" }, ...quiet })))

  it.effect("without one it does as withNew does", () =>
    Effect.gen(function*() {
      yield* Correlation.withInherited((id) =>
        Effect.zipRight(Effect.sync(() => assert.match(id, generated)), correlationIs(id, undefined))
      )
      yield* correlationIs(undefined, undefined)
    }))
})

it.effect.prop(
  "concurrent requests never see each other's correlation",
  [FastCheck.array(FastCheck.tuple(FastCheck.nat(3), FastCheck.boolean()), { minLength: 2, maxLength: 12 })],
  ([requests]) =>
    Effect.forEach(requests, ([yields, nested], index) =>
      Effect.gen(function*() {
        const id = `request ${index}`
        for (let i = 0; i <= yields; i++) {
          yield* Effect.yieldNow()
          yield* correlationIs(id, undefined)
        }
        if (nested) {
          yield* Correlation.withNew((child) => Effect.zipRight(Effect.yieldNow(), correlationIs(child, id)))
        }
        yield* correlationIs(id, undefined)
      }).pipe(Correlation.withNew(`request ${index}`)), { concurrency: "unbounded", discard: true }),
  { fastCheck: { numRuns: 40 } }
)
