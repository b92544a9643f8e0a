import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema, TestClock } from "effect"
import { Flags, fresh, inherited, Posthog, PosthogTest, setPersonPropertiesForFlags, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { apiKey, withLines } from "../support/client.js"
import {
  capturedEvents,
  definitions,
  flagRequests,
  layerLocal,
  layerRemote,
  ready,
  secretKey
} from "../support/flags.js"

const alice = { distinctId: "alice" }

const called = Effect.zipRight(
  Posthog.flush,
  Effect.map(capturedEvents, (events) => events.filter(({ event }) => event === "$feature_flag_called"))
)

const bodies = Effect.map(flagRequests, (requests) => requests.map(({ body }) => body as Record<string, unknown>))

describe("evaluating a snapshot", () => {
  it.effect("FLAGS-EVAL-01, FLAGS-EVAL-02: one evaluation powers any number of reads, and asks PostHog once at most", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate(alice)
      for (let i = 0; i < 10; i++) {
        assert.isTrue(yield* flags.isEnabled("new-checkout"))
        assert.deepStrictEqual(yield* flags.variant("pricing"), Option.some("low"))
        assert.deepStrictEqual(flags.payload("pricing"), Option.some({ price: 9 }))
      }
      assert.strictEqual((yield* flagRequests).length, 1)
    }).pipe(
      Effect.provide(
        layerRemote({}, { flags: { "new-checkout": true, pricing: { variant: "low", payload: { price: 9 } } } })
      )
    ))

  it.effect("FLAGS-EVAL-03: the identity is the argument's, otherwise the scope's", () =>
    Effect.gen(function*() {
      const explicit = yield* Flags.evaluate({ distinctId: "bob" })
      const scoped = yield* Flags.evaluate()
      assert.strictEqual(explicit.distinctId, "bob")
      assert.strictEqual(scoped.distinctId, "alice")
      assert.deepStrictEqual((yield* bodies).map(({ distinct_id }) => distinct_id), ["bob", "alice"])
    }).pipe(withScope(fresh, alice), Effect.provide(layerRemote())))

  it.effect("FLAGS-EVAL-04: groups, properties, keys, device and geoip control travel with the request, over the scope's", () =>
    Effect.gen(function*() {
      yield* setPersonPropertiesForFlags({ plan: "free", seat: 1 })
      yield* Flags.evaluate({
        personProperties: { plan: "pro" },
        groups: { company: "acme" },
        groupProperties: { company: { size: 3 } },
        deviceId: "device-1",
        disableGeoip: false,
        flagKeys: ["a"]
      })
      const [body] = yield* bodies
      assert.include(body!["person_properties"], { plan: "pro", seat: 1 })
      assert.deepStrictEqual(body!["groups"], { company: "acme" })
      assert.strictEqual((body!["group_properties"] as Record<string, Record<string, unknown>>)["company"]!["size"], 3)
      assert.strictEqual(body!["$device_id"], "device-1")
      assert.strictEqual(body!["geoip_disable"], false)
      assert.deepStrictEqual(body!["flag_keys_to_evaluate"], ["a"])
    }).pipe(withScope(fresh, alice), Effect.provide(layerRemote())))

  it.effect("FLAGS-EVAL-05, FLAGS-LOCAL-01, FLAGS-LOCAL-02: what the definitions can tell costs no request", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({
        ...alice,
        personProperties: { plan: "pro" },
        groups: { company: "acme" }
      })
      assert.deepStrictEqual(
        new Map(flags.values),
        new Map<string, boolean | string>([
          ["new-checkout", true],
          ["off", false],
          ["pricing", "low"],
          ["pro-only", true],
          ["team-beta", true]
        ])
      )
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-EVAL-05: what they cannot tell is asked in one request; a local value stays", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate(alice)
      assert.strictEqual(flags.values.get("pro-only"), true)
      assert.strictEqual(flags.values.get("pricing"), "low")
      assert.strictEqual((yield* flagRequests).length, 1)
    }).pipe(Effect.provide(layerLocal({}, { definitions, flags: { "pro-only": true, pricing: "high" } }))))

  it.effect("FLAGS-EVAL-06: a key without a definition asks with the caller's own list, and overwrites nothing local", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, flagKeys: ["pricing", "elsewhere"] })
      assert.deepStrictEqual(new Map(flags.values), new Map([["pricing", "low"], ["elsewhere", "yes"]]))
      assert.deepStrictEqual((yield* bodies).map((body) => body["flag_keys_to_evaluate"]), [["pricing", "elsewhere"]])
    }).pipe(Effect.provide(layerLocal({}, { definitions, flags: { pricing: "high", elsewhere: "yes" } }))))

  it.effect("FLAGS-EVAL-07: local only never asks; what cannot be told and what is not defined is absent", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({
        ...alice,
        onlyEvaluateLocally: true,
        flagKeys: ["pricing", "pro-only", "elsewhere"]
      })
      assert.deepStrictEqual(flags.keys, ["pricing"])
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-EVAL-08: a list of keys limits the request and the snapshot, whatever the answer holds", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, flagKeys: ["a"] })
      assert.deepStrictEqual(flags.keys, ["a"])
    }).pipe(Effect.provide(
      Posthog.layer({ apiKey, host: "http://posthog.local" }).pipe(Layer.provide(
        Layer.succeed(
          HttpClient.HttpClient,
          HttpClient.make((request) =>
            Effect.succeed(
              HttpClientResponse.fromWeb(request, new Response(`{"featureFlags":{"a":true,"b":true}}`))
            )
          )
        )
      ))
    )))

  it.effect("FLAGS-EVAL-08: an empty list of keys is an empty snapshot, without a request", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* Flags.evaluate({ ...alice, flagKeys: [] })).keys, [])
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(Effect.provide(layerRemote({}, { flags: { a: true } }))))

  it.effect("FLAGS-EVAL-09, FLAGS-EVAL-10, FLAGS-EVAL-30: a key that is nowhere is asked for once between two refreshes, a 304 included", () =>
    Effect.gen(function*() {
      const probe = Flags.evaluate({ ...alice, flagKeys: ["nowhere"] })
      yield* probe
      yield* probe
      yield* Flags.evaluate({ distinctId: "bob", flagKeys: ["nowhere"] })
      assert.strictEqual((yield* flagRequests).length, 1)
      assert.strictEqual(yield* Flags.refresh, "unchanged")
      yield* probe
      yield* probe
      assert.strictEqual((yield* flagRequests).length, 2)
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-EVAL-10: nothing is learned from an answer that failed or is incomplete", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* ready
      const probe = Flags.evaluate({ ...alice, flagKeys: ["nowhere"] })
      yield* server.enqueue(Fault.Status({ status: 500 }))
      yield* probe
      yield* server.setFlags({}, { errorsWhileComputingFlags: true })
      yield* probe
      yield* server.setFlags({}, { quotaLimited: ["feature_flags"] })
      yield* probe
      yield* server.setFlags({})
      yield* probe
      yield* probe
      assert.strictEqual((yield* flagRequests).length, 4)
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-EVAL-11: a later refresh or evaluation changes no snapshot", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      const before = yield* Flags.evaluate(alice)
      yield* server.setDefinitions({ ...definitions, flags: [] })
      assert.strictEqual(yield* Flags.refresh, "updated")
      const after = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
      assert.deepStrictEqual(after.keys, [])
      assert.isTrue(yield* before.isEnabled("new-checkout"))
      assert.include(before.keys, "pricing")
    }).pipe(Effect.provide(layerLocal())))
})

