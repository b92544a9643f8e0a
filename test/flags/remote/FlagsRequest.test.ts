import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { fresh } from "effect-posthog/scope/Mode"
import { currentScope } from "effect-posthog/scope/ScopeGetters"
import { withScope } from "effect-posthog/scope/ScopeRegion"
import {
  resetGroupPropertiesForFlags,
  resetPersonPropertiesForFlags,
  setDevice,
  setGroup,
  setGroupPropertiesForFlags,
  setPersonPropertiesForFlags
} from "effect-posthog/scope/ScopeSetters"
import * as Subject from "../../../src/flags/context/Subject.js"
import * as FlagsRequest from "../../../src/flags/remote/FlagsRequest.js"
import * as RemoteFlags from "../../../src/flags/remote/RemoteFlags.js"

type Options = Subject.SubjectOptions & Omit<FlagsRequest.FlagsRequestOptions, "token">

const make = (options: Options = {}) =>
  Effect.map(currentScope, ({ view }) => {
    const subject = Subject.make().resolve(view, { distinctId: "alice", ...options })
    return FlagsRequest.make(subject, { token: "phc_test", ...options })
  })

/** Asks the embedded PostHog; gives the body that arrived there. */
const ask = (options: Options = {}) =>
  Effect.gen(function*() {
    const server = yield* DevServer.DevServer
    const flags = yield* RemoteFlags.make({ host: server.url })
    yield* flags.request(yield* make(options))
    const requests = yield* server.requests
    const last = requests[requests.length - 1]!
    assert.deepStrictEqual([last.status, last.problems], [200, []])
    return last.body as FlagsRequest.FlagsRequest
  })

const inScope = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  self.pipe(
    withScope(fresh, { captureExceptions: false }),
    Effect.scoped,
    Effect.provide(DevServer.layerInMemory())
  )

const inFresh = <A, E, R>(self: Effect.Effect<A, E, R>) => withScope(self, fresh, { captureExceptions: false })

describe("the flag request of a subject", () => {
  it.effect("FLAGS-REMOTE-02, FLAGS-REMOTE-03: every field of the contract is there, also when nothing was given", () =>
    Effect.gen(function*() {
      const body = yield* ask()
      assert.deepInclude(body, {
        token: "phc_test",
        distinct_id: "alice",
        groups: {},
        group_properties: {},
        geoip_disable: false,
        evaluation_runtime: "server"
      })
      assert.isObject(body.person_properties)
      assert.notProperty(body, "flag_keys_to_evaluate")
      assert.notProperty(body, "$device_id")
      assert.notProperty(body, "evaluation_contexts")
    }).pipe(inScope))

  it.effect("FLAGS-REMOTE-02, FLAGS-EVAL-06: only the keys that are asked for, as they were asked for", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* ask({ flagKeys: ["b", "a", "b"] })).flag_keys_to_evaluate, ["b", "a", "b"])
      assert.deepStrictEqual((yield* ask({ flagKeys: [] })).flag_keys_to_evaluate, [])
    }).pipe(inScope))

  it.effect("FLAGS-REMOTE-03: disableGeoip is sent as geoip_disable, true or false", () =>
    Effect.gen(function*() {
      assert.isTrue((yield* ask({ disableGeoip: true })).geoip_disable)
      assert.isFalse((yield* ask({ disableGeoip: false })).geoip_disable)
    }).pipe(inScope))

  it.effect("FLAGS-REMOTE-02: evaluation contexts are sent when there are any", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* ask({ evaluationContexts: ["web", "docs"] })).evaluation_contexts, ["web", "docs"])
      assert.notProperty(yield* ask({ evaluationContexts: [] }), "evaluation_contexts")
    }).pipe(inScope))

  it.effect("FLAGS-REMOTE-02: the device id stands at the top and among the person properties, however it was given", () =>
    Effect.gen(function*() {
      const ids = (options: Options) =>
        Effect.map(ask(options), (body) => [body.$device_id, body.person_properties["$device_id"]])
      assert.deepStrictEqual(yield* ids({ personProperties: { $device_id: "d-1" } }), ["d-1", "d-1"])
      assert.deepStrictEqual(yield* ids({ deviceId: "d-2" }), ["d-2", "d-2"])
      yield* setDevice("d-3")
      assert.deepStrictEqual(yield* ids({}), ["d-3", "d-3"])
      assert.deepStrictEqual(yield* ids({ deviceId: "d-4" }), ["d-4", "d-4"])
    }).pipe(inScope))

  it.effect("FLAGS-REMOTE-05: the person property distinct_id is added unless it is there", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* ask()).person_properties["distinct_id"], "alice")
      const given = yield* ask({ personProperties: { distinct_id: "other" } })
      assert.deepStrictEqual([given.distinct_id, given.person_properties["distinct_id"]], ["alice", "other"])
      yield* setPersonPropertiesForFlags({ distinct_id: "stored" })
      assert.strictEqual((yield* ask()).person_properties["distinct_id"], "stored")
    }).pipe(inScope))

  it.effect("FLAGS-REMOTE-05: the group property $group_key is added unless it is there", () =>
    Effect.gen(function*() {
      const body = yield* ask({
        groups: { company: "acme", team: 7, region: "eu" },
        groupProperties: { company: { plan: "enterprise" }, region: { $group_key: "other" } }
      })
      assert.deepStrictEqual(body.groups, { company: "acme", team: "7", region: "eu" })
      assert.deepStrictEqual(body.group_properties, {
        company: { $group_key: "acme", plan: "enterprise" },
        team: { $group_key: "7" },
        region: { $group_key: "other" }
      })
    }).pipe(inScope))

  it.effect("what is passed may be anything: it is sent as JSON, and half characters are repaired", () =>
    Effect.gen(function*() {
      const body = yield* ask({
        distinctId: "a\ud800",
        flagKeys: ["k\udfff"],
        personProperties: { at: new Date(0), big: 12n, list: [1, { deep: "\ud800" }] },
        groups: JSON.parse(`{"__proto__": "x", "constructor": "y"}`),
        groupProperties: JSON.parse(`{"__proto__": {"plan": "z"}}`)
      })
      assert.strictEqual(body.distinct_id, "a\ufffd")
      assert.deepStrictEqual(body.flag_keys_to_evaluate, ["k\ufffd"])
      assert.deepInclude(body.person_properties, {
        at: "1970-01-01T00:00:00.000Z",
        big: 12,
        list: [1, { deep: "\ufffd" }]
      })
      assert.deepStrictEqual(Object.entries(body.groups), [["__proto__", "x"], ["constructor", "y"]])
      assert.deepStrictEqual(Object.entries(body.group_properties), [
        ["__proto__", { $group_key: "x", plan: "z" }],
        ["constructor", { $group_key: "y" }]
      ])
    }).pipe(inScope))
})

