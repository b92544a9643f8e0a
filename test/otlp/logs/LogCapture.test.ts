import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, TestClock } from "effect"
import { fresh, Posthog, PosthogTest, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import type { ReceivedRequest } from "effect-posthog/devserver/ReceivedRequest"
import type { Log } from "../../../src/otlp/logs/Log.js"
import * as LogCapture from "../../../src/otlp/logs/LogCapture.js"
import * as PosthogOtlp from "../../../src/otlp/PosthogOtlp.js"
import { layerClient, warnings, withLines } from "../../support/client.js"
import { hostileValue } from "../hostile.js"
import { layerOtlp, received, withLogs } from "../support.js"

/** What stood on the wire, of the one resource. */
const scopeLogsOf = (request: ReceivedRequest | undefined): ReadonlyArray<{ logRecords: ReadonlyArray<unknown> }> => {
  assert.isDefined(request)
  // what the client writes, and the server has checked
  const { resourceLogs } = request.body as { resourceLogs: ReadonlyArray<{ scopeLogs: [{ logRecords: [] }] }> }
  assert.strictEqual(resourceLogs.length, 1)
  return resourceLogs[0]?.scopeLogs ?? []
}

const bodies = Effect.map(received, (logs) => logs.map(({ body }) => body))

describe("a log record", () => {
  it.effect("LOG-01 LOG-02: captureLog and the six levels take the same way; info is the default", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        yield* LogCapture.captureLog({ body: "plain" })
        yield* LogCapture.trace("t")
        yield* LogCapture.debug("d")
        yield* LogCapture.info("i")
        yield* LogCapture.warn("w", { millis: 1200 })
        yield* LogCapture.error("e")
        yield* LogCapture.fatal("f")
        // an untyped caller's
        yield* LogCapture.captureLog({ body: "odd", level: "loud" as LogCapture.Level })
        assert.deepStrictEqual(
          (yield* received).map(({ body, severityNumber, severityText }) => [body, severityNumber, severityText]),
          [
            ["plain", 9, "INFO"],
            ["t", 1, "TRACE"],
            ["d", 5, "DEBUG"],
            ["i", 9, "INFO"],
            ["w", 13, "WARN"],
            ["e", 17, "ERROR"],
            ["f", 21, "FATAL"],
            ["odd", 9, "INFO"]
          ]
        )
        assert.deepStrictEqual({ ...(yield* received)[4]?.attributes }, { millis: 1200 })
      })
    ))

  it.effect("LOG-01: without logs, and with a client that sends nothing, it does nothing and does not fail", () =>
    Effect.gen(function*() {
      const inert = Effect.zipRight(LogCapture.info("nobody"), LogCapture.stats)
      const nothing = { accepted: 0, sent: 0, dropped: {}, pending: 0, requests: 0 }
      assert.deepStrictEqual(yield* Effect.provide(inert, layerOtlp({})), nothing)
      assert.deepStrictEqual(yield* Effect.provide(inert, layerOtlp({ logs: {} }, { disabled: true })), nothing)
      assert.deepStrictEqual(
        yield* Effect.provide(inert, Layer.provide(PosthogOtlp.layer({ logs: {} }), PosthogTest.layer)),
        nothing
      )
    }))

  it.effect("LOG-03: the two times are equal, texts, and those of the call; ids and flags only where given", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        yield* TestClock.setTime(1_700_000_000_123)
        yield* LogCapture.captureLog({ body: "without", attributes: { a: 1 } })
        yield* LogCapture.captureLog({
          body: "with",
          traceId: "0AF7651916CD43DD8448EB211C80319C",
          spanId: "b7ad6b7169203331",
          traceFlags: 0
        })
        yield* TestClock.adjust("1 second")
        yield* received
        const [request] = yield* (yield* DevServer.DevServer).requests
        // as it stood on the wire
        assert.deepStrictEqual(scopeLogsOf(request)[0]?.logRecords, [
          {
            timeUnixNano: "1700000000123000000",
            observedTimeUnixNano: "1700000000123000000",
            severityNumber: 9,
            severityText: "INFO",
            body: { stringValue: "without" },
            attributes: [{ key: "a", value: { intValue: "1" } }]
          },
          {
            timeUnixNano: "1700000000123000001",
            observedTimeUnixNano: "1700000000123000001",
            severityNumber: 9,
            severityText: "INFO",
            body: { stringValue: "with" },
            attributes: [],
            traceId: "0af7651916cd43dd8448eb211c80319c",
            spanId: "b7ad6b7169203331",
            flags: 0
          }
        ])
      })
    ))

  it.effect("LOG-03 LOG-19: what is no id is left out, and the record goes", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        for (const id of ["", "xyz", "0".repeat(32), "ab"]) {
          yield* LogCapture.captureLog({ body: "odd ids", traceId: id, spanId: id, traceFlags: 300 })
        }
        const logs = yield* received
        assert.strictEqual(logs.length, 4)
        assert.deepStrictEqual(logs.filter((log) => "traceId" in log || "spanId" in log || "flags" in log), [])
      })
    ))

  it.effect("LOG-05: nanoseconds rise by one within a millisecond, and begin anew with the next", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        yield* TestClock.setTime(5)
        yield* Effect.replicateEffect(LogCapture.info("same"), 3)
        yield* TestClock.setTime(6)
        yield* LogCapture.info("next")
        yield* TestClock.setTime(5)
        yield* LogCapture.info("back")
        assert.deepStrictEqual((yield* received).map(({ timeUnixNano }) => timeUnixNano), [
          "5000000",
          "5000001",
          "5000002",
          "6000000",
          "5000000"
        ])
      })
    ))

  it.effect("LOG-03 LOG-06: bodies and attributes of any kind are values, frozen at the call", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        const body = { order: { id: 7n, total: 9.5, lines: ["a", null] } }
        yield* LogCapture.captureLog({ body, attributes: { nan: NaN, gone: null, huge: 2n ** 70n } })
        body.order.total = 0
        const [log] = yield* received
        assert.deepStrictEqual(JSON.parse(JSON.stringify(log?.body)), { order: { id: 7, total: 9.5, lines: ["a"] } })
        assert.deepStrictEqual({ ...log?.attributes }, { nan: "NaN", huge: String(2n ** 70n) })
      })
    ))

  it.effect("LOG-08 LOG-09: one resource and one scope to a batch, posted as JSON with the token in the query", () =>
    Effect.gen(function*() {
      yield* Effect.replicateEffect(LogCapture.info("x"), 3)
      const logs = yield* received
      const [request, ...others] = yield* (yield* DevServer.DevServer).requests
      assert.deepStrictEqual(others, [])
      assert.strictEqual(request?.method, "POST")
      assert.strictEqual(request?.path, "/i/v1/logs")
      assert.deepStrictEqual(request?.query, { token: "phc_a&b=c d" })
      assert.strictEqual(request?.headers["content-type"], "application/json")
      assert.deepStrictEqual(scopeLogsOf(request).map(({ logRecords }) => logRecords.length), [3])
      assert.strictEqual(logs[0]?.scope.name, "effect-posthog")
      assert.deepInclude(logs[0]?.resource, {
        "service.name": "shop",
        "service.version": "2",
        "deployment.environment": "test",
        region: "eu",
        "telemetry.sdk.name": "effect-posthog"
      })
    }).pipe(
      Effect.provide(
        PosthogOtlp.layer({
          serviceName: "shop",
          environment: "test",
          logs: { serviceVersion: "2", resourceAttributes: { region: "eu", "service.name": "no" } }
        }).pipe(
          Layer.provideMerge(
            Posthog.layer({ apiKey: Redacted.make("phc_a&b=c d"), host: "http://posthog.local/", compression: "none" })
          ),
          Layer.provideMerge(DevServer.layerInMemory())
        )
      )
    ))

  it.live("LOG-10: gzip is the default, for one small record too", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        yield* LogCapture.info("x")
        assert.deepStrictEqual(yield* bodies, ["x"])
        const [request] = yield* (yield* DevServer.DevServer).requests
        assert.strictEqual(request?.headers["content-encoding"], "gzip")
      }),
      { compression: undefined }
    ))
})

