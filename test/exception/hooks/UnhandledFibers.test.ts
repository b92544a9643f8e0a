import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Deferred,
  Effect,
  Fiber,
  FiberId,
  FiberMap,
  FiberSet,
  Layer,
  Runtime,
  Schedule,
  type Scope,
  Stream,
  TestClock,
  Tracer
} from "effect"
import { currentTags, fresh, inherited, withScope } from "effect-posthog"
import { captured } from "effect-posthog/domain/CaptureOutcome"
import * as ExceptionBoundary from "effect-posthog/domain/ExceptionBoundary"
import * as UnhandledFibers from "effect-posthog/exception/hooks/UnhandledFibers"
import * as ExceptionCapture from "effect-posthog/scope/ExceptionCapture"

interface Call {
  readonly input: unknown
  readonly options: ExceptionCapture.CaptureExceptionOptions | undefined
  readonly tags: unknown
  readonly traceId: string | undefined
}

const recorded = (also: Effect.Effect<unknown> = Effect.void) => {
  const calls: Array<Call> = []
  const service: ExceptionCapture.Service = {
    captureException: (input, options) =>
      Effect.gen(function*() {
        const span = yield* Effect.serviceOption(Tracer.ParentSpan)
        calls.push({
          input,
          options,
          tags: { ...yield* currentTags },
          traceId: span._tag === "Some" ? span.value.traceId : undefined
        })
        yield* also
        return captured("event")
      }),
    captureExceptionsByDefault: true
  }
  const layer = Layer.provide(
    UnhandledFibers.layer(),
    Layer.succeed(ExceptionCapture.ExceptionCapture, service)
  )
  return { calls, layer }
}

const error = new Error("nobody hears this")
const now = Effect.fail(error)
const later = Effect.zipRight(Effect.sleep(5), now)
const quiet = { captureExceptions: false } as const

/** What is captured while this runs under the test clock, and for a while after. */
const capturedBy = (self: Effect.Effect<unknown, unknown, Scope.Scope>) =>
  Effect.gen(function*() {
    const { calls, layer } = recorded()
    const fiber = yield* Effect.fork(
      Effect.exit(self).pipe(Effect.zipLeft(Effect.sleep("150 millis")), Effect.scoped, Effect.provide(layer))
    )
    // in small steps, for what waits anew each time
    yield* Effect.repeatN(TestClock.adjust("100 millis"), 3)
    yield* Fiber.join(fiber)
    return calls
  })

type Case = readonly [
  name: string,
  (failing: Effect.Effect<never, Error>) => Effect.Effect<unknown, unknown, Scope.Scope>
]

const lost: ReadonlyArray<Case> = [
  ["fork", (failing) => Effect.fork(failing)],
  ["forkDaemon", (failing) => Effect.forkDaemon(failing)],
  ["fork in a child of Effect.all", (failing) => Effect.all([Effect.forkDaemon(failing)], { concurrency: 2 })],
  [
    "fork whose fiber is joined afterwards",
    (failing) => Effect.flatMap(Effect.fork(failing), (fiber) => Effect.zipRight(Effect.sleep(50), Fiber.join(fiber)))
  ],
  [
    "forkDaemon that hands its exit on by other means",
    (failing) =>
      Effect.flatMap(Deferred.make<never, Error>(), (deferred) =>
        Effect.zipRight(
          Effect.forkDaemon(Effect.onExit(failing, (exit) => Deferred.done(deferred, exit))),
          Deferred.await(deferred)
        ))
  ]
]

const numbers = Stream.make(1, 2, 3, 4)

