/** PostHog in a program without Effect: scopes that follow promises, flags, and a flush at the end. */
import { DevServer } from "effect-posthog/devserver/DevServer"
import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
import { setTimeout } from "node:timers/promises"
import { embedded, httpClient, printEvents } from "./support/embedded.js"

const everybody = [{ properties: [], rollout_percentage: 100 }]
const server = await embedded.runPromise(DevServer)
await embedded.runPromise(server.setDefinitions({
  flags: [{ key: "new-checkout", active: true, filters: { groups: everybody } }]
}))

const posthog = PosthogPromise.make({ apiKey: "phc_example", secretKey: "phs_example", httpClient })

/** Knows nothing of who asks, and captures for the right one. */
const load = async (order: string) => {
  await setTimeout(5)
  posthog.capture("order loaded", { properties: { order } })
  return { order, total: 42 }
}

const handle = (user: string, order: string) =>
  posthog.withScope(
    "fresh",
    { distinctId: user, tags: { order } },
    () =>
      posthog.withRequest({ operationName: "checkout", metadata: { items: 3 } }, async () => {
        posthog.tag("new checkout", await posthog.isEnabled("new-checkout", { default: false }))
        const { total } = await load(order)
        if (order === "o-2") {
          throw new Error("no stock")
        }
        posthog.capture("order paid", { properties: { total } })
      })
  )

// at once: neither sees the other
const outcomes = await Promise.allSettled([handle("ada", "o-1"), handle("bob", "o-2")])
console.log(outcomes.map(({ status }) => status))
console.log("outside of every scope:", posthog.capture("alone")._tag, { ...posthog.currentScope().view.tags })

console.log("shutdown:", await posthog.shutdown())
await printEvents()
await embedded.dispose()
