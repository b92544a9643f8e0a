/** What PostHog's compliance harness demands of capture v1, demand by demand, over real sockets through the adapter. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import * as Compression from "../../src/delivery/Compression.js"
import {
  Adapter,
  adapter,
  answering,
  apiKey,
  capture,
  captureMany,
  firstEvent,
  flush,
  init,
  one,
  post,
  requests,
  stamps,
  utcText,
  uuidText
} from "./harness.js"

const inV1 = Effect.provide(adapter({}, { POSTHOG_CAPTURE_MODE: "v1" }))

const header = (name: string) => Effect.map(requests, (requests) => requests.map(({ headers }) => headers[name]))

const uuids = Effect.map(requests, (requests) => requests.map(({ body }) => body.batch.map(({ uuid }) => uuid)))

/** So many events in one request, which is answered with these results. */
const partly = (results: ReadonlyArray<string>, headers: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function*() {
    yield* answering({ status: 200, results, headers })
    yield* init({ flush_at: 10 })
    yield* captureMany(results.length)
    yield* flush
  })

describe.concurrent("a request of capture v1", () => {
  it.scopedLive("HTTP-30: goes to /i/v1/analytics/events with key, library, attempt, id and time in its headers", () =>
    Effect.gen(function*() {
      yield* one({ flush_at: 1 })
      const [request, ...others] = yield* requests
      assert.deepStrictEqual(others, [])
      assert.strictEqual(request!.path, "/i/v1/analytics/events")
      const { headers } = request!
      assert.strictEqual(headers.authorization, `Bearer ${apiKey}`)
      assert.match(headers["content-type"]!, /^application\/json/)
      assert.match(String(headers["posthog-sdk-info"]), /^effect-posthog\/\d/)
      assert.strictEqual(headers["posthog-attempt"], "1")
      assert.match(String(headers["posthog-request-id"]), uuidText)
      assert.match(String(headers["posthog-request-timestamp"]), utcText)
      assert.match(headers["user-agent"]!, /^effect-posthog\//)
    }).pipe(inV1))

  it.scopedLive("HTTP-31: says when it was made, and holds neither the key nor sent_at", () =>
    Effect.gen(function*() {
      const before = Date.now()
      yield* one({ flush_at: 1 })
      const [{ body }] = yield* requests as Effect.Effect<any>
      assert.sameMembers(Object.keys(body), ["created_at", "batch"])
      assert.match(body.created_at, utcText)
      assert.isAtLeast(Date.parse(body.created_at), before)
      assert.isAtMost(Date.parse(body.created_at), Date.now())
      assert.notInclude(JSON.stringify(body), apiKey)
    }).pipe(inV1))

  it.scopedLive("HTTP-31: a historical import says so at the body's root", () =>
    Effect.gen(function*() {
      yield* one({ historical_migration: true })
      assert.strictEqual((yield* requests)[0]!.body.historical_migration, true)
    }).pipe(inV1))

  it.scopedLive("FLUSH-01, FLUSH-02: five captures and a flush are one request, a flush of nothing is none", () =>
    Effect.gen(function*() {
      yield* init({ flush_at: 10 })
      yield* flush
      yield* captureMany(5)
      yield* flush
      assert.deepStrictEqual((yield* requests).map(({ body }) => body.batch.length), [5])
    }).pipe(inV1))

  it.scopedLive("BATCH-01: flush_at sends a batch without a flush, and a flush then sends none again", () =>
    Effect.gen(function*() {
      yield* init({ flush_at: 4 })
      yield* captureMany(4)
      yield* flush
      assert.deepStrictEqual((yield* requests).map(({ body }) => body.batch.length), [4])
    }).pipe(inV1))
})

describe.concurrent("an event of capture v1", () => {
  it.scopedLive("HTTP-31, CAP-26, HTTP-35: has its id and time at its root, and no library in its properties", () =>
    Effect.gen(function*() {
      yield* one({ flush_at: 1 }, {
        properties: { text: "hello", $set: { plan: "pro" }, $groups: { company: "acme" } }
      })
      const event = yield* firstEvent
      assert.sameMembers(Object.keys(event), ["event", "uuid", "distinct_id", "timestamp", "options", "properties"])
      assert.strictEqual(event.event, "test_event")
      assert.strictEqual(event.distinct_id, "test_user")
      assert.match(event.uuid, uuidText)
      assert.match(event.timestamp, utcText)
      assert.deepStrictEqual(event.options, {})
      assert.deepStrictEqual(event.properties, {
        text: "hello",
        $set: { plan: "pro" },
        $groups: { company: "acme" },
        $is_server: true,
        $geoip_disable: true
      })
    }).pipe(inV1))

  it.scopedLive("HTTP-34: has its options beside its properties, a false as well", () =>
    Effect.gen(function*() {
      const options = {
        cookieless_mode: true,
        disable_skew_correction: true,
        process_person_profile: false,
        product_tour_id: "tour_123"
      }
      yield* one({ flush_at: 1 }, { options })
      const event = yield* firstEvent
      assert.deepStrictEqual(event.options, options)
      assert.deepStrictEqual(Object.keys(event.properties).toSorted(), ["$geoip_disable", "$is_server"])
    }).pipe(inV1))

  it.scopedLive("CAP-25: has its options among its properties in v0", () =>
    Effect.gen(function*() {
      yield* one({ flush_at: 1 }, { options: { cookieless_mode: true, process_person_profile: false } })
      const event = yield* firstEvent
      assert.notProperty(event, "options")
      assert.deepInclude(event.properties, { $cookieless_mode: true, $process_person_profile: false })
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("CAP-09: a timestamp of another zone becomes the same instant in UTC", () =>
    Effect.gen(function*() {
      yield* one({ flush_at: 1 }, { timestamp: "2025-01-02T08:34:05+05:30" })
      const { timestamp } = yield* firstEvent
      assert.match(timestamp, utcText)
      assert.strictEqual(Date.parse(timestamp), Date.parse("2025-01-02T03:04:05Z"))
    }).pipe(inV1))
})

describe.concurrent("repetitions of capture v1", () => {
  for (const status of [408, 429, 500, 502, 503, 504]) {
    it.scopedLive(`HTTP-33, RETRY-06: status ${status} is tried again until it is taken`, () =>
      Effect.gen(function*() {
        yield* answering(status)
        yield* one()
        assert.deepStrictEqual((yield* requests).map(({ status }) => status), [status, 200])
      }).pipe(inV1))
  }

  for (const status of [400, 401, 402, 403, 413, 415]) {
    it.scopedLive(`HTTP-33, RETRY-06: status ${status} for a lone event is final`, () =>
      Effect.gen(function*() {
        yield* answering(status)
        yield* one()
        yield* Effect.sleep("300 millis")
        assert.deepStrictEqual((yield* requests).map(({ status }) => status), [status])
      }).pipe(inV1))
  }

  it.scopedLive("HTTP-30: the attempt counts up, the id stays, the time is each attempt's own", () =>
    Effect.gen(function*() {
      yield* answering(503, 503)
      yield* one()
      assert.deepStrictEqual(yield* header("posthog-attempt"), ["1", "2", "3"])
      assert.strictEqual(new Set(yield* header("posthog-request-id")).size, 1)
      assert.strictEqual(new Set(yield* header("posthog-request-timestamp")).size, 3)
      const [first, second, third] = yield* requests
      assert.deepStrictEqual(second!.body, first!.body)
      assert.deepStrictEqual(third!.body, first!.body)
    }).pipe(inV1))

  it.scopedLive("HTTP-30: another request has another id and begins at one", () =>
    Effect.gen(function*() {
      yield* one({ flush_at: 1 })
      yield* capture()
      yield* flush
      assert.strictEqual(new Set(yield* header("posthog-request-id")).size, 2)
      assert.deepStrictEqual(yield* header("posthog-attempt"), ["1", "1"])
    }).pipe(inV1))

  it.scopedLive("CAP-24: a repeated batch carries the same uuids and timestamps in the same order", () =>
    Effect.gen(function*() {
      yield* answering(503)
      yield* init({ flush_at: 10 })
      yield* captureMany(3)
      yield* flush
      const [first, second] = (yield* requests).map(stamps)
      assert.strictEqual(first!.length, 3)
      assert.deepStrictEqual(second, first)
    }).pipe(inV1))

  it.scopedLive("RETRY-07, HTTP-35: Retry-After is waited for", () =>
    Effect.gen(function*() {
      yield* answering({ status: 503, headers: { "retry-after": "1" } })
      yield* one()
      const [first, second] = yield* requests
      assert.isAtLeast(second!.at - first!.at, 990)
    }).pipe(inV1))

  it.scopedLive("RETRY-10, HTTP-35: max_retries 3 means four requests, then silence", () =>
    Effect.gen(function*() {
      yield* answering(503, 503, 503, 503, 503)
      yield* one({ max_retries: 3, flush_interval_ms: 50 })
      yield* Effect.sleep("1 second")
      assert.deepStrictEqual(yield* header("posthog-attempt"), ["1", "2", "3", "4"])
    }).pipe(inV1))
})

describe.concurrent("partial results of capture v1", () => {
  for (
    const results of [
      ["ok", "ok", "ok"],
      ["drop", "drop"],
      ["ok", "limited"],
      ["ok", "drop", "limited", "ok"],
      ["warning", "unknown_future_result"]
    ]
  ) {
    it.scopedLive(`HTTP-32: ${results.join(", ")} is final`, () =>
      Effect.gen(function*() {
        yield* partly(results)
        yield* Effect.sleep("300 millis")
        assert.strictEqual((yield* requests).length, 1)
        const { say } = yield* Adapter
        const { body } = yield* say("GET", "/state")
        const dropped = results.filter((result) => result === "drop").length
        assert.deepInclude(body, { pending_events: 0, total_events_sent: results.length - dropped })
      }).pipe(inV1))
  }

  for (const results of [["ok", "retry"], ["drop", "retry"], ["ok", "drop", "retry"], ["retry", "ok", "retry"]]) {
    it.scopedLive(`HTTP-32: of ${results.join(", ")} only retry goes again, in the same request's next attempt`, () =>
      Effect.gen(function*() {
        yield* partly(results)
        const [first, second, ...others] = yield* uuids
        assert.deepStrictEqual(others, [])
        assert.strictEqual(first!.length, results.length)
        assert.deepStrictEqual(second, first!.filter((_, i) => results[i] === "retry"))
        assert.strictEqual(new Set(yield* header("posthog-request-id")).size, 1)
        assert.deepStrictEqual(yield* header("posthog-attempt"), ["1", "2"])
      }).pipe(inV1))
  }

  it.scopedLive("HTTP-32: Retry-After is waited for with the events that go again", () =>
    Effect.gen(function*() {
      yield* partly(["ok", "retry"], { "retry-after": "1" })
      const [first, second] = yield* requests
      assert.isAtLeast(second!.at - first!.at, 990)
    }).pipe(inV1))

  it.scopedLive("HTTP-32: an event that never is taken goes four times and waits on, and the others are delivered", () =>
    Effect.gen(function*() {
      yield* answering(
        { status: 200, results: ["retry", "ok"] },
        ...Array.from({ length: 5 }, () => ({ status: 200, results: ["retry"] }))
      )
      yield* init({ flush_at: 10, max_retries: 3 })
      yield* captureMany(2)
      assert.strictEqual((yield* post("/flush")).body["success"], false)
      assert.deepStrictEqual((yield* uuids).map((list) => list.length), [2, 1, 1, 1])
      const { say } = yield* Adapter
      assert.deepInclude((yield* say("GET", "/state")).body, { pending_events: 1, total_events_sent: 1 })
    }).pipe(inV1))
})

describe.concurrent("encodings of capture v1", () => {
  for (const encoding of Compression.kinds.filter((kind) => kind !== "none" && Compression.isSupported(kind))) {
    it.scopedLive(`CAP-23: ${encoding} is declared, used where compression is on, and not where it is off`, () =>
      Effect.gen(function*() {
        const { say } = yield* Adapter
        assert.deepStrictEqual((yield* say("GET", "/health")).body["capabilities"], [
          "capture_v1",
          `encoding_${encoding}`,
          "capture_ai_v0"
        ])
        yield* one({ flush_at: 1, enable_compression: true })
        yield* one({ flush_at: 1, enable_compression: false })
        assert.deepStrictEqual(yield* header("content-encoding"), [encoding, undefined])
        assert.deepStrictEqual((yield* uuids).map((list) => list.length), [1, 1])
      }).pipe(Effect.provide(adapter({}, { POSTHOG_CAPTURE_MODE: "v1", POSTHOG_ENCODING: encoding }))))
  }

  it.effect("an encoding that this Node has not got, or nobody has, keeps the adapter from starting", () =>
    Effect.gen(function*() {
      const unknown = Compression.kinds.filter((kind) => !Compression.isSupported(kind))
      for (const encoding of [...unknown, "snappy"]) {
        const scope = yield* Scope.make()
        const exit = yield* Effect.exit(
          Layer.buildWithScope(adapter({}, { POSTHOG_ENCODING: encoding }), scope)
        )
        assert.isTrue(Exit.isFailure(exit), encoding)
        yield* Scope.close(scope, Exit.void)
      }
    }))
})