describe("what the scope says", () => {
  it.effect("LOG-07: person, session and sections are frozen at the call; absent ones are left out", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        yield* LogCapture.info("outside")
        yield* withScope(
          LogCapture.info("inside"),
          fresh,
          { distinctId: "user-1", sessionId: "session-1", tags: { plan: "pro" } }
        )
        const [outside, inside] = yield* received
        assert.deepStrictEqual({ ...outside?.attributes }, {})
        assert.deepStrictEqual({ ...inside?.attributes }, { posthogDistinctId: "user-1", sessionId: "session-1" })
      })
    ))

  it.effect("LOG-07: what the call says wins", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        yield* withScope(
          LogCapture.info("x", { posthogDistinctId: "other", sessionId: null }),
          fresh,
          { distinctId: "user-1", sessionId: "session-1" }
        )
        assert.deepStrictEqual({ ...(yield* received)[0]?.attributes }, { posthogDistinctId: "other" })
      })
    ))

  it.effect("LOG-07: the flags that are on, where a snapshot is given", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        const flags = { values: new Map<string, boolean | string>([["b", "variant"], ["off", false], ["a", true]]) }
        yield* LogCapture.captureLog({ body: "x", flags })
        yield* LogCapture.captureLog({ body: "y", flags: { values: new Map([["off", false]]) } })
        const [x, y] = yield* received
        assert.deepStrictEqual(x?.attributes["feature_flags"], ["a", "b"])
        assert.notProperty(y?.attributes, "feature_flags")
      })
    ))
})

