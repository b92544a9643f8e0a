import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { ErrorCode, OpenFeature, ProviderStatus } from "@openfeature/server-sdk"
import { Effect, Layer } from "effect"
import { type FeatureFlags, Posthog } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as PosthogProvider from "effect-posthog/openfeature/PosthogProvider"
import { apiKey } from "../support/client.js"
import { secretKey } from "../support/flags.js"
import { alice, kinds } from "./support.js"

/** Without the flag that makes a line in the log. */
const readable = { ...kinds, flags: kinds.flags.filter(({ key }) => key !== "malformed") }

describe("without Effect", () => {
  it.live("fromLayer builds a client when it is initialized, and shuts it down when it is closed", () =>
    Effect.gen(function*() {
      const { client, server } = yield* DevServer.makeInMemory({ definitions: readable })
      const Client = Posthog.layer({ apiKey, secretKey, host: "http://posthog.local", flushInterval: "1 hour" }).pipe(
        Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
      )
      yield* Effect.promise(async () => {
        const provider = PosthogProvider.fromLayer(Client)
        for (let i = 0; i < 2; i++) {
          await OpenFeature.setProviderAndWait(`layer-${i}`, provider)
          const client = OpenFeature.getClient(`layer-${i}`)
          assert.strictEqual(await client.getNumberValue("page-size", 0, alice), 25)
          client.track("page turned", alice, { value: i })
          await provider.onClose!()
          const closed = await client.getNumberDetails("page-size", 0, alice)
          assert.strictEqual(closed.errorCode, ErrorCode.PROVIDER_NOT_READY)
          await provider.initialize!()
        }
        await provider.onClose!()
      })
      const events = yield* server.events
      assert.deepStrictEqual(events.map(({ event }) => event), [
        "$feature_flag_called",
        "page turned",
        "$feature_flag_called",
        "page turned"
      ])
    }).pipe(Effect.scoped))

  it.live("a client that cannot be built is FATAL, and evaluations give the default", () =>
    Effect.promise(async () => {
      const Broken: Layer.Layer<Posthog.Posthog | FeatureFlags, Error> = Layer.fail(new Error("no API key"))
      const provider = PosthogProvider.fromLayer(Broken)
      const error = await OpenFeature.setProviderAndWait("broken", provider).catch((error: unknown) => error)
      assert.include(error, {
        code: ErrorCode.PROVIDER_FATAL,
        message: "the PostHog client cannot be built: no API key"
      })
      const client = OpenFeature.getClient("broken")
      assert.strictEqual(client.providerStatus, ProviderStatus.FATAL)
      assert.strictEqual(await client.getStringValue("pricing", "fallback", alice), "fallback")
      const details = await provider.resolveStringEvaluation("pricing", "fallback", alice, console)
      assert.strictEqual(details.errorCode, ErrorCode.PROVIDER_NOT_READY)
      await provider.onClose!()
    }))
})
