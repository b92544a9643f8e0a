import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, FastCheck as fc, Fiber, Layer, Logger, LogLevel, Scope, Stream, TestClock } from "effect"
import {
  currentScope,
  fresh,
  inherited,
  layerScope,
  openScope,
  ScopeData,
  withScope,
  withScopeStream,
  withScopeValue
} from "effect-posthog"
import type { JsonObject } from "effect-posthog/domain/JsonValue"
import type { Properties } from "effect-posthog/domain/PropertyValue"
import * as PosthogScope from "effect-posthog/scope/PosthogScope"
import * as Steps from "effect-posthog/scope/Steps"

const { step } = Steps
const quiet = { captureExceptions: false } as const

/** Things that the types forbid and that arrive all the same. */
const hostile = <A>(value: unknown) => value as A

const steps = Effect.map(currentScope, (scope) => Steps.of(scope))
const messages = Effect.map(steps, (steps) => steps.map(({ $message }) => $message))
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const bytes = (steps: ReadonlyArray<JsonObject>) => Buffer.byteLength(JSON.stringify(steps))

const stepsAre = (...expected: Array<string>) =>
  Effect.map(messages, (messages) => assert.deepStrictEqual(messages, expected))

const logged = <A, E, R>(self: Effect.Effect<A, E, R>) => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
    lines.push(`${logLevel.label} ${Array.isArray(message) ? message.join(" ") : String(message)}`)
  })
  return Effect.as(self, lines).pipe(
    Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
    Logger.withMinimumLogLevel(LogLevel.All)
  )
}

describe("what a step is", () => {
  it.effect("STEPS-02: its properties, its message and the time of the clock, oldest first", () =>
    Effect.gen(function*() {
      yield* step("cart was loaded", { items: 3, at: new Date(0) })
      yield* TestClock.adjust("1500 millis")
      yield* step("payment was started")
      assert.deepStrictEqual(plain(yield* steps), [
        {
          items: 3,
          at: "1970-01-01T00:00:00.000Z",
          $message: "cart was loaded",
          $timestamp: "1970-01-01T00:00:00.000Z"
        },
        { $message: "payment was started", $timestamp: "1970-01-01T00:00:01.500Z" }
      ])
    }).pipe(withScope(fresh, quiet)))

  it.effect("STEPS-02: $message and $timestamp are reserved", () =>
    Effect.gen(function*() {
      yield* step("mine", { $message: "theirs", $timestamp: "never", $other: 1 })
      assert.deepStrictEqual(plain(yield* steps), [
        { $other: 1, $message: "mine", $timestamp: "1970-01-01T00:00:00.000Z" }
      ])
    }).pipe(withScope(fresh, quiet)))

  it.effect("what was passed may change afterwards", () =>
    Effect.gen(function*() {
      const properties = { cart: { items: 1 } }
      yield* step("a", properties)
      properties.cart.items = 2
      assert.deepStrictEqual(plain((yield* steps)[0]?.["cart"]), { items: 1 })
    }).pipe(withScope(fresh, quiet)))

  it.effect("a message that says nothing is refused, in the debug log", () =>
    Effect.gen(function*() {
      const lines = yield* logged(
        Effect.forEach(["", "  \n", undefined, null, 5, {}, Symbol("x")], (message) => step(hostile(message)))
      )
      assert.deepStrictEqual(
        lines,
        Array.from({ length: 7 }, () => "DEBUG step was not taken down: its message is empty")
      )
      yield* stepsAre()
    }).pipe(withScope(fresh, quiet)))

  it.effect("STEPS-02: whatever is passed, it never throws", () =>
    Effect.gen(function*() {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      const circular: Record<string, unknown> = { a: 1 }
      circular["self"] = circular
      const throwing = {
        fine: 1,
        get bad(): never {
          throw new Error("no")
        }
      }
      const everything = [
        proxy,
        circular,
        throwing,
        null,
        7,
        "text",
        [1, 2],
        () => 1,
        Object.create(null),
        new Proxy({}, {
          ownKeys: () => {
            throw new Error("no")
          }
        }),
        JSON.parse(`{"__proto__":{"polluted":true}}`)
      ]
      for (const [index, properties] of everything.entries()) {
        yield* step(`${index} \ud800`, hostile<Properties>(properties))
      }
      const taken = yield* steps
      assert.deepStrictEqual(taken.map(({ $message }) => $message), everything.map((_, index) => `${index} \ufffd`))
      assert.deepStrictEqual(plain(taken[2]), {
        fine: 1,
        bad: "[Unreadable]",
        $message: "2 \ufffd",
        $timestamp: "1970-01-01T00:00:00.000Z"
      })
      assert.notProperty({}, "polluted")
    }).pipe(withScope(fresh, quiet)))
})

