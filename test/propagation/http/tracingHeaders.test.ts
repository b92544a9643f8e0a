import { HttpRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Option } from "effect"
import {
  currentDistinctId,
  currentSessionId,
  currentTags,
  Flags,
  identifyScope,
  Posthog,
  Propagation
} from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import { layerClient } from "../../support/client.js"
import { captured, send, serve, theEvent, withPosthog } from "./support.js"

const capturing = (options?: Posthog.CaptureOptions) =>
  Effect.as(Posthog.capture("seen", options), HttpServerResponse.text("ok"))

/** What one request with these headers captures. */
const seen = (headers: Readonly<Record<string, string | ReadonlyArray<string>>>, options?: Posthog.CaptureOptions) =>
  Effect.gen(function*() {
    const url = yield* serve(capturing(options), PosthogHttp.middleware())
    const { status } = yield* send(url, { headers })
    assert.strictEqual(status, 200)
    return yield* theEvent
  }).pipe(withPosthog)

describe("tracing headers", () => {
  it.scopedLive("TRHDR-01 the headers are the analytics context of all asynchronous work of the request", () =>
    Effect.gen(function*() {
      const look = Effect.map(
        Effect.all([currentDistinctId, currentSessionId]),
        ([distinctId, sessionId]) => [Option.getOrNull(distinctId), Option.getOrNull(sessionId)]
      )
      const later = Effect.zipRight(Effect.promise(() => new Promise((resolve) => setImmediate(resolve))), look)
      const url = yield* serve(
        Effect.gen(function*() {
          const all = yield* Effect.all([look, later, Effect.flatMap(Effect.fork(later), Fiber.join)], {
            concurrency: "unbounded"
          })
          return yield* HttpServerResponse.json(all)
        }),
        PosthogHttp.middleware()
      )
      const { body } = yield* send(url, {
        headers: { "x-posthog-distinct-id": "ada", "x-posthog-session-id": "s-1" }
      })
      assert.deepStrictEqual(JSON.parse(body), [["ada", "s-1"], ["ada", "s-1"], ["ada", "s-1"]])
    }).pipe(withPosthog))

  it.scopedLive("TRHDR-02 both headers, in any case, are the distinct id and the session of what is captured", () =>
    Effect.gen(function*() {
      for (
        const headers of [
          { "X-POSTHOG-DISTINCT-ID": "ada", "X-POSTHOG-SESSION-ID": "s-1" },
          { "x-posthog-distinct-id": "ada", "x-posthog-session-id": "s-1" },
          { "X-Posthog-Distinct-Id": "ada", "X-PostHog-Session-ID": "s-1" }
        ]
      ) {
        const { distinctId, properties } = yield* seen(headers)
        assert.strictEqual(distinctId, "ada")
        assert.strictEqual(properties["$session_id"], "s-1")
        assert.notProperty(properties, "$process_person_profile")
      }
    }))

  it.scopedLive("TRHDR-03 a distinct id and a session of the call's own win over the headers", () =>
    Effect.gen(function*() {
      const { distinctId, properties } = yield* seen(
        { "x-posthog-distinct-id": "ada", "x-posthog-session-id": "s-1" },
        { distinctId: "grace", properties: { $session_id: "s-2" } }
      )
      assert.strictEqual(distinctId, "grace")
      assert.strictEqual(properties["$session_id"], "s-2")
    }))

  it.scopedLive("TRHDR-04 LIMIT-04 values are trimmed, stripped of control characters and cut to 1000 characters", () =>
    Effect.gen(function*() {
      const { distinctId, properties } = yield* seen({
        "x-posthog-distinct-id": "  user-\u0080\u009f123\t ",
        "x-posthog-session-id": "s".repeat(1500)
      })
      assert.strictEqual(distinctId, "user-123")
      assert.strictEqual(properties["$session_id"], "s".repeat(1000))
    }))

  it.scoped("TRHDR-04 of several values the first valid one counts, and what is no text is missing", () =>
    Effect.gen(function*() {
      const headers: Record<string, unknown> = {
        "x-posthog-distinct-id": [" \u0000", 42, null, "ada", "grace"],
        "x-posthog-session-id": { toString: () => "s-1" }
      }
      const base = HttpServerRequest.fromWeb(new Request("http://shop.example/"))
      const request = new Proxy(base, { get: (target, key) => key === "headers" ? headers : Reflect.get(target, key) })
      yield* capturing().pipe(
        PosthogHttp.middleware(),
        Effect.provideService(HttpServerRequest.HttpServerRequest, request),
        Effect.asVoid
      )
      const { distinctId, properties } = yield* theEvent
      assert.strictEqual(distinctId, "ada")
      assert.notProperty(properties, "$session_id")
    }).pipe(withPosthog))

  it.scopedLive("TRHDR-04 an empty value is a missing one", () =>
    Effect.gen(function*() {
      const { properties } = yield* seen({ "x-posthog-distinct-id": " \t ", "x-posthog-session-id": "\u0085" })
      assert.strictEqual(properties["$process_person_profile"], false)
      assert.notProperty(properties, "$session_id")
    }))

  it.scopedLive("TRHDR-05 events of a request say its url, method, path, user agent and address", () =>
    Effect.gen(function*() {
      const url = yield* serve(capturing(), PosthogHttp.middleware())
      yield* send(url, {
        method: "POST",
        path: "/orders/42?coupon=WINTER",
        headers: { host: "shop.example", "user-agent": "curl/8" }
      })
      const { properties } = yield* theEvent
      assert.strictEqual(properties["$current_url"], "http://shop.example/orders/42?coupon=WINTER")
      assert.strictEqual(properties["$request_method"], "POST")
      assert.strictEqual(properties["$request_path"], "/orders/42")
      assert.strictEqual(properties["$user_agent"], "curl/8")
      assert.strictEqual(properties["$ip"], "127.0.0.1")
    }).pipe(withPosthog))

  it.scopedLive("TRHDR-05 an exception says the status that it was answered with", () =>
    Effect.gen(function*() {
      const url = yield* serve(Effect.die(new Error("no stock")), PosthogHttp.middleware())
      assert.strictEqual((yield* send(url)).status, 500)
      const { event, properties } = yield* theEvent
      assert.strictEqual(event, "$exception")
      assert.strictEqual(properties["$response_status_code"], 500)
      assert.isAbove(Number(properties["response_time"]), 0)
      assert.strictEqual(properties["$request_path"], "/")
    }).pipe(withPosthog))

  it.scopedLive("TRHDR-06 an event's own properties win over every property of the request", () =>
    Effect.gen(function*() {
      const own = {
        $current_url: "a",
        $request_method: "b",
        $ip: "c",
        request_id: "d",
        operation_name: "e",
        email: "f"
      }
      const { properties } = yield* seen({ "x-request-id": "r-1" }, { properties: own })
      for (const [key, value] of Object.entries(own)) {
        assert.strictEqual(properties[key], value)
      }
    }))

  it.scopedLive("TRHDR-07 the user whom the application knows wins over the header", () =>
    Effect.gen(function*() {
      const url = yield* serve(
        capturing(),
        PosthogHttp.middleware({
          extractUser: ({ headers }) =>
            Effect.succeed(headers["authorization"] === "Bearer t" ? { id: "grace", email: "g@navy.mil" } : undefined)
        })
      )
      yield* send(url, { headers: { "x-posthog-distinct-id": "ada", authorization: "Bearer t" } })
      yield* send(url, { headers: { "x-posthog-distinct-id": "ada" } })
      const [known, unknown] = yield* captured(2)
      assert.strictEqual(known?.distinctId, "grace")
      assert.strictEqual(known?.properties["email"], "g@navy.mil")
      assert.strictEqual(known?.properties["user_id"], "grace")
      assert.strictEqual(unknown?.distinctId, "ada")
      assert.notProperty(unknown?.properties, "email")
    }).pipe(withPosthog))

  it.scopedLive("TRHDR-07 the header first, as in the seed, where that is asked for", () =>
    Effect.gen(function*() {
      const url = yield* serve(
        capturing(),
        PosthogHttp.middleware({
          headerFirst: true,
          extractUser: () => Effect.succeed({ id: "grace", email: "g@navy.mil" })
        })
      )
      yield* send(url, { headers: { "x-posthog-distinct-id": "ada" } })
      yield* send(url)
      const [first, second] = yield* captured(2)
      assert.strictEqual(first?.distinctId, "ada")
      assert.strictEqual(first?.properties["user_id"], "grace")
      assert.strictEqual(first?.properties["email"], "g@navy.mil")
      assert.strictEqual(second?.distinctId, "grace")
    }).pipe(withPosthog))

  it.scopedLive("TRHDR-08 a session without a distinct id: a random id, the session kept, and no person profile", () =>
    Effect.gen(function*() {
      const first = yield* seen({ "x-posthog-session-id": "s-1" })
      const second = yield* seen({ "x-posthog-session-id": "s-1" })
      assert.match(first.distinctId, /^[0-9a-f-]{36}$/)
      assert.notStrictEqual(first.distinctId, second.distinctId)
      assert.strictEqual(first.properties["$session_id"], "s-1")
      assert.strictEqual(first.properties["$process_person_profile"], false)
    }))

  it.scopedLive("TRHDR-09 unless the caller says it: inside a request, and outside of one", () =>
    Effect.gen(function*() {
      const said = { properties: { $process_person_profile: true } }
      const inside = yield* seen({ "x-posthog-session-id": "s-1" }, said)
      assert.strictEqual(inside.properties["$process_person_profile"], true)
      const outside = yield* Effect.zipRight(Posthog.capture("seen", said), theEvent).pipe(withPosthog)
      assert.strictEqual(outside.properties["$process_person_profile"], true)
      const silent = yield* Effect.zipRight(Posthog.capture("seen"), theEvent).pipe(withPosthog)
      assert.strictEqual(silent.properties["$process_person_profile"], false)
    }))

  it.scopedLive("TRHDR-10 flags of a request with no id anywhere: nothing, no request, and no event", () =>
    Effect.gen(function*() {
      const evaluated = Effect.gen(function*() {
        const snapshot = yield* Flags.evaluate()
        const isEnabled = yield* snapshot.isEnabled("beta")
        return yield* HttpServerResponse.json({ keys: snapshot.keys, isEnabled })
      })
      const url = yield* serve(evaluated, PosthogHttp.middleware())
      const { body } = yield* send(url, { headers: { "x-posthog-session-id": "s-1" } })
      assert.deepStrictEqual(JSON.parse(body), { keys: [], isEnabled: false })
      yield* Posthog.flush
      const { events, requests } = yield* DevServer.DevServer
      assert.deepStrictEqual((yield* requests).filter(({ path }) => path.includes("flags")), [])
      assert.deepStrictEqual(yield* events, [])
    }).pipe(Effect.provide(layerClient())))

  it.scopedLive("TRHDR-11 the headers' identity reaches nothing but analytics, and can be refused altogether", () =>
    Effect.gen(function*() {
      // the request that handlers authenticate is the very same one, and nothing is added to its context
      const url = yield* serve(
        Effect.gen(function*() {
          const { headers } = yield* HttpServerRequest.HttpServerRequest
          yield* Posthog.capture("seen")
          return yield* HttpServerResponse.json({ authorization: headers["authorization"] ?? null })
        }),
        PosthogHttp.middleware({ headerIdentity: false })
      )
      const { body } = yield* send(url, {
        headers: { "x-posthog-distinct-id": "admin", "x-posthog-session-id": "s-1", "x-user-id": "admin" }
      })
      assert.deepStrictEqual(JSON.parse(body), { authorization: null })
      const { distinctId, properties } = yield* theEvent
      assert.notStrictEqual(distinctId, "admin")
      assert.notProperty(properties, "$session_id")
      assert.notProperty(properties, "user_id")
      assert.strictEqual(properties["$process_person_profile"], false)
    }).pipe(withPosthog))

  it.scoped("TRHDR-12 a failure goes on as the very same one", () =>
    Effect.gen(function*() {
      const error = new Error("no stock")
      for (const cause of [Cause.fail(error), Cause.die(error), Cause.parallel(Cause.fail(error), Cause.die("two"))]) {
        const exit = yield* Effect.failCause(cause).pipe(
          PosthogHttp.middleware(),
          Effect.provideService(
            HttpServerRequest.HttpServerRequest,
            HttpServerRequest.fromWeb(new Request("http://shop.example/"))
          ),
          Effect.exit
        )
        assert.isTrue(Exit.isFailure(exit) && exit.cause === cause)
      }
      const messages = (yield* captured(2)).map(({ properties }) => properties["$exception_values"])
      assert.lengthOf(messages, 2)
    }).pipe(withPosthog))

  it.scopedLive("TRHDR-13 what a request leaves behind knows its scope only where it was carried over", () =>
    Effect.gen(function*() {
      const go = yield* Deferred.make<void>()
      const background = yield* Deferred.make<string | null>()
      const tags = yield* Deferred.make<object>()
      // a worker of the application's, started before any request
      yield* Effect.forkScoped(Effect.gen(function*() {
        yield* Deferred.await(go)
        yield* Deferred.succeed(background, Option.getOrNull(yield* currentDistinctId))
        yield* Deferred.succeed(tags, yield* currentTags)
      }))
      const url = yield* serve(
        Effect.zipRight(
          identifyScope("ada"),
          Effect.as(
            Effect.zipRight(Deferred.succeed(go, undefined), Deferred.await(background)),
            HttpServerResponse.text("ok")
          )
        ),
        PosthogHttp.middleware()
      )
      yield* send(url, { headers: { "x-posthog-distinct-id": "grace" } })
      assert.isNull(yield* Deferred.await(background))
      assert.deepStrictEqual(yield* Deferred.await(tags), {})
      assert.isTrue(Option.isNone(yield* currentDistinctId))
    }).pipe(withPosthog))

  it.scopedLive("TRHDR-14 malformed headers are missing ones, and the request is answered", () =>
    Effect.gen(function*() {
      const { distinctId, properties } = yield* seen({
        "x-posthog-distinct-id": "ada",
        "x-correlation-id": "\u0080",
        traceparent: "00-nonsense",
        tracestate: "====",
        baggage: "%%%,;;=",
        "x-posthog-context-tags": "{not json",
        "content-length": "0",
        "x-forwarded-for": "'; drop table",
        "user-agent": "\u009b"
      })
      assert.strictEqual(distinctId, "ada")
      assert.match(String(properties["correlation_id"]), /^corr_[0-9a-f]{32}$/)
      assert.notProperty(properties, "$user_agent")
      assert.strictEqual(properties["$ip"], "127.0.0.1")
    }))

  it.scoped("TRHDR-14 headers that throw when they are read leave a scope without them", () =>
    Effect.gen(function*() {
      const base = HttpServerRequest.fromWeb(new Request("http://shop.example/"))
      const request = new Proxy(base, {
        get: (target, key) => {
          if (key === "headers") {
            throw new Error("headers")
          }
          return Reflect.get(target, key)
        }
      })
      yield* capturing().pipe(
        PosthogHttp.middleware(),
        Effect.provideService(HttpServerRequest.HttpServerRequest, request),
        Effect.asVoid
      )
      assert.strictEqual((yield* theEvent).properties["$process_person_profile"], false)
    }).pipe(withPosthog))

  it.scoped("TRHDR-14 no header is read twice", () =>
    Effect.gen(function*() {
      const reads = new Map<string, number>()
      const headers = new Proxy<Record<string, string>>({
        host: "shop.example",
        "x-posthog-distinct-id": "ada",
        "x-client-service": "cart",
        "x-forwarded-for": "203.0.113.7",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      }, {
        get: (target, key) => {
          reads.set(String(key), (reads.get(String(key)) ?? 0) + 1)
          return Reflect.get(target, key)
        }
      })
      const base = HttpServerRequest.fromWeb(new Request("http://shop.example/"))
      const request = new Proxy(base, { get: (target, key) => key === "headers" ? headers : Reflect.get(target, key) })
      yield* capturing().pipe(
        PosthogHttp.middleware({ trustedProxies: 1, acceptTags: "all" }),
        Effect.provideService(HttpServerRequest.HttpServerRequest, request),
        Effect.asVoid
      )
      assert.strictEqual((yield* theEvent).properties["caller_service_name"], "cart")
      assert.isAtLeast(reads.size, 15)
      assert.deepStrictEqual([...reads].filter(([, count]) => count > 1), [])
    }).pipe(withPosthog))

  it.scoped("TRHDR-15 a framework without a middleware of its own enters the context by hand", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("seen").pipe(
        Propagation.withExtracted({ "X-POSTHOG-DISTINCT-ID": "ada", "X-POSTHOG-SESSION-ID": "s-1" })
      )
      const { distinctId, properties } = yield* theEvent
      assert.strictEqual(distinctId, "ada")
      assert.strictEqual(properties["$session_id"], "s-1")
    }).pipe(withPosthog))
})

describe("the embedded PostHog", () => {
  it.scopedLive("TRHDR-02 receives a request's events as whose they are", () =>
    Effect.gen(function*() {
      const url = yield* serve(
        HttpRouter.empty.pipe(HttpRouter.get("/orders/:id", capturing())),
        PosthogHttp.middleware()
      )
      yield* send(url, {
        path: "/orders/1",
        headers: { "x-posthog-distinct-id": "ada", "x-posthog-session-id": "s-1" }
      })
      yield* Posthog.flush
      const events = yield* (yield* DevServer.DevServer).events
      assert.lengthOf(events, 1)
      assert.strictEqual(events[0]?.distinct_id, "ada")
      assert.strictEqual(events[0]?.properties["$session_id"], "s-1")
      assert.strictEqual(events[0]?.properties["operation_name"], "GET /orders/1")
    }).pipe(Effect.provide(layerClient())))
})
