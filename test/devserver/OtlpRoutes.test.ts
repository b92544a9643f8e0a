import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { gzipSync } from "node:zlib"

const traceId = "0af7651916cd43dd8448eb211c80319c"
const spanId = "b7ad6b7169203331"

const log = (fields: object = {}) => ({
  timeUnixNano: "1700000000123000001",
  observedTimeUnixNano: "1700000000123000001",
  severityNumber: 9,
  severityText: "INFO",
  body: { stringValue: "x" },
  attributes: [],
  ...fields
})

const logs = (...logRecords: ReadonlyArray<object>) => ({
  resourceLogs: [{
    resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
    scopeLogs: [{ scope: { name: "sdk", version: "1" }, logRecords }]
  }]
})

const span = (fields: object = {}) => ({
  traceId,
  spanId,
  name: "work",
  kind: 2,
  startTimeUnixNano: "1700000000000000000",
  endTimeUnixNano: "1700000000100000000",
  ...fields
})

const spans = (...spans: ReadonlyArray<object>) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] })

const post = (
  path: string,
  body: unknown,
  headers: Record<string, string> = { authorization: "Bearer phc_test" },
  type = "application/json"
) =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))
    const response = yield* client.post(`http://posthog.local${path}`, {
      body: HttpBody.uint8Array(bytes, type),
      headers
    })
    yield* response.arrayBuffer
    return response.status
  })

const test = (
  f: (server: DevServer.Service) => Effect.Effect<void, unknown, HttpClient.HttpClient>,
  options: DevServer.Options = {}
) => Effect.flatMap(DevServer.DevServer, f).pipe(Effect.provide(DevServer.layerInMemory(options)))

describe("POST /i/v1/logs", () => {
  it.effect("LOG-09: takes records, with the key in the query or the header, and shows them as plain values", () =>
    test((server) =>
      Effect.gen(function*() {
        const attributes = [
          { key: "a", value: { intValue: "9007199254740993" } },
          { key: "b", value: { arrayValue: { values: [{ boolValue: true }, { doubleValue: 1.5 }] } } },
          { key: "c", value: { kvlistValue: { values: [{ key: "__proto__", value: { intValue: 1 } }] } } }
        ]
        assert.strictEqual(
          yield* post("/i/v1/logs?token=phc_test", logs(log({ attributes, traceId, spanId })), {}),
          200
        )
        assert.strictEqual(yield* post("/i/v1/logs/", logs(log())), 200)
        const [first, second, ...others] = yield* server.logs
        assert.deepStrictEqual(others, [])
        assert.deepInclude(first, {
          timeUnixNano: "1700000000123000001",
          severityNumber: 9,
          severityText: "INFO",
          body: "x",
          traceId,
          spanId,
          scope: { name: "sdk", version: "1" },
          apiKey: "phc_test",
          requestIndex: 0
        })
        assert.strictEqual(first?.attributes["a"], 9007199254740993n)
        assert.deepStrictEqual(first?.attributes["b"], [true, 1.5])
        assert.deepStrictEqual(Object.keys(first?.attributes["c"] ?? {}), ["__proto__"])
        assert.deepStrictEqual({ ...first?.resource }, { "service.name": "shop" })
        assert.strictEqual(second?.requestIndex, 1)
        assert.deepStrictEqual((yield* server.requests).map(({ batchSize, endpoint }) => [endpoint, batchSize]), [
          ["logs", 1],
          ["logs", 1]
        ])
      })
    ))

  it.effect("TRACE-36: 401 without a key; 200 for a key that it does not know, and the data is gone", () =>
    test((server) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* post("/i/v1/logs", logs(log()), {}), 401)
        assert.strictEqual(yield* post("/i/v1/traces", spans(span()), {}), 401)
        assert.strictEqual(yield* post("/i/v1/logs?token=phc_other", logs(log()), {}), 200)
        assert.deepStrictEqual(yield* server.logs, [])
        assert.strictEqual((yield* server.invalid).length, 2)
      }), { projectKeys: ["phc_test"] }))

  it.effect("TRACE-36: one bad record refuses the whole request, and says where", () =>
    test((server) =>
      Effect.gen(function*() {
        const bad: ReadonlyArray<readonly [string, object]> = [
          ["logRecords[1].body", { body: {} }],
          ["logRecords[1].body", { body: null }],
          ["logRecords[1].body", { body: { stringValue: "x", intValue: "1" } }],
          ["logRecords[1].body", { body: { intValue: "9223372036854775808" } }],
          ["logRecords[1].body", { body: { doubleValue: null } }],
          ["logRecords[1].body", { body: { doubleValue: "NaN" } }],
          ["logRecords[1].attributes", { attributes: [{ key: "a", value: { arrayValue: { values: [null] } } }] }],
          ["logRecords[1].attributes", { attributes: { a: 1 } }],
          ["logRecords[1].timeUnixNano", { timeUnixNano: "now" }],
          ["logRecords[1].timeUnixNano", { timeUnixNano: "-1" }],
          ["logRecords[1].traceId", { traceId: "xyz" }],
          ["logRecords[1].severityNumber", { severityNumber: "high" }]
        ]
        for (const [place, fields] of bad) {
          assert.strictEqual(yield* post("/i/v1/logs", logs(log(), log(fields))), 400, JSON.stringify(fields))
          const problems = (yield* server.invalid).at(-1)?.problems ?? []
          assert.include(problems[0], `resourceLogs[0].scopeLogs[0].${place}`)
        }
        assert.strictEqual(yield* post("/i/v1/logs", { resourceLogs: {} }), 400)
        assert.strictEqual(yield* post("/i/v1/logs", []), 400)
        assert.strictEqual(yield* post("/i/v1/logs", Buffer.from("{")), 400)
        assert.strictEqual(yield* post("/i/v1/logs", logs(log()), undefined, "application/x-protobuf"), 415)
        assert.deepStrictEqual(yield* server.logs, [])
      })
    ))

  it.effect("LOG-19 TRACE-36: ids of another length are zeroed", () =>
    test((server) =>
      Effect.gen(function*() {
        yield* post("/i/v1/logs", logs(log({ traceId: "abcd", spanId: "" })))
        const [first] = yield* server.logs
        assert.strictEqual(first?.traceId, "0".repeat(32))
        assert.strictEqual(first?.spanId, "0".repeat(16))
      })
    ))

  it.effect("LOG-10: gzip, by header or by query", () =>
    test((server) =>
      Effect.gen(function*() {
        const body = gzipSync(JSON.stringify(logs(log())))
        assert.strictEqual(
          yield* post("/i/v1/logs", body, { authorization: "Bearer phc_test", "content-encoding": "gzip" }),
          200
        )
        assert.strictEqual(yield* post("/i/v1/logs?token=phc_test&compression=gzip-js", body, {}), 200)
        assert.strictEqual((yield* server.logs).length, 2)
      })
    ))

  it.effect("LIMIT-06 LOG-19 TRACE-36: more than 2 MB is 413, as sent and after decompression", () =>
    test((server) =>
      Effect.gen(function*() {
        const large = logs(log({ body: { stringValue: "x".repeat(2 * 1024 * 1024) } }))
        assert.strictEqual(yield* post("/i/v1/logs", large), 413)
        assert.strictEqual(
          yield* post("/i/v1/logs", gzipSync(JSON.stringify(large)), {
            authorization: "Bearer phc_test",
            "content-encoding": "gzip"
          }),
          413
        )
        assert.strictEqual(yield* post("/i/v1/logs", logs(log({ body: { stringValue: "x".repeat(2_000_000) } }))), 200)
        assert.strictEqual((yield* server.logs).length, 1)
      })
    ))
})

