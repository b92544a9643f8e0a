import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Option, TestClock } from "effect"
import { currentDistinctId, currentOperationMetadata, currentScope, currentTags, Posthog } from "effect-posthog"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import { warnings, withLines } from "../../support/client.js"
import { captured, send, serve, theEvent, withPosthog } from "./support.js"

const requestOf = (url = "http://shop.example/a", init?: RequestInit) =>
  HttpServerRequest.fromWeb(new Request(url, init))

/** Runs an app for one request, without a server. */
const handle = <A, E, R>(app: Effect.Effect<A, E, R>, request = requestOf()) =>
  Effect.provideService(app, HttpServerRequest.HttpServerRequest, request)

const json = Effect.flatMap(currentTags, (tags) => HttpServerResponse.json(tags))

const ok = HttpServerResponse.empty()

const thrower = () => {
  throw new Error("a hook that throws")
}

describe("hooks of the middleware", () => {
  it.scopedLive("extraTags first, then tagMap over all tags", () =>
    Effect.gen(function*() {
      const url = yield* serve(
        json,
        PosthogHttp.middleware({
          extractUser: () => Effect.succeed({ id: "ada", email: "ada@example.com" }),
          extraTags: ({ headers }) => ({
            tenant: headers["x-tenant"],
            $request_method: "overridden",
            when: new Date(0)
          }),
          tagMap: ({ $ip, ...tags }) => ({ ...tags, local: $ip === "127.0.0.1", count: Object.keys(tags).length })
        })
      )
      const { body } = yield* send(url, { headers: { host: "h", "x-tenant": "acme" } })
      assert.deepStrictEqual(JSON.parse(body), {
        $current_url: "http://h/",
        $request_method: "overridden",
        $request_path: "/",
        email: "ada@example.com",
        tenant: "acme",
        when: "1970-01-01T00:00:00.000Z",
        local: true,
        count: 6
      })
    }).pipe(withPosthog))

  it.scopedLive("a request that requestFilter refuses gets no scope at all", () =>
    Effect.gen(function*() {
      const url = yield* serve(
        Effect.zipRight(
          Posthog.capture("seen", { distinctId: "explicit" }),
          Effect.flatMap(currentScope, ({ depth }) =>
            depth === 0 ? Effect.die(new Error("not captured")) : HttpServerResponse.text("in a scope"))
        ),
        PosthogHttp.middleware({
          requestFilter: ({ url }) =>
            !url.startsWith("/health")
        })
      )
      assert.strictEqual((yield* send(url, { path: "/health", headers: { "x-posthog-session-id": "s" } })).status, 500)
      assert.strictEqual((yield* send(url, { path: "/a" })).body, "in a scope")
      const [refused, accepted, ...others] = yield* captured(2)
      assert.lengthOf(others, 0)
      assert.notProperty(refused?.properties, "$request_path")
      assert.notProperty(refused?.properties, "$session_id")
      assert.strictEqual(accepted?.properties["$request_path"], "/a")
    }).pipe(withPosthog))

  it.scopedLive("onResponse is told of status and duration in the request's scope", () =>
    Effect.gen(function*() {
      const url = yield* serve(
        HttpServerRequest.HttpServerRequest.pipe(
          Effect.flatMap(({ url }) =>
            url === "/fail" ? Effect.fail("no stock") : HttpServerResponse.empty({ status: 201 })
          )
        ),
        PosthogHttp.middleware({
          captureExceptions: false,
          onResponse: ({ duration, request, status }) =>
            Effect.flatMap(currentOperationMetadata, ({ response_status, response_time }) =>
              Posthog.capture("answered", {
                properties: {
                  status,
                  method: request.method,
                  same: response_status === status && response_time === Duration.toSeconds(duration)
                }
              }))
        })
      )
      const headers = { "x-posthog-distinct-id": "ada" }
      yield* send(url, { headers })
      yield* send(url, { path: "/fail", headers })
      const events = yield* captured(2)
      assert.deepStrictEqual(events.map(({ distinctId }) => distinctId), ["ada", "ada"])
      assert.deepStrictEqual(
        events.map(({ properties: { method, same, status } }) => ({ method, same, status })),
        [{ method: "GET", same: true, status: 201 }, { method: "GET", same: true, status: 500 }]
      )
    }).pipe(withPosthog))

  it.scoped("the duration is that of the clock", () =>
    Effect.gen(function*() {
      const told = yield* Deferred.make<PosthogHttp.Answered>()
      const running = yield* Effect.fork(handle(
        Effect.as(Effect.sleep("1500 millis"), ok).pipe(
          PosthogHttp.middleware({ onResponse: (answered) => Deferred.succeed(told, answered) })
        )
      ))
      yield* TestClock.adjust("1500 millis")
      yield* Fiber.join(running).pipe(Effect.asVoid)
      const { duration, route, status } = yield* Deferred.await(told)
      assert.strictEqual(Duration.toMillis(duration), 1500)
      assert.strictEqual(status, 204)
      assert.isUndefined(route)
    }).pipe(withPosthog))

  it.scoped("a hook that fails, dies or throws is logged and ignored", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const all: ReadonlyArray<readonly [name: string, options: PosthogHttp.ServerOptions]> = [
          ["extractUser", { extractUser: () => Effect.fail("no database") }],
          ["extractUser", { extractUser: () => Effect.die(new Error("no database")) }],
          ["extractUser", { extractUser: thrower }],
          ["extraTags", { extraTags: thrower }],
          ["requestFilter", { requestFilter: thrower }],
          ["operationName", { operationName: thrower }],
          ["onResponse", { onResponse: () => Effect.fail("no") }],
          ["onResponse", { onResponse: thrower }]
        ]
        for (const [name, options] of all) {
          const before = warnings(lines).length
          const request = requestOf("http://shop.example/a", { headers: { "x-posthog-distinct-id": "ada" } })
          const response = yield* handle(
            Effect.as(Posthog.capture(name), ok).pipe(PosthogHttp.middleware(options)),
            request
          ).pipe(Effect.exit)
          assert.strictEqual(response._tag, "Success", name)
          const added = warnings(lines).slice(before)
          assert.lengthOf(added, 1, name)
          assert.include(added[0], `${name} failed, the request goes on without it`)
        }
        const events = yield* captured(all.length)
        for (const { distinctId, properties } of events) {
          assert.strictEqual(distinctId, "ada")
          assert.strictEqual(properties["$request_path"], "/a")
          assert.strictEqual(properties["operation_name"], "GET /a")
        }
      })
    ).pipe(withPosthog))

  it.scoped("a tagMap that throws lets no tag through: it may be there to take something away", () =>
    Effect.gen(function*() {
      const request = requestOf("http://shop.example/a?token=secret", { headers: { "x-posthog-distinct-id": "ada" } })
      yield* handle(Effect.as(Posthog.capture("seen"), ok).pipe(PosthogHttp.middleware({ tagMap: thrower })), request)
        .pipe(
          Effect.asVoid
        )
      const { distinctId, properties } = yield* theEvent
      assert.strictEqual(distinctId, "ada")
      assert.notInclude(JSON.stringify(properties), "secret")
      assert.notProperty(properties, "$context_tags")
    }).pipe(withPosthog))

  it.scoped("what hooks give that is of another kind is no reason to fail", () =>
    Effect.gen(function*() {
      const hostile = [undefined, null, 42, "text", [], new Proxy({}, { ownKeys: thrower }), Promise.resolve({ a: 1 })]
      for (const value of hostile) {
        const options: PosthogHttp.ServerOptions = {
          // what the types forbid and plain JavaScript does
          extractUser: () => Effect.succeed(value as never),
          extraTags: () => value as never,
          tagMap: () => value as never,
          requestFilter: () => value as never,
          operationName: () => value as never,
          onResponse: () => value as never
        }
        const exit = yield* Effect.exit(handle(Effect.as(currentTags, ok).pipe(PosthogHttp.middleware(options))))
        assert.strictEqual(exit._tag, "Success")
      }
    }).pipe(withPosthog))

  it.scoped("an extractUser that never answers does not outlive its request", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const running = yield* Effect.fork(Effect.uninterruptible(handle(
        Effect.interruptible(Effect.as(Effect.void, ok)).pipe(
          PosthogHttp.middleware({
            extractUser: () => Effect.zipRight(Deferred.succeed(started, undefined), Effect.never)
          })
        )
      )))
      yield* Deferred.await(started)
      const exit = yield* Fiber.interrupt(running)
      assert.strictEqual(exit._tag, "Failure")
    }).pipe(withPosthog))

  it.scoped("an id that names nobody is nobody's", () =>
    Effect.gen(function*() {
      for (const id of ["", "  ", 42, null]) {
        const seen = yield* Deferred.make<string>()
        yield* handle(
          Effect.flatMap(currentDistinctId, (found) =>
            Effect.as(Deferred.succeed(seen, Option.getOrElse(found, () => "nobody")), ok)).pipe(
              PosthogHttp.middleware({
                extractUser: () =>
                  Effect.succeed({ id: id as never, email: id as never })
              })
            )
        ).pipe(Effect.asVoid)
        assert.strictEqual(yield* Deferred.await(seen), id === 42 ? "42" : "nobody")
      }
    }).pipe(withPosthog))
})