describe("the gates", () => {
  it.effect("LOG-04: opted out, nothing is captured, and no hook is asked; opted in again it is", () => {
    const seen: Array<unknown> = []
    return withLogs(
      {
        beforeSend: (log) => {
          seen.push(log.body)
          return log
        }
      },
      Effect.gen(function*() {
        yield* LogCapture.info("before")
        yield* Posthog.optOut
        yield* LogCapture.info("out")
        yield* Posthog.optIn
        yield* LogCapture.info("after")
        assert.deepStrictEqual(yield* bodies, ["before", "after"])
        assert.deepStrictEqual(seen, ["before", "after"])
      })
    )
  })

  it.effect("LOG-04: a blank body makes no record, silently, and no hook sees it", () => {
    const seen: Array<unknown> = []
    return withLogs(
      {
        beforeSend: (log) => {
          seen.push(log.body)
          return log
        }
      },
      Effect.gen(function*() {
        for (const body of ["", " \n\t", null, undefined, () => 1]) {
          yield* LogCapture.info(body)
        }
        yield* LogCapture.info(0)
        assert.deepStrictEqual(yield* bodies, [0])
        assert.deepStrictEqual(seen, [0])
        assert.strictEqual((yield* LogCapture.stats).accepted, 1)
      })
    )
  })

  it.effect("LOG-04 LOG-15: the hooks come before the rate cap: what they drop does not count", () =>
    withLogs(
      { rateCap: { max: 2 }, beforeSend: (log) => log.body === "no" ? null : log },
      Effect.gen(function*() {
        for (const body of ["no", "no", "a", "no", "b", "c"]) {
          yield* LogCapture.info(body)
        }
        assert.deepStrictEqual(yield* bodies, ["a", "b"])
        assert.deepStrictEqual((yield* LogCapture.stats).dropped, { rateCap: 1 })
      })
    ))
})

describe("beforeSend", () => {
  it.effect("LOG-16: hooks run in order, each on what the one before returned; null or a blank body drops", () =>
    withLogs(
      {
        beforeSend: [
          (log) => ({ ...log, body: `${log.body}1`, attributes: { ...log.attributes, seen: true } }),
          (log) => String(log.body).startsWith("drop") ? null : log,
          (log) => String(log.body).startsWith("blank") ? { ...log, body: "  " } : { ...log, body: `${log.body}2` }
        ]
      },
      Effect.gen(function*() {
        for (const body of ["keep", "drop", "blank"]) {
          yield* LogCapture.info(body)
        }
        const logs = yield* received
        assert.deepStrictEqual(logs.map(({ body }) => body), ["keep12"])
        assert.deepStrictEqual({ ...logs[0]?.attributes }, { seen: true })
      })
    ))

  it.effect("LOG-16: one that throws keeps the value from before it, whatever it changed, and the next ones run", () =>
    withLogs(
      {
        beforeSend: [
          (log) => ({ ...log, body: `${log.body} one` }),
          (log) => {
            Object.assign(log, { body: "spoilt" })
            Object.assign(log.attributes, { spoilt: true })
            throw new Error("no")
          },
          (log) => ({ ...log, body: `${log.body} three` })
        ]
      },
      Effect.gen(function*() {
        yield* LogCapture.info("x", { a: 1 })
        const [log] = yield* received
        assert.strictEqual(log?.body, "x one three")
        assert.deepStrictEqual({ ...log?.attributes }, { a: 1 })
      })
    ))

  it.effect("LOG-16: a hook sees what the scope said, and may take it away", () =>
    withLogs(
      {
        beforeSend: (log) => ({ ...log, attributes: { ...log.attributes, posthogDistinctId: null } })
      },
      Effect.gen(function*() {
        yield* withScope(LogCapture.info("x"), fresh, { distinctId: "user-1" })
        assert.deepStrictEqual({ ...(yield* received)[0]?.attributes }, {})
      })
    ))

  it.effect("LOG-16: what is no record at all changes nothing", () =>
    withLogs(
      {
        // an untyped program's hooks
        beforeSend: [() => 7, () => Promise.resolve(null), () => ({})].map((hook) =>
          hook as unknown as (log: Log) => Log
        )
      },
      Effect.gen(function*() {
        yield* LogCapture.info("x")
        assert.deepStrictEqual(yield* bodies, ["x"])
      })
    ))
})

