/** Seed 001 §3, `timed_operation`. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import {
  Cause,
  Clock,
  Context,
  Data,
  Deferred,
  Duration,
  Effect,
  Exit,
  FastCheck,
  Fiber,
  Layer,
  Metric,
  Option,
  TestClock,
  Tracer
} from "effect"
import {
  addOperationMetadata,
  currentOperation,
  currentOperationMetadata,
  currentOperationName,
  currentScope,
  fresh,
  inherited,
  operationDuration,
  setOperationName,
  tag,
  timedExit,
  type TimedOperation,
  timedOperation,
  type TimedOptions,
  withRequest,
  withScope,
  withService
} from "effect-posthog"
import { withLines } from "../support/client.js"

const quiet = { captureExceptions: false } as const

/** Neither span nor metric. */
const bare = { span: false, metric: false } as const

const recorder = () => {
  const ended: Array<TimedOperation> = []
  const onEnd = (operation: TimedOperation) =>
    Effect.sync(() => {
      ended.push(operation)
    })
  return { ended, options: { ...bare, onEnd } satisfies TimedOptions }
}

const metadataOf = (operation: TimedOperation | undefined) => ({ ...operation?.metadata })

class OutOfStock extends Data.TaggedError("OutOfStock")<{ readonly message: string }> {}

/** Effect's own tracer, whose spans are looked at. */
const spans = (change: (span: Tracer.Span) => void = () => {}) => {
  const started: Array<Tracer.Span> = []
  const layer = Layer.unwrapEffect(Effect.map(Effect.tracer, (tracer) =>
    Layer.setTracer(Tracer.make({
      span: (...args) => {
        const span = tracer.span(...args)
        change(span)
        started.push(span)
        return span
      },
      context: (f, fiber) => tracer.context(f, fiber)
    }))))
  return { started, layer }
}

describe("what is measured", () => {
  it.effect("duration, start and end are exact, and the value goes on", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1000)
      const { ended, options } = recorder()
      const fiber = yield* Effect.fork(
        Effect.as(Effect.sleep("1250 millis"), "value").pipe(timedOperation("test_operation", options))
      )
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "value")
      const [{ duration, metadata, ...operation }] = ended as [TimedOperation]
      assert.strictEqual(ended.length, 1)
      assert.strictEqual(Duration.toMillis(duration), 1250)
      assert.deepStrictEqual({ ...metadata }, {})
      assert.deepStrictEqual(operation, {
        name: "test_operation",
        startTime: 1000,
        endTime: 2250,
        outcome: "success",
        error: undefined
      })
    }))

  it.effect("a change of the clock on the wall does not reach the duration", () =>
    Effect.gen(function*() {
      let wall = 10_000
      let nanos = 5n
      const live = Clock.make()
      const clock: Clock.Clock = {
        ...live,
        unsafeCurrentTimeMillis: () => wall,
        unsafeCurrentTimeNanos: () => nanos
      }
      const { operation } = yield* timedExit(
        Effect.sync(() => {
          wall = 1000
          nanos += 1_500_001n
        }),
        "op",
        bare
      ).pipe(Effect.withClock(clock))
      assert.strictEqual(Duration.toMillis(operation.duration), 1.500001)
      assert.strictEqual(operation.startTime, 10_000)
      assert.strictEqual(operation.endTime, 1000)
    }))

  it.effect("the operation is visible while it is under way, and gone afterwards", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(42)
      const inside = yield* timedOperation(currentOperation, "op", bare)
      assert.deepStrictEqual(Option.getOrThrow(inside), { name: "op", startTime: 42 })
      assert.isTrue(Option.isNone(yield* currentOperation))
    }))
})