describe("reading a snapshot", () => {
  it.effect("FLAGS-EVAL-12: on and a variant are enabled, off is not, missing is the default or off; off beats the default", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
      assert.isTrue(yield* flags.isEnabled("new-checkout", { default: false }))
      assert.isTrue(yield* flags.isEnabled("pricing"))
      assert.isFalse(yield* flags.isEnabled("off", { default: true }))
      assert.isFalse(yield* flags.isEnabled("missing"))
      assert.isTrue(yield* flags.isEnabled("missing", { default: true }))
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-EVAL-13, FLAGS-EVAL-32: the value is on, off or the variant; what is missing is none, whatever objects have by nature", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
      assert.deepStrictEqual(yield* flags.variant("new-checkout"), Option.some(true))
      assert.deepStrictEqual(yield* flags.variant("off"), Option.some(false))
      assert.deepStrictEqual(yield* flags.variant("pricing"), Option.some("low"))
      for (const key of ["missing", "constructor", "__proto__", "toString"]) {
        assert.deepStrictEqual(yield* flags.variant(key), Option.none())
      }
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-EVAL-14: a payload is read silently; missing, absent or not of the schema is none", () =>
    Effect.gen(function*() {
      const Price = Schema.Struct({ price: Schema.Number })
      const flags = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
      assert.deepStrictEqual(flags.payload("pricing", Price), Option.some({ price: 9 }))
      assert.deepStrictEqual(flags.payload("new-checkout", Price), Option.none())
      assert.deepStrictEqual(flags.payload("off"), Option.none())
      assert.deepStrictEqual(flags.payload("missing", Price), Option.none())
      assert.deepStrictEqual((yield* flags.onlyAccessed).keys, [])
      assert.deepStrictEqual(yield* called, [])
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-EVAL-15, FLAGS-EVAL-31: it keeps whose flags they are, why, and where they come from", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, groups: { company: "acme" } })
      assert.strictEqual(flags.distinctId, "alice")
      assert.deepStrictEqual({ ...flags.groups }, { company: "acme" })
      assert.isTrue(Option.isSome(flags.requestId))
      const local = Option.getOrThrow(flags.get("new-checkout"))
      assert.strictEqual(local.source, "local")
      assert.strictEqual(local.id, 1)
      assert.strictEqual(local.version, undefined)
      assert.strictEqual(local.hasExperiment, false)
      assert.strictEqual(Option.getOrThrow(flags.reason("new-checkout")).description, "Evaluated locally")
      const remote = Option.getOrThrow(flags.get("pro-only"))
      assert.strictEqual(remote.source, "remote")
      assert.strictEqual(remote.reason.code, "condition_match")
    }).pipe(Effect.provide(layerLocal({}, { definitions, flags: { "pro-only": true } }))))

  it.effect("FLAGS-EVAL-16, FLAGS-EVAL-17: making it captures nothing; the first read of a key, of either kind, captures one event", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
      assert.deepStrictEqual(yield* called, [])
      yield* flags.isEnabled("pricing")
      yield* flags.variant("pricing")
      yield* flags.isEnabled("pricing")
      yield* (yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })).isEnabled("pricing")
      const events = yield* called
      assert.strictEqual(events.length, 1)
      assert.strictEqual(events[0]!.distinct_id, "alice")
      assert.include(events[0]!.properties, { $feature_flag: "pricing", $feature_flag_response: "low" })
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-EVAL-18: reading a key that is not there reports flag_missing, of a whole snapshot only", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
      const part = yield* flags.only(["pricing"])
      yield* part.isEnabled("off")
      assert.deepStrictEqual(yield* called, [])
      yield* flags.isEnabled("missing")
      const [event] = yield* called
      assert.include(event!.properties, { $feature_flag: "missing", $feature_flag_error: "flag_missing" })
      assert.isNull(event!.properties["$feature_flag_response"])
    }).pipe(Effect.provide(layerLocal())))
})

