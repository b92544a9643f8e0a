/** The situations in which a plain FiberRef loses or leaks a scope: each row is one that was measured to go wrong. */
import { assert, describe, it } from "@effect/vitest"
import {
  Chunk,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  ManagedRuntime,
  Option,
  Queue,
  Request,
  RequestResolver,
  Scope,
  Stream,
  TestClock
} from "effect"
import {
  currentDistinctId,
  currentScope,
  currentTags,
  fresh,
  identifyScope,
  inherited,
  layerScope,
  openScope,
  tag,
  withScope,
  withScopeStream,
  withScopeValue
} from "effect-posthog"
import type { JsonObject } from "effect-posthog/domain/JsonValue"
import * as CurrentScope from "effect-posthog/scope/CurrentScope"

const quiet = { captureExceptions: false } as const

const tagsAre = (expected: JsonObject) =>
  Effect.map(currentTags, (tags) => assert.deepStrictEqual({ ...tags }, { ...expected }))

const depthIs = (expected: number) => Effect.map(currentScope, (scope) => assert.strictEqual(scope.depth, expected))

describe("concurrent children of Effect.all", () => {
  it.effect("tags of three concurrent children all survive", () =>
    Effect.all([tag("a", 1), tag("b", 2), tag("c", 3)], { concurrency: "unbounded" }).pipe(
      Effect.zipRight(tagsAre({ a: 1, b: 2, c: 3 })),
      withScope(fresh, quiet)
    ))

  it.effect("on the same key the last in list order wins, whoever ran last", () =>
    Effect.gen(function*() {
      const later = yield* Deferred.make<void>()
      yield* Effect.all([
        Deferred.await(later).pipe(Effect.zipRight(tag("k", "first"))),
        tag("k", "second"),
        tag("k", "third").pipe(Effect.zipRight(Deferred.succeed(later, void 0)))
      ], { concurrency: "unbounded" })
      yield* tagsAre({ k: "third" })
    }).pipe(withScope(fresh, quiet)))

  it.effect("a child that writes the value that was there already has still written it", () =>
    Effect.gen(function*() {
      yield* tag("k", 1)
      yield* Effect.all([tag("k", 2), tag("k", 1)], { concurrency: "unbounded" })
      yield* tagsAre({ k: 1 })
    }).pipe(withScope(fresh, quiet)))

  it.effect("a failing Effect.all leaves the parent's scope as it was", () =>
    Effect.gen(function*() {
      yield* tag("k", 1)
      yield* Effect.all([tag("k", 2), Effect.fail("no")], { concurrency: "unbounded" }).pipe(Effect.ignore)
      yield* tagsAre({ k: 1 })
    }).pipe(withScope(fresh, quiet)))
})

describe("timeout and race are transparent", () => {
  it.effect("a tag set inside Effect.timeout is kept", () =>
    tag("k", 1).pipe(
      Effect.timeout("1 second"),
      Effect.zipRight(tagsAre({ k: 1 })),
      withScope(fresh, quiet)
    ))

  it.effect("a tag set by the winner of a race is kept, the loser's is not", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(
        Effect.gen(function*() {
          yield* Effect.race(
            Effect.zipRight(tag("winner", 1), Effect.sleep("1 second")),
            Effect.zipRight(tag("loser", 1), Effect.sleep("2 seconds"))
          )
          yield* tagsAre({ winner: 1 })
        }).pipe(withScope(fresh, quiet))
      )
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(fiber)
    }))
})

describe("Effect.cached", () => {
  it.effect("request B that awaits what request A computes keeps its own scope", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const shared = yield* Effect.cached(
        Deferred.await(gate).pipe(
          Effect.zipRight(identifyScope("alice")),
          Effect.zipRight(tag("who", "alice"))
        )
      )
      const request = (id: string) =>
        Effect.gen(function*() {
          yield* shared
          return [yield* currentDistinctId, { ...(yield* currentTags) }] as const
        }).pipe(withScope(fresh, { distinctId: id, tags: { who: id }, captureExceptions: false }))
      const a = yield* Effect.fork(request("a"))
      yield* Effect.yieldNow()
      const b = yield* Effect.fork(request("b"))
      yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, void 0)
      assert.deepStrictEqual(yield* Fiber.join(a), [Option.some("alice"), { who: "alice" }])
      assert.deepStrictEqual(yield* Fiber.join(b), [Option.some("b"), { who: "b" }])
    }))

  it.effect("a scope that was opened and left inside a cached effect leaves no trace in who awaits it", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const shared = yield* Effect.cached(
        Deferred.await(gate).pipe(Effect.zipRight(withScope(tag("inner", 1), fresh, quiet)))
      )
      const outside = yield* Effect.fork(Effect.zipRight(shared, depthIs(0)))
      yield* Effect.yieldNow()
      const inside = yield* Effect.fork(
        Effect.zipRight(shared, tagsAre({ own: 1 })).pipe(
          withScope(fresh, { tags: { own: 1 }, captureExceptions: false })
        )
      )
      yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, void 0)
      yield* Fiber.join(outside)
      yield* Fiber.join(inside)
    }))
})

