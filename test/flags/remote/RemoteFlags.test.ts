import { FetchHttpClient, HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Fiber, HashMap, Logger, LogLevel, Option, TestClock, Tracer } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import * as RemoteFlags from "../../../src/flags/remote/RemoteFlags.js"
import { layerSocket } from "../../devserver/support.js"
import { body, isDone, reasonOf, remote, served, timed, valuesOf } from "./support.js"

describe("the flag request", () => {
  it.effect("FLAGS-REMOTE-01, FLAGS-REMOTE-03: POST /flags/?v=2 with JSON, no Authorization, no /decide; the token is in the body", () =>
    Effect.gen(function*() {
      const flags = yield* remote()
      const server = yield* DevServer.DevServer
      assert.deepStrictEqual(yield* server.requests, [])
      const answer = yield* flags.request(body({ token: "phc_specific" }))
      assert.deepStrictEqual(valuesOf(answer), { on: true })
      const requests = yield* server.requests
      assert.strictEqual(requests.length, 1)
      const { headers, method, path, problems, query } = requests[0]!
      assert.deepStrictEqual({ method, path, query, problems }, {
        method: "POST",
        path: "/flags/",
        query: { v: "2" },
        problems: []
      })
      assert.strictEqual(headers["content-type"], "application/json")
      assert.match(headers["user-agent"] ?? "", /^effect-posthog\/\d/)
      assert.isUndefined(headers["authorization"])
      assert.isUndefined(headers["content-encoding"])
      assert.deepStrictEqual(requests[0]!.body, body({ token: "phc_specific" }))
    }).pipe(served))

  it.effect("FLAGS-EVAL-05, FLAGS-REMOTE-03: one call is one request; two sequential calls of the same are two requests", () =>
    Effect.gen(function*() {
      const flags = yield* remote()
      const server = yield* DevServer.DevServer
      yield* flags.request(body())
      assert.strictEqual((yield* server.requests).length, 1)
      yield* flags.request(body())
      assert.strictEqual((yield* server.requests).length, 2)
    }).pipe(served))

  it.effect("FLAGS-EVAL-06: the caller's key list is sent as it is, in one request", () =>
    Effect.gen(function*() {
      const flags = yield* remote()
      const server = yield* DevServer.DevServer
      const answer = yield* flags.request(body({ flag_keys_to_evaluate: ["missing", "on", "b"] }))
      assert.deepStrictEqual(valuesOf(answer), { on: true })
      const requests = yield* server.requests
      assert.strictEqual(requests.length, 1)
      assert.deepInclude(requests[0]!.body, { flag_keys_to_evaluate: ["missing", "on", "b"] })
    }).pipe(served))

  it.effect("FLAGS-REMOTE-03: an answer in the old form gives the value of the mock", () =>
    Effect.gen(function*() {
      const flags = yield* remote()
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Status({ status: 200, body: `{"featureFlags": {"signup-aa-test": "variant-a"}}` }))
      assert.deepStrictEqual(valuesOf(yield* flags.request(body())), { "signup-aa-test": "variant-a" })
    }).pipe(served))

  it.effect("both answer forms of the embedded PostHog mean the same", () =>
    Effect.gen(function*() {
      const options = { flags: { on: true, off: false, pricing: { variant: "low", payload: { price: 9 } } } }
      const ask = Effect.flatMap(remote(), (flags) => flags.request(body()))
      const details = yield* served(ask, options)
      const old = yield* served(ask, { ...options, flagsForm: "featureFlags" })
      assert.deepStrictEqual(valuesOf(details), { on: true, off: false, pricing: "low" })
      assert.deepStrictEqual(valuesOf(old), valuesOf(details))
      assert.deepStrictEqual(details.flags.get("pricing")?.payload, { price: 9 })
      assert.deepStrictEqual(old.flags.get("pricing")?.payload, { price: 9 })
    }))

  it.effect("FLAGS-EVAL-28: errors while computing keep the good keys, and the answer says that it is incomplete", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.setFlags({ on: true, pricing: "low" }, { errorsWhileComputingFlags: true })
      const flags = yield* remote()
      const answer = yield* flags.request(body())
      assert.deepStrictEqual(valuesOf(answer), { on: true, pricing: "low" })
      assert.isTrue(answer.errorsWhileComputing)
      assert.strictEqual((yield* server.requests).length, 1)
    }).pipe(served))

  it.effect("an exhausted quota is a QuotaLimited, asked once", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.setFlags({ on: true }, { quotaLimited: ["feature_flags"] })
      const { attempts, outcome } = yield* timed()
      assert.strictEqual(reasonOf(outcome), "quota")
      assert.deepStrictEqual(attempts, [0])
    }).pipe(served))
})

