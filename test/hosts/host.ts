/** A client for plain code whose PostHog is the embedded one, in memory. */
import { Effect, Layer, ManagedRuntime } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import type { ReceivedEvent } from "effect-posthog/devserver/ReceivedEvent"
import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"

export interface Host {
  readonly posthog: PosthogPromise.Service
  readonly server: DevServer.Service
  /** Flushes, and gives everything that has arrived. */
  readonly events: () => Promise<ReadonlyArray<ReceivedEvent>>
}

/** Runs a test with a client, and shuts it down whatever becomes of the test. */
export const withHost = async (
  test: (host: Host) => Promise<void>,
  options: Omit<PosthogPromise.Options, "apiKey" | "httpClient"> = {},
  devServer: DevServer.Options = {}
): Promise<void> => {
  const embedded = ManagedRuntime.make(DevServer.layerInMemory(devServer))
  const server = await embedded.runPromise(DevServer.DevServer)
  const posthog = PosthogPromise.make({
    apiKey: "phc_test",
    host: "http://posthog.local",
    compression: "none",
    httpClient: Layer.effectContext(Effect.map(embedded.runtimeEffect, ({ context }) => context)),
    ...options
  })
  try {
    await test({
      posthog,
      server,
      events: async () => {
        await posthog.flush()
        return Effect.runPromise(server.events)
      }
    })
  } finally {
    await posthog.shutdown()
    await embedded.dispose()
  }
}
