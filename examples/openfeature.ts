/** PostHog behind OpenFeature's client, for a program that knows nothing of Effect but this provider. */
import { OpenFeature, ProviderEvents } from "@openfeature/server-sdk"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { Posthog } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as PosthogProvider from "effect-posthog/openfeature/PosthogProvider"

const everybody = [{ properties: [], rollout_percentage: 100 }]
const definitions = {
  flags: [
    { key: "new-checkout", active: true, filters: { groups: everybody } },
    {
      key: "page-size",
      active: true,
      filters: {
        groups: everybody,
        multivariate: { variants: [{ key: "25", rollout_percentage: 100 }] },
        payloads: { "25": `{"columns":3}` }
      }
    },
    {
      key: "beta",
      active: true,
      filters: { groups: [{ properties: [{ key: "plan", type: "person", operator: "exact", value: ["pro"] }] }] }
    }
  ]
}

const embedded = ManagedRuntime.make(DevServer.layerInMemory({ definitions }))

const Client = Posthog.layer({ apiKey: Redacted.make("phc_example"), secretKey: Redacted.make("phs_example") }).pipe(
  Layer.provide(Layer.effectContext(Effect.map(embedded.runtimeEffect, ({ context }) => context)))
)

await OpenFeature.setProviderAndWait(PosthogProvider.fromLayer(Client))
const client = OpenFeature.getClient()
client.addHandler(ProviderEvents.Stale, (details) => console.log(details?.message))

const ada = { targetingKey: "ada", plan: "pro", groups: { company: "acme" } }
const { reason, value, variant } = await client.getNumberDetails("page-size", 10, ada)
console.log("page-size:", value, variant, reason)
console.log("its layout:", await client.getObjectValue("page-size", {}, ada))
console.log("new-checkout:", (await client.getBooleanDetails("new-checkout", false, ada)).reason)
console.log("beta:", await client.getBooleanValue("beta", false, ada))
console.log("nowhere:", (await client.getStringDetails("nowhere", "default", ada)).errorCode)
client.track("checkout finished", ada, { value: 42, currency: "EUR" })

// the client is shut down with the provider, and delivers what it has
await OpenFeature.close()
const { events } = await embedded.runPromise(DevServer.DevServer)
for (const { distinct_id, event, properties } of await embedded.runPromise(events)) {
  console.log(`${event} of ${distinct_id}:`, properties["$feature_flag"] ?? properties["value"])
}
await embedded.dispose()
