import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, Option, Schema, Stream } from "effect"
import {
  FeatureFlags,
  Flags,
  fresh,
  Posthog,
  PosthogTest,
  setDevice,
  setPersonPropertiesForFlags,
  withScope
} from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import * as ContextBuilder from "effect-posthog/flags/context/ContextBuilder"
import { capturedEvents, definitions, flagRequests, layerLocal, layerRemote, ready } from "../support/flags.js"

const alice = { distinctId: "alice" }

const flagOf = (
  key: string,
  properties: ReadonlyArray<Record<string, unknown>>,
  more: Record<string, unknown> = {}
) => ({
  id: 9,
  key,
  active: true,
  filters: { groups: [{ properties, rollout_percentage: 100 }] },
  ...more
})

const person = (key: string, value: unknown, operator = "exact") => ({ key, type: "person", value, operator })

const offline = (flags: ReadonlyArray<unknown>) =>
  PosthogTest.layerWith({
    featureFlags: { initialDefinitions: { flags, group_type_mapping: { "0": "company" }, cohorts: {} } }
  })

describe("checks with a default", () => {
  it.effect("answer the flag where there is one, and the default where there is none or PostHog cannot be asked", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      assert.isTrue(yield* Flags.isEnabled("on", { ...alice, default: false }))
      assert.isFalse(yield* Flags.isEnabled("off", { ...alice, default: true }))
      assert.isTrue(yield* Flags.isEnabled("missing", { ...alice, default: true }))
      assert.strictEqual(yield* Flags.variant("pricing", { ...alice, default: "control" }), "low")
      assert.strictEqual(yield* Flags.variant("missing", { ...alice, default: "control" }), "control")
      yield* server.failWhile(({ path }) => path.startsWith("/flags"), Fault.Status({ status: 500 }))
      assert.isTrue(yield* Flags.isEnabled("off", { ...alice, default: true }))
      const Price = Schema.Struct({ price: Schema.Number })
      assert.deepStrictEqual(yield* Flags.payload("pricing", Price, { ...alice, default: { price: 1 } }), { price: 1 })
    }).pipe(Effect.provide(layerRemote({}, {
      flags: { on: true, off: false, pricing: { variant: "low", payload: { price: 9 } } }
    }))))

  it.effect("can be made beforehand and run wherever: what counts is who runs them", () => {
    const check = Flags.isEnabled("pro-only", { default: false })
    return Effect.gen(function*() {
      const free = yield* check.pipe(withScope(fresh, { ...alice, personProperties: { plan: "free" } }))
      const pro = yield* check.pipe(withScope(fresh, { distinctId: "bob", personProperties: { plan: "pro" } }))
      assert.deepStrictEqual([free, pro], [false, true])
    }).pipe(Effect.provide(layerLocal()))
  })
})