describe("over a real socket", () => {
  it.scopedLive("HTTP-10: a connection that is cut, an answer that stalls and a gateway are retried, then the answer counts", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Reset())
      yield* server.enqueue(Fault.Stall({ sendHeaders: true }))
      yield* server.enqueue(Fault.Stall())
      yield* server.enqueue(Fault.Status({ status: 504 }))
      yield* server.setFlags({ on: true })
      const flags = yield* remote({ maxRetries: 4, retryDelay: 1, requestTimeout: 200 })
      assert.deepStrictEqual(valuesOf(yield* flags.request(body())), { on: true })
      assert.deepStrictEqual((yield* server.requests).map(({ fault }) => fault?._tag), [
        "Reset",
        "Stall",
        "Stall",
        "Status",
        undefined
      ])
    }).pipe(Effect.provide(layerSocket())))

  it.scopedLive("HTTP-10: where nobody listens the request fails as connection", () =>
    Effect.gen(function*() {
      const url = yield* Effect.map(DevServer.DevServer, ({ url }) => url).pipe(Effect.provide(layerSocket()))
      const flags = yield* RemoteFlags.make({ host: url, retryDelay: 1 })
      assert.strictEqual(reasonOf(yield* Effect.exit(flags.request(body()))), "connection")
    }).pipe(Effect.provide(FetchHttpClient.layer)))

  it.scopedLive("who gives up ends the request: its connection is closed", () =>
    Effect.gen(function*() {
      const closed = yield* Deferred.make<void>()
      const httpServer = yield* Effect.acquireRelease(
        Effect.async<Server>((resume) => {
          const server = createServer((_, response) => {
            response.on("close", () => Effect.runSync(Deferred.succeed(closed, undefined)))
          })
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      // a server that listens on a port has an address of this kind
      const { port } = httpServer.address() as AddressInfo
      const flags = yield* RemoteFlags.make({ host: `http://127.0.0.1:${port}`, requestTimeout: "1 minute" })
      const outcome = yield* Effect.timeoutOption(flags.request(body()), 100)
      assert.isTrue(Option.isNone(outcome))
      yield* Deferred.await(closed)
    }).pipe(Effect.provide(FetchHttpClient.layer)))
})

describe("what nobody gets to see", () => {
  it.effect("neither errors nor logs hold the token or the person's properties", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ annotations, cause, message }) => {
        lines.push(JSON.stringify([message, Cause.pretty(cause), Array.from(HashMap.entries(annotations))]))
      })
      const secret = body({ token: "phc_hidden", person_properties: { email: "a@hidden.io" } })
      const fiber = yield* Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        const flags = yield* remote({ maxRetries: 3 })
        yield* server.enqueue(Fault.Reset())
        yield* server.enqueue(Fault.Status({ status: 502 }))
        yield* server.enqueue(Fault.Stall())
        yield* server.enqueue(Fault.Status({ status: 200, body: "phc_hidden" }))
        return yield* Effect.exit(flags.request(secret))
      }).pipe(
        served,
        Logger.withMinimumLogLevel(LogLevel.All),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      const outcome = yield* Fiber.join(fiber)
      assert.strictEqual(reasonOf(outcome), "invalidResponse")
      assert.strictEqual(lines.length, 3)
      for (const text of [...lines, JSON.stringify(outcome), String(outcome)]) {
        assert.notInclude(text, "hidden")
      }
      assert.include(lines[0], "attempt 1 failed: PostHog did not evaluate flags: connection")
      assert.include(lines[1], "status 502")
    }))

  it.effect("the request is no span of the application and carries no trace headers", () =>
    Effect.gen(function*() {
      const spans: Array<string> = []
      const tracer = Tracer.make({
        context: (f) => f(),
        span: (name, parent, context, links, startTime, kind) => {
          spans.push(name)
          return {
            _tag: "Span",
            name,
            spanId: "0000000000000001",
            traceId: "00000000000000000000000000000001",
            parent,
            context,
            links,
            kind,
            sampled: true,
            status: { _tag: "Started", startTime },
            attributes: new Map(),
            attribute: () => {},
            event: () => {},
            addLinks: () => {},
            end: () => {}
          }
        }
      })
      const server = yield* DevServer.DevServer
      // an application's client may make spans of its own
      const client = Effect.map(HttpClient.HttpClient, HttpClient.transformResponse(Effect.withSpan("http")))
      const flags = yield* remote().pipe(Effect.provideServiceEffect(HttpClient.HttpClient, client))
      yield* flags.request(body()).pipe(Effect.withSpan("mine"), Effect.withTracer(tracer))
      assert.deepStrictEqual(spans, ["mine"])
      const names = Object.keys((yield* server.requests)[0]!.headers)
      assert.deepStrictEqual(names.filter((name) => name === "traceparent" || name === "b3"), [])
    }).pipe(served))
})

describe("a client that closes", () => {
  it.effect("who still waits, and who asks afterwards, gets disabled", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Stall())
      const { closed, waiting } = yield* Effect.scoped(Effect.gen(function*() {
        const flags = yield* remote()
        const waiting = yield* Effect.forkDaemon(flags.request(body()))
        yield* TestClock.adjust(1)
        assert.isFalse(yield* isDone(waiting))
        return { closed: flags, waiting }
      }))
      assert.strictEqual(reasonOf(yield* Fiber.await(waiting)), "disabled")
      assert.strictEqual(reasonOf(yield* Effect.exit(closed.request(body()))), "disabled")
    }).pipe(Effect.provide(DevServer.layerInMemory())))
})
