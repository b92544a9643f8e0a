/** A short-lived process: send at once and know, or flush before the end. PostHog is down for the first request. */
import { Console, Effect, Layer, Redacted } from "effect"
import { Posthog } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"

const Client = Posthog.layer({
  apiKey: Redacted.make("phc_example"),
  retryDelay: "200 millis",
  shutdownTimeout: "2 seconds"
}).pipe(Layer.provideMerge(DevServer.layerInMemory()))

Effect.gen(function*() {
  const server = yield* DevServer.DevServer
  yield* server.enqueue(Fault.Status({ status: 503 }))
  yield* Console.log("immediate:", yield* Posthog.captureImmediate("lambda ran", { distinctId: "user-1" }))
  yield* Posthog.capture("lambda ended", { distinctId: "user-1" })
  yield* Console.log("flush:", yield* Posthog.flush)
  yield* Console.log("stats:", yield* Posthog.stats)
}).pipe(Effect.provide(Client), Effect.runPromise)
