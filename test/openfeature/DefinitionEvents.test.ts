import { assert, describe, it } from "@effect/vitest"
import { ProviderEvents, ProviderStatus, StandardResolutionReasons as Reason } from "@openfeature/server-sdk"
import { Effect, TestClock } from "effect"
import { Flags } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { definitions, layerLocal, layerRemote } from "../support/flags.js"
import { alice, connect, listen, settle } from "./support.js"

const [newCheckout, ...others] = definitions.flags

const without = { ...definitions, flags: others }

const changed = { ...definitions, flags: [{ ...newCheckout, active: false }, ...others] }

const tick = Effect.zipRight(TestClock.adjust("1 second"), settle)

const refresh = Effect.zipLeft(Flags.refresh, settle)

describe("events of the definitions", () => {
  it.effect("PROVIDER_CONFIGURATION_CHANGED names the flags that are defined otherwise, and the next value is theirs", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const server = yield* DevServer.DevServer
      const told = listen(client)
      told.length = 0
      assert.isTrue(yield* Effect.promise(() => client.getBooleanValue("new-checkout", false, alice)))
      yield* server.setDefinitions(changed)
      assert.strictEqual(yield* refresh, "updated")
      assert.deepStrictEqual(
        told.map((
          { details, event }
        ) => [event, details !== undefined && "flagsChanged" in details && details.flagsChanged]),
        [[ProviderEvents.ConfigurationChanged, ["new-checkout"]]]
      )
      assert.isFalse(yield* Effect.promise(() => client.getBooleanValue("new-checkout", true, alice)))
      yield* server.setDefinitions(without)
      yield* refresh
      yield* server.setDefinitions({ ...without, cohorts: { "1": { type: "AND", values: [] } } })
      yield* refresh
      yield* refresh
      assert.deepStrictEqual(
        told.slice(1).map(({ details, event }) => [event, details !== undefined && "flagsChanged" in details]),
        [[ProviderEvents.ConfigurationChanged, true], [ProviderEvents.ConfigurationChanged, false]]
      )
      assert.strictEqual(client.providerStatus, ProviderStatus.READY)
    }).pipe(Effect.scoped, Effect.provide(layerLocal())))

  it.effect("PROVIDER_STALE when refreshing fails, PROVIDER_READY when it works again with nothing new", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const server = yield* DevServer.DevServer
      const told = listen(client)
      told.length = 0
      const reason = Effect.promise(async () => (await client.getBooleanDetails("new-checkout", false, alice)).reason)
      yield* server.always(Fault.Status({ status: 503 }))
      yield* refresh
      yield* tick
      assert.deepStrictEqual(told.map(({ event }) => event), [ProviderEvents.Stale])
      assert.strictEqual(client.providerStatus, ProviderStatus.STALE)
      assert.strictEqual(yield* reason, Reason.STALE)
      yield* tick
      yield* server.heal
      yield* refresh
      yield* tick
      assert.deepStrictEqual(told.map(({ event }) => event), [ProviderEvents.Stale, ProviderEvents.Ready])
      assert.strictEqual(client.providerStatus, ProviderStatus.READY)
      assert.strictEqual(yield* reason, Reason.STATIC)
    }).pipe(Effect.scoped, Effect.provide(layerLocal())))

  it.effect("PROVIDER_ERROR when the definitions are gone, PROVIDER_READY when they are back", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const server = yield* DevServer.DevServer
      const told = listen(client)
      told.length = 0
      yield* server.failWhile(({ path }) => path.startsWith("/flags/definitions"), Fault.Status({ status: 401 }))
      yield* refresh
      yield* tick
      assert.deepStrictEqual(told.map(({ event }) => event), [ProviderEvents.Error])
      assert.isNotEmpty(told[0]?.details?.message)
      assert.strictEqual(client.providerStatus, ProviderStatus.ERROR)
      // an evaluation asks PostHog meanwhile
      assert.isTrue(yield* Effect.promise(() => client.getBooleanValue("new-checkout", false, alice)))
      yield* server.heal
      yield* refresh
      yield* tick
      assert.deepStrictEqual(told.map(({ event }) => event), [
        ProviderEvents.Error,
        ProviderEvents.Ready,
        ProviderEvents.ConfigurationChanged
      ])
      assert.strictEqual(client.providerStatus, ProviderStatus.READY)
    }).pipe(Effect.scoped, Effect.provide(layerLocal({}, { definitions, flags: { "new-checkout": true } }))))

  it.effect("a client without definitions tells nothing", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const told = listen(client)
      assert.deepStrictEqual(told.map(({ event }) => event), [ProviderEvents.Ready])
      yield* tick
      yield* refresh
      yield* tick
      assert.lengthOf(told, 1)
    }).pipe(Effect.scoped, Effect.provide(layerRemote())))
})