describe("regions that a Scope or a layer closes", () => {
  it.effect("code inside Effect.provide(layerScope) tags, and the outer scope is exactly there again", () =>
    Effect.gen(function*() {
      yield* tag("outer", 1)
      const before = yield* CurrentScope.get
      yield* Effect.zipRight(tag("inner", 2), tagsAre({ outer: 1, inner: 2, layer: 3 })).pipe(
        Effect.provide(layerScope(inherited, { tags: { layer: 3 }, captureExceptions: false }))
      )
      const after = yield* CurrentScope.get
      assert.strictEqual(after, before)
    }).pipe(withScope(fresh, quiet)))

  it.effect("code inside Effect.scoped(openScope) tags, and the outer scope is exactly there again", () =>
    Effect.gen(function*() {
      yield* tag("outer", 1)
      const before = yield* CurrentScope.get
      yield* Effect.scoped(
        Effect.gen(function*() {
          yield* openScope(fresh, { tags: { opened: true }, captureExceptions: false })
          yield* tag("inner", 2)
          yield* tagsAre({ opened: true, inner: 2 })
        })
      )
      assert.strictEqual(yield* CurrentScope.get, before)
    }).pipe(withScope(fresh, quiet)))

  it.effect("two scope layers merged with Layer.mergeAll are gone when they close", () =>
    Effect.gen(function*() {
      yield* tag("outer", 1)
      yield* Effect.zipRight(tag("inner", 2), tagsAre({ outer: 1, inner: 2, a: 1, b: 2, both: "b" })).pipe(
        Effect.provide(Layer.mergeAll(
          layerScope(inherited, { tags: { a: 1, both: "a" }, captureExceptions: false }),
          layerScope(inherited, { tags: { b: 2, both: "b" }, captureExceptions: false })
        ))
      )
      yield* tagsAre({ outer: 1 })
      yield* depthIs(1)
    }).pipe(withScope(fresh, quiet), Effect.zipRight(depthIs(0))))

  it.effect("merged scope layers outside every scope leave nothing behind", () =>
    tagsAre({ a: 1, b: 2 }).pipe(
      Effect.provide(Layer.mergeAll(
        layerScope(fresh, { tags: { a: 1 }, captureExceptions: false }),
        layerScope(inherited, { tags: { b: 2 }, captureExceptions: false })
      )),
      Effect.zipRight(depthIs(0)),
      Effect.zipRight(tag("after", 1)),
      Effect.zipRight(tagsAre({}))
    ))

  it.effect("a frame whose Scope another fiber closes is gone for the fiber that opened it", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      yield* openScope(fresh, { tags: { opened: 1 }, captureExceptions: false }).pipe(Scope.extend(scope))
      yield* tagsAre({ opened: 1 })
      yield* Effect.fork(Scope.close(scope, Exit.void)).pipe(Effect.flatMap(Fiber.await))
      yield* tagsAre({ outer: 1 })
      yield* tag("outer", 2)
      yield* tagsAre({ outer: 2 })
    }).pipe(withScope(fresh, { tags: { outer: 1 }, captureExceptions: false })))

  it.effect("layers that close in another order than they opened take only their own frame", () =>
    Effect.gen(function*() {
      const first = yield* Scope.make()
      const second = yield* Scope.make()
      yield* openScope(fresh, { tags: { first: 1 }, captureExceptions: false }).pipe(Scope.extend(first))
      yield* openScope(inherited, { tags: { second: 1 }, captureExceptions: false }).pipe(Scope.extend(second))
      yield* tagsAre({ first: 1, second: 1 })
      yield* Scope.close(first, Exit.void)
      yield* tagsAre({ second: 1 })
      yield* Scope.close(second, Exit.void)
      yield* depthIs(0)
    }))

  it.effect("a daemon forked inside a layer's scope keeps what it saw after that has closed", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const daemon = yield* Effect.zipRight(
        tag("inner", 1),
        Effect.forkDaemon(Effect.zipRight(Deferred.await(gate), currentTags))
      ).pipe(Effect.provide(layerScope(fresh, { tags: { layer: 1 }, captureExceptions: false })))
      yield* Deferred.succeed(gate, void 0)
      assert.deepStrictEqual({ ...(yield* Fiber.join(daemon)) }, { layer: 1, inner: 1 })
      yield* depthIs(0)
    }))

  it.effect("a daemon forked inside withScope keeps what it saw and cannot write into the parent's later scopes", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const daemon = yield* Effect.forkDaemon(
        Deferred.await(gate).pipe(Effect.zipRight(tag("late", 1)), Effect.zipRight(currentTags))
      ).pipe(withScope(fresh, { tags: { seen: 1 }, captureExceptions: false }))
      yield* Effect.gen(function*() {
        yield* Deferred.succeed(gate, void 0)
        assert.deepStrictEqual({ ...(yield* Fiber.join(daemon)) }, { seen: 1, late: 1 })
        yield* tagsAre({ own: 1 })
      }).pipe(withScope(fresh, { tags: { own: 1 }, captureExceptions: false }))
    }))
})