describe("how it ended", () => {
  const exitOf = <E>(self: Effect.Effect<number, E>) => timedExit(self, "op", bare)

  // Effect.fail looks at what it is given
  const failWith = (error: unknown) => Effect.failCause(Cause.fail(error))

  it.effect("the outcome and the error are told", () =>
    Effect.gen(function*() {
      const told = (self: Effect.Effect<number, unknown>) =>
        Effect.map(exitOf(self), ({ operation: { error, outcome } }) => ({ outcome, error }))
      assert.deepStrictEqual(yield* told(Effect.succeed(1)), { outcome: "success", error: undefined })
      assert.deepStrictEqual(yield* told(Effect.fail(new OutOfStock({ message: "no A-1" }))), {
        outcome: "failure",
        error: { type: "OutOfStock", message: "no A-1" }
      })
      assert.deepStrictEqual(yield* told(failWith(new TypeError("bad"))), {
        outcome: "failure",
        error: { type: "TypeError", message: "bad" }
      })
      assert.deepStrictEqual(yield* told(Effect.fail("a text")), {
        outcome: "failure",
        error: { type: "string", message: "a text" }
      })
      assert.deepStrictEqual(yield* told(Effect.die(new RangeError("oh"))), {
        outcome: "defect",
        error: { type: "RangeError", message: "oh" }
      })
      assert.deepStrictEqual(yield* told(Effect.interrupt), { outcome: "interrupted", error: undefined })
    }))

  it.effect("an error that cannot be read, or says too much, does not break the program", () =>
    Effect.gen(function*() {
      const hostile = new Proxy({}, {
        get() {
          throw new Error("no")
        },
        has() {
          throw new Error("no")
        }
      })
      const unreadable = yield* exitOf(failWith(hostile))
      assert.deepStrictEqual(unreadable.operation.error, { type: "Error", message: "[Unreadable]" })
      const long = yield* exitOf(failWith(new TypeError("x".repeat(10_000))))
      assert.isAtMost(long.operation.error!.message.length, 500)
      for (const odd of [undefined, null, Symbol("s"), 1n, () => 1, { message: 1, name: "" }]) {
        assert.isString((yield* exitOf(Effect.fail(odd))).operation.error?.message)
      }
    }))

  it.effect("timedOperation leaves every exit as it is: the very same cause", () =>
    Effect.gen(function*() {
      const error = new OutOfStock({ message: "no" })
      const causes = [
        Cause.fail(error),
        Cause.die(error),
        Cause.parallel(Cause.fail(error), Cause.die("oh")),
        Cause.sequential(Cause.fail(error), Cause.fail("then"))
      ]
      for (const cause of causes) {
        const exit = yield* Effect.exit(timedOperation(Effect.failCause(cause), "op", bare))
        assert.deepStrictEqual(exit, Exit.failCause(cause))
      }
      assert.isTrue(Exit.isInterrupted(yield* Effect.exit(timedOperation(Effect.interrupt, "op"))))
    }))

  it.effect("interrupted from outside it ends at once, says so, and its scope is left", () =>
    Effect.gen(function*() {
      const { ended, options } = recorder()
      const started = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(
        Effect.zipRight(Deferred.succeed(started, undefined), Effect.never).pipe(
          timedOperation("op", options),
          Effect.ensuring(Effect.map(currentOperation, (operation) => assert.isTrue(Option.isNone(operation))))
        )
      )
      yield* Deferred.await(started)
      yield* TestClock.adjust("3 seconds")
      const exit = yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(exit))
      assert.deepStrictEqual(ended.map(({ duration, outcome }) => [outcome, Duration.toSeconds(duration)]), [
        ["interrupted", 3]
      ])
    }))

  it.effect("the body stays interruptible, and an uninterruptible one stays that", () =>
    Effect.gen(function*() {
      const status = Effect.checkInterruptible(Effect.succeed)
      assert.isTrue(yield* timedOperation(status, "op"))
      assert.isFalse(yield* Effect.uninterruptible(timedOperation(status, "op")))
    }))
})

