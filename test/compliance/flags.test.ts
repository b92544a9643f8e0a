/** What PostHog's compliance harness demands of a server SDK that evaluates flags, over real sockets through the adapter. */
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, LogLevel } from "effect"
import { createServer } from "node:http"
import { makeRouter } from "./router.js"
import * as Sink from "./sink.js"

interface FlagsBody {
  readonly token: string
  readonly distinct_id: string
  readonly person_properties: Readonly<Record<string, unknown>>
  readonly groups: unknown
  readonly group_properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly geoip_disable: unknown
  readonly flag_keys_to_evaluate: unknown
}

const asked = (body: unknown) => body as FlagsBody

/** A harness's run: an adapter, a client that was told to talk to the sink, and what it is asked. */
const run = <A, E>(
  body: (
    sink: Sink.Sink,
    post: (path: string, body?: unknown) => Effect.Effect<Readonly<Record<string, unknown>>>
  ) => Effect.Effect<A, E>,
  key = "phc_test_key"
) =>
  Effect.gen(function*() {
    const sink = yield* Sink.make
    const address = yield* HttpServer.addressWith((address) =>
      Effect.succeed(address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : "")
    )
    const client = yield* HttpClient.HttpClient
    const post = (path: string, body: unknown = {}) =>
      client.execute(HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post(address + path), body)).pipe(
        Effect.flatMap((response) => response.json),
        Effect.map((json) => json as Readonly<Record<string, unknown>>),
        Effect.scoped,
        Effect.orDie
      )
    yield* post("/init", { api_key: key, host: sink.url })
    return yield* body(sink, post)
  }).pipe(
    Effect.provide(
      Layer.unwrapEffect(Effect.map(makeRouter(), (router) => HttpServer.serve(router))).pipe(
        Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
        Layer.provideMerge(FetchHttpClient.layer),
        Layer.provide(Logger.minimumLogLevel(LogLevel.None))
      )
    )
  )

const flag = { key: "signup-aa-test", distinct_id: "test_user_123", force_remote: true }

describe("the request of a flag", () => {
  it.scopedLive("FLAGS-REMOTE-01, FLAGS-REMOTE-02: goes to /flags/?v=2 with token, identity, properties, geoip and the one key, and no authorization", () =>
    run((sink, post) =>
      Effect.gen(function*() {
        yield* post("/get_feature_flag", {
          ...flag,
          person_properties: { $device_id: "device_abc_123" },
          groups: {},
          group_properties: {},
          disable_geoip: true
        })
        assert.strictEqual(sink.requests.length, 1)
        const [{ body, headers, path }] = sink.requests as [Sink.Recorded]
        assert.match(path, /^\/flags\/?\?v=2$/)
        assert.notProperty(headers, "authorization")
        const {
          distinct_id,
          flag_keys_to_evaluate,
          geoip_disable,
          group_properties,
          groups,
          person_properties,
          token
        } = asked(body)
        assert.strictEqual(token, "phc_specific_key_12345")
        assert.strictEqual(distinct_id, "test_user_123")
        assert.strictEqual(person_properties["$device_id"], "device_abc_123")
        assert.deepStrictEqual([groups, group_properties], [{}, {}])
        assert.strictEqual(geoip_disable, true)
        assert.deepStrictEqual(flag_keys_to_evaluate, ["signup-aa-test"])
      }), "phc_specific_key_12345"))

  it.scopedLive("FLAGS-REMOTE-02, FLAGS-REMOTE-03: groups arrive as they are, {} where there are none; geoip_disable is false unless said otherwise", () =>
    run((sink, post) =>
      Effect.gen(function*() {
        yield* post("/get_feature_flag", {
          ...flag,
          groups: { company: "acme" },
          group_properties: { company: { plan: "enterprise" } },
          disable_geoip: false
        })
        yield* post("/get_feature_flag", flag)
        const [some, none] = sink.requests.map(({ body }) => asked(body))
        assert.deepStrictEqual(some!.groups, { company: "acme" })
        assert.strictEqual(some!.group_properties["company"]!["plan"], "enterprise")
        assert.deepStrictEqual([none!.groups, none!.group_properties], [{}, {}])
        assert.deepStrictEqual([some!.geoip_disable, none!.geoip_disable], [false, false])
      })
    ))

  it.scopedLive("FLAGS-REMOTE-03: nothing is asked at the start or by a capture, and the same question twice is two requests", () =>
    run((sink, post) =>
      Effect.gen(function*() {
        yield* post("/capture", { distinct_id: "test_user", event: "test_event" })
        yield* post("/flush")
        assert.isTrue(sink.requests.every(({ path }) => !path.startsWith("/flags")))
        yield* post("/get_feature_flag", flag)
        yield* post("/get_feature_flag", flag)
        assert.strictEqual(sink.requests.filter(({ path }) => path.startsWith("/flags")).length, 2)
      })
    ))
})

describe("the answer to a flag", () => {
  it.scopedLive("FLAGS-REMOTE-04: the older form with featureFlags is read as well", () =>
    run((sink, post) =>
      Effect.gen(function*() {
        sink.answer({ status: 200, body: `{"featureFlags":{"signup-aa-test":"variant-a"}}` })
        assert.deepStrictEqual(yield* post("/get_feature_flag", flag), { success: true, value: "variant-a" })
      })
    ))

  for (const status of [502, 504]) {
    it.scopedLive(`HTTP-11, HTTP-13: a ${status} is tried again once, within the call`, () =>
      run((sink, post) =>
        Effect.gen(function*() {
          sink.answer(status, { status: 200, body: `{"featureFlags":{"signup-aa-test":true}}` })
          assert.deepStrictEqual(yield* post("/get_feature_flag", flag), { success: true, value: true })
          assert.strictEqual(sink.requests.length, 2)
          assert.deepStrictEqual(sink.requests[0]!.body, sink.requests[1]!.body)
        })
      ))
  }

  it.scopedLive("FLAGS-GET-05, FLAGS-TRACK-01: a read captures one $feature_flag_called", () =>
    run((sink, post) =>
      Effect.gen(function*() {
        sink.answer({ status: 200, body: `{"featureFlags":{"signup-aa-test":true}}` })
        yield* post("/get_feature_flag", flag)
        yield* post("/flush")
        const events = sink.requests.filter(({ path }) => !path.startsWith("/flags")).flatMap(({ body }) => body.batch)
        assert.deepStrictEqual(events.map(({ event }) => event), ["$feature_flag_called"])
        assert.include(events[0]!.properties, { $feature_flag: "signup-aa-test", $feature_flag_response: true })
      })
    ))
})
