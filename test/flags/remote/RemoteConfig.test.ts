import { FetchHttpClient, HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Redacted, TestClock } from "effect"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { FlagsUnavailable } from "../../../src/flags/evaluation/FlagError.js"
import * as RemoteConfig from "../../../src/flags/remote/RemoteConfig.js"
import { layerText } from "./support.js"

const settings: RemoteConfig.Settings = {
  host: "http://posthog.local",
  token: "phc_test",
  secretKey: Redacted.make("phs_hidden")
}

const payload = (key: string, over: Partial<RemoteConfig.Settings> = {}) =>
  Effect.flatMap(RemoteConfig.make({ ...settings, ...over }), (config) => config.payload(key))

const answered = (text: string, status = 200) => payload("a").pipe(Effect.provide(layerText(text, status)))

/** A server of two lines, because the embedded PostHog has no such route. */
const layerServer = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly requests: Array<IncomingMessage>; readonly close: () => void }>(
    (resume) => {
      const requests: Array<IncomingMessage> = []
      const server = createServer((request, response) => {
        requests.push(request)
        response.writeHead(200, { "content-type": "application/json" })
        response.end(JSON.stringify(`{"limit": 5}`))
      })
      server.listen(0, "127.0.0.1", () => {
        // a server that listens on a port has an address of this kind
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, requests, close: () => server.close() }))
      })
    }
  ),
  ({ close }) => Effect.sync(close)
)

describe("RemoteConfig", () => {
  it.scopedLive("FLAGS-LOCAL-79: GET the flag's remote_config with the token in the query and the secret key as Bearer", () =>
    Effect.gen(function*() {
      const server = yield* layerServer
      const value = yield* payload("a/b c?ü%", { host: server.url, token: "phc_te st" })
      assert.deepStrictEqual(value, { limit: 5 })
      assert.strictEqual(server.requests.length, 1)
      const { headers, method, url } = server.requests[0]!
      assert.strictEqual(method, "GET")
      assert.strictEqual(
        url,
        "/api/projects/@current/feature_flags/a%2Fb%20c%3F%C3%BC%25/remote_config?token=phc_te%20st"
      )
      assert.strictEqual(headers.authorization, "Bearer phs_hidden")
      assert.match(headers["user-agent"] ?? "", /^effect-posthog\//)
      assert.isUndefined(headers["traceparent"])
    }).pipe(Effect.provide(FetchHttpClient.layer)))

  it.effect("FLAGS-LOCAL-79: the payload is a JSON text within the JSON answer; what is no such text is taken as it is", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* answered(JSON.stringify(`{"a":[1,null]}`)), { a: [1, null] })
      assert.strictEqual(yield* answered(JSON.stringify("0")), 0)
      assert.strictEqual(yield* answered(JSON.stringify("not json")), "not json")
      assert.strictEqual(yield* answered(JSON.stringify(`"text"`)), "text")
      assert.deepStrictEqual(yield* answered(`{"a":1}`), { a: 1 })
      assert.strictEqual(yield* answered("null"), null)
      assert.strictEqual(yield* answered("false"), false)
    }))

  it.effect("FLAGS-LOCAL-79: without a secret key it is disabled, and nothing is asked", () =>
    Effect.gen(function*() {
      const client = HttpClient.make(() => Effect.die("asked"))
      const error = yield* Effect.flip(payload("a", { secretKey: undefined })).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      assert.deepStrictEqual(error, new FlagsUnavailable({ reason: "disabled" }))
    }))

  it.effect("a status, an answer that is no JSON and a client that fails are typed errors; nothing is retried", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* Effect.flip(answered(`{"detail":"phs_hidden"}`, 401)),
        new FlagsUnavailable({ reason: "status", status: 401 })
      )
      assert.deepStrictEqual(
        yield* Effect.flip(answered("", 502)),
        new FlagsUnavailable({ reason: "status", status: 502 })
      )
      assert.deepStrictEqual(
        yield* Effect.flip(answered("<html>")),
        new FlagsUnavailable({ reason: "invalidResponse" })
      )
      const exit = yield* Effect.exit(payload("a")).pipe(
        Effect.provideService(HttpClient.HttpClient, HttpClient.make(() => Effect.die("phs_hidden")))
      )
      assert.deepStrictEqual(exit, Exit.fail(new FlagsUnavailable({ reason: "connection" })))
    }))

  it.effect("no answer within 10 seconds is a timeout", () =>
    Effect.gen(function*() {
      const client = HttpClient.make((request) =>
        Effect.as(Effect.sleep(9999), HttpClientResponse.fromWeb(request, new Response("1")))
      )
      const slow = yield* Effect.fork(payload("a").pipe(Effect.provideService(HttpClient.HttpClient, client)))
      const never = yield* Effect.fork(
        Effect.flip(payload("a")).pipe(
          Effect.provideService(HttpClient.HttpClient, HttpClient.make(() => Effect.never))
        )
      )
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(slow), 1)
      assert.deepStrictEqual(yield* Fiber.join(never), new FlagsUnavailable({ reason: "timeout" }))
    }))

  it.effect("a key that would lead to another address is not asked for; half a character is no defect", () =>
    Effect.gen(function*() {
      const urls: Array<string> = []
      const client = HttpClient.make((request, url) =>
        Effect.sync(() => {
          urls.push(url.pathname)
          return HttpClientResponse.fromWeb(request, new Response("1"))
        })
      )
      for (const key of ["", ".", ".."]) {
        const error = yield* Effect.flip(payload(key)).pipe(Effect.provideService(HttpClient.HttpClient, client))
        assert.deepStrictEqual(error, new FlagsUnavailable({ reason: "status", status: 404 }))
      }
      assert.deepStrictEqual(urls, [])
      for (const key of ["\ud800", "../../secrets", "%2e%2e", "@x", "#"]) {
        yield* payload(key).pipe(Effect.provideService(HttpClient.HttpClient, client))
      }
      const prefix = "/api/projects/@current/feature_flags/"
      assert.deepStrictEqual(urls, [
        `${prefix}%EF%BF%BD/remote_config`,
        `${prefix}..%2F..%2Fsecrets/remote_config`,
        `${prefix}%252e%252e/remote_config`,
        `${prefix}%40x/remote_config`,
        `${prefix}%23/remote_config`
      ])
    }))
})
