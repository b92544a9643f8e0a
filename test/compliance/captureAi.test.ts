/** What PostHog's compliance harness demands of the capture of AI events, over real sockets through the adapter. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  adapter,
  answering,
  captureMany,
  firstEvent,
  flush,
  init,
  post,
  requests,
  utcText,
  uuidText
} from "./harness.js"

const captureAi = (over: Readonly<Record<string, unknown>> = {}) =>
  post("/capture_ai", { distinct_id: "test_user", event: "$ai_generation", properties: null, timestamp: null, ...over })

const captureNamed = post("/capture", { distinct_id: "test_user", event: "$ai_generation" })

const paths = Effect.map(requests, (requests) => requests.map(({ path }) => path))

for (const mode of ["v0", "v1"]) {
  const within = Effect.provide(adapter({}, { POSTHOG_CAPTURE_MODE: mode }))

  describe(`AI events beside capture ${mode}`, () => {
    it.scopedLive("CAPAI-03, CAPAI-16, CAPAI-17: captureAi goes to /i/v0/ai/batch/, and a flush sends it", () =>
      Effect.gen(function*() {
        yield* init({ flush_at: 100 })
        yield* captureAi()
        yield* flush
        assert.deepStrictEqual(yield* paths, ["/i/v0/ai/batch/"])
        const [{ body }] = yield* requests as Effect.Effect<any>
        assert.sameMembers(Object.keys(body), ["api_key", "batch", "sent_at"])
        assert.deepInclude(body.batch[0], { event: "$ai_generation", distinct_id: "test_user" })
      }).pipe(within))

    it.scopedLive("CAPAI-04, CAPAI-17: capture never reroutes an event for its name: it goes to /batch/", () =>
      Effect.gen(function*() {
        yield* init({ flush_at: 1 })
        yield* captureNamed
        yield* flush
        assert.deepStrictEqual(yield* paths, ["/batch/"])
      }).pipe(within))

    it.scopedLive("CAPAI-03, CAPAI-09: in one flush every event takes its own route, whatever fails beside it", () =>
      Effect.gen(function*() {
        yield* init({ flush_at: 100 })
        yield* captureAi()
        yield* captureMany(2)
        yield* captureNamed
        yield* captureAi()
        yield* answering(400)
        yield* flush
        const sent = (yield* requests).map(({ body, path }) => [path, body.batch.map(({ event }) => event)])
        const named = ["$ai_generation"]
        const expected = mode === "v0"
          ? [["/batch/", ["test_event_0", "test_event_1", ...named]], ["/i/v0/ai/batch/", [...named, ...named]]]
          : [
            ["/batch/", named],
            ["/i/v0/ai/batch/", [...named, ...named]],
            ["/i/v1/analytics/events", ["test_event_0", "test_event_1"]]
          ]
        assert.deepStrictEqual(sent.toSorted(([a], [b]) => String(a) < String(b) ? -1 : 1), expected)
      }).pipe(within))

    it.scopedLive("CAPAI-01, CAPAI-05, CAPAI-17: the answer holds the uuid that is sent, made or supplied", () =>
      Effect.gen(function*() {
        const supplied = "0198c0de-0000-7000-8000-000000000abc"
        yield* init({ flush_at: 100 })
        const made = yield* captureAi()
        const kept = yield* captureAi({ uuid: supplied })
        yield* flush
        const sent = (yield* requests)[0]!.body.batch.map(({ uuid }) => uuid)
        assert.deepStrictEqual([made.body["uuid"], kept.body["uuid"]], sent)
        assert.match(sent[0]!, uuidText)
        assert.strictEqual(sent[1], supplied)
        assert.strictEqual(made.body["success"], true)
      }).pipe(within))

    it.scopedLive("CAPAI-01, CAPAI-17: a timestamp of another zone becomes the same instant in UTC", () =>
      Effect.gen(function*() {
        const given = "2025-01-02T08:34:05+05:30"
        yield* init({ flush_at: 1 })
        yield* captureAi({ timestamp: given, properties: { timestamp_like: given } })
        yield* flush
        const { properties, timestamp } = yield* firstEvent
        assert.match(timestamp, utcText)
        assert.strictEqual(Date.parse(timestamp), Date.parse("2025-01-02T03:04:05Z"))
        assert.strictEqual(properties["timestamp_like"], given)
      }).pipe(within))

    it.scopedLive("CAPAI-10: uuid and timestamp are the same in every attempt", () =>
      Effect.gen(function*() {
        yield* answering(503)
        yield* init()
        yield* captureAi()
        yield* flush
        const [first, second] = yield* requests
        assert.deepStrictEqual(second!.body.batch, first!.body.batch)
      }).pipe(within))
  })
}
