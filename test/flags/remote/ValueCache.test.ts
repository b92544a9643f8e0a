import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Either, Fiber, TestClock } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { FlagsUnavailable, type QuotaLimited } from "../../../src/flags/evaluation/FlagError.js"
import type { RemoteAnswer } from "../../../src/flags/remote/RemoteAnswer.js"
import type { RemoteFlags } from "../../../src/flags/remote/RemoteFlags.js"
import * as ValueCache from "../../../src/flags/remote/ValueCache.js"
import { answer, body, remote, served, valuesOf } from "./support.js"

/** A PostHog that gives these answers, one after the other, and counts how often it is asked. */
const scripted = (answers: ReadonlyArray<Either.Either<RemoteAnswer, FlagsUnavailable | QuotaLimited>>) => {
  let asked = 0
  const remote: RemoteFlags = {
    request: () => Effect.suspend(() => answers[asked++] ?? Effect.die("not in the script"))
  }
  return { remote, asked: () => asked }
}

const good = (...args: Parameters<typeof answer>) => Either.right(answer(...args))

const timeout = Either.left(new FlagsUnavailable({ reason: "timeout" }))

const summary = (result: ValueCache.CachedAnswer) => [result.freshness, valuesOf(result.answer)] as const

describe("ValueCache", () => {
  it.effect("FLAGS-CACHE-02: a cached value is served without a request until its time is over", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      const cache = ValueCache.make(yield* remote(), { ttl: "10 seconds" })
      assert.deepStrictEqual(summary(yield* cache.request(body())), ["fresh", { on: true }])
      yield* server.setFlags({ on: false })
      yield* TestClock.adjust(9999)
      assert.deepStrictEqual(summary(yield* cache.request(body())), ["cached", { on: true }])
      assert.strictEqual((yield* server.requests).length, 1)
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(summary(yield* cache.request(body())), ["fresh", { on: false }])
      assert.strictEqual((yield* server.requests).length, 2)
    }).pipe(served))

  it.effect("FLAGS-CACHE-01: values and payloads are kept together", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.setFlags({ pricing: { variant: "low", payload: { price: 9 } } })
      const cache = ValueCache.make(yield* remote(), { ttl: "10 seconds" })
      const first = yield* cache.request(body())
      yield* server.setFlags({ pricing: { variant: "high", payload: { price: 99 } } })
      const { answer, freshness } = yield* cache.request(body())
      assert.strictEqual(freshness, "cached")
      assert.strictEqual(answer, first.answer)
      const pricing = answer.flags.get("pricing")
      assert.deepStrictEqual([pricing?.value, pricing?.payload], ["low", { price: 9 }])
    }).pipe(served))

  it.effect("FLAGS-REMOTE-03: by default nothing is kept: two calls are two requests, and failures are failures", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      const cache = ValueCache.make(yield* remote())
      yield* cache.request(body())
      yield* cache.request(body())
      assert.strictEqual((yield* server.requests).length, 2)
      yield* server.always(Fault.Status({ status: 500 }))
      const error = yield* Effect.flip(cache.request(body()))
      assert.deepStrictEqual(error, new FlagsUnavailable({ reason: "status", status: 500 }))
    }).pipe(served))

  it.effect("FLAGS-CACHE-03: clear forgets everything", () =>
    Effect.gen(function*() {
      const { asked, remote } = scripted([good({ a: true }), good({ a: false }), timeout])
      const cache = ValueCache.make(remote, { ttl: "1 minute", staleTtl: "1 hour" })
      yield* cache.request(body())
      yield* cache.clear
      assert.deepStrictEqual(summary(yield* cache.request(body())), ["fresh", { a: false }])
      yield* cache.clear
      assert.strictEqual((yield* Effect.flip(cache.request(body())))._tag, "FlagsUnavailable")
      assert.strictEqual(asked(), 3)
    }))

  it.effect("FLAGS-CACHE-03: an answer that was under way when everything was forgotten is not kept", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<RemoteAnswer>()
      let asked = 0
      const cache = ValueCache.make(
        {
          request: () =>
            Effect.suspend(() => asked++ === 0 ? Deferred.await(gate) : Effect.succeed(answer({ a: false })))
        },
        { ttl: "1 minute" }
      )
      const before = yield* Effect.fork(cache.request(body()))
      yield* Effect.yieldNow()
      yield* cache.clear
      yield* Deferred.succeed(gate, answer({ a: true }))
      assert.deepStrictEqual(summary(yield* Fiber.join(before)), ["fresh", { a: true }])
      assert.deepStrictEqual(summary(yield* cache.request(body())), ["fresh", { a: false }])
    }))

  it.effect("values are never shared between people, properties, groups or key lists; the token does not tell them apart", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.setFlags((request) => ({ who: request.distinct_id }))
      const cache = ValueCache.make(yield* remote(), { ttl: "1 minute" })
      const bodies = [
        body(),
        body({ distinct_id: "bob" }),
        body({ person_properties: { plan: "pro" } }),
        body({ groups: { company: "acme" } }),
        body({ group_properties: { company: { plan: "pro" } } }),
        body({ flag_keys_to_evaluate: ["who"] }),
        body({ $device_id: "d" }),
        body({ geoip_disable: true })
      ]
      for (const each of bodies) {
        const { answer, freshness } = yield* cache.request(each)
        assert.deepStrictEqual([freshness, valuesOf(answer)["who"]], ["fresh", each.distinct_id])
      }
      assert.strictEqual((yield* cache.request(body({ token: "phc_rotated" }))).freshness, "cached")
      assert.strictEqual(
        (yield* cache.request(body({ person_properties: { plan: "pro" } }))).freshness,
        "cached"
      )
      assert.strictEqual((yield* server.requests).length, bodies.length)
    }).pipe(served))

  it.effect("FLAGS-CACHE-05: the number of answers is bounded; the least recently used goes first", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      const cache = ValueCache.make(yield* remote(), { ttl: "1 hour", capacity: 2 })
      const ask = (id: string) => Effect.map(cache.request(body({ distinct_id: id })), ({ freshness }) => freshness)
      assert.deepStrictEqual(
        yield* Effect.forEach(["a", "b", "a", "c", "a", "b"], ask),
        ["fresh", "fresh", "cached", "fresh", "cached", "fresh"]
      )
      assert.strictEqual((yield* server.requests).length, 4)
    }).pipe(served))
})

