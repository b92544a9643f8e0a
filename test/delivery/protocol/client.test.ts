/** A client's events through every protocol and every compression, as the embedded PostHog reads them. */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { fresh, Posthog, PosthogConfig, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import * as Compression from "../../../src/delivery/Compression.js"
import { layerClient } from "../../support/client.js"

const server = DevServer.DevServer

const capture = (event: string, properties: Posthog.CaptureOptions["properties"] = {}) =>
  Posthog.capture(event, { distinctId: "alice", properties })

const received = Effect.flatMap(
  server,
  ({ requests }) =>
    Effect.map(requests, (requests) => requests.map(({ batchSize, path, status }) => [path, batchSize, status]))
)

describe("compression on the wire", () => {
  for (const compression of Compression.kinds.filter(Compression.isSupported)) {
    for (const captureMode of ["v0", "v1"] as const) {
      it.live(`CAP-23, HTTP-30: ${compression} in ${captureMode} arrives whole`, () =>
        Effect.gen(function*() {
          yield* Effect.forEach(Array.from({ length: 50 }), (_, n) =>
            capture(`event ${n}`, { n, text: "é€😀".repeat(n) }))
          assert.deepInclude(yield* Posthog.flush, { pending: 0 })
          const { events, invalid, requests } = yield* server
          assert.deepStrictEqual(yield* invalid, [])
          const [request, ...others] = yield* requests
          assert.deepStrictEqual(others, [])
          assert.strictEqual(request?.headers["content-encoding"], compression === "none" ? undefined : compression)
          assert.isTrue(compression === "none" ? request!.bytes === request!.decodedBytes : request!.bytes < 2000)
          assert.deepStrictEqual(
            (yield* events).map(({ event, properties }) => [event, properties["text"]]),
            Array.from({ length: 50 }, (_, n) => [`event ${n}`, "é€😀".repeat(n)])
          )
        }).pipe(Effect.provide(layerClient({ compression, captureMode }))))
    }
  }
})

describe("capture v1 from a client", () => {
  const within = (options: Omit<PosthogConfig.Options, "apiKey"> = {}) =>
    Effect.provide(layerClient({ captureMode: "v1", retryDelay: "1 millis", maxRetryDelay: "1 millis", ...options }))

  it.live("HTTP-34, CAP-26: what a scope says of session and person stands beside the properties", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("in scope", { properties: { own: 1 } }).pipe(
        withScope(fresh, { sessionId: "s", tags: { tag: "t" } })
      )
      yield* Posthog.flush
      const [event] = yield* (yield* server).events
      assert.deepInclude(event, { session_id: "s", options: { process_person_profile: false } })
      assert.deepInclude(event?.properties, { own: 1, tag: "t", $context_tags: ["tag"] })
      for (const name of ["$session_id", "$process_person_profile", "$lib", "$lib_version"]) {
        assert.notProperty(event?.properties, name)
      }
    }).pipe(within()))

  it.live("HTTP-32: chosen events are sent again until they are taken, each stored once", () =>
    Effect.gen(function*() {
      const { enqueue, events, requests, stats } = yield* server
      yield* enqueue(
        Fault.Partial({ results: ({ event }) => event === "b" || event === "d" ? "retry" : "ok", headers: again }),
        2
      )
      yield* Effect.forEach(["a", "b", "c", "d"], (name) => capture(name))
      assert.deepInclude(yield* Posthog.flush, { delivered: 4, pending: 0 })
      assert.deepStrictEqual((yield* requests).map(({ attempt, batchSize }) => [attempt, batchSize]), [
        [1, 4],
        [2, 2],
        [3, 2]
      ])
      assert.strictEqual(new Set((yield* requests).map(({ headers }) => headers["posthog-request-id"])).size, 1)
      assert.deepStrictEqual((yield* events).map(({ event }) => event), ["a", "c", "b", "d"])
      assert.strictEqual((yield* stats).duplicates, 0)
    }).pipe(within()))

  it.live("RETRY-05, HTTP-33: 413 splits a batch down to what PostHog takes", () =>
    Effect.gen(function*() {
      const { deliveries, failWhile } = yield* server
      yield* failWhile(({ batchSize }) => batchSize > 3, Fault.Status({ status: 413 }))
      yield* Effect.forEach(Array.from({ length: 10 }), (_, n) => capture(`event ${n}`))
      assert.deepInclude(yield* Posthog.flush, { delivered: 10, pending: 0 })
      assert.deepStrictEqual(Array.from((yield* deliveries).values()), Array.from({ length: 10 }, () => 1))
    }).pipe(within()))

  it.live("CAPAI-03, CAPAI-04: every kind of event takes its own route in one flush", () =>
    Effect.gen(function*() {
      yield* capture("plain")
      yield* capture("$ai_generation")
      yield* Posthog.captureAi("$ai_generation", { distinctId: "alice" })
      yield* Posthog.flush
      assert.sameDeepMembers(Array.from(yield* received), [
        ["/i/v1/analytics/events", 1, 200],
        ["/batch/", 1, 200],
        ["/i/v0/ai/batch/", 1, 200]
      ])
    }).pipe(within()))
})

const again = { "retry-after": "0" }

describe("the choice of a protocol", () => {
  const provider = (environment: Readonly<Record<string, string>>) =>
    ConfigProvider.fromMap(
      new Map(Object.entries({ POSTHOG_API_KEY: "phc_test", POSTHOG_HOST: "http://posthog.local", ...environment })),
      { pathDelim: "_" }
    )

  const path = (environment: Readonly<Record<string, string>>) =>
    Effect.gen(function*() {
      yield* capture("plain")
      yield* Posthog.flush
      return (yield* received)[0]?.[0]
    }).pipe(
      Effect.provide(
        Posthog.layerConfig(PosthogConfig.fromEnv).pipe(
          Layer.provideMerge(DevServer.layerInMemory()),
          Layer.provide(Layer.setConfigProvider(provider(environment)))
        )
      )
    )

  it.live("HTTP-36: POSTHOG_CAPTURE_MODE chooses, v0 is the default, and another word is an error", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* path({}), "/batch/")
      assert.strictEqual(yield* path({ POSTHOG_CAPTURE_MODE: "v0" }), "/batch/")
      assert.strictEqual(yield* path({ POSTHOG_CAPTURE_MODE: "v1" }), "/i/v1/analytics/events")
      const error = yield* Effect.flip(path({ POSTHOG_CAPTURE_MODE: "v2" }))
      assert.include(String(error), "CAPTURE_MODE")
    }))

  it.live("an encoding that this version of Node has not got is an error of the configuration, in words", () =>
    Effect.gen(function*() {
      for (const kind of Compression.kinds) {
        const result = yield* Effect.either(path({ POSTHOG_COMPRESSION: kind }))
        assert.strictEqual(result._tag, Compression.isSupported(kind) ? "Right" : "Left")
        if (result._tag === "Left") {
          assert.include(String(result.left), "needs Node 22.15 or later")
        }
      }
    }))
})