describe("POST /i/v1/traces", () => {
  it.effect("TRACE-21: takes spans and shows them as plain values", () =>
    test((server) =>
      Effect.gen(function*() {
        const event = { name: "e", timeUnixNano: "1700000000050000000", attributes: [] }
        const full = span({
          parentSpanId: spanId,
          traceState: "a=b",
          attributes: [{ key: "a", value: { stringValue: "b" } }],
          droppedAttributesCount: 2,
          events: [event],
          status: { code: 2, message: "no" },
          flags: 1
        })
        assert.strictEqual(yield* post("/i/v1/traces", spans(full, span())), 200)
        const [first, second] = yield* server.spans
        assert.deepInclude(first, {
          traceId,
          spanId,
          parentSpanId: spanId,
          traceState: "a=b",
          name: "work",
          kind: 2,
          startTimeUnixNano: "1700000000000000000",
          endTimeUnixNano: "1700000000100000000",
          droppedAttributesCount: 2,
          droppedEventsCount: 0,
          status: { code: 2, message: "no" },
          flags: 1
        })
        assert.strictEqual(first?.attributes["a"], "b")
        assert.strictEqual(first?.events[0]?.name, "e")
        assert.deepStrictEqual(second?.events, [])
        assert.deepStrictEqual(second?.status, { code: 0 })
        assert.strictEqual(yield* post("/i/v1/traces", spans(span(), span({ endTimeUnixNano: "soon" }))), 400)
        assert.strictEqual((yield* server.spans).length, 2)
      })
    ))
})

describe("the memory of records", () => {
  it.effect("can be waited for, is bounded, and is forgotten with clear", () =>
    test((server) =>
      Effect.gen(function*() {
        const waiting = yield* Effect.fork(server.awaitLogs(3))
        const waitingSpans = yield* Effect.fork(server.awaitSpans(1))
        yield* post("/i/v1/logs", logs(log({ body: { intValue: 1 } }), log({ body: { intValue: 2 } })))
        yield* Effect.yieldNow()
        assert.strictEqual((yield* Fiber.poll(waiting))._tag, "None")
        yield* post("/i/v1/logs", logs(log({ body: { intValue: 3 } })))
        assert.deepStrictEqual((yield* Fiber.join(waiting)).map(({ body }) => body), [2, 3])
        yield* post("/i/v1/traces", spans(span()))
        assert.strictEqual((yield* Fiber.join(waitingSpans)).length, 1)
        yield* server.clear
        assert.deepStrictEqual([yield* server.logs, yield* server.spans], [[], []])
      }), { maxEvents: 2 }))

  it.effect("faults apply as to the other endpoints: what is refused is not stored", () =>
    test((server) =>
      Effect.gen(function*() {
        yield* server.enqueue(Fault.Status({ status: 503 }))
        assert.strictEqual(yield* post("/i/v1/logs", logs(log())), 503)
        yield* server.enqueue(Fault.Reset())
        assert.strictEqual((yield* Effect.exit(post("/i/v1/logs", logs(log()))))._tag, "Failure")
        assert.deepStrictEqual(yield* server.logs, [])
        yield* server.enqueue(Fault.Status({ status: 202 }))
        assert.strictEqual(yield* post("/i/v1/logs", logs(log())), 202)
        assert.strictEqual((yield* server.logs).length, 1)
        yield* server.enqueue(Fault.Status({ status: 200 }))
        assert.strictEqual(yield* post("/i/v1/logs", logs(log({ body: {} }))), 400)
      })
    ))
})
