import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, TestClock } from "effect"
import { fresh, Posthog, PosthogTest, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import * as LogCapture from "../../src/otlp/logs/LogCapture.js"
import * as PosthogOtlp from "../../src/otlp/PosthogOtlp.js"
import { layerClient, warnings, withLines } from "../support/client.js"
import { layerOtlp } from "./support.js"

const quiet = Logger.remove(Logger.defaultLogger)

const work = (name: string) => Effect.withSpan(Effect.void, name)

const names = Effect.flatMap(
  DevServer.DevServer,
  (server) => Effect.map(server.spans, (spans) => spans.map(({ name }) => name))
)

describe("both signals together", () => {
  it.effect("TRACE-09 TRACE-19 LOG-08: a span and the log in it share ids, identity and resource", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* withScope(
        Effect.withSpan(Effect.logInfo("paid"), "pay", { kind: "server", attributes: { total: 42 } }),
        fresh,
        { distinctId: "user-1", sessionId: "session-1" }
      )
      yield* Posthog.flush
      const [span] = yield* server.spans
      const [log] = yield* server.logs
      assert.strictEqual(span?.name, "pay")
      assert.strictEqual(log?.body, "paid")
      assert.strictEqual(log?.traceId, span?.traceId)
      assert.strictEqual(log?.spanId, span?.spanId)
      for (const record of [span, log]) {
        assert.deepInclude(record?.attributes, { posthogDistinctId: "user-1", sessionId: "session-1" })
        assert.deepInclude(record?.resource, { "service.name": "shop", "telemetry.sdk.name": "effect-posthog" })
        assert.strictEqual(record?.scope.name, "effect-posthog")
        assert.strictEqual(record?.apiKey, "phc_test")
      }
      assert.deepStrictEqual(yield* server.invalid, [])
    }).pipe(Effect.provide(Layer.merge(layerOtlp({ serviceName: "shop", logs: {}, traces: {} }), quiet))))

  it.effect("LOG-01 TRACE-04: each is off until its options are given; a client that sends nothing sends neither", () =>
    Effect.gen(function*() {
      const program = Effect.gen(function*() {
        yield* Effect.withSpan(Effect.logInfo("x"), "x")
        yield* Posthog.flush
        const server = yield* DevServer.DevServer
        return [(yield* server.logs).length, (yield* server.spans).length]
      })
      const run = (options: PosthogOtlp.Options, disabled = false) =>
        Effect.provide(program, Layer.merge(layerOtlp(options, { disabled }), quiet))
      assert.deepStrictEqual(yield* run({}), [0, 0])
      assert.deepStrictEqual(yield* run({ logs: {} }), [1, 0])
      assert.deepStrictEqual(yield* run({ traces: {} }), [0, 1])
      assert.deepStrictEqual(yield* run({ logs: {}, traces: {} }), [1, 1])
      assert.deepStrictEqual(yield* run({ logs: {}, traces: {} }, true), [0, 0])
      const test = PosthogOtlp.layer({ logs: {}, traces: {} }).pipe(
        Layer.provideMerge(PosthogTest.layer),
        Layer.provideMerge(DevServer.layerInMemory())
      )
      assert.deepStrictEqual(yield* Effect.provide(program, Layer.merge(test, quiet)), [0, 0])
    }))
})

describe("spans on their way", () => {
  it.effect("TRACE-21 TRACE-22: POST to /i/v1/traces below the host, with the key as Bearer, as JSON", () =>
    Effect.gen(function*() {
      yield* work("x")
      yield* Posthog.flush
      const [request, ...others] = yield* (yield* DevServer.DevServer).requests
      assert.deepStrictEqual(others, [])
      assert.strictEqual(request?.method, "POST")
      assert.strictEqual(request?.path, "/i/v1/traces")
      assert.deepStrictEqual(request?.query, {})
      assert.strictEqual(request?.headers["authorization"], "Bearer phc_test")
      assert.strictEqual(request?.headers["content-type"], "application/json")
      assert.isUndefined(request?.headers["traceparent"])
      assert.deepStrictEqual(yield* names, ["x"])
    }).pipe(Effect.provide(layerOtlp({ traces: {} }, { host: "http://posthog.local/" }, { recordSecrets: true }))))

  it.live("TRACE-23: gzip is the default", () =>
    Effect.gen(function*() {
      yield* work("x")
      yield* Posthog.flush
      const [request] = yield* (yield* DevServer.DevServer).requests
      assert.strictEqual(request?.headers["content-encoding"], "gzip")
      assert.deepStrictEqual(yield* names, ["x"])
    }).pipe(Effect.provide(layerOtlp({ traces: {} }, { compression: undefined }))))

  it.effect("TRACE-24 TRACE-26: at the bound the span that has just ended goes, with one warning", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        yield* Effect.forEach(["a", "b", "c", "d"], work, { discard: true })
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(yield* names, ["a", "b"])
        assert.deepStrictEqual(warnings(lines), ["dropped 2 spans: queueFull 2"])
      }).pipe(Effect.provide(layerOtlp({ traces: { maxQueueSize: 2 } })))
    ))

  it.effect("TRACE-28: by the timer, and at once when a batch is full", () =>
    Effect.gen(function*() {
      yield* work("lone")
      yield* TestClock.adjust(4999)
      assert.deepStrictEqual(yield* names, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* names, ["lone"])
      yield* Effect.forEach(["a", "b", "c"], work, { discard: true })
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(yield* names, ["lone", "a", "b", "c"])
    }).pipe(Effect.provide(layerOtlp({ traces: { maxExportBatchSize: 3 } }))))

  it.effect("TRACE-30: what has ended is sent when the layer closes, and in no more than the client's time", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* work("last").pipe(Effect.provide(PosthogOtlp.layer({ traces: {} })))
      assert.deepStrictEqual(yield* names, ["last"])
      yield* server.always(Fault.Stall())
      const closing = yield* Effect.fork(work("lost").pipe(Effect.provide(PosthogOtlp.layer({ traces: {} }))))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* closing.await)._tag, "Success")
    }).pipe(Effect.provide(layerClient({ shutdownTimeout: "2 seconds" }))))

  it.effect("TRACE-31: a PostHog that is away loses none; spans keep coming meanwhile", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Status({ status: 503 }))
      yield* work("a")
      yield* TestClock.adjust("20 seconds")
      yield* work("b")
      yield* server.heal
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* names, ["a", "b"])
    }).pipe(Effect.provide(layerOtlp({ traces: {} }))))

  it.effect("TRACE-32 TRACE-36: what PostHog refuses reaches nobody's program", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Status({ status: 401 }))
      assert.strictEqual(yield* Effect.withSpan(Effect.succeed(7), "x"), 7)
      yield* LogCapture.info("x")
      yield* Posthog.flush
      assert.deepStrictEqual((yield* LogCapture.stats).dropped, { "status 401": 1 })
    }).pipe(Effect.provide(layerOtlp({ logs: {}, traces: {} }))))
})