describe("the rate cap", () => {
  it.effect("LOG-15: windows follow one another; the excess of each is dropped and counted", () =>
    withLogs(
      { rateCap: { max: 3, window: "10 seconds" } },
      Effect.gen(function*() {
        const burst = (name: string) =>
          Effect.forEach([1, 2, 3, 4, 5], (i) => LogCapture.info(`${name}${i}`), { discard: true })
        yield* burst("a")
        yield* TestClock.adjust(9_999)
        yield* burst("b")
        yield* TestClock.adjust(1)
        yield* burst("c")
        assert.deepStrictEqual(yield* bodies, ["a1", "a2", "a3", "c1", "c2", "c3"])
        assert.deepStrictEqual((yield* LogCapture.stats).dropped, { rateCap: 9 })
      })
    ))

  it.effect("LOG-15: there is at most one warning in a window", () =>
    withLines((lines) =>
      withLogs(
        { rateCap: { max: 1, window: "10 seconds" }, flushInterval: "1 second" },
        Effect.gen(function*() {
          const excess = () => warnings(lines).filter((line) => line.includes("rateCap"))
          for (let i = 0; i < 95; i++) {
            yield* LogCapture.info("x")
            yield* LogCapture.info("x")
            yield* TestClock.adjust(100)
          }
          assert.strictEqual(excess().length, 1)
          yield* TestClock.adjust("10 seconds")
          assert.strictEqual(excess().length, 1)
          yield* Effect.replicateEffect(LogCapture.info("x"), 3)
          yield* TestClock.adjust("10 seconds")
          assert.strictEqual(excess().length, 2)
        })
      )
    ))

  it.effect("LOG-15: a clock that goes backwards begins a new window", () =>
    withLogs(
      { rateCap: { max: 1 } },
      Effect.gen(function*() {
        yield* TestClock.setTime(1_000_000)
        yield* LogCapture.info("a")
        yield* LogCapture.info("b")
        yield* TestClock.setTime(999_999)
        yield* LogCapture.info("c")
        assert.deepStrictEqual(yield* bodies, ["a", "c"])
      })
    ))

  it.effect("LOG-15: numbers that are not positive turn it off", () =>
    Effect.forEach(
      [{ max: 0 }, { max: -1 }, { max: 1, window: 0 }],
      (rateCap) =>
        withLogs(
          { rateCap },
          Effect.gen(function*() {
            yield* Effect.replicateEffect(LogCapture.info("x"), 5)
            assert.strictEqual((yield* bodies).length, 5)
          })
        )
    ))
})