const heard: ReadonlyArray<Case> = [
  ["no fiber", (failing) => failing],
  ["fork and join", (failing) => Effect.flatMap(Effect.fork(failing), Fiber.join)],
  ["fork and await", (failing) => Effect.flatMap(Effect.fork(failing), Fiber.await)],
  ["forkDaemon and join", (failing) => Effect.flatMap(Effect.forkDaemon(failing), Fiber.join)],
  ["awaitAllChildren", (failing) => Effect.awaitAllChildren(Effect.fork(failing))],
  ["forkScoped", (failing) => Effect.forkScoped(failing)],
  ["FiberSet.run", (failing) => Effect.flatMap(FiberSet.make(), (set) => FiberSet.run(set, failing))],
  ["FiberMap.run", (failing) => Effect.flatMap(FiberMap.make<string>(), (map) => FiberMap.run(map, "a", failing))],
  [
    "FiberSet.makeRuntime",
    (failing) => Effect.flatMap(FiberSet.makeRuntime(), (run) => Effect.sync(() => run(failing)))
  ],
  ["Effect.all", (failing) => Effect.all([failing, Effect.sleep(50), failing], { concurrency: "unbounded" })],
  ["Effect.forEach", (failing) => Effect.forEach([1, 2, 3], () => failing, { concurrency: 2 })],
  ["Effect.validateAll", (failing) => Effect.validateAll([1, 2, 3], () => failing, { concurrency: 2 })],
  ["Effect.zip", (failing) => Effect.zip(failing, Effect.sleep(50), { concurrent: true })],
  ["Effect.race", (failing) => Effect.race(failing, Effect.sleep(50))],
  ["Effect.race of two that fail", (failing) => Effect.race(failing, failing)],
  ["Effect.raceFirst", (failing) => Effect.raceFirst(failing, Effect.sleep(50))],
  ["Effect.raceAll", (failing) => Effect.raceAll([failing, Effect.sleep(50)])],
  ["Effect.timeout", (failing) => Effect.timeout(failing, 50)],
  ["Effect.disconnect", (failing) => Effect.disconnect(failing)],
  [
    "Effect.cached",
    (failing) =>
      Effect.flatMap(
        Effect.cached(failing),
        (cached) => Effect.all([cached, cached], { concurrency: 2, mode: "either" })
      )
  ],
  [
    "Effect.intoDeferred",
    (failing) =>
      Effect.flatMap(
        Deferred.make<never, Error>(),
        (deferred) => Effect.zipRight(Effect.fork(Effect.intoDeferred(failing, deferred)), Deferred.await(deferred))
      )
  ],
  [
    "a layer",
    (failing) => Layer.build(Layer.mergeAll(Layer.effectDiscard(failing), Layer.effectDiscard(Effect.sleep(50))))
  ],
  [
    "runFork",
    (failing) => Effect.flatMap(Effect.runtime(), (runtime) => Effect.sync(() => Runtime.runFork(runtime)(failing)))
  ],
  [
    "runPromise",
    (failing) =>
      Effect.flatMap(
        Effect.runtime(),
        (runtime) => Effect.promise(() => Runtime.runPromise(runtime)(failing).catch(() => undefined))
      )
  ],
  [
    "runSyncExit",
    (failing) => Effect.flatMap(Effect.runtime(), (runtime) => Effect.sync(() => Runtime.runSyncExit(runtime)(failing)))
  ],
  [
    "runCallback",
    (failing) =>
      Effect.flatMap(
        Effect.runtime(),
        (runtime) => Effect.sync(() => Runtime.runCallback(runtime)(failing, { onExit: () => undefined }))
      )
  ],
  ["Stream.mapEffect", (failing) => Stream.runDrain(Stream.mapEffect(numbers, () => failing, { concurrency: 2 }))],
  ["Stream.flatMap", (failing) => Stream.runDrain(Stream.flatMap(numbers, () => failing, { concurrency: 2 }))],
  ["Stream.merge", (failing) => Stream.runDrain(Stream.merge(failing, numbers))],
  ["Stream.mergeAll", (failing) => Stream.runDrain(Stream.mergeAll([failing, numbers], { concurrency: 2 }))],
  ["Stream.buffer", (failing) => Stream.runDrain(Stream.buffer(Stream.concat(numbers, failing), { capacity: 2 }))],
  ["Stream.debounce", (failing) => Stream.runDrain(Stream.debounce(Stream.concat(numbers, failing), 1))],
  ["Stream.groupedWithin", (failing) => Stream.runDrain(Stream.groupedWithin(Stream.concat(numbers, failing), 2, 1))],
  [
    "Stream.interruptWhen",
    (failing) => Stream.runDrain(Stream.interruptWhen(Stream.schedule(numbers, Schedule.spaced(3)), failing))
  ],
  [
    "Stream.toReadableStream",
    (failing) =>
      Effect.flatMap(
        Stream.toReadableStreamEffect(Stream.fromEffect(failing)),
        (stream) => Effect.promise(() => stream.getReader().read().catch(() => undefined))
      )
  ]
]

