/** A program whose logs and traces go to the embedded PostHog, in memory. */
import { Effect, Layer } from "effect"
import { Posthog, type PosthogConfig } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import type { ExceptionCapture } from "effect-posthog/scope/ExceptionCapture"
import type * as LogCapture from "../../src/otlp/logs/LogCapture.js"
import * as PosthogOtlp from "../../src/otlp/PosthogOtlp.js"
import { layerClient } from "../support/client.js"

export const layerOtlp = (
  options: PosthogOtlp.Options,
  client: Omit<PosthogConfig.Options, "apiKey"> = {},
  server: DevServer.Options = {}
) => PosthogOtlp.layer(options).pipe(Layer.provideMerge(layerClient(client, server)))

type Services = LogCapture.LogCapture | Posthog.Posthog | ExceptionCapture | DevServer.DevServer

/** Runs with logs on, and `Effect.log` going nowhere else. */
export const withLogs = <A, E>(
  logs: PosthogOtlp.Options["logs"],
  effect: Effect.Effect<A, E, Services>,
  client: Omit<PosthogConfig.Options, "apiKey"> = {},
  server: DevServer.Options = {}
): Effect.Effect<A, E> => Effect.provide(effect, layerOtlp({ logs }, client, server))

/** What PostHog has, after a flush of the client. */
export const received = Effect.zipRight(
  Posthog.flush,
  Effect.flatMap(DevServer.DevServer, (server) => server.logs)
)
