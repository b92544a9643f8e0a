/** The endpoints that take events, over a socket and in memory: what they accept, answer, refuse and remember. */
import { HttpBody, HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import { DevServer } from "../../src/devserver/DevServer.js"
import {
  batch,
  event,
  events,
  get,
  post,
  postRaw,
  postV1,
  requestId,
  transports,
  uuid,
  v1Body,
  v1Headers
} from "./support.js"

for (const { layer, transport } of transports) {
  describe(`events ${transport}`, () => {
    for (const path of ["/batch", "/capture", "/e", "/track", "/i/v0/e", "/i/v0/ai/batch"]) {
      for (const slash of ["", "/"]) {
        it.effect(`POST ${path}${slash} stores a batch in its order and answers status 1`, () =>
          Effect.gen(function*() {
            const server = yield* DevServer
            const answer = yield* post(path + slash, batch(events(1, 3)))
            assert.strictEqual(answer.status, 200)
            assert.deepStrictEqual(answer.json, { status: 1 })
            const stored = yield* server.events
            assert.deepStrictEqual(stored.map((event) => event.event), ["event 1", "event 2", "event 3"])
            assert.deepStrictEqual(stored[0], {
              event: "event 1",
              distinct_id: "user-1",
              uuid: uuid(1),
              timestamp: "2025-01-02T03:04:05.678Z",
              properties: { n: 1 },
              options: undefined,
              session_id: undefined,
              window_id: undefined,
              apiKey: "phc_test",
              path: path + slash,
              requestIndex: 0,
              receivedAt: 0
            })
          }).pipe(Effect.provide(layer())))
      }
    }

    for (const path of ["/capture/", "/e", "/track/", "/i/v0/e/"]) {
      it.effect(`POST ${path} also takes one event with its own key, and a list of them`, () =>
        Effect.gen(function*() {
          const server = yield* DevServer
          assert.strictEqual((yield* post(path, event(1, { api_key: "phc_root" }))).status, 200)
          assert.strictEqual(
            (yield* post(path, [event(2, { token: "phc_a" }), event(3, { properties: { token: "phc_b" } })])).status,
            200
          )
          assert.strictEqual((yield* post(path, { token: "phc_envelope", batch: [event(4)] })).status, 200)
          assert.deepStrictEqual((yield* server.events).map(({ apiKey }) => apiKey), [
            "phc_root",
            "phc_a",
            "phc_b",
            "phc_envelope"
          ])
        }).pipe(Effect.provide(layer())))
    }

    it.effect("an event without a key of its own is refused", () =>
      Effect.gen(function*() {
        const answer = yield* post("/capture/", event(1))
        assert.strictEqual(answer.status, 400)
        assert.deepStrictEqual(answer.json.problems, ["api_key: is missing"])
        const list = yield* post("/capture/", [event(1, { token: "phc_a" }), event(2)])
        assert.deepStrictEqual(list.json.problems, ["[1].api_key: is missing"])
      }).pipe(Effect.provide(layer())))

    it.effect("/batch and the AI endpoint take nothing but a batch", () =>
      Effect.gen(function*() {
        for (const path of ["/batch/", "/i/v0/ai/batch/"]) {
          const single = yield* post(path, event(1, { api_key: "phc_test" }))
          assert.strictEqual(single.status, 400)
          assert.deepStrictEqual(single.json.problems, ["batch: is missing"])
          assert.strictEqual((yield* post(path, [event(1, { token: "phc_a" })])).status, 400)
        }
        assert.strictEqual((yield* (yield* DevServer).stats).events, 0)
      }).pipe(Effect.provide(layer())))

    it.effect("?beacon=1 is answered 204 without a body", () =>
      Effect.gen(function*() {
        const answer = yield* post("/e/?beacon=1", batch([event(1)]))
        assert.strictEqual(answer.status, 204)
        assert.strictEqual(answer.text, "")
        assert.strictEqual((yield* (yield* DevServer).stats).events, 1)
      }).pipe(Effect.provide(layer())))

    for (const slash of ["", "/"]) {
      it.effect(`POST /i/v1/analytics/events${slash} answers one result per uuid, Date and the request id`, () =>
        Effect.gen(function*() {
          const server = yield* DevServer
          const answer = yield* post(
            `/i/v1/analytics/events${slash}`,
            v1Body([event(1, { options: { process_person_profile: false } }), event(2)]),
            v1Headers
          )
          assert.strictEqual(answer.status, 200)
          assert.deepStrictEqual(answer.json, { results: { [uuid(1)]: { result: "ok" }, [uuid(2)]: { result: "ok" } } })
          assert.strictEqual(answer.headers["date"], "Thu, 01 Jan 1970 00:00:00 GMT")
          assert.strictEqual(answer.headers["posthog-request-id"], requestId)
          assert.isUndefined(answer.headers["retry-after"])
          const stored = yield* server.events
          assert.deepStrictEqual(stored.map(({ apiKey, options }) => ({ apiKey, options })), [
            { apiKey: "phc_test", options: { process_person_profile: false } },
            { apiKey: "phc_test", options: undefined }
          ])
        }).pipe(Effect.provide(layer())))
    }

    it.effect("capture v1 without a bearer key is answered 401 in the form of its errors, and still echoes the id", () =>
      Effect.gen(function*() {
        const answer = yield* post("/i/v1/analytics/events", v1Body([event(1)]), {
          "posthog-request-id": requestId
        })
        assert.strictEqual(answer.status, 401)
        assert.strictEqual(answer.json.error, "unauthorized")
        assert.include(answer.json.error_description, "Authorization")
        assert.isString(answer.json.error_uri)
        assert.strictEqual(answer.headers["posthog-request-id"], requestId)
        assert.strictEqual((yield* postV1([event(1)], { authorization: "Basic phc_test" })).status, 401)
      }).pipe(Effect.provide(layer())))

    it.effect("capture v1 names every header that is missing or malformed", () =>
      Effect.gen(function*() {
        const bare = yield* post("/i/v1/analytics/events", v1Body([event(1)]), { authorization: "Bearer phc_test" })
        assert.strictEqual(bare.status, 400)
        assert.deepStrictEqual(bare.json.problems, [
          "header PostHog-Sdk-Info: is missing",
          "header PostHog-Attempt: is missing",
          "header PostHog-Request-Id: is missing",
          "header PostHog-Request-Timestamp: is missing"
        ])
        const wrong = yield* postV1([event(1)], {
          "posthog-sdk-info": "no slash",
          "posthog-attempt": "0",
          "posthog-request-id": "7",
          "posthog-request-timestamp": "2025-01-02T08:34:05+05:30"
        })
        assert.strictEqual(wrong.json.problems.length, 4)
        assert.strictEqual((yield* (yield* DevServer).stats).events, 0)
      }).pipe(Effect.provide(layer())))

    it.effect("capture v1 refuses a key or sent_at in its body, a missing created_at, and another content type", () =>
      Effect.gen(function*() {
        const answer = yield* post(
          "/i/v1/analytics/events",
          { api_key: "phc_test", token: "t", sent_at: "2025-01-02T03:04:06.000Z", batch: [event(1)] },
          v1Headers
        )
        assert.strictEqual(answer.status, 400)
        assert.deepStrictEqual(answer.json.problems, [
          "api_key: does not belong into a capture v1 body",
          "token: does not belong into a capture v1 body",
          "sent_at: does not belong into a capture v1 body",
          "created_at: is missing"
        ])
        const plain = yield* Effect.flatMap(
          DevServer,
          (server) =>
            HttpClient.post(`${server.url}/i/v1/analytics/events`, {
              headers: v1Headers,
              body: HttpBody.text(JSON.stringify(v1Body([event(1)])), "text/plain")
            })
        )
        assert.strictEqual(plain.status, 415)
      }).pipe(Effect.provide(layer()), Effect.scoped))

    const malformed: ReadonlyArray<readonly [string, unknown, string]> = [
      ["is no object", 7, "batch[1]: must be an object"],
      ["is null", null, "batch[1]: must be an object"],
      ["is a list", [], "batch[1]: must be an object"],
      ["has no name", event(2, { event: undefined }), "batch[1].event: is missing"],
      ["has an empty name", event(2, { event: "" }), "batch[1].event: must be a string that is not empty"],
      ["has a name that is no string", event(2, { event: 7 }), "batch[1].event: must be a string that is not empty"],
      ["has no distinct id", event(2, { distinct_id: undefined }), "batch[1].distinct_id: is missing"],
      [
        "has an empty distinct id",
        event(2, { distinct_id: "" }),
        "batch[1].distinct_id: must be a string that is not empty"
      ],
      [
        "has a number for a distinct id",
        event(2, { distinct_id: 42 }),
        "batch[1].distinct_id: must be a string that is not empty"
      ],
      ["has no uuid", event(2, { uuid: undefined }), "batch[1].uuid: is missing"],
      ["has a uuid that is none", event(2, { uuid: "0198c0de" }), "batch[1].uuid: must be a UUID"],
      [
        "has a timestamp with an offset",
        event(2, { timestamp: "2025-01-02T08:34:05+05:30" }),
        "batch[1].timestamp: must be an ISO 8601 timestamp in UTC, like 2025-01-02T03:04:05.678Z"
      ],
      [
        "has a timestamp on 30 February",
        event(2, { timestamp: "2025-02-30T00:00:00Z" }),
        "batch[1].timestamp: must be an ISO 8601 timestamp in UTC, like 2025-01-02T03:04:05.678Z"
      ],
      [
        "has a number for a timestamp",
        event(2, { timestamp: 1735787045 }),
        "batch[1].timestamp: must be an ISO 8601 timestamp in UTC, like 2025-01-02T03:04:05.678Z"
      ],
      ["has no properties", event(2, { properties: undefined }), "batch[1].properties: is missing"],
      ["has a list for properties", event(2, { properties: [] }), "batch[1].properties: must be an object"]
    ]
    it.effect("one malformed event refuses its batch, with words about the place and the fault", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        for (const [what, bad, problem] of malformed) {
          const v0 = yield* post("/batch/", batch([event(1), bad]))
          assert.strictEqual(v0.status, 400, what)
          assert.deepStrictEqual(v0.json, { error: problem, problems: [problem] }, what)
          const v1 = yield* postV1([event(1), bad])
          assert.strictEqual(v1.status, 400, what)
          assert.deepStrictEqual(v1.json.problems, [problem], what)
        }
        const invalid = yield* server.invalid
        assert.strictEqual(invalid.length, malformed.length * 2)
        assert.deepStrictEqual(invalid[0]?.problems, ["batch[1]: must be an object"])
        assert.deepStrictEqual(invalid[0]?.body, batch([event(1), 7]))
        assert.strictEqual(invalid[0]?.status, 400)
        assert.deepStrictEqual(yield* server.events, [])
        assert.strictEqual((yield* server.stats).invalid, malformed.length * 2)
      }).pipe(Effect.provide(layer())))

    it.effect("capture v1 keeps the options, the session and the window of an event", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        const options = { cookieless_mode: false, product_tour_id: "tour" }
        yield* postV1([event(1, { session_id: "s", window_id: "w", options }), event(2, { options: {} })])
        const [first, second] = yield* server.events
        assert.deepInclude(first, { session_id: "s", window_id: "w", options })
        assert.deepInclude(second, { session_id: undefined, window_id: undefined, options: {} })
      }).pipe(Effect.provide(layer())))

    it.effect("options, session and window of capture v1 are checked", () =>
      Effect.gen(function*() {
        const answer = yield* postV1([
          event(1, { options: { cookieless_mode: "yes" } }),
          event(2, { options: 7 }),
          event(3, { session_id: 7, window_id: "" })
        ])
        assert.deepStrictEqual(answer.json.problems, [
          "batch[0].options.cookieless_mode: must be true or false",
          "batch[1].options: must be an object",
          "batch[2].session_id: must be a string that is not empty",
          "batch[2].window_id: must be a string that is not empty"
        ])
      }).pipe(Effect.provide(layer())))

    it.effect("an envelope without a key, with an empty key, without a list or with an empty one is refused", () =>
      Effect.gen(function*() {
        const problems = (body: unknown) =>
          Effect.map(post("/batch/", body), ({ json, status }) => [status, json.problems])
        assert.deepStrictEqual(yield* problems({ batch: [event(1)] }), [400, ["api_key: is missing"]])
        assert.deepStrictEqual(yield* problems({ api_key: "", batch: [event(1)] }), [
          400,
          ["api_key: must be a string that is not empty"]
        ])
        assert.deepStrictEqual(yield* problems({ api_key: "phc_test", batch: {} }), [
          400,
          ["batch: must be a list of events"]
        ])
        assert.deepStrictEqual(yield* problems(batch([])), [400, ["batch: must hold at least one event"]])
        assert.deepStrictEqual(yield* problems(null), [400, ["the body must be an object"]])
        assert.deepStrictEqual(yield* problems({ api_key: "phc_test", batch: [event(1)], sent_at: "now" }), [
          400,
          ["sent_at: must be an ISO 8601 timestamp in UTC, like 2025-01-02T03:04:05.678Z"]
        ])
      }).pipe(Effect.provide(layer())))

    it.effect("a batch of malformed events is described up to twenty of them", () =>
      Effect.gen(function*() {
        const answer = yield* post("/batch/", batch(Array.from({ length: 500 }, () => 7)))
        assert.strictEqual(answer.json.problems.length, 21)
        assert.strictEqual(answer.json.problems[20], "and 480 more malformed events")
      }).pipe(Effect.provide(layer())))

    it.effect("with a list of project keys, an unknown one is answered 401 on every endpoint", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        assert.strictEqual((yield* post("/batch/", { api_key: "phc_other", batch: [event(1)] })).status, 401)
        assert.strictEqual((yield* post("/capture/", event(1, { token: "phc_other" }))).status, 401)
        assert.strictEqual((yield* post("/i/v0/ai/batch/", { api_key: "phc_other", batch: [event(1)] })).status, 401)
        assert.strictEqual((yield* postV1([event(1)], { authorization: "Bearer phc_other" })).status, 401)
        assert.strictEqual((yield* post("/flags/?v=2", { token: "phc_other", distinct_id: "u" })).status, 401)
        assert.strictEqual(
          (yield* get("/flags/definitions?token=phc_other", { authorization: "Bearer phs_secret" })).status,
          401
        )
        assert.strictEqual((yield* server.stats).events, 0)
        assert.strictEqual((yield* post("/batch/", batch([event(1)]))).status, 200)
        assert.strictEqual((yield* server.stats).events, 1)
      }).pipe(Effect.provide(layer({ projectKeys: ["phc_test"], secretKeys: [Redacted.make("phs_secret")] }))))

    it.effect("other paths and methods are answered 404, counted, not recorded, and take no fault", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* server.enqueue({ _tag: "Status", status: 503 })
        assert.strictEqual((yield* post("/decided/?v=3", {})).status, 404)
        assert.strictEqual((yield* get("/batch/")).status, 404)
        assert.strictEqual((yield* post("/flags/definitions", {})).status, 404)
        assert.strictEqual((yield* get("/")).status, 404)
        assert.strictEqual((yield* post("/batch//", batch([event(1)]))).status, 404)
        assert.deepStrictEqual(yield* server.requests, [])
        assert.strictEqual((yield* server.stats).notFound, 5)
        assert.strictEqual((yield* post("/batch/", batch([event(1)]))).status, 503)
      }).pipe(Effect.provide(layer())))

    it.effect("a request is remembered with path, query, body, status, uuids and size, and its keys redacted", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* post("/i/v1/analytics/events?a=1&a=2&personal_api_key=phx_secret", v1Body([event(1), event(2)]), {
          ...v1Headers,
          "posthog-attempt": "3"
        })
        const [request] = yield* server.requests
        assert.isDefined(request)
        const { headers, ...rest } = request!
        assert.deepStrictEqual(rest, {
          index: 0,
          endpoint: "captureV1",
          method: "POST",
          path: "/i/v1/analytics/events",
          query: { a: "2", personal_api_key: "<redacted>" },
          body: v1Body([event(1), event(2)]),
          receivedAt: 0,
          attempt: 3,
          batchSize: 2,
          uuids: [uuid(1), uuid(2)],
          bytes: JSON.stringify(v1Body([event(1), event(2)])).length,
          decodedBytes: JSON.stringify(v1Body([event(1), event(2)])).length,
          status: 200,
          fault: undefined,
          problems: []
        })
        assert.strictEqual(headers["authorization"], "<redacted>")
        assert.strictEqual(headers["posthog-sdk-info"], "effect-posthog/0.1.0")
        assert.strictEqual(headers["host"], new URL(server.url).host)
        assert.notInclude(JSON.stringify(request), "phx_secret")
      }).pipe(Effect.provide(layer())))

    it.effect("recordSecrets keeps the keys", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* postV1([event(1)])
        assert.strictEqual((yield* server.requests)[0]?.headers["authorization"], "Bearer phc_test")
      }).pipe(Effect.provide(layer({ recordSecrets: true }))))

    it.effect("a body that comes as a stream is read whole", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        const bytes = new TextEncoder().encode(JSON.stringify(batch(events(1, 50))))
        const chunks = Array.from({ length: Math.ceil(bytes.length / 100) }, (_, i) =>
          bytes.slice(i * 100, i * 100 + 100))
        const response = yield* HttpClient.post(`${server.url}/batch/`, {
          body: HttpBody.stream(Stream.fromIterable(chunks), "application/json")
        })
        assert.strictEqual(response.status, 200)
        assert.strictEqual((yield* server.events).length, 50)
      }).pipe(Effect.provide(layer()), Effect.scoped))

    it.effect("a raw string is a body like any other", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* postRaw("/batch/", JSON.stringify(batch([event(1)])))).status, 200)
      }).pipe(Effect.provide(layer())))
  })
}
