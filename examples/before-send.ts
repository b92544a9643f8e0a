/** Before-send hooks: redact what must not leave, drop what nobody needs; a hook may be an Effect. */
import { Console, Effect } from "effect"
import { Posthog, PosthogTest } from "effect-posthog"
import type { BeforeSend } from "effect-posthog/event/BeforeSend"

const withoutEmails: BeforeSend = (event) => ({
  ...event,
  properties: Object.fromEntries(
    Object.entries(event.properties).map(([key, value]) => [
      key,
      typeof value === "string" && value.includes("@") ? "<redacted>" : value
    ])
  )
})

const withoutHealthChecks: BeforeSend = (event) => event.properties["path"] === "/healthz" ? null : event

const withRegion: BeforeSend = (event) =>
  Effect.succeed("eu-central-1").pipe(
    Effect.delay("10 millis"),
    Effect.map((region) => ({ ...event, properties: { ...event.properties, region } }))
  )

Effect.gen(function*() {
  yield* Posthog.capture("signed up", { distinctId: "user-1", properties: { email: "ada@lovelace.dev", plan: "pro" } })
  const dropped = yield* Posthog.capture("request", { distinctId: "user-1", properties: { path: "/healthz" } })
  yield* Console.log("the health check:", dropped)
  yield* Posthog.flush
  for (const { event, properties } of yield* PosthogTest.events) {
    yield* Console.log(event, { email: properties["email"], plan: properties["plan"], region: properties["region"] })
  }
}).pipe(
  Effect.provide(PosthogTest.layerWith({ beforeSend: [withoutHealthChecks, withoutEmails, withRegion] })),
  Effect.runPromise
)
