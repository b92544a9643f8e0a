import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { FeatureFlags, Flags, fresh, Posthog, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { capturedEvents, definitions, layerLocal, layerRemote, ready } from "../../support/flags.js"

const called = Effect.zipRight(
  Posthog.flush,
  Effect.map(capturedEvents, (events) => events.filter(({ event }) => event === "$feature_flag_called"))
)

const alice = { distinctId: "alice" }

const minimal = { ...definitions, minimal_flag_called_events: true }

describe("the event of a read", () => {
  it.effect("FLAGS-TRACK-01, FLAGS-TRACK-02, FLAGS-TRACK-17: the first read of a value is captured with all that is known, the second is not", () =>
    Effect.gen(function*() {
      yield* Flags.isEnabled("pricing", alice)
      yield* Flags.isEnabled("pricing", alice)
      const events = yield* called
      assert.strictEqual(events.length, 1)
      assert.strictEqual(events[0]!.distinct_id, "alice")
      assert.include(events[0]!.properties, {
        $feature_flag: "pricing",
        $feature_flag_response: "low",
        "$feature/pricing": "low",
        locally_evaluated: true,
        $feature_flag_id: 3,
        $feature_flag_reason: "Evaluated locally",
        $feature_flag_has_experiment: true
      })
      assert.deepStrictEqual(events[0]!.properties["$feature_flag_payload"], { price: 9 })
      assert.isNumber(events[0]!.properties["$feature_flag_definitions_loaded_at"])
      assert.notProperty(events[0]!.properties, "$feature_flag_error")
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-TRACK-01: of a remote value it has the request's id and what PostHog says of the flag", () =>
    Effect.gen(function*() {
      yield* Flags.isEnabled("a", alice)
      const [event] = yield* called
      assert.include(event!.properties, {
        $feature_flag: "a",
        $feature_flag_response: true,
        locally_evaluated: false,
        $feature_flag_id: 77,
        $feature_flag_version: 4,
        $feature_flag_reason: "Matched condition set 1"
      })
      assert.isString(event!.properties["$feature_flag_request_id"])
      assert.isNumber(event!.properties["$feature_flag_evaluated_at"])
    }).pipe(Effect.provide(layerRemote({}, { flags: { a: { enabled: true, id: 77, version: 4 } } }))))

  it.effect("FLAGS-TRACK-03: a changed value is captured again", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* Flags.isEnabled("a", alice)
      yield* server.setFlags({ a: false })
      yield* Flags.isEnabled("a", alice)
      assert.deepStrictEqual((yield* called).map(({ properties }) => properties["$feature_flag_response"]), [
        true,
        false
      ])
    }).pipe(Effect.provide(layerRemote({}, { flags: { a: true } }))))

  it.effect("FLAGS-TRACK-04, FLAGS-TRACK-05: another person and another group's key are captured again, another order of groups is not", () =>
    Effect.gen(function*() {
      const read = (distinctId: string, groups: Record<string, string>) =>
        Flags.isEnabled("new-checkout", { distinctId, groups })
      yield* read("alice", { company: "acme", team: "red" })
      yield* read("alice", { team: "red", company: "acme" })
      yield* read("alice", { company: "umbrella", team: "red" })
      yield* read("bob", { company: "acme", team: "red" })
      const events = yield* called
      assert.deepStrictEqual(events.map(({ distinct_id, properties }) => [distinct_id, properties["$groups"]]), [
        ["alice", { company: "acme", team: "red" }],
        ["alice", { company: "umbrella", team: "red" }],
        ["bob", { company: "acme", team: "red" }]
      ])
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-TRACK-07: new definitions, and clearing the cache, start anew", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      const read = Flags.isEnabled("new-checkout", alice)
      yield* read
      yield* server.setDefinitions({ ...definitions, changed: true })
      assert.strictEqual(yield* Flags.refresh, "updated")
      yield* Effect.yieldNow()
      yield* read
      assert.strictEqual((yield* called).length, 2)
      yield* (yield* FeatureFlags).clearCache
      yield* read
      assert.strictEqual((yield* called).length, 3)
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-TRACK-09: of a hundred concurrent reads one is captured", () =>
    Effect.gen(function*() {
      yield* Effect.all(Array.from({ length: 100 }, () => Flags.isEnabled("pricing", alice)), {
        concurrency: "unbounded"
      })
      assert.strictEqual((yield* called).length, 1)
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-TRACK-10: reading goes on when capturing is refused", () =>
    Effect.gen(function*() {
      yield* Posthog.optOut
      assert.isTrue(yield* Flags.isEnabled("pricing", alice))
      assert.isTrue(yield* Flags.isEnabled("pricing", alice))
      assert.deepStrictEqual(yield* called, [])
    }).pipe(Effect.provide(layerLocal())))

  it.effect("SHUT-06, FLAGS-TRACK-06: shutdown empties the tracker, and it stays empty", () =>
    Effect.gen(function*() {
      const { trackedReads } = yield* FeatureFlags
      yield* Flags.isEnabled("pricing", alice)
      assert.strictEqual(yield* trackedReads, 1)
      yield* Posthog.shutdown
      assert.strictEqual(yield* trackedReads, 0)
      assert.isTrue(yield* Flags.isEnabled("pricing", alice))
      assert.strictEqual(yield* trackedReads, 0)
    }).pipe(Effect.provide(layerLocal())))

  it.effect("FLAGS-DEFS-08: polling runs until shutdown", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* TestClock.adjust("5 minutes")
      const polled = (yield* server.requests).length
      assert.isAtLeast(polled, 9)
      yield* Posthog.shutdown
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* server.requests).length, polled)
    }).pipe(Effect.provide(layerLocal())))

  for (
    const [fault, word] of [
      [Fault.Status({ status: 503 }), "api_error_503"],
      [Fault.Reset(), "connection_error"]
    ] as const
  ) {
    it.effect(`FLAGS-TRACK-18: a flag that could not be had says why: ${word}`, () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.failWhile(({ path }) => path.startsWith("/flags"), fault)
        yield* Flags.isEnabled("a", { ...alice, default: false })
        const [event] = yield* called
        assert.strictEqual(event!.properties["$feature_flag_error"], `${word},flag_missing`)
      }).pipe(Effect.provide(layerRemote({ featureFlags: { maxRetries: 0 } }))))
  }

  it.effect("FLAGS-TRACK-18: quota_limited", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.setFlags({}, { quotaLimited: ["feature_flags"] })
      yield* Flags.isEnabled("a", { ...alice, default: false })
      assert.strictEqual((yield* called)[0]!.properties["$feature_flag_error"], "quota_limited,flag_missing")
    }).pipe(Effect.provide(layerRemote())))
})

