import { HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  currentScope,
  fresh,
  resetGroupPropertiesForFlags,
  resetPersonPropertiesForFlags,
  setDevice,
  setGroup,
  setGroupPropertiesForFlags,
  setPersonPropertiesForFlags,
  withScope
} from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as FlagsRequest from "../../src/flags/FlagsRequest.js"

const ask = (options: Partial<FlagsRequest.FlagsRequestOptions> = {}) =>
  Effect.gen(function*() {
    const scope = yield* currentScope
    const server = yield* DevServer.DevServer
    const client = yield* HttpClient.HttpClient
    const body = FlagsRequest.make(scope, { token: "phc_test", distinctId: "alice", ...options })
    const response = yield* client.execute(
      HttpClientRequest.post(`${server.url}/flags/?v=2`).pipe(HttpClientRequest.bodyUnsafeJson(body))
    )
    assert.strictEqual(response.status, 200)
    const requests = yield* server.requests
    return requests[requests.length - 1]!.body as FlagsRequest.FlagsRequest
  })

const inScope = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  self.pipe(withScope(fresh, { captureExceptions: false }), Effect.provide(DevServer.layerInMemory()))

describe("the flag request of a scope", () => {
  it.effect("FLAGS-OVR-01, FLAGS-OVR-02: stored person properties appear in the body, additive, the same key overwritten", () =>
    Effect.gen(function*() {
      yield* setPersonPropertiesForFlags({ plan: "free", email: "a@x.io" })
      yield* setPersonPropertiesForFlags({ plan: "pro" })
      const body = yield* ask()
      assert.deepStrictEqual({ ...body.person_properties }, { plan: "pro", email: "a@x.io" })
    }).pipe(inScope))

  it.effect("FLAGS-OVR-03: after the reset later requests omit them", () =>
    Effect.gen(function*() {
      yield* setPersonPropertiesForFlags({ plan: "pro" })
      yield* resetPersonPropertiesForFlags
      assert.deepStrictEqual({ ...(yield* ask()).person_properties }, {})
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
      yield* setDevice("d-1")
      const body = yield* ask({
        personProperties: { plan: "pro" },
        groups: { company: "other" },
        groupProperties: { company: { plan: "x" } },
        flagKeys: ["a"],
        disableGeoip: true
      })
      assert.deepStrictEqual({ ...body.person_properties }, { plan: "pro", kept: 1, $device_id: "d-1" })
      assert.deepStrictEqual(body.groups, { company: "other" })
      assert.deepStrictEqual(body.group_properties, { company: { plan: "x" } })
      assert.deepStrictEqual(body.flag_keys_to_evaluate, ["a"])
      assert.isTrue(body.geoip_disable)
      const other = yield* ask().pipe(withScope(fresh, { captureExceptions: false }))
      assert.deepStrictEqual({ ...other.person_properties }, {})
      assert.deepStrictEqual(other.groups, {})
      assert.isFalse(other.geoip_disable)
    }).pipe(inScope))
})
