import { assert, describe, it } from "@effect/vitest"
import { ErrorCode } from "@openfeature/server-sdk"
import { Effect, Either, FastCheck } from "effect"
import { fresh, setPersonPropertiesForFlags, withScope } from "effect-posthog"
import * as ContextMapping from "effect-posthog/openfeature/ContextMapping"
import * as PosthogProvider from "effect-posthog/openfeature/PosthogProvider"
import { flagRequests, layerLocal, layerRemote } from "../support/flags.js"
import { called, connect, kinds } from "./support.js"

const local = layerLocal({}, { definitions: kinds })

describe("whom a flag is evaluated for", () => {
  it.effect("attributes are person properties, dates as their texts; groups, group properties and the device are theirs", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      yield* Effect.promise(() =>
        client.getBooleanValue("a", false, {
          targetingKey: "alice",
          plan: "pro",
          since: new Date(0),
          address: { city: "Berlin" },
          deviceId: "device-1",
          groups: { company: "acme", team: 7 },
          groupProperties: { company: { size: 3 } }
        })
      )
      const [body] = (yield* flagRequests).map(({ body }) => body as Record<string, unknown>)
      assert.strictEqual(body!["distinct_id"], "alice")
      assert.strictEqual(body!["$device_id"], "device-1")
      assert.deepStrictEqual(body!["groups"], { company: "acme", team: "7" })
      assert.include((body!["group_properties"] as Record<string, object>)["company"], { size: 3 })
      const { $device_id: _, distinct_id: __, ...properties } = body!["person_properties"] as Record<string, unknown>
      assert.deepInclude(properties, { plan: "pro", since: "1970-01-01T00:00:00.000Z", address: { city: "Berlin" } })
      for (const name of ["targetingKey", "groups", "groupProperties", "deviceId"]) {
        assert.notProperty(properties, name)
      }
      assert.deepStrictEqual(body!["flag_keys_to_evaluate"], ["a"])
    }).pipe(Effect.scoped, Effect.provide(layerRemote())))

  it.effect("OpenFeature's contexts: the invocation's over the client's", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      client.setContext({ targetingKey: "alice", plan: "free" })
      const value = yield* Effect.promise(() => client.getBooleanValue("pro-only", false, { plan: "pro" }))
      assert.isTrue(value)
    }).pipe(Effect.scoped, Effect.provide(local)))

  it.effect("whoever made the provider is not whom flags are evaluated for", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const details = yield* Effect.promise(() => client.getBooleanDetails("new-checkout", false))
      assert.strictEqual(details.errorCode, ErrorCode.TARGETING_KEY_MISSING)
    }).pipe(Effect.scoped, withScope(fresh, { distinctId: "the first who came" }), Effect.provide(local)))

  it.effect("the scope of a fiber that calls the provider itself is the default", () =>
    Effect.gen(function*() {
      const provider = yield* PosthogProvider.make()
      yield* Effect.promise(() => provider.initialize!())
      const details = yield* Effect.promise(() => provider.resolveBooleanEvaluation("new-checkout", false, {}, console))
        .pipe(withScope(fresh, { distinctId: "bob" }))
      assert.isTrue(details.value)
      assert.deepStrictEqual((yield* called).map(({ distinct_id }) => distinct_id), ["bob"])
    }).pipe(Effect.scoped, Effect.provide(local)))

  it.effect("currentContext carries the scope over the border", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const context = yield* Effect.zipRight(
        setPersonPropertiesForFlags({ plan: "pro", groups: "a property of this name" }),
        PosthogProvider.currentContext
      ).pipe(
        withScope(fresh, {
          distinctId: "bob",
          deviceId: "device-1",
          groups: { company: "acme" },
          groupProperties: { company: { size: 3 } }
        })
      )
      assert.deepInclude(context, {
        targetingKey: "bob",
        deviceId: "device-1",
        plan: "pro",
        groups: { company: "acme" }
      })
      const values = yield* Effect.promise(() =>
        Promise.all(["pro-only", "team-beta"].map((key) => client.getBooleanValue(key, false, context)))
      )
      assert.deepStrictEqual(values, [true, true])
      assert.deepStrictEqual(yield* PosthogProvider.currentContext, {})
    }).pipe(Effect.scoped, Effect.provide(local)))
})

const id = FastCheck.string({ minLength: 1 }).filter((text) => text.trim() !== "" && text.isWellFormed())

const name = FastCheck.oneof(
  id,
  FastCheck.constantFrom("__proto__", "constructor", "targetingKey", "groups", "groupProperties", "deviceId", "plan")
)

describe("there and back", () => {
  it.effect.prop("a scope that becomes a context becomes whom it was about, whatever its names are", {
    distinctId: id,
    deviceId: FastCheck.option(id, { nil: undefined }),
    groups: FastCheck.dictionary(name, id, { noNullPrototype: true }),
    properties: FastCheck.dictionary(name, FastCheck.oneof(FastCheck.integer(), id), { noNullPrototype: true })
  }, ({ deviceId, distinctId, groups, properties }) =>
    Effect.gen(function*() {
      const context = yield* PosthogProvider.currentContext.pipe(
        withScope(fresh, {
          captureExceptions: false,
          distinctId,
          deviceId,
          groups,
          personProperties: properties,
          groupProperties: { company: properties }
        })
      )
      const subject = yield* ContextMapping.read(context)
      const { deviceId: _, groupProperties: __, groups: ___, targetingKey: ____, ...kept } = properties
      assert.strictEqual(subject.distinctId, distinctId)
      assert.strictEqual(subject.deviceId, deviceId)
      assert.deepStrictEqual(Object.entries(subject.groups ?? {}).toSorted(), Object.entries(groups).toSorted())
      assert.deepStrictEqual(Object.entries(subject.personProperties ?? {}).toSorted(), Object.entries(kept).toSorted())
      assert.deepStrictEqual(
        Object.keys(subject.groupProperties?.["company"] ?? {}).filter((key) => key in properties).toSorted(),
        Object.keys(properties).toSorted()
      )
    }))

  it.prop(
    "whatever a context holds, it is read or refused",
    { context: FastCheck.anything({ withDate: true }) },
    ({ context }) => {
      const subject = ContextMapping.read(context)
      assert.isTrue(Either.isLeft(subject) || typeof subject.right === "object")
    }
  )
})
