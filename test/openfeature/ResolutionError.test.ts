import { assert, describe, it } from "@effect/vitest"
import { ErrorCode, StandardResolutionReasons as Reason } from "@openfeature/server-sdk"
import { Effect } from "effect"
import { Posthog } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { flagRequests, layerLocal, layerRemote } from "../support/flags.js"
import { alice, connect, kinds } from "./support.js"

const local = layerLocal({}, { definitions: kinds })

/** Nobody is asked: what the definitions cannot tell is nothing. */
const onlyLocal = layerLocal({ featureFlags: { onlyEvaluateLocally: true } }, { definitions: kinds })

// not the events that report what was read
const isFlags = ({ path }: { readonly path: string }) => path.startsWith("/flags")

describe("error codes", () => {
  const errorOf = (key: string, context: Record<string, unknown>) =>
    Effect.gen(function*() {
      const client = yield* connect()
      const details = yield* Effect.promise(() =>
        // contexts that the types forbid
        client.getBooleanDetails(key, true, context as {})
      )
      assert.include(details, { value: true, reason: Reason.ERROR })
      assert.isNotEmpty(details.errorMessage)
      return details.errorCode
    }).pipe(Effect.scoped)

  it.effect("FLAG_NOT_FOUND: PostHog has no such flag, and is asked once", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* errorOf("nowhere", alice), ErrorCode.FLAG_NOT_FOUND)
      assert.strictEqual((yield* flagRequests).length, 1)
    }).pipe(Effect.provide(local)))

  it.effect("FLAG_NOT_FOUND: the definitions have no such flag, and PostHog must not be asked", () =>
    Effect.gen(function*() {
      for (const key of ["nowhere", "constructor", "__proto__", "", "  "]) {
        assert.strictEqual(yield* errorOf(key, alice), ErrorCode.FLAG_NOT_FOUND, key)
      }
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(Effect.provide(onlyLocal)))

  it.effect("TARGETING_KEY_MISSING: nobody is named, or somebody without a name", () =>
    Effect.gen(function*() {
      for (
        const context of [{}, { plan: "pro" }, { targetingKey: "" }, { targetingKey: "  " }, { targetingKey: null }]
      ) {
        assert.strictEqual(yield* errorOf("new-checkout", context), ErrorCode.TARGETING_KEY_MISSING)
      }
    }).pipe(Effect.provide(local)))

  it.effect("INVALID_CONTEXT: a reserved attribute of another form, or something that only the context could tell", () =>
    Effect.gen(function*() {
      const invalid = [
        { targetingKey: { id: 1 } },
        { targetingKey: true },
        { ...alice, groups: "acme" },
        { ...alice, groups: { company: { id: 1 } } },
        { ...alice, groupProperties: { company: "acme" } },
        { ...alice, deviceId: ["d"] }
      ]
      for (const context of invalid) {
        assert.strictEqual(yield* errorOf("new-checkout", context), ErrorCode.INVALID_CONTEXT, JSON.stringify(context))
      }
      assert.strictEqual(yield* errorOf("pro-only", alice), ErrorCode.INVALID_CONTEXT)
      assert.strictEqual(yield* errorOf("team-beta", alice), ErrorCode.INVALID_CONTEXT)
      assert.strictEqual(yield* errorOf("by-device", alice), ErrorCode.INVALID_CONTEXT)
    }).pipe(Effect.provide(onlyLocal)))

  it.effect("PARSE_ERROR: the flag's definition makes no sense, or PostHog's answer does not", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* errorOf("malformed", alice), ErrorCode.PARSE_ERROR)
    }).pipe(
      Effect.provide(onlyLocal),
      Effect.zipRight(
        Effect.gen(function*() {
          const server = yield* DevServer.DevServer
          yield* server.failWhile(isFlags, Fault.Status({ status: 200, body: "<html>" }))
          assert.strictEqual(yield* errorOf("a", alice), ErrorCode.PARSE_ERROR)
        }).pipe(Effect.provide(layerRemote()))
      )
    ))

  it.effect("PROVIDER_NOT_READY: no definitions, and PostHog does not answer", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.failWhile(isFlags, Fault.Status({ status: 500 }))
      assert.strictEqual(yield* errorOf("a", alice), ErrorCode.PROVIDER_NOT_READY)
    }).pipe(Effect.provide(layerRemote({ featureFlags: { maxRetries: 0 } }))))

  it.effect("PROVIDER_NOT_READY: no definitions and PostHog must not be asked, or the client does nothing", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* errorOf("a", alice), ErrorCode.PROVIDER_NOT_READY)
    }).pipe(
      Effect.provide(layerRemote({ featureFlags: { onlyEvaluateLocally: true } })),
      Effect.zipRight(
        Effect.provide(
          Effect.map(errorOf("a", alice), (code) => assert.strictEqual(code, ErrorCode.PROVIDER_NOT_READY)),
          Posthog.layerNoop
        )
      )
    ))

  it.effect("GENERAL: with definitions, for a flag that only PostHog could tell, which does not answer, or may not", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const server = yield* DevServer.DevServer
      const code = Effect.promise(async () => (await client.getBooleanDetails("pro-only", false, alice)).errorCode)
      yield* server.setFlags({}, { quotaLimited: ["feature_flags"] })
      assert.strictEqual(yield* code, ErrorCode.GENERAL)
      yield* server.setFlags({}, { errorsWhileComputingFlags: true })
      assert.strictEqual(yield* code, ErrorCode.GENERAL)
      yield* server.failWhile(isFlags, Fault.Status({ status: 500 }))
      assert.strictEqual(yield* code, ErrorCode.GENERAL)
    }).pipe(
      Effect.scoped,
      Effect.provide(layerLocal({ featureFlags: { maxRetries: 0 } }, { definitions: kinds }))
    ))
})