describe("an event with a snapshot", () => {
  it.effect("CAP-22, FLAGS-EVAL-19, FLAGS-EVAL-20, FLAGS-EVAL-21: carries every value and lists what is on", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
      yield* Posthog.capture("paid", { ...alice, flags })
      yield* Posthog.capture("paid", { ...alice, flags: yield* flags.only(["off"]) })
      yield* Posthog.flush
      const [whole, part] = (yield* capturedEvents).map(({ properties }) => properties)
      assert.include(whole, { "$feature/new-checkout": true, "$feature/off": false, "$feature/pricing": "low" })
      assert.deepStrictEqual(whole!["$active_feature_flags"], ["new-checkout", "pricing"])
      assert.strictEqual(part!["$feature/off"], false)
      assert.notProperty(part, "$feature/pricing")
      assert.notProperty(part, "$active_feature_flags")
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(Effect.provide(layerLocal())))

  it.effect("CAP-22: what the caller and the scope say wins over the snapshot, the snapshot over super properties", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
      yield* Posthog.capture("paid", { properties: { "$feature/pricing": "mine" }, flags })
      yield* Posthog.flush
      const [event] = yield* capturedEvents
      assert.include(event!.properties, {
        "$feature/pricing": "mine",
        "$feature/off": "tagged",
        "$feature/new-checkout": true
      })
    }).pipe(
      withScope(inherited, { ...alice, tags: { "$feature/off": "tagged" } }),
      Effect.provide(layerLocal({ superProperties: { "$feature/new-checkout": "super" } }))
    ))

  it.effect("FLAGS-EVAL-22: an option of other SDKs that fetches flags for a capture does nothing beside a snapshot", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
      const options = { ...alice, flags, sendFeatureFlags: true }
      yield* Posthog.capture("paid", options)
      yield* Posthog.flush
      assert.strictEqual((yield* flagRequests).length, 0)
      assert.strictEqual((yield* capturedEvents)[0]!.properties["$feature/pricing"], "low")
    }).pipe(Effect.provide(layerLocal())))
})

