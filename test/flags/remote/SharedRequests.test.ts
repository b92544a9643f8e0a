import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, FiberRef, Option, TestClock } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { fresh } from "effect-posthog/scope/Mode"
import { currentScope } from "effect-posthog/scope/ScopeGetters"
import { withScope } from "effect-posthog/scope/ScopeRegion"
import * as SharedRequests from "../../../src/flags/remote/SharedRequests.js"
import { body, isDone, remote, served, valuesOf } from "./support.js"

/** A shared request that counts its runs and waits until it is let go. */
const gated = Effect.gen(function*() {
  const gate = yield* Deferred.make<void>()
  const runs: Array<string> = []
  let interrupted = 0
  const shared = yield* SharedRequests.make(
    (key) =>
      Effect.sync(() => runs.push(key)).pipe(
        Effect.zipRight(Deferred.await(gate)),
        Effect.as(`answer to ${key}`),
        Effect.onInterrupt(() => Effect.sync(() => interrupted++))
      ),
    "closed" as const
  )
  return { shared, runs, open: Deferred.succeed(gate, undefined), interrupted: () => interrupted }
})

describe("identical requests that are under way at the same time", () => {
  it.effect("FLAGS-EVAL-30: 100 concurrent callers are one request and share its answer", () =>
    Effect.gen(function*() {
      const flags = yield* remote()
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Delay({ duration: 50 }))
      const fiber = yield* Effect.fork(
        Effect.forEach(Array.from({ length: 100 }), () => flags.request(body()), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust(50)
      const answers = yield* Fiber.join(fiber)
      assert.strictEqual(answers.length, 100)
      assert.isTrue(answers.every((answer) => answer === answers[0] && valuesOf(answer)["on"] === true))
      assert.strictEqual((yield* server.requests).length, 1)
    }).pipe(served))

  it.effect("100 concurrent callers share a failure and its retries too", () =>
    Effect.gen(function*() {
      const flags = yield* remote()
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Status({ status: 502 }))
      const fiber = yield* Effect.fork(
        Effect.forEach(Array.from({ length: 100 }), () => Effect.flip(flags.request(body())), {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust(300)
      const errors = yield* Fiber.join(fiber)
      assert.isTrue(errors.every((error) => error._tag === "FlagsUnavailable" && error.status === 502))
      assert.strictEqual((yield* server.requests).length, 2)
    }).pipe(served))

  it.effect("FLAGS-EVAL-30: different people, properties, keys or tokens are never merged; the order of object keys does not matter", () =>
    Effect.gen(function*() {
      const flags = yield* remote()
      const server = yield* DevServer.DevServer
      yield* server.setFlags((request) => ({ who: request.distinct_id }))
      const bodies = [
        body({ person_properties: { a: 1, b: { c: 2, d: [1, 2] } } }),
        body({ person_properties: { b: { d: [1, 2], c: 2 }, a: 1 } }),
        body({ person_properties: { b: { d: [2, 1], c: 2 }, a: 1 } }),
        body({ distinct_id: "bob" }),
        body({ flag_keys_to_evaluate: ["who"] }),
        body({ token: "phc_other" }),
        body({ groups: { company: "acme" } }),
        body({ geoip_disable: true })
      ]
      const answers = yield* Effect.forEach(bodies, (each) => flags.request(each), { concurrency: "unbounded" })
      assert.deepStrictEqual(answers.map((answer) => valuesOf(answer)["who"]), [
        "alice",
        "alice",
        "alice",
        "bob",
        "alice",
        "alice",
        "alice",
        "alice"
      ])
      assert.strictEqual((yield* server.requests).length, 7)
    }).pipe(served))

  it.effect("a waiter that is interrupted leaves the others their answer, also the one who started the request", () =>
    Effect.gen(function*() {
      const { interrupted, open, runs, shared } = yield* gated
      const first = yield* Effect.fork(shared("a"))
      yield* Effect.yieldNow()
      const others = yield* Effect.forEach([1, 2, 3], () => Effect.fork(shared("a")))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      yield* Fiber.interrupt(others[1]!)
      yield* open
      assert.strictEqual(yield* Fiber.join(others[0]!), "answer to a")
      assert.strictEqual(yield* Fiber.join(others[2]!), "answer to a")
      assert.deepStrictEqual(runs, ["a"])
      assert.strictEqual(interrupted(), 0)
    }).pipe(Effect.scoped))

  it.effect("when the last waiter goes the request is interrupted, and who comes then starts a new one", () =>
    Effect.gen(function*() {
      const { interrupted, open, runs, shared } = yield* gated
      const waiters = yield* Effect.forEach([1, 2, 3], () => Effect.fork(shared("a")))
      const other = yield* Effect.fork(shared("b"))
      yield* Effect.yieldNow()
      yield* Fiber.interruptAll(waiters)
      yield* TestClock.adjust(0)
      assert.strictEqual(interrupted(), 1)
      const late = yield* Effect.fork(shared("a"))
      yield* Effect.yieldNow()
      yield* open
      assert.strictEqual(yield* Fiber.join(late), "answer to a")
      assert.strictEqual(yield* Fiber.join(other), "answer to b")
      assert.deepStrictEqual(runs, ["a", "b", "a"])
      assert.strictEqual(interrupted(), 1)
    }).pipe(Effect.scoped))

  it.effect("a caller's timeout ends its wait at once", () =>
    Effect.gen(function*() {
      const { shared } = yield* gated
      const fiber = yield* Effect.fork(Effect.timeoutOption(shared("a"), 100))
      yield* TestClock.adjust(99)
      assert.isFalse(yield* isDone(fiber))
      yield* TestClock.adjust(1)
      assert.isTrue(Option.isNone(yield* Fiber.join(fiber)))
    }).pipe(Effect.scoped))

  it.effect("a request that has ended is forgotten, whatever its end", () =>
    Effect.gen(function*() {
      const ends = [Effect.succeed(1), Effect.fail("no"), Effect.die("bug")]
      let runs = 0
      const shared = yield* SharedRequests.make(() => Effect.suspend(() => ends[runs++ % 3]!), "closed")
      const exits = yield* Effect.forEach([1, 2, 3, 4], () => Effect.exit(shared("a")))
      assert.deepStrictEqual(exits, [Exit.succeed(1), Exit.fail("no"), Exit.die("bug"), Exit.succeed(1)])
      assert.strictEqual(runs, 4)
    }).pipe(Effect.scoped))

  it.effect("the request runs outside of its callers' scope, and changes nothing in their fibers", () =>
    Effect.gen(function*() {
      const ref = FiberRef.unsafeMake("before")
      const shared = yield* SharedRequests.make(
        () =>
          Effect.zipRight(
            FiberRef.set(ref, "after"),
            Effect.map(currentScope, ({ view }) => view.distinctId)
          ),
        "closed"
      )
      const seen = yield* shared("a").pipe(withScope(fresh, { distinctId: "alice", captureExceptions: false }))
      assert.isUndefined(seen)
      assert.strictEqual(yield* FiberRef.get(ref), "before")
    }).pipe(Effect.scoped))

  it.effect("a caller that must not be interrupted still gets its answer", () =>
    Effect.gen(function*() {
      const { open, shared } = yield* gated
      const fiber = yield* Effect.fork(Effect.uninterruptible(shared("a")))
      yield* Effect.yieldNow()
      yield* open
      assert.strictEqual(yield* Fiber.join(fiber), "answer to a")
    }).pipe(Effect.scoped))
})
