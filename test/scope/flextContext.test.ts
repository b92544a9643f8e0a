/**
 * The tests of seed 001 (§5.1) by their names, over Effects. Where ours differs on purpose the test says how:
 * docs/context.md has the table.
 */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Option, TestClock } from "effect"
import {
  addOperationMetadata,
  clearScope,
  Correlation,
  currentOperationMetadata,
  currentOperationName,
  currentRequest,
  currentService,
  fresh,
  fullContext,
  Propagation,
  scopeSummary,
  setServiceName,
  setUserId,
  type TimedOperation,
  timedOperation,
  withRequest,
  withScope,
  withService
} from "effect-posthog"

const quiet = { captureExceptions: false } as const

/** The seed's variables are there from the start; ours are in a scope. */
const inScope = withScope(fresh, quiet)

const idIs = (expected: string | undefined) =>
  Effect.map(Correlation.current, (id) => assert.deepStrictEqual(id, Option.fromNullable(expected)))

const parentIs = (expected: string | undefined) =>
  Effect.map(Correlation.parent, (id) => assert.deepStrictEqual(id, Option.fromNullable(expected)))

const serviceName = Effect.map(currentService, Option.flatMapNullable(({ name }) => name))

const userId = Effect.map(currentRequest, Option.flatMapNullable((request) => request.userId))

