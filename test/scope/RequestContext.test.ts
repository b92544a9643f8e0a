/** Seed 001 §2, `FlextContext.Request`. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, TestClock } from "effect"
import {
  addOperationMetadata,
  currentOperation,
  currentOperationMetadata,
  currentOperationName,
  currentRequest,
  currentScope,
  fresh,
  inherited,
  type RequestOptions,
  setOperationName,
  setRequestId,
  setUserId,
  withRequest,
  withScope
} from "effect-posthog"
import type { JsonObject } from "effect-posthog/domain/JsonValue"

const quiet = { captureExceptions: false } as const

const present = (value: object) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))

const requestIs = (expected: object | undefined) =>
  Effect.map(
    currentRequest,
    (request) => assert.deepStrictEqual(Option.map(request, present), Option.fromNullable(expected))
  )

const metadataIs = (expected: JsonObject) =>
  Effect.map(currentOperationMetadata, (metadata) => assert.deepStrictEqual({ ...metadata }, expected))

const operationIs = (expected: object | undefined) =>
  Effect.map(
    currentOperation,
    (operation) => assert.deepStrictEqual(Option.map(operation, present), Option.fromNullable(expected))
  )

describe("withRequest", () => {
  it.effect("its fields are visible inside and gone afterwards; its metadata is the operation's", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(5000)
      yield* Effect.gen(function*() {
        yield* requestIs({ userId: "user_123", requestId: "req_456", timestamp: 1000 })
        assert.deepStrictEqual(yield* currentOperationName, Option.some("test_operation"))
        yield* metadataIs({ source: "test", version: "1.0" })
        yield* operationIs({ name: "test_operation", startTime: 5000 })
      }).pipe(withRequest({
        userId: "user_123",
        operationName: "test_operation",
        requestId: "req_456",
        timestamp: new Date(1000),
        metadata: { source: "test", version: "1.0" }
      }))
      yield* requestIs(undefined)
      yield* operationIs(undefined)
      yield* metadataIs({})
    }))

  it.effect("the outermost request arrived now unless it says when; one inside it arrived with it", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(7000)
      yield* Effect.gen(function*() {
        yield* requestIs({ requestId: "r", timestamp: 7000 })
        yield* TestClock.adjust("1 second")
        yield* withRequest(requestIs({ requestId: "item", timestamp: 7000 }), { requestId: "item" })
      }).pipe(withRequest({ requestId: "r" }))
    }))

  it.effect("an empty value takes over the outer one's", () =>
    Effect.gen(function*() {
      const inner: RequestOptions = { userId: "", requestId: " ", operationName: "", metadata: {} }
      yield* Effect.gen(function*() {
        yield* requestIs({ userId: "u", requestId: "r", timestamp: 1 })
        assert.deepStrictEqual(yield* currentOperationName, Option.some("outer"))
        yield* metadataIs({ a: 1 })
      }).pipe(
        withRequest(inner),
        withRequest({ userId: "u", requestId: "r", operationName: "outer", timestamp: 1, metadata: { a: 1 } })
      )
    }))

  it.effect("the items of a batch: their keys win inside, the batch's stay visible, and nothing of theirs stays behind", () =>
    Effect.gen(function*() {
      const seen = yield* Effect.forEach([0, 1, 2], (index) =>
        Effect.zipRight(
          addOperationMetadata("done", index),
          Effect.all({
            name: Effect.map(currentOperationName, Option.getOrThrow),
            request: Effect.map(currentRequest, (request) => Option.getOrThrow(request).requestId),
            metadata: Effect.map(currentOperationMetadata, (metadata) => ({ ...metadata }))
          })
        ).pipe(
          withRequest({ operationName: "batch_item", metadata: { item_index: index, batch_type: `of ${index}` } })
        ), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        seen,
        [0, 1, 2].map((index) => ({
          name: "batch_item",
          request: "batch-7",
          metadata: { batch_size: 3, batch_type: `of ${index}`, item_index: index, done: index }
        }))
      )
      yield* metadataIs({ batch_size: 3, batch_type: "import" })
      assert.deepStrictEqual(yield* currentOperationName, Option.some("batch_processing"))
    }).pipe(withRequest({
      operationName: "batch_processing",
      requestId: "batch-7",
      metadata: { batch_size: 3, batch_type: "import" }
    })))

  it.effect("the caller's metadata object is read once and never written to", () =>
    Effect.gen(function*() {
      const metadata: Record<string, string> = { source: "test" }
      yield* Effect.gen(function*() {
        metadata["late"] = "change"
        yield* addOperationMetadata("added", true)
        yield* metadataIs({ source: "test", added: true })
      }).pipe(withRequest({ metadata }))
      assert.deepStrictEqual(metadata, { source: "test", late: "change" })
    }))

  it.effect("what cannot be read counts as not given, and the effect runs", () =>
    Effect.gen(function*() {
      const hostile: RequestOptions = {
        get userId(): string {
          throw new Error("no")
        },
        requestId: "r",
        timestamp: Number.NaN
      }
      // a proxy answers every question by throwing
      const throwing: RequestOptions = new Proxy({}, {
        get() {
          throw new Error("no")
        }
      })
      assert.strictEqual(yield* withRequest(Effect.as(requestIs({ requestId: "r" }), 1), hostile), 1)
      assert.strictEqual(yield* withRequest(Effect.succeed(2), throwing), 2)
    }))

  it.effect("shows on the scope's events as user_id, request_id, request_timestamp and operation_name", () =>
    Effect.gen(function*() {
      const { view } = yield* withRequest(currentScope, {
        userId: "u",
        requestId: "r",
        operationName: "op",
        timestamp: 0,
        metadata: { secret: 1 }
      })
      assert.deepStrictEqual({ ...view.sectionProperties }, {
        user_id: "u",
        request_id: "r",
        operation_name: "op",
        request_timestamp: "1970-01-01T00:00:00.000Z"
      })
      assert.isUndefined(view.distinctId)
    }))
})

describe("setters", () => {
  it.effect("set one field of the current scope and leave the others", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* setUserId("v")
        yield* setOperationName("inner")
        yield* requestIs({ userId: "v", requestId: "r", timestamp: 1 })
        yield* setRequestId("s")
        yield* requestIs({ userId: "v", requestId: "s", timestamp: 1 })
        assert.deepStrictEqual(yield* currentOperationName, Option.some("inner"))
      }).pipe(withScope(inherited, quiet))
      yield* requestIs({ userId: "u", requestId: "r", timestamp: 1 })
    }).pipe(withRequest({ userId: "u", requestId: "r", timestamp: 1 })))

  it.effect("an empty text changes nothing", () =>
    Effect.gen(function*() {
      yield* setUserId("")
      yield* setRequestId(" ")
      yield* setOperationName("")
      yield* requestIs({ userId: "u", timestamp: 1 })
      assert.deepStrictEqual(yield* currentOperationName, Option.none())
    }).pipe(withRequest({ userId: "u", timestamp: 1 })))

  it.effect("outside every scope nothing is set: the next request on this fiber sees nothing of the last one's", () =>
    Effect.gen(function*() {
      yield* setUserId("u")
      yield* setRequestId("r")
      yield* setOperationName("o")
      yield* requestIs(undefined)
      yield* withScope(requestIs(undefined), fresh, quiet)
    }))
})
