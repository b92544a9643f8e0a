/** What is noted about an operation (seed 001 §3, pitfalls 2 and 3). */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Option, TestClock } from "effect"
import {
  addOperationMetadata,
  clearScope,
  currentOperation,
  currentOperationElapsed,
  currentOperationMetadata,
  fresh,
  inherited,
  setOperationMetadata,
  setOperationStartTime,
  withRequest,
  withScope
} from "effect-posthog"
import type { JsonObject } from "effect-posthog/domain/JsonValue"
import { withLines } from "../support/client.js"

const quiet = { captureExceptions: false } as const

const metadataIs = (expected: JsonObject) =>
  Effect.map(currentOperationMetadata, (metadata) => assert.deepStrictEqual({ ...metadata }, expected))

describe("addOperationMetadata", () => {
  it.effect("notes one entry or several; the same key is overwritten", () =>
    Effect.gen(function*() {
      yield* addOperationMetadata("a", 1)
      yield* addOperationMetadata({ a: 2, b: new Date(0), c: undefined })
      yield* metadataIs({ a: 2, b: "1970-01-01T00:00:00.000Z" })
    }).pipe(withRequest({})))

  it.effect("goes to the request, through the scopes that were opened inside it", () =>
    Effect.gen(function*() {
      yield* withScope(addOperationMetadata("deep", 1), inherited, { metadata: { scope: 1 }, ...quiet })
      yield* metadataIs({ deep: 1 })
    }).pipe(withRequest({})))

  it.effect("in a fresh scope there is no operation of others: it goes to that scope", () =>
    Effect.gen(function*() {
      yield* withScope(Effect.zipRight(addOperationMetadata("a", 1), metadataIs({ a: 1 })), fresh, quiet)
      yield* metadataIs({})
    }).pipe(withRequest({})))

  it.effect("outside every scope nothing is noted, and a debug log says so", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        yield* addOperationMetadata("a", 1)
        yield* metadataIs({})
        assert.deepStrictEqual(lines.map(({ level }) => level), ["DEBUG"])
      })
    ))

  it.effect("concurrent children lose nothing; of the same key the later forked one's stays", () =>
    Effect.gen(function*() {
      yield* Effect.forEach([3, 1, 2], (delay, index) =>
        Effect.zipRight(
          addOperationMetadata({ [`own ${index}`]: delay }),
          Effect.zipRight(Effect.yieldNow({ priority: delay }), addOperationMetadata("shared", index))
        ), { concurrency: "unbounded" })
      yield* metadataIs({ "own 0": 3, "own 1": 1, "own 2": 2, shared: 2 })
    }).pipe(withRequest({})))

  it.effect("the children of a batch that note more than it may hold together leave it within its bounds", () =>
    Effect.gen(function*() {
      yield* Effect.forEach(
        [0, 1, 2],
        (child) =>
          Effect.forEach(
            Array.from({ length: 40 }, (_, i) => `${child}.${i}`),
            (key) => addOperationMetadata(key, key)
          ),
        {
          concurrency: "unbounded"
        }
      )
      const { metadata_omitted: omitted, ...kept } = yield* currentOperationMetadata
      assert.strictEqual(Object.keys(kept).length, 64)
      assert.strictEqual(omitted, 120 - 64)
      const large = "x".repeat(900)
      yield* Effect.forEach(
        [0, 1, 2],
        (child) =>
          Effect.forEach(
            Array.from({ length: 8 }, (_, i) => `${child}.${i}`),
            (key) => addOperationMetadata(key, large)
          ),
        {
          concurrency: "unbounded"
        }
      ).pipe(
        Effect.zipRight(currentOperationMetadata),
        Effect.tap((metadata) =>
          Effect.sync(() => {
            assert.strictEqual(Object.keys(metadata).length, 24)
            assert.isBelow(JSON.stringify(metadata).length, 8 * 1024 + 24 * 64)
            assert.isAtLeast(Object.values(metadata).filter((value) => value === large).length, 7)
          })
        ),
        withRequest({}),
        withScope(fresh, quiet)
      )
    }).pipe(withRequest({})))

  it.effect("what is huge is told by its type and size, so that no scope grows with it", () =>
    Effect.gen(function*() {
      yield* addOperationMetadata({
        text: "x".repeat(100_000),
        list: Array.from({ length: 10_000 }, () => 0),
        object: { a: "y".repeat(5000) }
      })
      yield* metadataIs({
        text: { data_type: "string", data_size: 100_002 },
        list: { data_type: "array", data_size: 20_001 },
        object: { data_type: "object", data_size: 5008 }
      })
    }).pipe(withRequest({})))

  it.effect("what cannot be read is no defect", () =>
    Effect.gen(function*() {
      const throwing: JsonObject = new Proxy({}, {
        ownKeys() {
          throw new Error("no")
        }
      })
      yield* addOperationMetadata(throwing)
      yield* setOperationMetadata(throwing)
      yield* metadataIs({})
    }).pipe(withRequest({})))

  it.effect("a loop that handles requests leaves nothing of one to the next", () =>
    Effect.gen(function*() {
      for (let i = 0; i < 3; i++) {
        yield* Effect.gen(function*() {
          yield* metadataIs({ kept: true })
          yield* addOperationMetadata("user", i)
        }).pipe(withRequest({ userId: `u${i}` }))
      }
      yield* metadataIs({ kept: true })
    }).pipe(withRequest({ metadata: { kept: true } })))
})

describe("setOperationMetadata", () => {
  it.effect("replaces the notes of the operation and hides those around it until it ends", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* addOperationMetadata("b", 2)
        yield* setOperationMetadata({ c: 3 })
        yield* metadataIs({ c: 3 })
        yield* addOperationMetadata("a", 4)
        yield* metadataIs({ c: 3, a: 4 })
      }).pipe(withRequest({}))
      yield* metadataIs({ a: 1 })
    }).pipe(withRequest({ metadata: { a: 1 } })))
})

describe("the operation's start", () => {
  it.effect("is now unless it is given, and tells how long the operation has run", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1000)
      assert.deepStrictEqual(yield* currentOperationElapsed, Option.none())
      yield* setOperationStartTime()
      yield* TestClock.adjust("1500 millis")
      assert.deepStrictEqual(yield* currentOperationElapsed, Option.some(Duration.millis(1500)))
      yield* setOperationStartTime(new Date(2000))
      assert.deepStrictEqual(yield* currentOperationElapsed, Option.some(Duration.millis(500)))
      yield* setOperationStartTime(Number.NaN)
      assert.strictEqual(Option.getOrThrow(yield* currentOperation).startTime, 2000)
      yield* setOperationStartTime(9000)
      assert.deepStrictEqual(yield* currentOperationElapsed, Option.some(Duration.zero))
    }).pipe(withScope(fresh, quiet)))

  it.effect("goes along to a forked fiber and is nobody's outside", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(currentOperation).pipe(withRequest({ operationName: "op" }))
      assert.strictEqual(Option.getOrThrow(yield* Fiber.join(fiber)).name, "op")
      assert.deepStrictEqual(yield* currentOperation, Option.none())
    }))
})

describe("clearScope", () => {
  it.effect("hides the notes too; what is noted after it under another key is seen", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* clearScope
        yield* metadataIs({})
        yield* addOperationMetadata("b", 2)
        yield* metadataIs({ b: 2 })
      }).pipe(withRequest({}))
      yield* metadataIs({ a: 1 })
    }).pipe(withRequest({ metadata: { a: 1 } })))
})