describe("UnhandledFibers", () => {
  for (const [name, make] of lost) {
    it.effect(`EXCMETA-31: captured: ${name}`, () =>
      Effect.gen(function*() {
        for (const failing of [now, later]) {
          const calls = yield* capturedBy(make(failing))
          assert.strictEqual(calls.length, 1)
          assert.isTrue(Cause.isCause(calls[0]?.input))
          assert.strictEqual(Cause.squash(calls[0]?.input as Cause.Cause<unknown>), error)
          assert.deepStrictEqual(calls[0]?.options, { boundary: ExceptionBoundary.fiber })
        }
      }))
  }

  for (const [name, make] of heard) {
    it.effect(`not captured: ${name}`, () =>
      Effect.gen(function*() {
        for (const failing of [now, later]) {
          assert.deepStrictEqual(yield* capturedBy(make(failing)), [])
        }
      }))
  }

  it.effect("defects and failures beside an interruption are captured, interruptions and successes are not", () =>
    Effect.gen(function*() {
      const exits = [
        Effect.die(error),
        Effect.failCause(Cause.parallel(Cause.interrupt(FiberId.none), Cause.fail(error))),
        Effect.interrupt,
        Effect.void,
        Effect.failCause(Cause.empty)
      ]
      const counts = yield* Effect.forEach(
        exits,
        (exit) => Effect.map(capturedBy(Effect.forkDaemon(exit)), (calls) => calls.length)
      )
      assert.deepStrictEqual(counts, [1, 1, 0, 0, 0])
      assert.deepStrictEqual(
        yield* capturedBy(Effect.flatMap(Effect.fork(Effect.never), Fiber.interrupt)),
        []
      )
    }))

  it.effect("a capture has the scope and the span of the fiber", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded()
      const span = yield* Effect.gen(function*() {
        const span = yield* Effect.currentSpan
        yield* Effect.forkDaemon(Effect.zipRight(Effect.yieldNow(), now)).pipe(
          withScope(inherited, { tags: { job: "nightly" }, ...quiet })
        )
        return span
      }).pipe(
        Effect.withSpan("request"),
        withScope(fresh, { tags: { tenant: "acme" }, ...quiet }),
        Effect.zipLeft(Effect.repeatN(Effect.yieldNow(), 10)),
        Effect.provide(layer)
      )
      assert.deepStrictEqual(calls.map(({ tags, traceId }) => ({ tags, traceId })), [
        { tags: { tenant: "acme", job: "nightly" }, traceId: span.traceId }
      ])
    }))

  it.effect("a client that forks what fails, dies or throws is asked once", () =>
    Effect.gen(function*() {
      let asked = 0
      const clients: ReadonlyArray<ExceptionCapture.Service["captureException"]> = [
        () => Effect.zipRight(Effect.forkDaemon(now), Effect.die("client")),
        () => Effect.forkDaemon(Effect.die("client")).pipe(Effect.zipRight(Effect.never)),
        () => {
          throw new Error("client")
        }
      ]
      for (const captureException of clients) {
        yield* Effect.forkDaemon(now).pipe(
          Effect.zipRight(Effect.repeatN(Effect.yieldNow(), 20)),
          Effect.provide(Layer.provide(
            UnhandledFibers.layer(),
            Layer.succeed(ExceptionCapture.ExceptionCapture, {
              captureException: (input, options) => {
                asked++
                return captureException(input, options)
              },
              captureExceptionsByDefault: true
            })
          ))
        )
      }
      assert.strictEqual(asked, clients.length)
    }))

  it.effect("two layers capture once each", () =>
    Effect.gen(function*() {
      const outer = recorded()
      const inner = recorded()
      yield* Effect.forkDaemon(now).pipe(
        Effect.zipRight(Effect.repeatN(Effect.yieldNow(), 10)),
        Effect.provide(Layer.provideMerge(inner.layer, outer.layer))
      )
      assert.deepStrictEqual([outer.calls.length, inner.calls.length], [1, 1])
    }))

  it.effect("without the layer nothing is watched", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded()
      yield* Effect.provide(Effect.void, layer)
      yield* Effect.forkDaemon(now)
      yield* Effect.repeatN(Effect.yieldNow(), 10)
      assert.deepStrictEqual(calls, [])
    }))
})