describe("property overrides of a scope", () => {
  it.effect("FLAGS-OVR-01, FLAGS-OVR-02: stored person properties appear in the body, additive, the same key overwritten", () =>
    Effect.gen(function*() {
      yield* setPersonPropertiesForFlags({ plan: "free", email: "a@x.io" })
      yield* setPersonPropertiesForFlags({ plan: "pro" })
      const body = yield* ask()
      assert.deepInclude(body.person_properties, { plan: "pro", email: "a@x.io", distinct_id: "alice" })
    }).pipe(inScope))

  it.effect("FLAGS-OVR-03: after the reset later requests omit them", () =>
    Effect.gen(function*() {
      const before = yield* ask()
      yield* setPersonPropertiesForFlags({ plan: "pro" })
      assert.property((yield* ask()).person_properties, "plan")
      yield* resetPersonPropertiesForFlags
      assert.deepStrictEqual(yield* ask(), before)
      assert.notProperty(before.person_properties, "plan")
    }).pipe(inScope))

  it.effect("FLAGS-OVR-04: stored group properties appear with their group's key; group types coexist", () =>
    Effect.gen(function*() {
      yield* setGroupPropertiesForFlags("company", "acme", { plan: "enterprise" })
      yield* setGroupPropertiesForFlags("team", 7, { size: 3 })
      const body = yield* ask()
      assert.deepStrictEqual(body.groups, { company: "acme", team: "7" })
      assert.deepStrictEqual(body.group_properties, {
        company: { plan: "enterprise", $group_key: "acme" },
        team: { size: 3, $group_key: "7" }
      })
    }).pipe(inScope))

  it.effect("FLAGS-OVR-05: the reset clears one type or all of them", () =>
    Effect.gen(function*() {
      yield* setGroupPropertiesForFlags("company", "acme", { plan: "enterprise" })
      yield* setGroupPropertiesForFlags("team", "red", { size: 3 })
      yield* resetGroupPropertiesForFlags("team")
      assert.deepStrictEqual(Object.keys((yield* ask()).group_properties), ["company"])
      yield* resetGroupPropertiesForFlags()
      assert.deepStrictEqual((yield* ask()).group_properties, {})
    }).pipe(inScope))

  it.effect("FLAGS-OVR-06: what a call says explicitly wins, and nothing of it reaches another scope", () =>
    Effect.gen(function*() {
      yield* setPersonPropertiesForFlags({ plan: "free", kept: 1 })
      yield* setGroup("company", "acme")
      const body = yield* ask({
        personProperties: { plan: "pro" },
        groups: { company: "other" },
        groupProperties: { company: { plan: "x" } }
      })
      assert.deepInclude(body.person_properties, { plan: "pro", kept: 1 })
      assert.deepStrictEqual(body.groups, { company: "other" })
      assert.deepStrictEqual(body.group_properties, { company: { plan: "x", $group_key: "other" } })
      const other = yield* inFresh(ask())
      assert.notProperty(other.person_properties, "plan")
      assert.notProperty(other.person_properties, "kept")
      assert.deepStrictEqual(other.groups, {})
      assert.deepStrictEqual(other.group_properties, {})
    }).pipe(inScope))

  it.effect("FLAGS-OVR-06: storing captures no event, and a reset that finds nothing changes nothing", () =>
    Effect.gen(function*() {
      const before = yield* make()
      yield* resetPersonPropertiesForFlags
      yield* resetGroupPropertiesForFlags()
      yield* setPersonPropertiesForFlags({})
      yield* setGroupPropertiesForFlags("company", "acme", {})
      const { events } = yield* DevServer.DevServer
      assert.deepStrictEqual(yield* events, [])
      assert.deepStrictEqual((yield* make()).person_properties, before.person_properties)
    }).pipe(inScope))
})
