import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { FeatureFlags, fresh, Posthog, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { capturedEvents, definitions, flagRequests, layerLocal, layerRemote } from "../support/flags.js"

const called = Effect.zipRight(
  Posthog.flush,
  Effect.map(capturedEvents, (events) => events.filter(({ event }) => event === "$feature_flag_called"))
)

const values = {
  on: true,
  off: false,
  pricing: { variant: "low", payload: { price: 9 } },
  falsy: { enabled: true, payload: 0 }
}

describe("getFeatureFlag", () => {
  it.effect("FLAGS-GET-01, FLAGS-GET-02: on, off, the variant, or undefined where it cannot be determined", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      assert.strictEqual(yield* flags.getFeatureFlag("on", "alice"), true)
      assert.strictEqual(yield* flags.getFeatureFlag("off", "alice"), false)
      assert.strictEqual(yield* flags.getFeatureFlag("pricing", "alice"), "low")
      assert.strictEqual(yield* flags.getFeatureFlag("unknown", "alice"), undefined)
      assert.strictEqual((yield* flagRequests).length, 4)
    }).pipe(Effect.provide(layerRemote({}, { flags: values }))))

  it.effect("FLAGS-GET-02: a local result comes first, PostHog is asked where there is none", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      assert.strictEqual(yield* flags.getFeatureFlag("pricing", "alice"), "low")
      assert.strictEqual((yield* flagRequests).length, 0)
      assert.strictEqual(yield* flags.getFeatureFlag("pro-only", "alice"), true)
      assert.strictEqual((yield* flagRequests).length, 1)
    }).pipe(Effect.provide(layerLocal({}, { definitions, flags: { "pro-only": true } }))))

  it.effect("FLAGS-LOCAL-03: a flag about a group that is not passed is asked of PostHog", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      assert.strictEqual(yield* flags.getFeatureFlag("team-beta", "alice"), true)
      assert.strictEqual((yield* flagRequests).length, 1)
      assert.strictEqual(yield* flags.getFeatureFlag("team-beta", "alice", { groups: { company: "acme" } }), true)
      assert.strictEqual((yield* flagRequests).length, 1)
    }).pipe(Effect.provide(layerLocal({}, { definitions, flags: { "team-beta": true } }))))

  it.effect("FLAGS-GET-03: an unknown flag, a failing PostHog and hostile keys are undefined and never thrown", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      const server = yield* DevServer.DevServer
      for (const key of ["unknown", "constructor", "__proto__", ""]) {
        assert.strictEqual(yield* flags.getFeatureFlag(key, "alice"), undefined)
      }
      yield* server.enqueue(Fault.Status({ status: 503 }))
      assert.strictEqual(yield* flags.getFeatureFlag("on", "alice"), undefined)
    }).pipe(Effect.provide(layerRemote({}, { flags: values }))))

  it.effect("FLAGS-GET-04: its options are those of an evaluation; the scope's identity is used where none is passed", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      assert.strictEqual(
        yield* flags.getFeatureFlag("pro-only", undefined, { personProperties: { plan: "pro" } }),
        true
      )
      assert.strictEqual(yield* flags.getFeatureFlag("pro-only", "bob", { onlyEvaluateLocally: true }), undefined)
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(withScope(fresh, { distinctId: "alice" }), Effect.provide(layerLocal())))

  it.effect("FLAGS-GET-05: a read of a value captures one event; with tracking disabled none", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      assert.strictEqual(yield* flags.getFeatureFlag("on", "alice", { sendEvents: false }), true)
      assert.deepStrictEqual(yield* flags.getFeatureFlagResult("on", "alice", { sendEvents: false }), {
        key: "on",
        enabled: true,
        variant: undefined,
        payload: undefined
      })
      assert.deepStrictEqual(yield* called, [])
      yield* flags.getFeatureFlag("on", "alice")
      yield* flags.getFeatureFlagResult("on", "alice")
      yield* flags.getFeatureFlag("on", "alice")
      assert.deepStrictEqual((yield* called).map(({ properties }) => properties["$feature_flag"]), ["on"])
    }).pipe(Effect.provide(layerRemote({}, { flags: values }))))
})

