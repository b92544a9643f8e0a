/**
 * What PostHog's compliance harness demands of a server SDK on the legacy batch route, demand by demand: over real
 * sockets through the adapter, and under a virtual clock where the demand is about long waits.
 */
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, LogLevel, Redacted, TestClock } from "effect"
import { Posthog } from "effect-posthog"
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

describe("the format of an event", () => {
  it.scopedLive("one event is one POST to /batch/ with its name and distinct id at its root (CAP-23)", () =>
    Effect.gen(function*() {
      yield* one({ flush_at: 1 })
      const seen = yield* requests
      assert.strictEqual(seen.length, 1)
      assert.strictEqual(seen[0]!.path, "/batch/")
      const event = yield* firstEvent
      assert.strictEqual(event.event, "test_event")
      assert.strictEqual(event.distinct_id, "test_user")
      assert.notProperty(event.properties, "distinct_id")
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("an event has a uuid, the one the call returned (CAP-10, CAP-19)", () =>
    Effect.gen(function*() {
      yield* init()
      const { body } = yield* capture()
      yield* flush
      const { uuid } = yield* firstEvent
      assert.match(uuid, uuidText)
      assert.strictEqual(body["uuid"], uuid)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("an event says which library sent it (CAP-06)", () =>
    Effect.gen(function*() {
      yield* one()
      const { properties } = yield* firstEvent
      assert.strictEqual(properties["$lib"], "effect-posthog")
      assert.isString(properties["$lib_version"])
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("a distinct id arrives as the text it was (CAP-01)", () =>
    Effect.gen(function*() {
      yield* one({}, { distinct_id: "12345" })
      assert.strictEqual((yield* firstEvent).distinct_id, "12345")
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("the project's key stands in the JSON body with the events, and in no header (CAP-23, HTTP-01)", () =>
    Effect.gen(function*() {
      yield* one({ api_key: "phc_specific_key_12345" })
      const [request] = yield* requests
      assert.strictEqual(request!.body.api_key, "phc_specific_key_12345")
      assert.notInclude(JSON.stringify(request!.headers), "phc_")
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("properties keep their values and types (CAP-01)", () =>
    Effect.gen(function*() {
      yield* one({}, { properties: { text: "hello", number: 42, flag: true, nothing: null, list: [1, { a: 2 }] } })
      const { properties } = yield* firstEvent
      assert.strictEqual(properties["text"], "hello")
      assert.strictEqual(properties["number"], 42)
      assert.strictEqual(properties["flag"], true)
      assert.isNull(properties["nothing"])
      assert.deepStrictEqual(properties["list"], [1, { a: 2 }])
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("an event without a timestamp is stamped with now, in UTC (CAP-09)", () =>
    Effect.gen(function*() {
      const before = Date.now()
      yield* one()
      const { timestamp } = yield* firstEvent
      assert.match(timestamp, utcText)
      assert.isAtLeast(Date.parse(timestamp), before)
      assert.isAtMost(Date.parse(timestamp), Date.now())
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("a timestamp of another zone becomes the same instant in UTC; a property that looks alike stays (CAP-09)", () =>
    Effect.gen(function*() {
      const given = "2025-01-02T08:34:05+05:30"
      yield* one({ flush_at: 1 }, { timestamp: given, properties: { timestamp_like: given } })
      const { properties, timestamp } = yield* firstEvent
      assert.match(timestamp, utcText)
      assert.strictEqual(Date.parse(timestamp), Date.parse("2025-01-02T03:04:05Z"))
      assert.strictEqual(properties["timestamp_like"], given)
    }).pipe(Effect.provide(adapter())))
})

describe.concurrent("retries", () => {
  for (const status of [408, 429, 500, 502, 503, 504]) {
    it.scopedLive(`status ${status} is tried again until it is taken (RETRY-06, RETRY-10)`, () =>
      Effect.gen(function*() {
        yield* answering(status)
        yield* one()
        assert.deepStrictEqual((yield* requests).map(({ status }) => status), [status, 200])
      }).pipe(Effect.provide(adapter())))
  }

  for (const status of [400, 401, 403, 413]) {
    it.scopedLive(`status ${status} for a lone event is final (RETRY-06, RETRY-10)`, () =>
      Effect.gen(function*() {
        yield* answering(status)
        yield* one()
        yield* Effect.sleep("300 millis")
        assert.deepStrictEqual((yield* requests).map(({ status }) => status), [status])
        assert.strictEqual((yield* post("/flush")).body["success"], true)
      }).pipe(Effect.provide(adapter())))
  }

  it.scopedLive("two failures and a success are three requests (RETRY-10)", () =>
    Effect.gen(function*() {
      yield* answering(503, 503)
      yield* one()
      assert.deepStrictEqual((yield* requests).map(({ status }) => status), [503, 503, 200])
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("Retry-After is waited for, also where the backoff is shorter (RETRY-07, RETRY-10)", () =>
    Effect.gen(function*() {
      yield* answering({ status: 429, headers: { "retry-after": "1" } })
      yield* one()
      const [first, second] = yield* requests
      assert.isAtLeast(second!.at - first!.at, 990)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("the first repetition comes after 100 ms at least (RETRY-07, RETRY-10)", () =>
    Effect.gen(function*() {
      yield* answering(503, 503, 503)
      yield* one()
      const seen = yield* requests
      assert.strictEqual(seen.length, 4)
      assert.isAtLeast(seen[1]!.at - seen[0]!.at, 99)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("max_retries 3 means four requests, then silence, and the event is not lost (RETRY-01, RETRY-08, RETRY-10)", () =>
    Effect.gen(function*() {
      yield* answering(503, 503, 503, 503, 503)
      yield* one({ max_retries: 3, flush_interval_ms: 50 })
      yield* Effect.sleep("1 second")
      assert.strictEqual((yield* requests).length, 4)
      const { say } = yield* Adapter
      assert.strictEqual((yield* say("GET", "/state")).body["pending_events"], 1)
    }).pipe(Effect.provide(adapter())))
})

describe.concurrent("deduplication", () => {
  it.scopedLive("every event has a uuid of its own, also where the content is the same (CAP-10)", () =>
    Effect.gen(function*() {
      yield* init()
      yield* captureMany(5)
      yield* capture()
      yield* capture()
      yield* flush
      const uuids = (yield* requests).flatMap(({ body }) => body.batch.map(({ uuid }) => uuid))
      assert.strictEqual(uuids.length, 7)
      assert.strictEqual(new Set(uuids).size, 7)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("a repetition carries the same uuid and the same timestamp (CAP-24, RETRY-10)", () =>
    Effect.gen(function*() {
      yield* answering(503, 503)
      yield* one()
      const [first, second, third] = (yield* requests).map(stamps)
      assert.deepStrictEqual(second, first)
      assert.deepStrictEqual(third, first)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("a repeated batch carries the same events in the same order (CAP-16, CAP-24)", () =>
    Effect.gen(function*() {
      yield* answering(503)
      yield* init({ flush_at: 10 })
      yield* captureMany(3)
      yield* flush
      const [first, second] = yield* requests
      assert.strictEqual(first!.body.batch.length, 3)
      assert.deepStrictEqual(second!.body.batch, first!.body.batch)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("no event is twice in a batch, nor in two requests that were taken (RETRY-02, RETRY-05)", () =>
    Effect.gen(function*() {
      yield* init({ flush_at: 3 })
      yield* captureMany(10)
      yield* flush
      const uuids = (yield* requests).flatMap(({ body }) => body.batch.map(({ uuid }) => uuid))
      assert.strictEqual(uuids.length, 10)
      assert.strictEqual(new Set(uuids).size, 10)
    }).pipe(Effect.provide(adapter())))
})

describe.concurrent("compression and batches", () => {
  it.scopedLive("a body is gzip, and says so, when compression is on (CAP-23)", () =>
    Effect.gen(function*() {
      yield* one({ enable_compression: true })
      const [request] = yield* requests
      assert.strictEqual(request!.headers["content-encoding"], "gzip")
      assert.strictEqual(request!.body.batch.length, 1)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("a body is plain JSON when compression is off (CAP-23)", () =>
    Effect.gen(function*() {
      yield* one({ enable_compression: false })
      const [request] = yield* requests
      assert.isUndefined(request!.headers["content-encoding"])
      assert.strictEqual(request!.body.batch.length, 1)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("a batch is an object with the key and a list of events (CAP-23)", () =>
    Effect.gen(function*() {
      yield* one()
      const [request] = yield* requests
      assert.sameMembers(Object.keys(request!.body), ["api_key", "batch", "sent_at"])
      assert.isArray(request!.body.batch)
      assert.match(request!.body.sent_at, utcText)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("a historical import says so at the body's root, and nothing else does (CAP-23)", () =>
    Effect.gen(function*() {
      yield* one({ historical_migration: true })
      assert.strictEqual((yield* requests)[0]!.body.historical_migration, true)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("a flush with nothing to send sends nothing (FLUSH-02)", () =>
    Effect.gen(function*() {
      yield* init()
      yield* flush
      assert.strictEqual((yield* requests).length, 0)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("five captures and a flush are one request (FLUSH-01)", () =>
    Effect.gen(function*() {
      yield* init({ flush_at: 10 })
      yield* captureMany(5)
      yield* flush
      assert.deepStrictEqual((yield* requests).map(({ body }) => body.batch.length), [5])
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("a flush waits for the batch that flush_at had sent already (FLUSH-05)", () =>
    Effect.gen(function*() {
      yield* answering(503)
      yield* init({ flush_at: 4 })
      yield* captureMany(4)
      yield* flush
      assert.deepStrictEqual((yield* requests).map(({ body, status }) => [body.batch.length, status]), [
        [4, 503],
        [4, 200]
      ])
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("disable_geoip shows on the event as it was given (CAP-23)", () =>
    Effect.gen(function*() {
      yield* one({ disable_geoip: false })
      yield* one({ disable_geoip: true })
      const geoip = (yield* requests).map(({ body }) => body.batch[0]!.properties["$geoip_disable"])
      assert.deepStrictEqual(geoip, [undefined, true])
    }).pipe(Effect.provide(adapter())))
})

describe("the adapter itself", () => {
  it.scopedLive("a reset discards what waits, and a client that is retrying falls silent at once (SHUT-01)", () =>
    Effect.gen(function*() {
      yield* answering(503)
      yield* init({ flush_at: 1 })
      yield* capture()
      yield* Effect.sleep("50 millis")
      const before = performance.now()
      assert.strictEqual((yield* post("/reset")).body["success"], true)
      assert.isBelow(performance.now() - before, 400)
      yield* Effect.sleep("700 millis")
      assert.strictEqual((yield* requests).length, 1)
    }).pipe(Effect.provide(adapter({ retryDelay: "500 millis" }))))

  it.scopedLive("a reset aborts a request that nobody answers (SHUT-04)", () =>
    Effect.gen(function*() {
      yield* answering({ status: 200, hang: true })
      yield* init({ flush_at: 1 })
      yield* capture()
      yield* Effect.sleep("50 millis")
      const before = performance.now()
      yield* post("/reset")
      assert.isBelow(performance.now() - before, 500)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("every init starts from nothing", () =>
    Effect.gen(function*() {
      const { say } = yield* Adapter
      yield* init()
      yield* capture()
      yield* init()
      yield* capture({ event: "second" })
      yield* flush
      assert.deepStrictEqual((yield* requests).flatMap(({ body }) => body.batch.map(({ event }) => event)), ["second"])
      assert.strictEqual((yield* say("GET", "/state")).body["total_events_captured"], 1)
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("a state tells events and requests apart, and the repetitions among them", () =>
    Effect.gen(function*() {
      const { say } = yield* Adapter
      yield* answering(503)
      yield* one()
      const { body } = yield* say("GET", "/state")
      const uuid = (yield* firstEvent).uuid
      assert.deepInclude(body, {
        pending_events: 0,
        total_events_captured: 1,
        total_events_sent: 1,
        total_retries: 1,
        last_error: null
      })
      const made = body["requests_made"] as ReadonlyArray<Record<string, unknown>>
      assert.deepStrictEqual(
        made.map(({ event_count, retry_attempt, status_code, uuid_list }) => ({
          status_code,
          retry_attempt,
          event_count,
          uuid_list
        })),
        [
          { status_code: 503, retry_attempt: 0, event_count: 1, uuid_list: [uuid] },
          { status_code: 200, retry_attempt: 1, event_count: 1, uuid_list: [uuid] }
        ]
      )
    }).pipe(Effect.provide(adapter())))

  it.scopedLive("every answer is JSON: before an init, for a body that is none, and for an endpoint that does not exist", () =>
    Effect.gen(function*() {
      const { say } = yield* Adapter
      const answers = yield* Effect.all([
        post("/reset"),
        flush,
        say("GET", "/state"),
        say("GET", "/health"),
        capture(),
        post("/init", { api_key: 1 }),
        post("/get_feature_flag", { key: "a", distinct_id: "b" }),
        post("/capture_ai", {}),
        post("/nothing", {})
      ])
      assert.deepStrictEqual(answers.map(({ status }) => status), [200, 200, 200, 200, 409, 400, 409, 400, 404])
      for (const { contentType } of answers) {
        assert.include(contentType, "application/json")
      }
      assert.deepInclude(answers[3]!.body, {
        sdk_name: "effect-posthog",
        capabilities: ["capture_v0", "encoding_gzip", "capture_ai_v0"],
        supports_parallel: false
      })
    }).pipe(Effect.provide(adapter())))
})

describe("long waits, under a virtual clock", () => {
  it.effect("after four failures nobody is asked for fifteen seconds, then once, and then all is delivered (RETRY-02, RETRY-08)", () =>
    Effect.gen(function*() {
      const statuses: Array<number> = []
      let healthy = false
      const http = Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request) =>
          Effect.sync(() => {
            const status = healthy ? 200 : 503
            statuses.push(status)
            return HttpClientResponse.fromWeb(request, new Response("{}", { status }))
          })
        )
      )
      yield* Effect.gen(function*() {
        yield* Posthog.capture("test_event", { distinctId: "test_user" })
        // four attempts and the waits between them, the longest of which are 1, 2 and 4 seconds
        yield* pass(5000 + 7000)
        assert.deepStrictEqual(statuses, [503, 503, 503, 503])
        yield* pass(15_000 - 7000)
        assert.strictEqual(statuses.length, 4)
        healthy = true
        yield* pass(20_000)
        assert.deepStrictEqual(statuses.slice(4), [200])
        const stats = yield* Posthog.stats
        assert.deepInclude(stats, { captured: 1, delivered: 1, dropped: 0, pending: 0, retries: 3 })
      }).pipe(Effect.provide(
        Posthog.layer({ apiKey: Redacted.make(apiKey), compression: "none" }).pipe(
          Layer.provide(http),
          Layer.provide(Logger.minimumLogLevel(LogLevel.None))
        )
      ))
    }))
})

/** Lets virtual time go by in small steps, so that what a step sets off can set off the next. */
const pass = (millis: number) => Effect.repeatN(TestClock.adjust("250 millis"), Math.ceil(millis / 250) - 1)
