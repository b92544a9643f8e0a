import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { ErrorCode, OpenFeature, ProviderEvents, ProviderStatus } from "@openfeature/server-sdk"
import { Effect, Exit, Fiber, Layer, TestClock } from "effect"
import { Posthog } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import * as PosthogProvider from "effect-posthog/openfeature/PosthogProvider"
import { apiKey } from "../support/client.js"
import { definitions, layerLocal, layerRemote, requestsTo, secretKey } from "../support/flags.js"
import { alice, bind, connect, listen, settle } from "./support.js"

/** PostHog answers the first request for definitions after five seconds. */
const layerDelayed = Layer.unwrapScoped(Effect.gen(function*() {
  const { client, server } = yield* DevServer.makeInMemory({ definitions })
  yield* server.enqueue(Fault.Delay({ duration: "5 seconds" }))
  return Posthog.layer({ apiKey, secretKey, host: "http://posthog.local", compression: "none" }).pipe(
    Layer.provide(Layer.succeed(HttpClient.HttpClient, client)),
    Layer.merge(Layer.succeed(DevServer.DevServer, server))
  )
}))

const reject = <A>(promise: () => Promise<A>) =>
  Effect.flip(Effect.mapError(Effect.tryPromise(promise), ({ error }) => error))

describe("initialization", () => {
  it.effect("waits for the first definitions, and asks for them once", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      const { bound, client } = bind(yield* PosthogProvider.make())
      const told = listen(client)
      yield* Effect.fork(bound)
      yield* settle
      assert.strictEqual(client.providerStatus, ProviderStatus.NOT_READY)
      const early = yield* Effect.promise(() => client.getBooleanDetails("new-checkout", true, alice))
      assert.include(early, { value: true, errorCode: ErrorCode.PROVIDER_NOT_READY })
      yield* TestClock.adjust("5 seconds")
      yield* settle
      assert.strictEqual(client.providerStatus, ProviderStatus.READY)
      assert.deepStrictEqual(told.map(({ event }) => event), [ProviderEvents.Ready])
      assert.lengthOf((yield* server.requests).filter(({ path }) => path.startsWith("/flags/definitions")), 1)
    }).pipe(Effect.scoped, Effect.provide(layerDelayed)))

  it.effect("is over in time: the status is ERROR, and READY when the definitions come", () =>
    Effect.gen(function*() {
      const { bound, client } = bind(yield* PosthogProvider.make({ readyTimeout: "2 seconds" }))
      const told = listen(client)
      const binding = yield* Effect.fork(Effect.exit(bound))
      yield* settle
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.strictEqual(client.providerStatus, ProviderStatus.ERROR)
      assert.strictEqual(told[0]?.details?.message, "no flag definitions are loaded: timeout")
      assert.isTrue(Exit.isFailure(yield* Fiber.join(binding)))
      yield* TestClock.adjust("3 seconds")
      yield* settle
      assert.strictEqual(client.providerStatus, ProviderStatus.READY)
      assert.deepStrictEqual(told.map(({ event }) => event), [
        ProviderEvents.Error,
        ProviderEvents.Ready,
        ProviderEvents.ConfigurationChanged
      ])
    }).pipe(Effect.scoped, Effect.provide(layerDelayed)))

  it.effect("fails at once where PostHog refuses the definitions, and evaluations ask it", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      const provider = yield* PosthogProvider.make()
      const error = yield* reject(() => OpenFeature.setProviderAndWait("refused", provider))
      assert.include(error, { code: ErrorCode.PROVIDER_NOT_READY })
      const client = OpenFeature.getClient("refused")
      assert.strictEqual(client.providerStatus, ProviderStatus.ERROR)
      yield* server.setFlags({ a: true })
      assert.isTrue(yield* Effect.promise(() => client.getBooleanValue("a", false, alice)))
    }).pipe(Effect.scoped, Effect.provide(layerLocal({}, { secretKeys: [] }))))

  it.effect("has nothing to wait for where definitions are there from the start, or none are used", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      assert.strictEqual(client.providerStatus, ProviderStatus.READY)
      assert.lengthOf(yield* requestsTo("/flags/definitions"), 0)
    }).pipe(
      Effect.scoped,
      (test) =>
        Effect.zipRight(
          Effect.provide(test, layerRemote()),
          Effect.provide(test, layerRemote({ featureFlags: { initialDefinitions: definitions } }))
        )
    ))

  it.effect("one provider serves many domains", () =>
    Effect.gen(function*() {
      const provider = yield* PosthogProvider.make()
      const first = bind(provider)
      const second = bind(provider)
      yield* first.bound
      yield* second.bound
      const values = yield* Effect.promise(() =>
        Promise.all([first, second].map(({ client }) => client.getBooleanValue("new-checkout", false, alice)))
      )
      assert.deepStrictEqual(values, [true, true])
    }).pipe(Effect.scoped, Effect.provide(layerLocal())))
})
