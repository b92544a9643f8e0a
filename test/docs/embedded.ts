import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, ManagedRuntime } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { createServer } from "node:http"

/** An embedded PostHog on loopback, for programs in processes of their own. */
export interface Embedded {
  /** The environment of a program that is to send here. */
  readonly env: Record<string, string>
  /** The names of the events received. */
  readonly events: () => Promise<ReadonlyArray<string>>
  /** How many requests were malformed. */
  readonly invalid: () => Promise<number>
  readonly close: () => Promise<void>
}

export const makeEmbedded = async (): Promise<Embedded> => {
  const runtime = ManagedRuntime.make(
    DevServer.layer().pipe(Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })))
  )
  const server = await runtime.runPromise(DevServer.DevServer)
  return {
    env: { POSTHOG_API_KEY: "phc_docs", POSTHOG_SECRET_KEY: "phs_docs", POSTHOG_HOST: server.url },
    events: () => runtime.runPromise(Effect.map(server.events, (events) => events.map(({ event }) => event))),
    invalid: () => runtime.runPromise(Effect.map(server.invalid, (requests) => requests.length)),
    close: () => runtime.dispose()
  }
}
