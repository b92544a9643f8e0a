/** Calls to other services, over sockets. `127.0.0.1` is a host that is listed, `localhost` one that is not. */
import {
  FetchHttpClient,
  HttpClient,
  type HttpClientError,
  HttpClientRequest,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Option, Tracer } from "effect"
import { fresh, Posthog, Propagation, tag, withScope, withService } from "effect-posthog"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import * as HeaderNames from "../../../src/propagation/HeaderNames.js"
import { text } from "../arbitrary.js"
import { captured, listen, serve, withPosthog } from "./support.js"

const hosts = ["127.0.0.1"]

const names: ReadonlySet<string> = new Set(Object.values(HeaderNames))

/** What is propagated in headers; without those of the platform's own trace. */
const propagated = (headers: Readonly<Record<string, string | undefined>>): Record<string, string> => {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (names.has(name) && name !== "traceparent" && value !== undefined) {
      result[name] = value
    }
  }
  return result
}

/** Answers with the headers that it got. */
const echo = listen(HttpServer.serve(
  Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) => HttpServerResponse.unsafeJson({ ...headers }))
))

const offList = (url: string) => url.replace("127.0.0.1", "localhost")

type Got = Readonly<Record<string, string | undefined>>

/** What the other side got. */
const got = <E, R>(
  client: HttpClient.HttpClient.With<E, R>,
  url: string,
  headers: Readonly<Record<string, string>> = {}
) =>
  Effect.flatMap(
    client.get(url, { headers }),
    (response) => response.json as Effect.Effect<Got, HttpClientError.ResponseError>
  )

const shop = {
  distinctId: "ada",
  sessionId: "s-1",
  tags: { plan: "pro", secret: "x" },
  correlation: { id: "corr_1", parentId: "corr_0" },
  service: { name: "shop", version: "1.2" },
  operation: { name: "checkout" },
  request: { userId: "u-1", requestId: "r-1" },
  captureExceptions: false
} as const

/** By default user and request id and tags stay here. */
const sent = {
  "x-correlation-id": "corr_1",
  "x-parent-correlation-id": "corr_0",
  "x-service-name": "shop",
  "x-client-service": "shop",
  "x-client-version": "1.2",
  "x-operation-name": "checkout",
  "x-posthog-distinct-id": "ada",
  "x-posthog-session-id": "s-1"
}

const inShop = withScope(fresh, shop)

const withFetch = Effect.provide(FetchHttpClient.layer)