describe("metadata", () => {
  it.effect("what is noted inside lands in the operation and in nobody else's, nested ones included", () =>
    Effect.gen(function*() {
      const { ended, options } = recorder()
      yield* Effect.gen(function*() {
        yield* addOperationMetadata("outer", 1)
        yield* Effect.gen(function*() {
          yield* addOperationMetadata("inner", 2)
          yield* addOperationMetadata("outer", 3)
          assert.deepStrictEqual({ ...(yield* currentOperationMetadata) }, { request: true, outer: 3, inner: 2 })
        }).pipe(timedOperation("inner", options))
        yield* addOperationMetadata("after", 4)
      }).pipe(timedOperation("outer", options))
      assert.deepStrictEqual(ended.map((operation) => [operation.name, metadataOf(operation)]), [
        ["inner", { inner: 2, outer: 3 }],
        ["outer", { outer: 1, after: 4 }]
      ])
      assert.deepStrictEqual({ ...(yield* currentOperationMetadata) }, { request: true })
    }).pipe(withRequest({ metadata: { request: true } })))

  it.effect("what scopes and joined children inside noted is there, what a daemon notes later is not", () =>
    Effect.gen(function*() {
      const { ended, options } = recorder()
      const daemon = yield* Effect.gen(function*() {
        yield* withScope(addOperationMetadata("scope", 1), inherited, quiet)
        yield* Effect.all([addOperationMetadata("a", 1), addOperationMetadata("b", 2)], { concurrency: 2 })
        return yield* Effect.forkDaemon(Effect.zipRight(Effect.sleep("1 second"), addOperationMetadata("late", 1)))
      }).pipe(timedOperation("op", options))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(daemon)
      assert.deepStrictEqual(metadataOf(ended[0]), { scope: 1, a: 1, b: 2 })
      assert.deepStrictEqual({ ...(yield* currentOperationMetadata) }, {})
    }).pipe(withScope(fresh, quiet)))

  it.effect.prop(
    "of concurrent operations none has another's notes",
    [FastCheck.array(FastCheck.nat(50), { minLength: 1, maxLength: 20 })],
    ([delays]) =>
      Effect.gen(function*() {
        const { ended, options } = recorder()
        const fiber = yield* Effect.fork(Effect.forEach(delays, (delay, index) =>
          Effect.gen(function*() {
            yield* addOperationMetadata("index", index)
            yield* Effect.sleep(delay)
            yield* addOperationMetadata({ [`own ${index}`]: delay })
          }).pipe(timedOperation(`op ${index}`, options)), { concurrency: "unbounded" }))
        yield* TestClock.adjust(51)
        yield* Fiber.join(fiber)
        assert.strictEqual(ended.length, delays.length)
        for (const [index, delay] of delays.entries()) {
          const operation = ended.find(({ name }) => name === `op ${index}`)
          assert.deepStrictEqual(metadataOf(operation), { index, [`own ${index}`]: delay })
          assert.strictEqual(Duration.toMillis(operation!.duration), delay)
        }
      }),
    { fastCheck: { numRuns: 30 } }
  )
})

describe("names", () => {
  it.effect("an unnamed operation keeps the name of the one around it, inside and in what is told of it", () =>
    Effect.gen(function*() {
      const { ended, options } = recorder()
      yield* Effect.map(currentOperationName, (name) => assert.deepStrictEqual(name, Option.some("outer"))).pipe(
        timedOperation(undefined, options),
        timedOperation("outer", options)
      )
      assert.deepStrictEqual(ended.map(({ name }) => name), ["outer", "outer"])
    }))

  it.effect("without any name it has none, or the one that it was given meanwhile", () =>
    Effect.gen(function*() {
      const { ended, options } = recorder()
      yield* timedOperation(Effect.void, "", options)
      yield* timedOperation(setOperationName("GET /users/:id"), undefined, options)
      assert.deepStrictEqual(ended.map(({ name }) => name), [undefined, "GET /users/:id"])
    }))
})

describe("onEnd", () => {
  it.effect("runs in the scope of the operation, once, and its requirements are the operation's", () =>
    Effect.gen(function*() {
      class Sink extends Context.Tag("Sink")<Sink, (tags: unknown) => void>() {}
      const onEnd = () => Effect.zipWith(currentScope, Sink, ({ view }, sink) => sink({ ...view.tags }))
      const program = timedOperation(tag("inside", 1), "op", { ...bare, onEnd })
      expectTypeOf(program).toEqualTypeOf<Effect.Effect<void, never, Sink>>()
      const seen: Array<unknown> = []
      yield* Effect.provideService(program, Sink, (tags) => seen.push(tags))
      assert.deepStrictEqual(seen, [{ inside: 1 }])
    }))

  it.effect("that dies changes nothing, and a warning says so", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const dying = timedOperation(Effect.succeed(1), "op", { ...bare, onEnd: () => Effect.die("oh") })
        const throwing = timedOperation(Effect.fail("no"), "op", {
          ...bare,
          onEnd: () => {
            throw new Error("oh")
          }
        })
        assert.strictEqual(yield* dying, 1)
        assert.strictEqual(yield* Effect.flip(throwing), "no")
        assert.deepStrictEqual(lines.map(({ level }) => level), ["WARN", "WARN"])
      })
    ))
})