describe("ValueCache when PostHog fails", () => {
  it.effect("FLAGS-CACHE-05, HTTP-12: after a timeout, a cut connection, a status or an exhausted quota the old answer is served, marked as stale", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      const cache = ValueCache.make(yield* remote({ maxRetries: 0 }), { staleTtl: "1 hour" })
      const ask = Effect.gen(function*() {
        const fiber = yield* Effect.fork(cache.request(body()))
        yield* TestClock.adjust(3000)
        const { answer, error, freshness } = yield* Fiber.join(fiber)
        const reason = error === undefined ? undefined : error._tag === "QuotaLimited" ? error._tag : error.reason
        return [freshness, reason, valuesOf(answer)["on"]]
      })
      assert.deepStrictEqual(yield* ask, ["fresh", undefined, true])
      for (
        const [fault, reason] of [
          [Fault.Stall(), "timeout"],
          [Fault.Reset(), "connection"],
          [Fault.Status({ status: 429 }), "status"],
          [Fault.Status({ status: 503 }), "status"],
          [Fault.Status({ status: 200, body: "?" }), "invalidResponse"],
          [Fault.Status({ status: 200, body: { quotaLimited: ["feature_flags"] } }), "QuotaLimited"]
        ] as const
      ) {
        yield* server.enqueue(fault)
        assert.deepStrictEqual(yield* ask, ["stale", reason, true])
      }
      assert.deepStrictEqual(yield* ask, ["fresh", undefined, true])
    }).pipe(served))

  it.effect("FLAGS-CACHE-05: a stale answer is served until it is too old, to the millisecond; then the failure shows", () =>
    Effect.gen(function*() {
      const { remote } = scripted([good({ a: true }), timeout, timeout])
      const cache = ValueCache.make(remote, { staleTtl: "1 hour" })
      yield* cache.request(body())
      yield* TestClock.adjust(3_599_999)
      assert.deepStrictEqual(summary(yield* cache.request(body())), ["stale", { a: true }])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(
        yield* Effect.flip(cache.request(body())),
        new FlagsUnavailable({ reason: "timeout" })
      )
    }))

  it.effect("without a stale time a failure is a failure, also for what was cached", () =>
    Effect.gen(function*() {
      const { remote } = scripted([good({ a: true }), timeout])
      const cache = ValueCache.make(remote, { ttl: 1000 })
      yield* cache.request(body())
      yield* TestClock.adjust(1000)
      assert.strictEqual((yield* Effect.flip(cache.request(body())))._tag, "FlagsUnavailable")
    }))

  it.effect("FLAGS-CACHE-04: with errors while computing the good keys are merged over the old ones", () =>
    Effect.gen(function*() {
      const { remote } = scripted([
        good({ a: true, b: "x", c: false }),
        good({ b: "y" }, { errorsWhileComputing: true, requestId: "2" }),
        timeout
      ])
      const cache = ValueCache.make(remote, { staleTtl: "1 hour" })
      yield* cache.request(body())
      const merged = yield* cache.request(body())
      assert.deepStrictEqual(summary(merged), ["stale", { a: true, b: "y", c: false }])
      assert.isTrue(merged.answer.errorsWhileComputing)
      assert.strictEqual(merged.answer.requestId, "2")
      assert.deepStrictEqual(summary(yield* cache.request(body())), ["stale", { a: true, b: "y", c: false }])
    }))

  it.effect("FLAGS-CACHE-04: a reader keeps the answer that it has got, whatever comes after it", () =>
    Effect.gen(function*() {
      const { remote } = scripted([good({ a: true }), good({ b: true }, { errorsWhileComputing: true }), good({})])
      const cache = ValueCache.make(remote, { staleTtl: "1 hour" })
      const first = yield* cache.request(body())
      const second = yield* cache.request(body())
      yield* cache.request(body())
      assert.deepStrictEqual(valuesOf(first.answer), { a: true })
      assert.deepStrictEqual(valuesOf(second.answer), { a: true, b: true })
    }))

  it.effect("an incomplete answer keeps nobody from asking, and its old values grow no younger", () =>
    Effect.gen(function*() {
      const partial = good({ b: true }, { errorsWhileComputing: true })
      const { asked, remote } = scripted([good({ a: true }), partial, partial, timeout])
      const cache = ValueCache.make(remote, { ttl: 100, staleTtl: 1000 })
      yield* cache.request(body())
      yield* TestClock.adjust(500)
      assert.deepStrictEqual(summary(yield* cache.request(body())), ["stale", { a: true, b: true }])
      yield* TestClock.adjust(500)
      assert.deepStrictEqual(summary(yield* cache.request(body())), ["fresh", { b: true }])
      assert.deepStrictEqual(summary(yield* cache.request(body())), ["stale", { b: true }])
      assert.strictEqual(asked(), 4)
    }))

  it.effect("an incomplete answer that has all that was known is a fresh one", () =>
    Effect.gen(function*() {
      const { remote } = scripted([good({ a: true }), good({ a: false, b: true }, { errorsWhileComputing: true })])
      const cache = ValueCache.make(remote, { staleTtl: "1 hour" })
      yield* cache.request(body())
      assert.deepStrictEqual(summary(yield* cache.request(body())), ["fresh", { a: false, b: true }])
    }))
})