describe("options", () => {
  it.effect("LOG-11 LOG-20: the defaults are those that are documented", () =>
    withLogs(
      { rateCap: { max: 0 } },
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* LogCapture.info("lone")
        yield* TestClock.adjust(2999)
        assert.strictEqual((yield* server.logs).length, 0)
        yield* TestClock.adjust(1)
        assert.strictEqual((yield* server.logs).length, 1)
        yield* Effect.replicateEffect(LogCapture.info("many"), 99)
        yield* TestClock.adjust(0)
        assert.strictEqual((yield* server.logs).length, 1)
        yield* LogCapture.info("the hundredth")
        yield* TestClock.adjust(0)
        assert.strictEqual((yield* server.logs).length, 101)
        yield* server.always(Fault.Stall())
        // 100 of them are on their way
        yield* Effect.replicateEffect(LogCapture.info("x"), 100)
        yield* TestClock.adjust(0)
        yield* Effect.replicateEffect(LogCapture.info("x"), 9901)
        assert.strictEqual((yield* LogCapture.stats).pending, 10_000)
        assert.deepStrictEqual((yield* LogCapture.stats).dropped, { queueFull: 1 })
        assert.deepStrictEqual((yield* server.requests).map(({ batchSize }) => batchSize), [1, 100, 100])
      }),
      { shutdownTimeout: 0 }
    ))

  it.effect("LOG-11 LOG-12: each can be set", () =>
    withLogs(
      { flushInterval: "1 minute", flushThreshold: 4, maxQueueSize: 5, maxExportBatchSize: 2, maxRetries: 0 },
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Status({ status: 503 }))
        for (const body of ["a", "b", "c", "d", "e", "f"]) {
          yield* LogCapture.info(body)
        }
        assert.deepStrictEqual((yield* LogCapture.stats).dropped, { queueFull: 1 })
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual((yield* server.logs).map(({ body }) => body), ["d", "e", "f"])
        assert.deepStrictEqual((yield* LogCapture.stats).dropped, { queueFull: 1, retriesExhausted: 2 })
        yield* LogCapture.info("g")
        yield* TestClock.adjust(59_999)
        assert.strictEqual((yield* server.logs).length, 3)
        yield* TestClock.adjust(1)
        assert.strictEqual((yield* server.logs).length, 4)
      })
    ))
})

describe("with the client", () => {
  it.effect("LOG-13 FLUSH-05: the client's flush and its shutdown send the logs too, within their time", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* LogCapture.info("one")
      yield* Posthog.capture("event", { distinctId: "user-1" })
      yield* Posthog.flush
      assert.strictEqual((yield* server.logs).length, 1)
      assert.strictEqual((yield* server.events).length, 1)
      yield* server.always(Fault.Stall())
      yield* LogCapture.info("two")
      const from = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      const ending = yield* Effect.fork(Posthog.shutdown)
      yield* TestClock.adjust("5 seconds")
      yield* ending.await
      assert.strictEqual(yield* Effect.clockWith((clock) => clock.currentTimeMillis), from + 5000)
      assert.deepStrictEqual((yield* LogCapture.stats).dropped, { shutdown: 1 })
    }).pipe(Effect.provide(layerOtlp({ logs: {} }, { shutdownTimeout: "5 seconds" }))))

  it.effect("LOG-13: what waits is sent when the layer closes", () =>
    Effect.gen(function*() {
      yield* LogCapture.info("last words").pipe(Effect.provide(PosthogOtlp.layer({ logs: {} })))
      const server = yield* DevServer.DevServer
      assert.deepStrictEqual((yield* server.logs).map(({ body }) => body), ["last words"])
    }).pipe(Effect.provide(layerClient())))

  it.effect("LOG-17: a PostHog that is away for a while loses no log, while events go their own way", () =>
    withLogs(
      {},
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.failWhile(({ endpoint }) => endpoint === "logs", Fault.Status({ status: 503 }))
        yield* LogCapture.info("patient")
        yield* Posthog.capture("event", { distinctId: "user-1" })
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual((yield* server.events).length, 1)
        assert.strictEqual((yield* server.logs).length, 0)
        yield* server.heal
        yield* TestClock.adjust("30 seconds")
        assert.deepStrictEqual((yield* server.logs).map(({ body }) => body), ["patient"])
      })
    ))
})

describe("hostile callers", () => {
  it.effect.prop(
    "LOG-01 LOG-06: whatever is passed, nothing fails, and PostHog takes every record that is sent",
    [hostileValue, hostileValue, hostileValue],
    ([body, attributes, level]) =>
      withLogs(
        {},
        Effect.gen(function*() {
          const server = yield* DevServer.DevServer
          // untyped callers'
          yield* LogCapture.captureLog({
            body: body(),
            attributes: attributes() as {},
            level: level() as LogCapture.Level
          })
          yield* LogCapture.captureLog(attributes() as LogCapture.CaptureLogOptions)
          yield* LogCapture.info("still there")
          const logs = yield* received
          assert.strictEqual(logs.at(-1)?.body, "still there")
          assert.deepStrictEqual(yield* server.invalid, [])
          const { accepted, dropped, sent } = yield* LogCapture.stats
          assert.strictEqual(sent, logs.length)
          assert.strictEqual(accepted, sent + (dropped["unreadable"] ?? 0))
        })
      ),
    { fastCheck: { numRuns: 150 } }
  )
})