describe("long-lived fibers and runtimes", () => {
  it.effect("withoutScope runs under the empty scope, whoever started it", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(CurrentScope.withoutScope(currentScope))
      assert.strictEqual((yield* Fiber.join(fiber)).depth, 0)
      yield* depthIs(1)
    }).pipe(withScope(fresh, quiet)))

  it.live("programs of a ManagedRuntime built with a scope layer see it until it is disposed", () =>
    Effect.gen(function*() {
      const runtime = ManagedRuntime.make(layerScope(fresh, { tags: { app: 1 }, captureExceptions: false }))
      const tags = yield* Effect.promise(() => runtime.runPromise(Effect.zipRight(tag("mine", 1), currentTags)))
      assert.deepStrictEqual({ ...tags }, { app: 1, mine: 1 })
      const again = yield* Effect.promise(() => runtime.runPromise(currentTags))
      assert.deepStrictEqual({ ...again }, { app: 1 })
      yield* Effect.promise(() => runtime.dispose())
    }))
})

describe("what crosses a border takes its snapshot along", () => {
  it.effect("the consumer of a queue sees the producer's scope through the value in the message", () =>
    Effect.gen(function*() {
      const queue = yield* Queue.unbounded<Effect.Effect.Success<typeof currentScope>>()
      const consumer = yield* Effect.fork(
        Effect.flatMap(
          Queue.take(queue),
          (scope) => Effect.zipRight(tag("consumer", 1), currentTags).pipe(withScopeValue(scope, quiet))
        )
      )
      yield* Effect.flatMap(currentScope, (scope) => Queue.offer(queue, scope)).pipe(
        withScope(fresh, { tags: { producer: 1 }, captureExceptions: false })
      )
      assert.deepStrictEqual({ ...(yield* Fiber.join(consumer)) }, { producer: 1, consumer: 1 })
    }))

  it.effect("a batched RequestResolver sees each request's own scope through the value in the request", () =>
    Effect.gen(function*() {
      interface Lookup extends Request.Request<string> {
        readonly _tag: "Lookup"
        readonly scope: Effect.Effect.Success<typeof currentScope>
      }
      const Lookup = Request.tagged<Lookup>("Lookup")
      const resolver = RequestResolver.makeBatched((requests: Array<Lookup>) =>
        Effect.forEach(requests, (request) =>
          Effect.flatMap(
            withScopeValue(currentDistinctId, request.scope, quiet),
            (id) => Request.succeed(request, Option.getOrElse(id, () => "nobody"))
          ), { discard: true })
      )
      const lookup = (id: string) =>
        Effect.flatMap(currentScope, (scope) => Effect.request(Lookup({ scope }), resolver)).pipe(
          withScope(fresh, { distinctId: id, captureExceptions: false })
        )
      const found = yield* Effect.all([lookup("a"), lookup("b"), lookup("c")], { batching: true, concurrency: 3 })
      assert.deepStrictEqual(found, ["a", "b", "c"])
    }))

  it.effect("a stream that another fiber runs is pulled in the scope it was wrapped in", () =>
    Effect.gen(function*() {
      const stream = yield* withScopeStream(
        Stream.fromIterable([1, 2]).pipe(Stream.mapEffect(() => Effect.map(currentTags, (tags) => ({ ...tags }))))
      ).pipe(withScope(fresh, { tags: { body: 1 }, captureExceptions: false }))
      const seen = yield* Stream.runCollect(stream)
      assert.deepStrictEqual(Chunk.toReadonlyArray(seen), [{ body: 1 }, { body: 1 }])
      yield* depthIs(0)
    }))
})
