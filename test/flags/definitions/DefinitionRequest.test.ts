import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Redacted, TestClock } from "effect"
import * as DefinitionRequest from "../../../src/flags/definitions/DefinitionRequest.js"
import { rest } from "./support.js"

const request = (respond: () => Effect.Effect<Response>) =>
  Effect.gen(function*() {
    const urls: Array<string> = []
    const ask = yield* DefinitionRequest.make({
      host: "http://posthog.local",
      token: Redacted.make("phc_a b&c"),
      secretKey: Redacted.make("phs_secret"),
      requestTimeout: Duration.seconds(10)
    }).pipe(Effect.provideService(
      HttpClient.HttpClient,
      HttpClient.make((request, url) => {
        urls.push(url.toString())
        return Effect.map(respond(), (response) => HttpClientResponse.fromWeb(request, response))
      })
    ))
    return { ask, urls }
  })

const answer = (status: number, headers: Record<string, string> = {}, body: string | null = null) =>
  Effect.flatMap(
    request(() => Effect.succeed(new Response(body, { status, headers }))),
    ({ ask }) => ask(undefined)
  )

describe("DefinitionRequest", () => {
  it.effect("FLAGS-DEFS-21 the token is escaped in the address", () =>
    Effect.gen(function*() {
      const { ask, urls } = yield* request(() => Effect.succeed(new Response("{}")))
      yield* ask(undefined)
      assert.deepStrictEqual(urls, ["http://posthog.local/flags/definitions?token=phc_a%20b%26c&send_cohorts"])
    }))

  it.effect("FLAGS-DEFS-23 every status has its meaning", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* answer(200, { etag: "\"e\"" }, "{}"), {
        _tag: "Updated",
        text: "{}",
        etag: "\"e\""
      })
      assert.deepStrictEqual(yield* answer(200, {}, "x"), { _tag: "Updated", text: "x", etag: undefined })
      assert.deepStrictEqual(yield* answer(304, { etag: "\"f\"" }), { _tag: "NotModified", etag: "\"f\"" })
      assert.deepStrictEqual(yield* answer(401), { _tag: "Unauthorized", status: 401 })
      assert.deepStrictEqual(yield* answer(403), { _tag: "Unauthorized", status: 403 })
      assert.deepStrictEqual(yield* answer(402), { _tag: "QuotaLimited" })
      assert.deepStrictEqual(yield* answer(429), { _tag: "RateLimited", retryAfter: undefined })
      assert.deepStrictEqual(yield* answer(429, { "retry-after": "7" }), { _tag: "RateLimited", retryAfter: 7000 })
      for (const status of [301, 400, 404, 408, 500, 502, 503]) {
        assert.deepStrictEqual(yield* answer(status), { _tag: "Failed", reason: `status ${status}` })
      }
    }))

  it.effect("a client that cannot be interrupted is not waited for longer than the timeout", () =>
    Effect.gen(function*() {
      const { ask } = yield* request(() => Effect.uninterruptible(Effect.never))
      const asked = yield* Effect.fork(ask(undefined))
      yield* rest
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* Fiber.join(asked), { _tag: "Failed", reason: "timeout" })
    }))

  it.effect("the request is no span of the application's", () =>
    Effect.gen(function*() {
      const seen: Array<boolean> = []
      const { ask } = yield* request(() =>
        Effect.map(Effect.option(Effect.currentParentSpan), (span) => {
          seen.push(span._tag === "Some" && span.value._tag === "Span" && span.value.name.startsWith("http"))
          return new Response("{}")
        })
      )
      yield* Effect.withSpan(ask(undefined), "the application's")
      assert.deepStrictEqual(seen, [false])
    }))
})
