/** A program with a real client that dies: `node dying.cjs <way> <url>`. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Effect, Layer, Redacted } from "effect"
import { fresh, Posthog, ProcessExceptions, step, withScope } from "effect-posthog"

const [, , way = "", url = ""] = process.argv

const client = ProcessExceptions.layer().pipe(
  Layer.provideMerge(
    Posthog.layer({ apiKey: Redacted.make("phc_dying"), host: url, exceptions: { sourceMaps: true } })
  ),
  Layer.provide(FetchHttpClient.layer)
)

class Broken extends Error {}

const fail = () => {
  throw new Broken("the last words") // the line that kills
}

const program = Effect.gen(function*() {
  yield* Posthog.capture("before", { distinctId: "alice" })
  yield* step("about to die")
  if (way === "rejection") {
    void Promise.reject(new Broken("the last words"))
  } else {
    setTimeout(fail)
  }
  return yield* Effect.never
}).pipe(withScope(fresh, { distinctId: "alice", captureExceptions: false }))

Effect.runFork(Effect.provide(program, client))
