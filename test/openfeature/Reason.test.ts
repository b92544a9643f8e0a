import { assert, describe, it } from "@effect/vitest"
import { StandardResolutionReasons as Reason } from "@openfeature/server-sdk"
import { Effect } from "effect"
import { Flags } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { flagRequests, layerLocal, layerRemote } from "../support/flags.js"
import { alice, connect, kinds } from "./support.js"

const local = layerLocal({}, { definitions: kinds })

describe("reasons", () => {
  const reasonOf = (key: string, context: Record<string, string> = {}) =>
    Effect.gen(function*() {
      const client = yield* connect()
      const details = yield* Effect.promise(() => client.getBooleanDetails(key, false, { ...alice, ...context }))
      return [details.value, details.reason, details.flagMetadata["reasonCode"], details.flagMetadata["conditionIndex"]]
    }).pipe(Effect.scoped)

  it.effect("STATIC, TARGETING_MATCH, SPLIT, DEFAULT, DISABLED: as the definition decided", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* reasonOf("new-checkout"), [true, Reason.STATIC, "condition_match", 0])
      assert.deepStrictEqual(
        yield* reasonOf("pro-only", { plan: "pro" }),
        [true, Reason.TARGETING_MATCH, "condition_match", 0]
      )
      assert.deepStrictEqual(
        yield* reasonOf("second", { plan: "pro" }),
        [true, Reason.TARGETING_MATCH, "condition_match", 1]
      )
      assert.deepStrictEqual(yield* reasonOf("half"), [true, Reason.SPLIT, "condition_match", 0])
      assert.deepStrictEqual(yield* reasonOf("pricing"), [true, Reason.SPLIT, "condition_match", 0])
      assert.deepStrictEqual(
        yield* reasonOf("pro-only", { plan: "free" }),
        [false, Reason.DEFAULT, "no_condition_match", undefined]
      )
      assert.deepStrictEqual(yield* reasonOf("nobody"), [false, Reason.DEFAULT, "out_of_rollout_bound", 0])
      assert.deepStrictEqual(yield* reasonOf("off"), [false, Reason.DISABLED, "disabled", undefined])
      assert.strictEqual((yield* flagRequests).length, 0)
    }).pipe(Effect.provide(local)))

  it.effect("a flag about a company is for nobody in particular, but never STATIC", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const details = yield* Effect.promise(() =>
        client.getBooleanDetails("team-beta", false, { ...alice, groups: { company: "acme" } })
      )
      assert.include(details, { value: true, reason: Reason.TARGETING_MATCH })
    }).pipe(Effect.scoped, Effect.provide(local)))

  it.effect("CACHED: PostHog answered the same question a short while ago", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const reasons = yield* Effect.promise(async () => [
        (await client.getBooleanDetails("a", false, alice)).reason,
        (await client.getBooleanDetails("a", false, alice)).reason
      ])
      assert.deepStrictEqual(reasons, [Reason.TARGETING_MATCH, Reason.CACHED])
    }).pipe(
      Effect.scoped,
      Effect.provide(layerRemote({ featureFlags: { valueTtl: "1 minute" } }, { flags: { a: true } }))
    ))

  it.effect("STALE: PostHog cannot be asked, and what it said before is the value", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const server = yield* DevServer.DevServer
      yield* Effect.promise(() => client.getBooleanDetails("a", false, alice))
      yield* server.failWhile(({ path }) => path.startsWith("/flags"), Fault.Status({ status: 500 }))
      const details = yield* Effect.promise(() => client.getBooleanDetails("a", false, alice))
      assert.include(details, { value: true, reason: Reason.STALE })
      assert.include(details.flagMetadata, { freshness: "stale", source: "remote" })
    }).pipe(
      Effect.scoped,
      Effect.provide(
        layerRemote({ featureFlags: { staleValueTtl: "1 minute", maxRetries: 0 } }, { flags: { a: true } })
      )
    ))

  it.effect("not STALE: PostHog answered just now, whatever the age of the definitions that could not tell", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const server = yield* DevServer.DevServer
      yield* server.failWhile(({ path }) => path.startsWith("/flags/definitions"), Fault.Status({ status: 500 }))
      assert.strictEqual(yield* Flags.refresh, "failed")
      const [remote, here] = yield* Effect.promise(() =>
        Promise.all(["pro-only", "new-checkout"].map((key) => client.getBooleanDetails(key, false, alice)))
      )
      assert.include(remote, { value: true, reason: Reason.TARGETING_MATCH })
      assert.include(here, { value: true, reason: Reason.STALE })
    }).pipe(Effect.scoped, Effect.provide(layerLocal({}, { definitions: kinds, flags: { "pro-only": true } }))))

  it.effect("what the service calls disabled is DISABLED, and what it does not explain is UNKNOWN", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const server = yield* DevServer.DevServer
      const reason = (code: string) => ({ code, condition_index: null, description: code })
      yield* server.setFlags({
        gone: { enabled: false, reason: reason("flag_disabled") },
        odd: { enabled: true, reason: reason("something_new") },
        held: { variant: "holdout-7", reason: reason("holdout_condition_value") },
        none: { enabled: false, reason: reason("out_of_rollout_bound") }
      })
      const reasons = yield* Effect.promise(() =>
        Promise.all(
          ["gone", "odd", "held", "none"].map(async (key) => (await client.getBooleanDetails(key, false, alice)).reason)
        )
      )
      assert.deepStrictEqual(reasons, [Reason.DISABLED, Reason.UNKNOWN, Reason.SPLIT, Reason.DEFAULT])
    }).pipe(Effect.scoped, Effect.provide(layerRemote())))
})
