import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, FiberId, FiberRef, HashSet, Layer, Logger, LogLevel, Option, Tracer } from "effect"
import { currentTags, fresh, withScope } from "effect-posthog"
import { captured } from "effect-posthog/domain/CaptureOutcome"
import * as ExceptionBoundary from "effect-posthog/domain/ExceptionBoundary"
import * as ExceptionLogger from "effect-posthog/exception/hooks/ExceptionLogger"
import * as ExceptionCapture from "effect-posthog/scope/ExceptionCapture"

interface Call {
  readonly input: unknown
  readonly options: ExceptionCapture.CaptureExceptionOptions | undefined
  readonly tags: unknown
  readonly spanId: string | undefined
}

const silent = Logger.replace(Logger.defaultLogger, Logger.none)

/** Takes every capture down with what the capturing fiber has; `also` runs in each of them. */
const recorded = (options?: ExceptionLogger.Options, also: Effect.Effect<unknown> = Effect.void) => {
  const calls: Array<Call> = []
  const service: ExceptionCapture.Service = {
    captureException: (input, options) =>
      Effect.gen(function*() {
        const span = yield* Effect.serviceOption(Tracer.ParentSpan)
        calls.push({ input, options, tags: { ...yield* currentTags }, spanId: Option.getOrUndefined(span)?.spanId })
        yield* also
        return captured("event")
      }),
    captureExceptionsByDefault: true
  }
  const layer = Layer.provide(
    ExceptionLogger.layer(options),
    Layer.succeed(ExceptionCapture.ExceptionCapture, service)
  )
  return { calls, layer: Layer.provideMerge(layer, silent) }
}

const error = new Error("no stock")
const entries = [
  Effect.logTrace,
  Effect.logDebug,
  Effect.logInfo,
  Effect.logWarning,
  Effect.logError,
  Effect.logFatal
]

const all = Logger.withMinimumLogLevel(LogLevel.All)