describe("whose steps they are", () => {
  it.effect("STEPS-01: two concurrent requests never see each other's steps", () =>
    Effect.gen(function*() {
      const request = (name: string) =>
        Effect.gen(function*() {
          for (let i = 0; i < 20; i++) {
            yield* step(`${name} ${i}`)
            yield* Effect.yieldNow()
            yield* withScope(step(`${name} ${i} inside`), inherited, quiet)
          }
          return yield* messages
        }).pipe(withScope(fresh, quiet))
      const names = ["a", "b", "c"]
      const all = yield* Effect.forEach(names, request, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        all,
        names.map((name) => Array.from({ length: 20 }, (_, i) => [`${name} ${i}`, `${name} ${i} inside`]).flat())
      )
      yield* stepsAre()
    }))

  it.effect("inherited scopes add to the log of the request, also those that have been left", () =>
    Effect.gen(function*() {
      yield* step("before")
      yield* Effect.exit(
        Effect.zipRight(step("inside"), Effect.zipRight(stepsAre("before", "inside"), Effect.fail("no"))).pipe(
          withScope(inherited, quiet)
        )
      )
      yield* step("after")
      yield* stepsAre("before", "inside", "after")
    }).pipe(withScope(fresh, quiet)))

  it.effect("a fresh scope inside has steps of its own", () =>
    Effect.gen(function*() {
      yield* step("outer")
      yield* withScope(Effect.zipRight(step("inner"), stepsAre("inner")), fresh, quiet)
      yield* stepsAre("outer")
    }).pipe(withScope(fresh, quiet)))

  it.effect("where no scope is fresh, the steps are the outermost one's", () =>
    Effect.gen(function*() {
      yield* withScope(step("inner"), inherited, quiet)
      yield* step("outer")
      yield* stepsAre("inner", "outer")
    }).pipe(withScope(inherited, quiet), Effect.zipRight(stepsAre())))

  it.effect("concurrent children write to one log, in the order of time, also a child that fails", () =>
    Effect.gen(function*() {
      const child = (name: string, millis: number) =>
        Effect.zipRight(
          Effect.sleep(millis),
          step(name).pipe(Effect.zipRight(name === "b" ? Effect.fail("no") : Effect.void), withScope(inherited, quiet))
        )
      const all = yield* Effect.fork(
        Effect.all([child("a", 30), child("b", 10), child("c", 5)], { concurrency: "unbounded", mode: "validate" })
          .pipe(
            Effect.exit
          )
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(all)
      yield* stepsAre("c", "b", "a")
    }).pipe(withScope(fresh, quiet)))

  it.effect("a daemon goes on writing, and reading, when the scope has been left", () =>
    Effect.gen(function*() {
      const left = yield* Deferred.make<void>()
      const daemon = yield* Effect.gen(function*() {
        yield* step("request")
        return yield* Effect.forkDaemon(
          Deferred.await(left).pipe(Effect.zipRight(step("daemon")), Effect.zipRight(messages))
        )
      }).pipe(withScope(inherited, quiet), withScope(fresh, quiet))
      yield* Deferred.succeed(left, undefined)
      assert.deepStrictEqual(yield* Fiber.join(daemon), ["request", "daemon"])
      yield* stepsAre()
    }))

  it.effect("layers and openScope are scopes like others", () =>
    Effect.gen(function*() {
      yield* step("outer")
      yield* step("layer").pipe(
        Effect.provide(Layer.mergeAll(layerScope(inherited, quiet), layerScope(inherited, quiet)))
      )
      yield* Effect.scoped(Effect.zipRight(openScope(inherited, quiet), step("open")))
      yield* step("own").pipe(Effect.zipRight(stepsAre("own")), Effect.provide(layerScope(fresh, quiet)))
      yield* stepsAre("outer", "layer", "open")
    }).pipe(withScope(fresh, quiet)))

  it.effect("an inherited scope keeps the steps when what surrounded it is gone", () =>
    Effect.gen(function*() {
      const outer = yield* Scope.make()
      yield* Scope.extend(openScope(inherited, quiet), outer)
      yield* step("both")
      yield* withScope(
        Effect.gen(function*() {
          yield* Scope.close(outer, yield* Effect.exit(Effect.void))
          yield* step("alone")
          yield* stepsAre("both", "alone")
        }),
        inherited,
        quiet
      )
    }))

  it.effect("outside every scope nothing is taken down, and a debug log says so", () =>
    Effect.gen(function*() {
      const lines = yield* logged(step("lost"))
      assert.deepStrictEqual(lines, [
        "DEBUG step changed nothing: there is no scope here, open one with withScope"
      ])
      assert.deepStrictEqual(Steps.of(PosthogScope.empty), [])
      yield* withScope(stepsAre(), inherited, quiet)
    }))
})

describe("a kept scope", () => {
  it.effect("has the request's steps, and withScopeValue goes on from them without adding to them", () =>
    Effect.gen(function*() {
      yield* step("request")
      const kept = yield* currentScope
      yield* step("later")
      yield* withScopeValue(
        Effect.gen(function*() {
          yield* step("elsewhere")
          yield* withScope(step("deeper"), inherited, quiet)
          yield* stepsAre("request", "later", "elsewhere", "deeper")
        }),
        kept,
        quiet
      )
      yield* step("after")
      yield* withScopeValue(stepsAre("request", "later", "after"), kept, quiet)
      yield* stepsAre("request", "later", "after")
    }).pipe(withScope(fresh, quiet)))

  it.effect("a stream's pulls see the steps of where it was made", () =>
    Effect.gen(function*() {
      const stream = yield* Effect.zipRight(
        step("request"),
        withScopeStream(Stream.mapEffect(Stream.make("a", "b"), (name) => Effect.zipRight(step(name), messages)))
      ).pipe(withScope(fresh, quiet))
      const seen = yield* Stream.runCollect(stream)
      assert.strictEqual([...seen].every((messages) => messages[0] === "request"), true)
      yield* stepsAre()
    }))

  it.effect("as data it has no steps", () =>
    Effect.gen(function*() {
      yield* step("here")
      const scope = yield* currentScope
      assert.notInclude(JSON.stringify(ScopeData.fromScope(scope)), "here")
      assert.notInclude(JSON.stringify(scope), "here")
    }).pipe(withScope(fresh, quiet)))
})

describe("the budget", () => {
  const budget = 32_768
  /** `{"$message":"…","$timestamp":"1970-01-01T00:00:00.000Z"}` in brackets. */
  const around = JSON.stringify([{ $message: "", $timestamp: new Date(0).toISOString() }]).length

  it.effect("STEPS-02: a step that fills it is kept alone, one byte more is refused and leaves the others alone", () =>
    Effect.gen(function*() {
      yield* step("a")
      yield* step("x".repeat(budget - around))
      assert.strictEqual(bytes(yield* steps), budget)
      assert.strictEqual((yield* steps).length, 1)
      const lines = yield* logged(
        Effect.zipRight(step("y".repeat(budget - around + 1)), step("z", { big: "é".repeat(17_000) }))
      )
      assert.deepStrictEqual(lines, Array.from({ length: 2 }, () => "DEBUG step was not taken down: it is too large"))
      assert.strictEqual((yield* steps).length, 1)
    }).pipe(withScope(fresh, quiet)))

  it.effect("a smaller budget shows the newest steps that fit", () =>
    Effect.gen(function*() {
      yield* Effect.forEach(["a", "b", "c"], (name) => step(name))
      const scope = yield* currentScope
      const two = bytes(Steps.of(scope).slice(1))
      assert.deepStrictEqual(Steps.of(scope, two).map(({ $message }) => $message), ["b", "c"])
      assert.deepStrictEqual(Steps.of(scope, two - 1).map(({ $message }) => $message), ["c"])
      assert.deepStrictEqual(Steps.of(scope, 0), [])
      assert.strictEqual(Steps.of(scope).length, 3)
    }).pipe(withScope(fresh, quiet)))

  it.effect.prop(
    "STEPS-02: whatever is stepped, the newest that fit are kept in order and never exceed it",
    {
      taken: fc.array(
        fc.tuple(
          fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
          fc.integer({ min: 0, max: 40_000 }),
          fc.constantFrom("x", "é", "\"", "\ud800", "😀")
        ),
        { maxLength: 60 }
      ),
      small: fc.integer({ min: 0, max: 40_000 }),
      branchAt: fc.integer({ min: 0, max: 60 })
    },
    ({ branchAt, small, taken }) =>
      Effect.gen(function*() {
        const model: Array<JsonObject> = []
        const fits = (steps: ReadonlyArray<JsonObject>, budget: number) => {
          let from = steps.length
          while (from > 0 && bytes(steps.slice(from - 1)) <= budget) {
            from--
          }
          return steps.slice(from)
        }
        let kept = yield* currentScope
        for (const [index, [message, length, unit]] of taken.entries()) {
          if (index === branchAt) {
            kept = yield* withScopeValue(currentScope, yield* currentScope, quiet)
          }
          // mostly small ones, some that fill the budget
          const filling = unit.repeat(length < 30_000 ? length % 3_000 : length)
          yield* step(message, { index, filling })
          const made = {
            index,
            filling: filling.toWellFormed(),
            $message: message.toWellFormed(),
            $timestamp: new Date(0).toISOString()
          }
          if (message.trim() !== "" && bytes([made]) <= budget) {
            model.push(made)
          }
        }
        const actual = yield* steps
        assert.isAtMost(bytes(actual), budget)
        assert.deepStrictEqual(plain(actual), plain(fits(model, budget)))
        const fewer = Steps.of(yield* currentScope, small)
        assert.deepStrictEqual(plain(fewer), plain(fits(fits(model, budget), small)))
        // what was branched off stayed as it was
        const before = model.filter(({ index }) => Number(index) < branchAt)
        assert.deepStrictEqual(
          plain(Steps.of(kept)),
          branchAt < taken.length ? plain(fits(before, budget)) : plain(actual)
        )
      }).pipe(withScope(fresh, quiet)),
    { fastCheck: { numRuns: 100 } }
  )
})