describe("a client that takes the scope along", () => {
  it.scopedLive("to hosts that are listed, and to no others", () =>
    Effect.gen(function*() {
      const url = yield* echo
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      assert.deepStrictEqual(propagated(yield* got(client, url)), sent)
      assert.deepStrictEqual(propagated(yield* got(client, offList(url))), {})
    }).pipe(inShop, withFetch))

  it.scopedLive("to none by default, in both forms", () =>
    Effect.gen(function*() {
      const url = yield* echo
      const plain = yield* HttpClient.HttpClient
      for (const client of [PosthogHttp.withPropagation(plain), plain.pipe(PosthogHttp.withPropagation())]) {
        assert.deepStrictEqual(propagated(yield* got(client, url)), {})
      }
      const piped = plain.pipe(PosthogHttp.withPropagation({ hosts: ["LOCALHOST"] }))
      assert.deepStrictEqual(propagated(yield* got(piped, url)), {})
      assert.deepStrictEqual(propagated(yield* got(piped, offList(url))), sent)
    }).pipe(inShop, withFetch))

  it.scopedLive("through a client of Node's too", () =>
    Effect.gen(function*() {
      const url = yield* echo
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      assert.deepStrictEqual(propagated(yield* got(client, url)), sent)
      assert.deepStrictEqual(propagated(yield* got(client, offList(url))), {})
    }).pipe(inShop, Effect.provide(NodeHttpClient.layer)))

  it.scopedLive("what travels is a policy", () =>
    Effect.gen(function*() {
      const url = yield* echo
      const plain = yield* HttpClient.HttpClient
      const more = PosthogHttp.withPropagation(plain, {
        hosts,
        policy: { userId: true, requestId: true, tags: ["plan"] }
      })
      assert.deepStrictEqual(propagated(yield* got(more, url)), {
        ...sent,
        "x-user-id": "u-1",
        "x-request-id": "r-1",
        "x-posthog-context-tags": "{\"plan\":\"pro\"}"
      })
      const less = PosthogHttp.withPropagation(plain, {
        hosts,
        policy: { correlation: false, service: false, operation: false, identity: false }
      })
      assert.deepStrictEqual(propagated(yield* got(less, url)), {})
    }).pipe(inShop, withFetch))

  it.scopedLive("outside every scope a call is as it was, but for the trace", () =>
    Effect.gen(function*() {
      const url = yield* echo
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      assert.deepStrictEqual(propagated(yield* got(client, url, { "x-mine": "1" })), {})
    }).pipe(withFetch))

  it.scopedLive("stale values are overwritten, in whatever case they were written", () =>
    Effect.gen(function*() {
      const url = yield* echo
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      const stale = {
        "X-Correlation-Id": "corr_9",
        "X-POSTHOG-DISTINCT-ID": "grace",
        "x-posthog-session-id": "s-9",
        "X-Operation-Name": "browse",
        "x-mine": "1"
      }
      const seen = yield* got(client, url, stale)
      assert.deepStrictEqual(propagated(seen), sent)
      assert.strictEqual(seen["x-mine"], "1")
      // the request itself is not changed
      assert.deepStrictEqual(propagated(yield* got(client, offList(url), stale)), {
        "x-correlation-id": "corr_9",
        "x-posthog-distinct-id": "grace",
        "x-posthog-session-id": "s-9",
        "x-operation-name": "browse"
      })
    }).pipe(inShop, withFetch))

  it.scopedLive("TRHDR-13 an identity of an earlier scope does not stay where this scope has none", () =>
    Effect.gen(function*() {
      const url = yield* echo
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      const stale = { "x-posthog-distinct-id": "grace", "x-posthog-session-id": "s-9" }
      const seen = yield* got(client, url, stale).pipe(
        withScope(fresh, { correlation: { id: "corr_2" }, captureExceptions: false })
      )
      assert.deepStrictEqual(propagated(seen), { "x-correlation-id": "corr_2" })
    }).pipe(inShop, withFetch))

  it.scopedLive("method, body and query go through unchanged", () =>
    Effect.gen(function*() {
      const url = yield* listen(HttpServer.serve(Effect.gen(function*() {
        const request = yield* HttpServerRequest.HttpServerRequest
        return HttpServerResponse.unsafeJson({
          method: request.method,
          url: request.url,
          type: request.headers["content-type"],
          body: yield* request.text
        })
      })))
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      const request = HttpClientRequest.put(`${url}/a?b=1`, { urlParams: { c: "d e" }, hash: "f" }).pipe(
        HttpClientRequest.bodyUnsafeJson({ sku: "A-1" })
      )
      assert.deepStrictEqual(yield* Effect.flatMap(client.execute(request), ({ json }) => json), {
        method: "PUT",
        url: "/a?b=1&c=d+e",
        type: "application/json",
        body: "{\"sku\":\"A-1\"}"
      })
    }).pipe(inShop, withFetch))

  it.scopedLive("TRHDR-13 calls that run at once carry each its own scope, whatever texts are in it", () =>
    Effect.gen(function*() {
      const url = yield* echo
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts, policy: { tags: "all" } })
      const people = fc.sample(fc.record({ distinctId: text, sessionId: text, label: text }), 60)
      yield* Effect.forEach(
        people,
        ({ distinctId, label, sessionId }, n) =>
          Effect.gen(function*() {
            yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
            yield* tag("label", label)
            const alone = propagated(yield* Propagation.injectCurrent({}, { policy: { tags: "all" } }))
            const seen = propagated(yield* got(client, url))
            assert.deepStrictEqual(seen, alone)
            assert.strictEqual(seen["x-correlation-id"], `corr_${n}`)
          }).pipe(withScope(fresh, {
            distinctId,
            sessionId,
            correlation: { id: `corr_${n}` },
            captureExceptions: false
          })),
        { concurrency: 20, discard: true }
      )
    }).pipe(withFetch))

  it.scopedLive("the service on the other side sees the same correlation, and this one as its caller", () =>
    Effect.gen(function*() {
      const back = yield* serve(
        Effect.as(Posthog.capture("shipped"), HttpServerResponse.text("")),
        PosthogHttp.middleware()
      )
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      const front = yield* serve(
        Effect.gen(function*() {
          yield* Posthog.capture("ordered")
          yield* client.post(`${back}/shipments`).pipe(Effect.orDie)
          return HttpServerResponse.text("")
        }).pipe(withService("shop", "1.2")),
        PosthogHttp.middleware()
      )
      yield* client.get(`${front}/orders`).pipe(
        withScope(fresh, { distinctId: "ada", sessionId: "s-1", captureExceptions: false })
      )
      const [ordered, shipped] = yield* captured(2)
      for (const event of [ordered, shipped]) {
        assert.strictEqual(event?.distinctId, "ada")
        assert.strictEqual(event?.properties["$session_id"], "s-1")
        assert.strictEqual(event?.properties["correlation_id"], ordered?.properties["correlation_id"])
      }
      assert.match(String(ordered?.properties["correlation_id"]), /^corr_/)
      assert.strictEqual(shipped?.properties["caller_service_name"], "shop")
      assert.strictEqual(shipped?.properties["caller_service_version"], "1.2")
      assert.strictEqual(shipped?.properties["caller_operation_name"], "GET /orders")
      assert.strictEqual(shipped?.properties["operation_name"], "POST /shipments")
      assert.notProperty(shipped?.properties, "service_name")
    }).pipe(withFetch, withPosthog))
})

describe("the trace of a call", () => {
  it.scopedLive("is the platform's own: one span, whose id travels", () =>
    Effect.gen(function*() {
      const url = yield* echo
      const spans: Array<Tracer.Span> = []
      const native = yield* Effect.tracer
      const tracer = Tracer.make({
        context: (f, fiber) => native.context(f, fiber),
        span: (...args) => {
          const span = native.span(...args)
          spans.push(span)
          return span
        }
      })
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      const seen = yield* got(client, url).pipe(Effect.withSpan("outer"), Effect.withTracer(tracer))
      assert.deepStrictEqual(spans.map(({ name }) => name), ["outer", "http.client GET"])
      const [outer, own] = spans
      assert.strictEqual(own && Option.getOrThrow(own.parent).spanId, outer?.spanId)
      assert.strictEqual(seen["traceparent"], `00-${own?.traceId}-${own?.spanId}-01`)
    }).pipe(inShop, withFetch))
})