describe("ExceptionLogger", () => {
  it.effect("EXCMETA-27: a logged cause is captured at the boundary of loggers, at the entry's level", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded()
      const cause = Cause.fail(error)
      yield* Effect.logError("the order", { id: 1 }, cause, "was put off").pipe(Effect.provide(layer))
      assert.strictEqual(calls.length, 1)
      assert.strictEqual(calls[0]?.input, cause)
      assert.strictEqual(calls[0]?.options?.boundary, ExceptionBoundary.logger)
      assert.strictEqual(calls[0]?.options?.level, "ERROR")
      assert.deepStrictEqual({ ...calls[0]?.options?.properties }, {
        "log.message": "the order {\"id\":1} was put off"
      })
    }))

  it.effect("EXCMETA-35: a fatal entry says its level and leaves handled to the boundary", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded()
      yield* Effect.logFatal(Cause.die("x")).pipe(Effect.provide(layer))
      assert.strictEqual(calls[0]?.options?.level, "FATAL")
      assert.strictEqual(calls[0]?.options?.handled, undefined)
      assert.strictEqual(calls[0]?.options?.boundary?.handled, true)
      assert.deepStrictEqual(calls[0]?.options?.properties, {})
    }))

  it.effect("only entries at the minimum level or above are captured", () =>
    Effect.gen(function*() {
      const minima: ReadonlyArray<readonly [LogLevel.LogLevel | undefined, Array<string>]> = [
        [undefined, ["ERROR", "FATAL"]],
        [LogLevel.Warning, ["WARN", "ERROR", "FATAL"]],
        [LogLevel.All, ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]],
        [LogLevel.None, []]
      ]
      for (const [minimumLevel, expected] of minima) {
        const { calls, layer } = recorded({ minimumLevel })
        yield* Effect.forEach(entries, (log) => log(Cause.fail(error))).pipe(Effect.provide(layer), all)
        assert.deepStrictEqual(calls.map(({ options }) => options?.level), expected)
      }
    }))

  it.effect("an entry without a cause: the first error among its messages", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded()
      const second = new TypeError("second")
      yield* Effect.logError("before", error, second, "after").pipe(Effect.provide(layer))
      yield* Effect.logError(error).pipe(Effect.provide(layer))
      yield* Effect.logError("only text", { message: "no error" }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(calls.map(({ input }) => input), [error, error])
      assert.deepStrictEqual(calls.map(({ options }) => options?.properties), [
        { "log.message": "before {\"name\":\"TypeError\",\"message\":\"second\"} after" },
        {}
      ])
    }))

  it.effect("an interruption is not captured, alone it is not even with an error beside it", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded()
      yield* Effect.logError("x", error, Cause.interrupt(FiberId.none)).pipe(Effect.provide(layer))
      assert.strictEqual(calls.length, 0)
    }))

  it.effect("a capture has the scope, the span and the annotations of where the entry was logged", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded()
      const span = yield* Effect.logError("x", error).pipe(
        Effect.zipRight(Effect.currentSpan),
        Effect.annotateLogs({ tenant: "acme", order: { id: 7 }, message: "mine", nothing: undefined }),
        Effect.withSpan("checkout"),
        withScope(fresh, { tags: { job: "nightly" }, captureExceptions: false }),
        Effect.provide(layer)
      )
      assert.deepStrictEqual(calls.map(({ tags }) => tags), [{ job: "nightly" }])
      assert.strictEqual(calls[0]?.spanId, span.spanId)
      assert.deepStrictEqual(
        JSON.parse(JSON.stringify(calls[0]?.options?.properties)),
        { "log.tenant": "acme", "log.order": { id: 7 }, "log.message": "x" }
      )
    }))

  it.effect("texts and annotations are bounded", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded()
      const long = "x".repeat(1_000_000)
      yield* Effect.logError(error, long, { long }).pipe(
        Effect.annotateLogs({ long, list: Array.from({ length: 100_000 }, () => long) }),
        Effect.provide(layer)
      )
      const properties = calls[0]?.options?.properties ?? {}
      assert.isAtMost(String(properties["log.message"]).length, 1024)
      assert.isAtMost(JSON.stringify(properties).length, 16_000)
    }))

  it.effect("whatever is logged, the one who logs it goes on", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded()
      const no = () => {
        throw new Error("no")
      }
      // only what Effect itself does not do with a message
      const proxy = new Proxy({}, { get: no, getPrototypeOf: no, ownKeys: no })
      yield* Effect.logError(proxy, error, Symbol("x"), 1n, () => 1, undefined, null).pipe(
        Effect.annotateLogs({ object: Object.defineProperty({}, "bad", { enumerable: true, get: no }) }),
        Effect.provide(layer)
      )
      assert.strictEqual(calls.length, 1)
    }))

  it.effect("this library's own entries are passed over", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded()
      yield* Effect.logError("x", error).pipe(
        Effect.annotateLogs({ package: "effect-posthog", module: "delivery" }),
        Effect.provide(layer)
      )
      yield* Effect.logError("x", error).pipe(Effect.annotateLogs({ package: "mine" }), Effect.provide(layer))
      assert.strictEqual(calls.length, 1)
    }))

  it.effect("what is logged while capturing is not captured, in the logger's other entries it is", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded(undefined, Effect.logError("the client failed", new Error("client")))
      yield* Effect.zipRight(Effect.logError(error), Effect.logError(error)).pipe(Effect.provide(layer))
      assert.strictEqual(calls.length, 2)
    }))

  it.effect("a client that dies, throws or never answers does not stop the one who logs", () =>
    Effect.gen(function*() {
      const services: ReadonlyArray<ExceptionCapture.Service["captureException"]> = [
        () => Effect.die("client"),
        () => Effect.interrupt,
        () => Effect.never,
        () => {
          throw new Error("client")
        }
      ]
      for (const captureException of services) {
        yield* Effect.logError(error).pipe(
          Effect.provide(
            ExceptionLogger.layer().pipe(
              Layer.provide(
                Layer.succeed(ExceptionCapture.ExceptionCapture, { captureException, captureExceptionsByDefault: true })
              ),
              Layer.provideMerge(silent)
            )
          )
        )
      }
    }))

  it.effect("it stands beside the loggers that are there, and goes with its layer", () =>
    Effect.gen(function*() {
      const before = yield* FiberRef.get(FiberRef.currentLoggers)
      const { layer } = recorded()
      const during = yield* Effect.provide(FiberRef.get(FiberRef.currentLoggers), layer)
      assert.strictEqual(HashSet.size(during), HashSet.size(HashSet.remove(before, Logger.defaultLogger)) + 2)
      assert.strictEqual(HashSet.size(yield* FiberRef.get(FiberRef.currentLoggers)), HashSet.size(before))
    }))

  it.effect("what the runtime says of every fiber that fails lies below the level", () =>
    Effect.gen(function*() {
      const { calls, layer } = recorded()
      yield* Effect.fork(Effect.fail(error)).pipe(
        Effect.flatMap((fiber) => Effect.exit(fiber)),
        Effect.provide(layer),
        all
      )
      assert.strictEqual(calls.length, 0)
    }))
})