describe("parts of a snapshot", () => {
  it.effect("FLAGS-EVAL-23: only keeps what is asked for and there; what is not there is said in a debug line", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const flags = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
        assert.deepStrictEqual((yield* flags.only(["off", "nope"])).keys, ["off"])
        assert.isTrue(lines.some(({ level, message }) => level === "DEBUG" && message.includes("\"nope\"")))
      }).pipe(Effect.provide(layerLocal()))
    ))

  it.effect("FLAGS-EVAL-24: onlyAccessed keeps what was read before, and nothing where nothing was", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
      assert.deepStrictEqual((yield* flags.onlyAccessed).keys, [])
      flags.payload("pricing")
      yield* flags.isEnabled("off")
      yield* flags.variant("new-checkout")
      yield* flags.isEnabled("missing")
      assert.sameMembers(Array.from((yield* flags.onlyAccessed).keys), ["off", "new-checkout"])
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-EVAL-25: a read of a part is none of the whole", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, onlyEvaluateLocally: true })
      const part = yield* flags.only(["off", "pricing"])
      yield* part.isEnabled("off")
      assert.deepStrictEqual((yield* part.onlyAccessed).keys, ["off"])
      assert.deepStrictEqual((yield* flags.onlyAccessed).keys, [])
    }).pipe(Effect.provide(layerLocal())))
})

describe("an empty or partial snapshot", () => {
  it.effect("FLAGS-EVAL-26: for nobody it is empty, asks nobody, and reading it captures nothing", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate()
      assert.deepStrictEqual(flags.keys, [])
      assert.isTrue(yield* flags.isEnabled("new-checkout", { default: true }))
      assert.deepStrictEqual(yield* called, [])
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-EVAL-27: of a disabled client it is empty", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate(alice)
      assert.deepStrictEqual(flags.keys, [])
      assert.isFalse(yield* flags.isEnabled("new-checkout"))
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(Effect.provide(layerLocal({ disabled: true }))))

  it.effect("FLAGS-EVAL-28: a failed request leaves what was resolved before it, says why, and is not tried again by reading", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* ready
      yield* server.enqueue(Fault.Status({ status: 500 }))
      const flags = yield* Flags.evaluate(alice)
      assert.sameMembers(Array.from(flags.keys), ["new-checkout", "off", "pricing"])
      assert.deepInclude(Option.getOrThrow(flags.error), { _tag: "FlagsUnavailable", reason: "status", status: 500 })
      yield* flags.isEnabled("pro-only")
      assert.strictEqual((yield* flagRequests).length, 1)
      const [event] = yield* called
      assert.strictEqual(event!.properties["$feature_flag_error"], "api_error_500,flag_missing")
    }).pipe(Effect.provide(layerLocal({}, { definitions, flags: { "pro-only": true } }))))

  it.effect("FLAGS-EVAL-28: errors while computing keep the good keys", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.setFlags({ a: true }, { errorsWhileComputingFlags: true })
      const flags = yield* Flags.evaluate(alice)
      assert.deepStrictEqual(flags.keys, ["a"])
      assert.deepInclude(Option.getOrThrow(flags.error), { reason: "errorsWhileComputing" })
      yield* flags.isEnabled("a")
      assert.strictEqual((yield* called)[0]!.properties["$feature_flag_error"], "errors_while_computing_flags")
    }).pipe(Effect.provide(layerRemote())))
})

describe("what is said of an outage", () => {
  it.effect("HTTP-12: one warning when PostHog stops answering, one line when it is back, and never a key", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.failWhile(({ path }) => path.startsWith("/flags"), Fault.Status({ status: 500 }))
        yield* Flags.evaluate(alice)
        yield* Flags.evaluate(alice)
        yield* server.heal
        yield* Flags.evaluate(alice)
        yield* Flags.evaluate(alice)
        const said = lines.filter(({ level }) => level === "WARN" || level === "INFO").map(({ message }) => message)
        assert.deepStrictEqual(said, ["PostHog did not evaluate flags: status 500", "PostHog evaluates flags again"])
        assert.notInclude(JSON.stringify(lines), "phc_")
      }).pipe(Effect.provide(layerRemote()))
    ))
})

describe("a snapshot offline", () => {
  it.effect("is evaluated from the definitions it was given", () =>
    Effect.gen(function*() {
      const flags = yield* Flags.evaluate({ ...alice, personProperties: { plan: "free" } })
      assert.deepStrictEqual(yield* flags.variant("pro-only"), Option.some(false))
      const [event] = yield* PosthogTest.events
      assert.strictEqual(event!.event, "$feature_flag_called")
    }).pipe(Effect.provide(PosthogTest.layerWith({ featureFlags: { initialDefinitions: definitions } }))))

  it.effect("polls nothing, whatever the key", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("5 minutes")
      yield* Flags.evaluate(alice)
      const { requests } = yield* DevServer.DevServer
      assert.deepStrictEqual(yield* requests, [])
    }).pipe(
      Effect.provide(layerLocal({ secretKey, featureFlags: { offline: true, initialDefinitions: definitions } }))
    ))
})