describe("the other getters", () => {
  it.effect("FLAGS-GET-06, FLAGS-GET-07: a payload is that of the matched value, and reading it captures nothing", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      assert.deepStrictEqual(yield* flags.getFeatureFlagPayload("pricing", "alice"), { price: 9 })
      assert.strictEqual(yield* flags.getFeatureFlagPayload("on", "alice"), undefined)
      assert.strictEqual(yield* flags.getFeatureFlagPayload("unknown", "alice"), undefined)
      assert.deepStrictEqual(yield* called, [])
    }).pipe(Effect.provide(layerRemote({}, { flags: values }))))

  it.effect("FLAGS-GET-06, FLAGS-LOCAL-04: with a value to match nothing is evaluated", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      assert.deepStrictEqual(yield* flags.getFeatureFlagPayload("pricing", "alice"), { price: 9 })
      assert.deepStrictEqual(yield* flags.getFeatureFlagPayload("new-checkout", "alice", true), { steps: 3 })
      assert.deepStrictEqual(yield* flags.getFeatureFlagPayload("pricing", "alice", "low"), { price: 9 })
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-GET-08: a result has key, enabled, variant and payload; an unknown flag has no result", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      assert.deepStrictEqual(yield* flags.getFeatureFlagResult("pricing", "alice"), {
        key: "pricing",
        enabled: true,
        variant: "low",
        payload: { price: 9 }
      })
      assert.strictEqual(yield* flags.getFeatureFlagResult("unknown", "alice"), undefined)
    }).pipe(Effect.provide(layerRemote({}, { flags: values }))))

  it.effect("FLAGS-GET-09: all flags are a map of values without payloads, and no event", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      assert.deepStrictEqual({ ...(yield* flags.getAllFlags("alice")) }, {
        on: true,
        off: false,
        pricing: "low",
        falsy: true
      })
      assert.deepStrictEqual({ ...(yield* flags.getAllFlags("alice", { flagKeys: ["on"] })) }, { on: true })
      assert.deepStrictEqual({ ...(yield* flags.getAllFlags()) }, {})
      assert.deepStrictEqual(yield* called, [])
    }).pipe(Effect.provide(layerRemote({}, { flags: values }))))

  it.effect("FLAGS-GET-10, FLAGS-GET-11, FLAGS-GET-12: values and payloads together, decoded, falsy ones too", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      const { featureFlagPayloads, featureFlags } = yield* flags.getAllFlagsAndPayloads("alice")
      assert.deepStrictEqual({ ...featureFlags }, { on: true, off: false, pricing: "low", falsy: true })
      assert.deepStrictEqual({ ...featureFlagPayloads }, { pricing: { price: 9 }, falsy: 0 })
      const nobody = yield* flags.getAllFlagsAndPayloads()
      assert.deepStrictEqual([{ ...nobody.featureFlags }, { ...nobody.featureFlagPayloads }], [{}, {}])
    }).pipe(Effect.provide(layerRemote({}, { flags: values }))))
})

describe("isFeatureEnabled", () => {
  it.effect("FLAGS-ISEN-01, FLAGS-ISEN-03: on and a variant are true, off is false, and a value beats every default", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      for (const fallback of [true, false, undefined]) {
        assert.isTrue(yield* flags.isFeatureEnabled("on", "alice", { default: fallback }))
        assert.isFalse(yield* flags.isFeatureEnabled("off", "alice", { default: fallback }))
        assert.isTrue(yield* flags.isFeatureEnabled("pricing", "alice", { default: fallback }))
      }
    }).pipe(Effect.provide(layerRemote({}, { flags: values }))))

  it.effect("FLAGS-ISEN-02, FLAGS-ISEN-04: the default is the answer for an unknown key and after a failed request; without one it is false", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      const server = yield* DevServer.DevServer
      for (const fallback of [true, false]) {
        assert.strictEqual(yield* flags.isFeatureEnabled("unknown", "alice", { default: fallback }), fallback)
        yield* server.enqueue(Fault.Status({ status: 500 }))
        assert.strictEqual(yield* flags.isFeatureEnabled("on", "alice", { default: fallback }), fallback)
      }
      assert.isFalse(yield* flags.isFeatureEnabled("unknown", "alice"))
    }).pipe(Effect.provide(layerRemote({}, { flags: values }))))

  it.effect("FLAGS-ISEN-02: the default is the answer where flags are not loaded", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Status({ status: 500 }))
      assert.isTrue(
        yield* flags.isFeatureEnabled("new-checkout", "alice", { default: true, onlyEvaluateLocally: true })
      )
      assert.isTrue(yield* flags.isFeatureEnabled("new-checkout", "alice", { default: true }))
    }).pipe(Effect.provide(layerLocal({ featureFlags: { sendEvents: false } }))))

  it.effect("FLAGS-ISEN-05: captures one event by default and none with tracking disabled", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      assert.isTrue(yield* flags.isFeatureEnabled("on", "alice", { sendEvents: false }))
      assert.deepStrictEqual(yield* called, [])
      yield* flags.isFeatureEnabled("on", "alice")
      yield* flags.isFeatureEnabled("on", "alice")
      assert.strictEqual((yield* called).length, 1)
    }).pipe(Effect.provide(layerRemote({}, { flags: values }))))
})

describe("values that PostHog answered", () => {
  it.effect("FLAGS-CACHE-01, FLAGS-CACHE-02: within their time values and payloads are served without a request", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      assert.strictEqual(yield* flags.getFeatureFlag("pricing", "alice"), "low")
      assert.deepStrictEqual(yield* flags.getFeatureFlagPayload("pricing", "alice"), { price: 9 })
      assert.strictEqual((yield* flagRequests).length, 1)
      yield* TestClock.adjust("1 minute")
      yield* flags.getFeatureFlag("pricing", "alice")
      assert.strictEqual((yield* flagRequests).length, 2)
    }).pipe(Effect.provide(layerRemote({ featureFlags: { valueTtl: "1 minute" } }, { flags: values }))))

  it.effect("FLAGS-CACHE-03: clearCache forgets them", () =>
    Effect.gen(function*() {
      const flags = yield* FeatureFlags
      yield* flags.getFeatureFlag("on", "alice")
      yield* flags.clearCache
      yield* flags.getFeatureFlag("on", "alice")
      assert.strictEqual((yield* flagRequests).length, 2)
    }).pipe(Effect.provide(layerRemote({ featureFlags: { valueTtl: "1 minute" } }, { flags: values }))))
})