describe("checks without a default", () => {
  it.effect("fail with FlagNotFound where PostHog knows no such flag", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Flags.isEnabled("missing", alice))
      assert.deepInclude(error, { _tag: "FlagNotFound", key: "missing" })
    }).pipe(Effect.provide(layerRemote())))

  it.effect("FLAGS-LOCAL-07: fail with FlagInconclusive and its reason where it cannot be told here and PostHog must not be asked", () =>
    Effect.gen(function*() {
      const local = { ...alice, onlyEvaluateLocally: true }
      const noPlan = yield* Effect.flip(Flags.variant("pro-only", local))
      assert.deepInclude(noPlan, { _tag: "FlagInconclusive", reason: "missingProperty", detail: "plan" })
      const noCompany = yield* Effect.flip(Flags.isEnabled("team-beta", local))
      assert.deepInclude(noCompany, { _tag: "FlagInconclusive", reason: "missingGroup" })
      const nobody = yield* Effect.flip(Flags.isEnabled("pricing"))
      assert.deepInclude(nobody, { _tag: "FlagInconclusive", reason: "missingDistinctId" })
    }).pipe(Effect.provide(layerLocal())))

  it.effect("fail with FlagsUnavailable where PostHog fails or definitions are not there, and QuotaLimited where the quota is used up", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Status({ status: 500 }))
      assert.deepInclude(yield* Effect.flip(Flags.flag("a", alice)), {
        _tag: "FlagsUnavailable",
        reason: "status",
        status: 500
      })
      assert.deepInclude(yield* Effect.flip(Flags.flag("a", { ...alice, onlyEvaluateLocally: true })), {
        _tag: "FlagsUnavailable",
        reason: "noDefinitions"
      })
      yield* server.setFlags({}, { errorsWhileComputingFlags: true })
      assert.deepInclude(yield* Effect.flip(Flags.flag("a", alice)), { reason: "errorsWhileComputing" })
      yield* server.setFlags({}, { quotaLimited: ["feature_flags"] })
      assert.strictEqual((yield* Effect.flip(Flags.flag("a", alice)))._tag, "QuotaLimited")
    }).pipe(Effect.provide(layerRemote())))

  it.effect("a payload that is missing or not of its schema fails with FlagPayloadInvalid; reading one captures nothing", () =>
    Effect.gen(function*() {
      const Price = Schema.Struct({ price: Schema.Number })
      assert.deepStrictEqual(yield* Flags.payload("pricing", Price, alice), { price: 9 })
      const wrong = yield* Effect.flip(Flags.payload("new-checkout", Price, alice))
      assert.strictEqual(wrong._tag, "FlagPayloadInvalid")
      assert.include(String(wrong.message), "price")
      const missing = yield* Effect.flip(Flags.payload("off", Price, alice))
      assert.deepInclude(missing, { _tag: "FlagPayloadInvalid", reason: "missing" })
      yield* Posthog.flush
      assert.deepStrictEqual(yield* capturedEvents, [])
    }).pipe(Effect.provide(layerLocal())))
})

describe("in pipelines", () => {
  it.effect("whenEnabled runs what follows only where the flag is on, data-first and data-last", () =>
    Effect.gen(function*() {
      const program = Effect.succeed(1)
      assert.deepStrictEqual(yield* program.pipe(Flags.whenEnabled("new-checkout", alice)), Option.some(1))
      assert.deepStrictEqual(yield* Flags.whenEnabled(program, "off", alice), Option.none())
      assert.deepStrictEqual(yield* Flags.whenEnabled(Effect.die("run"), "off", alice), Option.none())
      const local = { ...alice, onlyEvaluateLocally: true }
      assert.deepStrictEqual(yield* program.pipe(Flags.whenEnabled("missing", local)), Option.none())
      assert.deepStrictEqual(
        yield* program.pipe(Flags.whenEnabled("missing", { ...local, default: true })),
        Option.some(1)
      )
    }).pipe(Effect.provide(layerLocal())))

  it.effect("match runs the variant's branch, and orElse where there is none of that name, whatever objects have by nature", () =>
    Effect.gen(function*() {
      const take = (key: string, branches: Record<string, Effect.Effect<string>>) =>
        Flags.match(key, { ...alice, onlyEvaluateLocally: true, branches, orElse: Effect.succeed("else") })
      assert.strictEqual(yield* take("pricing", { low: Effect.succeed("low") }), "low")
      assert.strictEqual(yield* take("pricing", { high: Effect.succeed("high") }), "else")
      assert.strictEqual(yield* take("new-checkout", { true: Effect.succeed("on") }), "on")
      assert.strictEqual(yield* take("off", { false: Effect.succeed("off") }), "else")
      assert.strictEqual(yield* take("missing", {}), "else")
    }).pipe(Effect.provide(layerLocal())))
})

