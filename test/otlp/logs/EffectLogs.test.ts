import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Layer, Logger, LogLevel, TestClock, Tracer } from "effect"
import { fresh, Posthog, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import * as LogCapture from "../../../src/otlp/logs/LogCapture.js"
import * as PosthogOtlp from "../../../src/otlp/PosthogOtlp.js"
import { layerClient } from "../../support/client.js"
import { received, withLogs } from "../support.js"

const quiet = Logger.remove(Logger.defaultLogger)

describe("what the program logs", () => {
  it.effect("LOG-02: is sent with its level, down to the program's minimum", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        yield* Effect.logTrace("t")
        yield* Effect.logDebug("d")
        yield* Effect.logInfo("i")
        yield* Effect.logWarning("w")
        yield* Effect.logError("e")
        yield* Effect.logFatal("f")
        assert.deepStrictEqual(
          (yield* received).map(({ body, severityNumber, severityText }) =>
            `${String(body)} ${severityNumber} ${severityText}`
          ),
          ["d 5 DEBUG", "i 9 INFO", "w 13 WARN", "e 17 ERROR", "f 21 FATAL"]
        )
      }).pipe(Logger.withMinimumLogLevel(LogLevel.Debug), Effect.provide(quiet))
    ))

  it.effect("LOG-03: one message is the body as it is, several are one text", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        yield* Effect.log({ order: 7 })
        yield* Effect.log("order", 7, { paid: true })
        const [one, several] = yield* received
        assert.deepStrictEqual(JSON.parse(JSON.stringify(one?.body)), { order: 7 })
        assert.strictEqual(several?.body, "order 7 {\"paid\":true}")
      }).pipe(Effect.provide(quiet))
    ))

  it.effect("LOG-07: carries annotations, log spans, fiber, and the scope of where it was logged", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        yield* withScope(
          Effect.log("x").pipe(
            Effect.delay("250 millis"),
            Effect.withLogSpan("checkout"),
            Effect.annotateLogs({ cart: 3n, user: { plan: "pro" } }),
            Effect.zipLeft(TestClock.adjust(250), { concurrent: true })
          ),
          fresh,
          { distinctId: "user-1", sessionId: "session-1" }
        )
        const [log] = yield* received
        const { fiber, ...attributes } = JSON.parse(JSON.stringify(log?.attributes))
        assert.match(fiber, /^#\d+$/)
        assert.deepStrictEqual(attributes, {
          posthogDistinctId: "user-1",
          sessionId: "session-1",
          "logSpan.checkout": 250,
          cart: 3,
          user: { plan: "pro" }
        })
      }).pipe(Effect.provide(quiet))
    ))

  it.effect("TRACE-09: carries the active span's ids; what the caller of captureLog says stands before them", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        const [traceId, spanId] = yield* Effect.gen(function*() {
          const span = yield* Effect.currentSpan
          yield* Effect.log("logged")
          yield* LogCapture.info("captured")
          yield* LogCapture.captureLog({ body: "own", traceId: "1".repeat(32) })
          return [span.traceId, span.spanId]
        }).pipe(Effect.withSpan("work"), Effect.orDie)
        yield* Effect.log("outside")
        yield* Effect.log("foreign").pipe(
          Effect.withParentSpan(Tracer.externalSpan({ traceId: "not hex", spanId: "neither" }))
        )
        assert.deepStrictEqual(
          (yield* received).map(({ body, flags, spanId, traceId }) => [body, traceId, spanId, flags]),
          [
            ["logged", traceId, spanId, 1],
            ["captured", traceId, spanId, 1],
            ["own", "1".repeat(32), undefined, undefined],
            ["outside", undefined, undefined, undefined],
            ["foreign", undefined, undefined, undefined]
          ]
        )
      }).pipe(Effect.provide(quiet))
    ))

  it.effect("LOG-07: of a cause it says type, message and stack", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        yield* Effect.logError("it failed", Cause.die(new RangeError("too far")))
        yield* Effect.logError(Cause.fail("plain"))
        yield* Effect.logInfo("ended", Cause.interrupt(yield* Effect.fiberId))
        const [died, failed, interrupted] = yield* received
        assert.strictEqual(died?.body, "it failed")
        assert.strictEqual(died?.attributes["exception.type"], "RangeError")
        assert.strictEqual(died?.attributes["exception.message"], "too far")
        assert.include(String(died?.attributes["exception.stacktrace"]), "RangeError: too far")
        assert.strictEqual(failed?.body, "plain")
        assert.notProperty(interrupted?.attributes, "exception.type")
      }).pipe(Effect.provide(quiet))
    ))

  it.effect("goes to the other loggers too", () => {
    const lines: Array<unknown> = []
    const other = Logger.replace(Logger.defaultLogger, Logger.make<unknown, void>(({ message }) => lines.push(message)))
    return withLogs(
      {},
      Effect.gen(function*() {
        yield* Effect.log("x")
        assert.strictEqual((yield* received).length, 1)
        assert.deepStrictEqual(lines, [["x"]])
      })
    ).pipe(Effect.provide(other))
  })

  it.effect("LOG-11: is not sent where effectLogs is off, or logs are", () =>
    Effect.gen(function*() {
      const program = Effect.gen(function*() {
        yield* Effect.log("logged")
        yield* LogCapture.info("captured")
        return (yield* received).map(({ body }) => body)
      }).pipe(Effect.provide(quiet))
      assert.deepStrictEqual(yield* withLogs({ effectLogs: false }, program), ["captured"])
      assert.deepStrictEqual(yield* withLogs(undefined, program), [])
    }))

  it.effect("LOG-04: passes the same gates", () =>
    withLogs(
      { rateCap: { max: 2 }, beforeSend: (log) => log.body === "secret" ? null : log },
      Effect.gen(function*() {
        yield* Effect.log("")
        yield* Effect.log("secret")
        yield* Effect.log("a")
        yield* Posthog.optOut
        yield* Effect.log("out")
        yield* Posthog.optIn
        yield* LogCapture.info("b")
        yield* Effect.log("c")
        assert.deepStrictEqual((yield* received).map(({ body }) => body), ["a", "b"])
      }).pipe(Effect.provide(quiet))
    ))

  it.effect("LOG-17: the library's own lines never become logs, however much fails", () =>
    withLogs(
      { maxRetries: 2 },
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Status({ status: 503 }), 3)
        yield* Effect.log("mine")
        yield* Posthog.capture("", { distinctId: "user-1" })
        yield* TestClock.adjust("1 minute")
        yield* Effect.log("mine too")
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual((yield* server.logs).map(({ body }) => body), ["mine too"])
        const { accepted, dropped } = yield* LogCapture.stats
        assert.strictEqual(accepted, 2)
        assert.deepStrictEqual(dropped, { retriesExhausted: 1 })
      }).pipe(Logger.withMinimumLogLevel(LogLevel.Debug), Effect.provide(quiet))
    ))

  it.effect("LOG-18: nothing captures the console, and nothing waits for a remote setting: none is asked for", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        // oxlint-disable-next-line no-console -- what is tested is that it stays a line on the console
        console.debug("a line of the console's own (LOG-18)")
        yield* Effect.log("logged")
        yield* LogCapture.info("captured")
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual((yield* server.logs).map(({ body }) => body), ["logged", "captured"])
        assert.deepStrictEqual((yield* server.requests).map(({ endpoint }) => endpoint), ["logs"])
        // a request for a configuration would be one to a path that is no endpoint
        assert.strictEqual((yield* server.stats).notFound, 0)
      }).pipe(Effect.provide(quiet))
    ))

  it.effect("ends with the layer", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* Effect.log("inside").pipe(Effect.provide(PosthogOtlp.layer({ logs: {} })))
      yield* Effect.log("outside")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* server.logs).map(({ body }) => body), ["inside"])
    }).pipe(Effect.provide(Layer.merge(layerClient(), quiet))))

  it.effect("LOG-01: hostile messages and annotations end no fiber", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        const error = Object.defineProperty(new Error("x"), "message", {
          get: () => {
            throw new Error("no")
          }
        })
        yield* Effect.log({ proxy }).pipe(Effect.annotateLogs("bad", { proxy }))
        yield* Effect.logError("died", Cause.die(error))
        yield* Effect.logError("died", Cause.die(proxy))
        yield* Effect.log("fine")
        assert.strictEqual((yield* received).at(-1)?.body, "fine")
        assert.deepStrictEqual(yield* server.invalid, [])
        assert.strictEqual((yield* server.logs).length, 4)
      }).pipe(Effect.provide(quiet))
    ))
})
