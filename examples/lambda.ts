/**
 * A function that the platform freezes after its answer: what it captured is sent before. PostHog is down for the first
 * request of the first invocation.
 */
import { Console, Data, Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { fresh, Posthog, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"

// built once for all invocations of this process
const runtime = ManagedRuntime.make(
  Posthog.layer({ apiKey: Redacted.make("phc_example"), retryDelay: "50 millis" }).pipe(
    Layer.provideMerge(DevServer.layerInMemory())
  )
)

class OutOfStock extends Data.TaggedError("OutOfStock")<{ readonly order: string }> {}

interface OrderPlaced {
  readonly order: string
  readonly user: string
}

const handle = ({ order, user }: OrderPlaced) =>
  Effect.gen(function*() {
    yield* Posthog.capture("order placed", { properties: { order } })
    if (order === "o-3") {
      return yield* new OutOfStock({ order })
    }
    // its outcome says whether PostHog has it
    const outcome = yield* Posthog.captureImmediate("invoice wanted", { properties: { order } })
    return { statusCode: 200, body: outcome._tag }
  }).pipe(
    withScope(fresh, { distinctId: user }),
    Effect.orElseSucceed(() => ({ statusCode: 500, body: "sorry" })),
    // the platform waits for this, and no longer than that
    Effect.ensuring(Effect.flatMap(Posthog.flushWithin("2 seconds"), (report) => Console.log("flushed:", report)))
  )

/** What the platform calls. */
export const handler = (event: OrderPlaced) => runtime.runPromise(handle(event))

await runtime.runPromise(Effect.flatMap(DevServer.DevServer, (server) => server.enqueue(Fault.Status({ status: 503 }))))
for (const event of [{ order: "o-1", user: "ada" }, { order: "o-2", user: "bob" }, { order: "o-3", user: "cid" }]) {
  console.log(await handler(event))
}
const { events, requests } = await runtime.runPromise(DevServer.DevServer)
for (const { distinct_id, event } of await runtime.runPromise(events)) {
  console.log(`${event} of ${distinct_id}`)
}
console.log(`${(await runtime.runPromise(requests)).length} requests`)
await runtime.dispose()