describe("the span", () => {
  it.effect("is made by default, with the scope's sections and the metadata as attributes at its end", () =>
    Effect.gen(function*() {
      const { started, layer } = spans()
      yield* Effect.gen(function*() {
        yield* addOperationMetadata("rows", 3)
        assert.strictEqual((yield* Effect.currentSpan).name, "lookup")
      }).pipe(
        timedOperation("lookup"),
        withService("orders", "1"),
        withRequest({ requestId: "r" }),
        Effect.provide(layer)
      )
      const [span] = started
      assert.strictEqual(started.length, 1)
      const attributes = Object.fromEntries(span!.attributes)
      delete attributes["request_timestamp"]
      assert.deepStrictEqual(attributes, {
        operation_name: "lookup",
        service_name: "orders",
        service_version: "1",
        request_id: "r",
        "operation_metadata.rows": 3,
        outcome: "success"
      })
      assert.strictEqual(span!.status._tag, "Ended")
    }))

  it.effect("ends with the operation's exit; nested operations are its children; attributes of one's own stay", () =>
    Effect.gen(function*() {
      const { started, layer } = spans()
      yield* Effect.exit(
        Effect.fail("no").pipe(
          timedOperation("inner", { span: { kind: "client", attributes: { "db.system": "postgresql" } } }),
          timedOperation("outer")
        )
      ).pipe(Effect.provide(layer))
      const [outer, inner] = started
      assert.deepStrictEqual([outer?.name, inner?.name], ["outer", "inner"])
      assert.strictEqual(Option.getOrThrow(inner!.parent).spanId, outer!.spanId)
      assert.strictEqual(inner!.kind, "client")
      assert.strictEqual(inner!.attributes.get("db.system"), "postgresql")
      assert.strictEqual(inner!.attributes.get("outcome"), "failure")
      for (const span of started) {
        assert.isTrue(span.status._tag === "Ended" && Exit.isFailure(span.status.exit))
      }
    }))

  it.effect("span: false makes none", () =>
    Effect.gen(function*() {
      const { started, layer } = spans()
      yield* timedOperation(Effect.void, "op", { span: false }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(started, [])
    }))

  it.effect("a tracer that throws does not break the program", () =>
    Effect.gen(function*() {
      const { layer } = spans((span) => {
        span.attribute = () => {
          throw new TypeError("no")
        }
      })
      assert.strictEqual(yield* timedOperation(Effect.succeed(1), "op").pipe(Effect.provide(layer)), 1)
    }))
})

describe("the metric", () => {
  const countOf = (operation: string, outcome: string) =>
    Effect.map(
      Metric.value(operationDuration.pipe(Metric.tagged("operation", operation), Metric.tagged("outcome", outcome))),
      ({ count, sum }) => ({ count, sum })
    )

  it.effect("records the duration in milliseconds by operation and outcome", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(timedOperation(Effect.sleep("1500 millis"), "metric test", { span: false }))
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      yield* Effect.exit(timedOperation(Effect.fail("no"), "metric test", { span: false }))
      yield* timedOperation(Effect.void, "metric test", bare)
      assert.deepStrictEqual(yield* countOf("metric test", "success"), { count: 1, sum: 1500 })
      assert.deepStrictEqual(yield* countOf("metric test", "failure"), { count: 1, sum: 0 })
    }))
})

describe("timedExit", () => {
  it.effect("gives the operation beside the exit", () =>
    Effect.gen(function*() {
      const { exit, operation } = yield* Effect.fail("no").pipe(
        Effect.zipLeft(addOperationMetadata("never", 1)),
        timedExit("step_0", bare)
      )
      assert.deepStrictEqual(exit, Exit.fail("no"))
      assert.strictEqual(operation.outcome, "failure")
      assert.deepStrictEqual(metadataOf(operation), {})
      expectTypeOf(exit).toEqualTypeOf<Exit.Exit<never, string>>()
    }))
})
