/**
 * Our side of the delivery benchmark: the defaults, but where 400,000 events are queued: a larger buffer, and time to
 * queue them while the first request is held.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Layer, Logger, LogLevel, ManagedRuntime, Redacted } from "effect"
import { fresh, Posthog, withScope } from "effect-posthog"
import { serveClient } from "./deliveryClient.js"
import { distinctId, event, perScope, properties, sessionId, tags } from "./deliveryWork.js"

const larger = process.argv[4] === "larger"

serveClient((host) => {
  const { runPromise, runSync } = ManagedRuntime.make(
    Posthog.layer({
      apiKey: Redacted.make("phc_bench"),
      host,
      ...(larger ? { maxBufferedEvents: 1_000_000, maxBufferedBytes: 1024 ** 3, requestTimeout: "5 minutes" } : {})
    }).pipe(
      // the one that docs/delivery.md advises for servers; `fetch` to see what the other one would do
      Layer.provide(process.env["HTTP_CLIENT"] === "fetch" ? FetchHttpClient.layer : NodeHttpClient.layerUndici),
      Layer.provide(Logger.minimumLogLevel(LogLevel.None))
    )
  )
  const inScope = (from: number, to: number) =>
    Effect.suspend(() => {
      let n = from
      return Effect.whileLoop({
        while: () => n < to,
        body: () => Posthog.capture(event, { properties: properties(n++) }),
        step: () => {}
      }).pipe(withScope(fresh, { distinctId: distinctId(from), sessionId: sessionId(from), tags: tags(from) }))
    })
  return {
    capture: (from, count) =>
      runSync(Effect.suspend(() => {
        let n = from
        const end = from + count
        return Effect.whileLoop({
          while: () => n < end,
          body: () => inScope(n, Math.min(n += perScope, end)),
          step: () => {}
        })
      })),
    pending: () => runSync(Posthog.stats).pending,
    flush: () => runPromise(Posthog.flush),
    shutdown: () => runPromise(Posthog.shutdown)
  }
})
