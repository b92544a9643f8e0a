import { assert, describe, it } from "@effect/vitest"
import { ErrorCode, type JsonValue, StandardResolutionReasons as Reason } from "@openfeature/server-sdk"
import { Effect, Exit, FastCheck, Fiber, Scope, TestClock } from "effect"
import { Flags, Posthog } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import * as PosthogProvider from "effect-posthog/openfeature/PosthogProvider"
import { capturedEvents, definitions, layerLocal, layerRemote } from "../support/flags.js"
import { alice, bind, connect, kinds, listen, settle } from "./support.js"

const onlyLocal = layerLocal({ featureFlags: { onlyEvaluateLocally: true } }, { definitions: kinds })

describe("closing", () => {
  it.effect("delivers what was captured, leaves the client open, and can be undone", () =>
    Effect.gen(function*() {
      const provider = yield* PosthogProvider.make()
      yield* Effect.promise(() => provider.initialize!())
      yield* Effect.promise(() => provider.resolveBooleanEvaluation("new-checkout", false, alice, console))
      assert.lengthOf(yield* capturedEvents, 0)
      yield* Effect.promise(() => provider.onClose!())
      assert.lengthOf(yield* capturedEvents, 1)
      const closed = yield* Effect.promise(() => provider.resolveStringEvaluation("pricing", "x", alice, console))
      assert.include(closed, { value: "x", reason: Reason.ERROR, errorCode: ErrorCode.PROVIDER_NOT_READY })
      provider.track!("ignored", alice, {})
      assert.strictEqual((yield* Posthog.capture("still open", { distinctId: "alice" }))._tag, "Captured")
      yield* Effect.promise(() => provider.onClose!())
      yield* Effect.promise(() => provider.initialize!())
      const again = yield* Effect.promise(() => provider.resolveStringEvaluation("pricing", "x", alice, console))
      assert.strictEqual(again.value, "low")
    }).pipe(Effect.scoped, Effect.provide(layerLocal())))

  it.effect("no event comes from a provider that is closed", () =>
    Effect.gen(function*() {
      const provider = yield* PosthogProvider.make()
      const { bound, client } = bind(provider)
      yield* bound
      const told = listen(client)
      told.length = 0
      const server = yield* DevServer.DevServer
      yield* Effect.promise(() => provider.onClose!())
      yield* server.setDefinitions({ ...definitions, flags: [] })
      assert.strictEqual(yield* Flags.refresh, "updated")
      yield* TestClock.adjust("5 seconds")
      yield* settle
      assert.lengthOf(told, 0)
    }).pipe(Effect.scoped, Effect.provide(layerLocal())))

  it.effect("the end of the surrounding scope is the provider's", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const provider = yield* Scope.extend(PosthogProvider.make(), scope)
      yield* Effect.promise(() => provider.initialize!())
      yield* Scope.close(scope, Exit.void)
      const details = yield* Effect.promise(() => provider.resolveNumberEvaluation("limit", 1, alice, console))
      assert.include(details, { value: 1, errorCode: ErrorCode.PROVIDER_NOT_READY })
    }).pipe(Effect.provide(layerLocal())))
})

describe("whatever comes", () => {
  it.effect("an evaluation that waits for PostHog when the client is shut down ends with an error", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Stall({}))
      const waiting = yield* Effect.fork(Effect.promise(() => client.getBooleanDetails("a", true, alice)))
      yield* settle
      yield* server.heal
      yield* Posthog.shutdown
      const details = yield* Fiber.join(waiting)
      assert.include(details, { value: true, reason: Reason.ERROR })
    }).pipe(Effect.scoped, Effect.provide(layerRemote())))

  it.effect.prop(
    "no context, key or default makes an evaluation reject; the value is of the kind that was asked for",
    {
      key: FastCheck.oneof(
        FastCheck.constantFrom(...kinds.flags.map(({ key }) => key), "nowhere", "__proto__"),
        FastCheck.string()
      ),
      context: FastCheck.dictionary(
        FastCheck.oneof(
          FastCheck.constantFrom("targetingKey", "groups", "groupProperties", "deviceId", "plan", "__proto__"),
          FastCheck.string()
        ),
        FastCheck.anything({ withDate: true, withMap: true, withBigInt: true, withNullPrototype: true })
      )
    },
    ({ context, key }) =>
      Effect.gen(function*() {
        const provider = yield* PosthogProvider.make()
        yield* Effect.promise(() => provider.initialize!())
        yield* Effect.promise(async () => {
          const hostile = context as {}
          const [boolean, string, number, object] = await Promise.all([
            provider.resolveBooleanEvaluation(key, true, hostile, console),
            provider.resolveStringEvaluation(key, "default", hostile, console),
            provider.resolveNumberEvaluation(key, 7, hostile, console),
            provider.resolveObjectEvaluation<JsonValue>(key, [], hostile, console)
          ])
          assert.isBoolean(boolean.value)
          assert.isString(string.value)
          assert.isTrue(Number.isFinite(number.value))
          assert.strictEqual(typeof object.value, "object")
          for (const details of [boolean, string, number, object]) {
            assert.strictEqual(details.reason === Reason.ERROR, details.errorCode !== undefined)
            assert.isTrue(
              Object.values(details.flagMetadata ?? {}).every((value) => Object(value) !== value && value !== undefined)
            )
          }
          provider.track!(key, hostile, hostile)
        })
      }).pipe(Effect.scoped, Effect.provide(onlyLocal)),
    { fastCheck: { numRuns: 100 } }
  )

  it.effect("neither does what throws when it is read, or is no context at all", () =>
    Effect.gen(function*() {
      const provider = yield* PosthogProvider.make()
      yield* Effect.promise(() => provider.initialize!())
      const throwing = new Proxy({}, {
        ownKeys: () => {
          throw new Error("unreadable")
        },
        get: () => {
          throw new Error("unreadable")
        }
      })
      for (const context of [throwing, undefined, null, 7, "alice"]) {
        const details = yield* Effect.promise(() =>
          provider.resolveBooleanEvaluation("new-checkout", true, context as {}, console)
        )
        assert.strictEqual(details.errorCode, ErrorCode.TARGETING_KEY_MISSING)
        provider.track!("event", context as {}, context as {})
      }
    }).pipe(Effect.scoped, Effect.provide(onlyLocal)))
})