describe("a minimal event", () => {
  const scope = {
    ...alice,
    sessionId: "session-1",
    tags: {
      secret: "tag",
      utm_source: "news",
      gclid: "click",
      $referrer: "https://x.test/path?q=1",
      $referring_domain: "x.test"
    }
  }

  it.effect("FLAGS-TRACK-11, FLAGS-TRACK-13, FLAGS-TRACK-15: with both gates open it keeps the allow-list, and session attribution", () =>
    Effect.gen(function*() {
      yield* Flags.isEnabled("new-checkout", { groups: { company: "acme" } })
      const [event] = yield* called
      assert.sameMembers(Object.keys(event!.properties), [
        "$feature_flag",
        "$feature_flag_response",
        "$feature_flag_has_experiment",
        "$feature_flag_id",
        "$feature_flag_reason",
        "$feature_flag_evaluated_at",
        "locally_evaluated",
        "$groups",
        "$session_id",
        "$lib",
        "$lib_version",
        "$is_server",
        "$geoip_disable",
        "utm_source",
        "gclid",
        "$referring_domain"
      ])
      assert.include(event!.properties, { $feature_flag_response: true, $session_id: "session-1", utm_source: "news" })
    }).pipe(
      withScope(fresh, scope),
      Effect.provide(layerLocal({ superProperties: { plan: "super" } }, { definitions: minimal }))
    ))

  it.effect("FLAGS-TRACK-12: an experiment, an unknown one, and a missing or odd gate give the full event", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* Flags.isEnabled("pricing")
      yield* Flags.isEnabled("off")
      for (const gate of [false, "true", 1, null]) {
        yield* server.setDefinitions({ ...definitions, minimal_flag_called_events: gate })
        yield* Flags.refresh
        yield* Effect.yieldNow()
        yield* Flags.isEnabled("new-checkout")
      }
      const events = yield* called
      assert.strictEqual(events.length, 6)
      for (const { properties } of events) {
        assert.strictEqual(properties["secret"], "tag")
      }
    }).pipe(withScope(fresh, scope), Effect.provide(layerLocal({}, { definitions: minimal }))))

  it.effect("FLAGS-TRACK-11: the gate of a remote answer counts for remote flags", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.setFlags({ a: { hasExperiment: false }, b: { hasExperiment: true }, c: true }, {
        minimalFlagCalledEvents: true
      })
      for (const key of ["a", "b", "c"]) {
        yield* Flags.isEnabled(key)
      }
      assert.deepStrictEqual((yield* called).map(({ properties }) => properties["secret"]), [undefined, "tag", "tag"])
    }).pipe(withScope(fresh, scope), Effect.provide(layerRemote())))

  it.effect("FLAGS-TRACK-14: the gate survives a poll that finds nothing new", () =>
    Effect.gen(function*() {
      yield* ready
      assert.strictEqual(yield* Flags.refresh, "unchanged")
      yield* Flags.isEnabled("new-checkout")
      assert.notProperty((yield* called)[0]!.properties, "secret")
    }).pipe(withScope(fresh, scope), Effect.provide(layerLocal({}, { definitions: minimal }))))

  it.effect("FLAGS-TRACK-16: it is reduced before the hooks, which see what is sent", () =>
    Effect.gen(function*() {
      yield* Flags.isEnabled("new-checkout")
      const [event] = yield* called
      assert.strictEqual(event!.properties["seen"], 0)
    }).pipe(
      withScope(fresh, scope),
      Effect.provide(layerLocal({
        beforeSend: (event) => {
          event.properties["seen"] = Object.keys(event.properties).filter((name) => name === "secret").length
          return event
        }
      }, { definitions: minimal }))
    ))
})
