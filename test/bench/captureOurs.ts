/** Our side of the capture benchmark. */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, Logger, LogLevel, ManagedRuntime, Redacted } from "effect"
import { fresh, inherited, Posthog, type PosthogConfig, withScope } from "effect-posthog"
import {
  answerAtOnce,
  batchSize,
  calls,
  check,
  distinctId,
  event,
  host,
  inner,
  middle,
  names,
  outer,
  perCall,
  properties
} from "./captureWork.js"
import { serve, type Work } from "./harness.js"

const runtime = (options: Partial<PosthogConfig.Options>) =>
  ManagedRuntime.make(
    Posthog.layer({
      apiKey: Redacted.make("phc_bench"),
      host,
      maxBatchSize: batchSize,
      flushInterval: "1 hour",
      ...options
    }).pipe(
      Layer.provide(FetchHttpClient.layer),
      Layer.provide(Layer.succeed(FetchHttpClient.Fetch, answerAtOnce as typeof fetch)),
      Layer.provide(Logger.minimumLogLevel(LogLevel.None))
    )
  )

type Services = ManagedRuntime.ManagedRuntime.Context<ReturnType<typeof runtime>>

/** Runs an effect again and again in one running fiber. */
const inLoop = <A>(body: (n: number) => Effect.Effect<A, never, Services>): Effect.Effect<number, never, Services> =>
  Effect.suspend(() => {
    let n = 0
    const from = performance.now()
    return Effect.map(
      Effect.whileLoop({ while: () => n < calls, body: () => body(n++), step: () => {} }),
      () => perCall(from)
    )
  })

const inScopes = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  self.pipe(withScope(inherited, inner), withScope(inherited, middle), withScope(fresh, outer))

/** The caller's side: nothing is sent before the clock has stopped. */
const unsent = (work: Effect.Effect<number, never, Services>, captured: "scoped" | "plain" | "nothing"): Work => {
  const { runPromise } = runtime({ flushAt: calls + 1, compression: "none" })
  return async () => {
    const time = await runPromise(work)
    await runPromise(Posthog.flush)
    if (captured !== "nothing") {
      check(captured === "scoped")
    }
    return time
  }
}

const whole = (compression: "gzip" | "none"): Work => {
  const { runPromise } = runtime({ flushAt: batchSize, compression })
  return async () => {
    const time = await runPromise(Effect.suspend(() => {
      const from = performance.now()
      return inLoop((n) => Posthog.capture(event, { distinctId, properties: properties(n) })).pipe(
        Effect.zipRight(Posthog.flush),
        Effect.map(() => perCall(from))
      )
    }))
    check(false)
    return time
  }
}

serve({
  [names.outside]: unsent(inLoop((n) => Posthog.capture(event, { distinctId, properties: properties(n) })), "plain"),
  [names.inScope]: unsent(inScopes(inLoop((n) => Posthog.capture(event, { properties: properties(n) }))), "scoped"),
  [names.wholePlain]: whole("none"),
  [names.wholeGzip]: whole("gzip"),
  [names.enter]: unsent(inLoop(() => inScopes(Effect.void)), "nothing"),
  [names.request]: unsent(inLoop((n) => inScopes(Posthog.capture(event, { properties: properties(n) }))), "scoped")
})