describe("whom a flag is evaluated for", () => {
  it.effect("FLAGS-LOCAL-06: a context alone is enough: it names the person, the device and what filters read", () =>
    Effect.gen(function*() {
      const context = yield* ContextBuilder.make()
        .userId("alice")
        .plan("pro")
        .os("macOS", "15.1")
        .deviceId("device-1")
        .custom("beta", true)
        .build
      for (const key of ["bare", "path", "posthog", "custom", "device"]) {
        assert.isTrue(yield* Flags.isEnabled(key, { context }), key)
      }
    }).pipe(Effect.provide(offline([
      flagOf("bare", [person("plan", "pro")]),
      flagOf("path", [person("user.plan", "pro")]),
      flagOf("posthog", [person("$os", "macOS"), person("device.os_version", "15.1")]),
      flagOf("custom", [person("custom.beta", ["true"])]),
      flagOf("device", [], { bucketing_identifier: "device_id" })
    ]))))

  it.effect("the scope's is used where nothing is passed, and what is passed wins", () =>
    Effect.gen(function*() {
      yield* setPersonPropertiesForFlags({ plan: "free" })
      yield* setDevice("device-1")
      assert.isFalse(yield* Flags.isEnabled("pro"))
      assert.isTrue(yield* Flags.isEnabled("pro", { personProperties: { plan: "pro" } }))
      assert.isTrue(yield* Flags.isEnabled("device"))
      assert.isTrue(yield* Flags.isEnabled("tagged"))
      assert.isTrue(yield* Flags.isEnabled("company"))
      const context = yield* ContextBuilder.make().plan("pro").build
      assert.isTrue(yield* Flags.isEnabled("pro", { context }))
    }).pipe(
      withScope(fresh, { ...alice, tags: { area: "checkout" }, groups: { company: "acme" } }),
      Effect.provide(offline([
        flagOf("pro", [person("plan", "pro")]),
        flagOf("device", [], { bucketing_identifier: "device_id" }),
        flagOf("tagged", [person("custom.area", "checkout")]),
        {
          ...flagOf("company", []),
          filters: { aggregation_group_type_index: 0, groups: [{ properties: [], rollout_percentage: 100 }] }
        }
      ]))
    ))

  it.effect("a getter among the properties that evaluates flags itself gets its own evaluation", () =>
    Effect.gen(function*() {
      const { getFeatureFlag } = yield* FeatureFlags
      const hostile = {
        get plan() {
          Effect.runSync(getFeatureFlag("path", "bob", { personProperties: { "user.plan": "none" } }))
          return "pro"
        }
      }
      assert.isTrue(yield* Flags.isEnabled("pro", { ...alice, sendEvents: false, personProperties: hostile }))
    }).pipe(Effect.provide(offline([
      flagOf("pro", [person("plan", "pro")]),
      flagOf("path", [person("user.plan", "pro")])
    ]))))
})

describe("a flag for clients", () => {
  it.effect("is evaluated here like any other; where that cannot be, PostHog would not tell a server either and is not asked", () =>
    Effect.gen(function*() {
      assert.isTrue(yield* Flags.isEnabled("client", { ...alice, personProperties: { plan: "pro" } }))
      const error = yield* Effect.flip(Flags.isEnabled("client", alice))
      assert.deepInclude(error, { _tag: "FlagInconclusive", reason: "missingProperty" })
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(Effect.provide(layerLocal({}, {
      definitions: {
        flags: [flagOf("client", [person("plan", "pro")], { evaluation_runtime: "client" })],
        group_type_mapping: {},
        cohorts: {}
      }
    }))))
})

describe("explain", () => {
  it.effect("tells how a flag comes to its value, captures nothing and asks nobody; nothing for one that is not defined", () =>
    Effect.gen(function*() {
      const explanation = Option.getOrThrow(
        yield* Flags.explain("pro-only", { ...alice, personProperties: { plan: "pro" } })
      )
      const text = Flags.renderExplanation(explanation)
      assert.include(text, "pro-only")
      assert.include(text, "plan")
      assert.deepStrictEqual(yield* Flags.explain("missing", alice), Option.none())
      yield* Posthog.flush
      assert.deepStrictEqual(yield* capturedEvents, [])
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(Effect.provide(layerLocal())))
})

describe("definitions", () => {
  it.effect("can be refreshed, awaited and watched", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      assert.isTrue(yield* ready)
      const next = yield* Effect.fork(Stream.runHead(Flags.changes))
      yield* Effect.yieldNow()
      yield* server.setDefinitions({ ...definitions, flags: [] })
      assert.strictEqual(yield* Flags.refresh, "updated")
      assert.isTrue(Option.isSome(yield* Fiber.join(next)))
      const { definitions: loaded } = yield* FeatureFlags
      assert.isTrue(yield* loaded.isReady)
      assert.isFalse(yield* loaded.isStale)
      assert.isTrue(Option.isSome(yield* loaded.loadedAt))
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-DEFS-04: a client without a secret key has none and asks for none", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Flags.refresh, "inactive")
      assert.isTrue(Either.isLeft(yield* Effect.either(Flags.isEnabled("a", { ...alice, onlyEvaluateLocally: true }))))
    }).pipe(Effect.provide(layerRemote())))
})