describe("seed 001 §5.1", () => {
  it.effect("test_correlation_id_generation", () =>
    Effect.gen(function*() {
      const correlationId = yield* Correlation.generate
      assert.isAbove(correlationId.length, 0)
      yield* idIs(correlationId)
      yield* Correlation.withNew((newId) =>
        Effect.gen(function*() {
          assert.notStrictEqual(newId, correlationId)
          yield* idIs(newId)
        })
      )
      yield* idIs(correlationId)
    }).pipe(inScope))

  it.effect("test_correlation_id_generation outside every scope: an id is returned, nothing is changed", () =>
    Effect.gen(function*() {
      assert.isAbove((yield* Correlation.generate).length, 0)
      yield* idIs(undefined)
    }))

  it.effect("test_nested_correlation", () =>
    Correlation.withNew((parentId) =>
      Effect.gen(function*() {
        yield* parentIs(undefined)
        yield* Correlation.withNew((childId) =>
          Effect.gen(function*() {
            yield* parentIs(parentId)
            yield* idIs(childId)
            yield* Correlation.withNew((grandchildId) => Effect.zipRight(parentIs(childId), idIs(grandchildId)))
            yield* idIs(childId)
          })
        )
        yield* idIs(parentId)
      })
    ))

  it.effect("test_service_context_management", () =>
    Effect.gen(function*() {
      yield* Effect.map(currentService, (service) =>
        assert.include(Option.getOrThrow(service), { name: "test-service", version: "v1.2.3" })).pipe(
          withService("test-service", "v1.2.3")
        )
      assert.deepStrictEqual(yield* currentService, Option.none())
    }))

  it.effect("test_request_context_management", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        assert.include(Option.getOrThrow(yield* currentRequest), { userId: "user_123", requestId: "req_456" })
        assert.deepStrictEqual(yield* currentOperationName, Option.some("test_operation"))
        assert.deepStrictEqual({ ...(yield* currentOperationMetadata) }, { source: "test", version: "1.0" })
      }).pipe(withRequest({
        userId: "user_123",
        operationName: "test_operation",
        requestId: "req_456",
        metadata: { source: "test", version: "1.0" }
      }))
      assert.deepStrictEqual(yield* currentRequest, Option.none())
      assert.deepStrictEqual(yield* currentOperationName, Option.none())
    }))

  it.effect("test_performance_timing", () =>
    Effect.gen(function*() {
      const ended: Array<TimedOperation> = []
      const fiber = yield* Effect.gen(function*() {
        yield* addOperationMetadata("test_key", "test_value")
        yield* Effect.sleep("10 millis")
        assert.strictEqual((yield* currentOperationMetadata)["test_key"], "test_value")
      }).pipe(
        timedOperation("test_operation", { onEnd: (operation) => Effect.sync(() => ended.push(operation)) }),
        Effect.fork
      )
      yield* TestClock.adjust("10 millis")
      yield* Fiber.join(fiber)
      const [perf] = ended
      assert.strictEqual(Duration.toMillis(perf!.duration), 10)
      assert.strictEqual(perf!.endTime - perf!.startTime, 10)
      assert.strictEqual(perf!.metadata["test_key"], "test_value")
    }))

  it.effect("test_context_serialization: the received service name is the caller's, not ours", () =>
    Effect.gen(function*() {
      yield* Correlation.set("test_correlation_123")
      yield* setServiceName("test-service")
      yield* setUserId("user_456")

      const full = yield* fullContext
      assert.strictEqual(full.correlation_id, "test_correlation_123")
      assert.strictEqual(full.service_name, "test-service")
      assert.strictEqual(full.user_id, "user_456")

      const headers = yield* Propagation.injectCurrent()
      assert.strictEqual(headers["x-correlation-id"], "test_correlation_123")
      assert.strictEqual(headers["x-service-name"], "test-service")

      yield* clearScope
      yield* idIs(undefined)

      yield* Effect.gen(function*() {
        yield* idIs("test_correlation_123")
        assert.deepStrictEqual(yield* serviceName, Option.none())
        const event = yield* Effect.map(fullContext, (context) => context.service_name)
        assert.isNull(event)
      }).pipe(Propagation.withExtracted(headers, quiet))
      assert.deepStrictEqual(Propagation.extract(headers).service, { name: "test-service" })
    }).pipe(inScope))

  it.effect("test_http_client_context_propagation: the headers of an outgoing call", () =>
    Effect.gen(function*() {
      yield* Correlation.set("test_correlation")
      yield* setServiceName("test-service")
      const headers = yield* Propagation.injectCurrent({ accept: "application/json" })
      assert.strictEqual(headers["x-correlation-id"], "test_correlation")
      assert.strictEqual(headers["x-client-service"], "test-service")
      assert.strictEqual(headers["accept"], "application/json")
    }).pipe(inScope))

  it.effect("test_context_utilities: the summary masks the user id unless it is asked for", () =>
    Effect.gen(function*() {
      assert.isFalse(yield* Correlation.has)
      const correlationId = yield* Correlation.ensure
      assert.isTrue(yield* Correlation.has)
      yield* idIs(correlationId)

      yield* setServiceName("test-service")
      yield* setUserId("user_123")
      const summary = yield* scopeSummary()
      assert.include(summary, "test-service")
      assert.notInclude(summary, "user_123")
      assert.include(yield* scopeSummary({ showUser: true }), "user_123")

      yield* clearScope
      assert.isFalse(yield* Correlation.has)
      assert.deepStrictEqual(yield* serviceName, Option.none())
      assert.deepStrictEqual(yield* userId, Option.none())
    }).pipe(inScope))
})

describe("seed 001, its pitfalls", () => {
  it.effect("pitfall 1: the context is there after every asynchronous step and in every forked fiber", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.gen(function*() {
        yield* Effect.sleep("1 second")
        yield* Effect.promise(() => Promise.resolve())
        yield* idIs("c")
        yield* Fiber.join(yield* Effect.fork(idIs("c")))
        yield* Effect.all([idIs("c"), Effect.zipRight(Effect.yieldNow(), idIs("c"))], { concurrency: 2 })
      }).pipe(Correlation.withNew("c"), Effect.fork)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
    }))

  it.effect("pitfall 2: a loop that sets and never clears leaves nothing behind", () =>
    Effect.gen(function*() {
      for (const id of ["u-1", "u-2"]) {
        // in a scope of its own, and in none: neither is seen by the next round
        yield* Effect.zipRight(setUserId(id), addOperationMetadata(id, 1)).pipe(inScope)
        yield* setUserId(id)
        assert.deepStrictEqual(yield* userId, Option.none())
        assert.deepStrictEqual({ ...(yield* currentOperationMetadata) }, {})
      }
    }))
})
