/**
 * Route handlers of Next, called here as Next calls them: with a `Request` and the route's parameters. A whole application
 * is in the folder `next`; `npm run test:hosts` builds and asks it.
 */
import * as PosthogNext from "effect-posthog/hosts/PosthogNext"
import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
import { setTimeout } from "node:timers/promises"
import { embedded, httpClient, printEvents } from "./support/embedded.js"

// in an application a module of its own: each route imports it
const posthog = PosthogPromise.make({ apiKey: "phc_example", httpClient })

/** Knows nothing of requests, and captures for the right one. */
const load = async (id: string) => {
  await setTimeout(5)
  posthog.capture("order loaded", { properties: { id } })
}

interface Context {
  readonly params: Promise<{ readonly id: string }>
}

// app/api/orders/[id]/route.ts
const GET = PosthogNext.route(posthog, async (_request: Request, { params }: Context) => {
  const { id } = await params
  posthog.tag("order", id)
  await load(id)
  if (id === "broken") {
    throw new Error("no stock")
  }
  return Response.json({ id, whose: posthog.currentScope().view.distinctId })
})

const get = async (user: string, id: string) => {
  const request = new Request(`http://shop.example/api/orders/${id}`, {
    headers: { "x-posthog-distinct-id": user, "x-correlation-id": `corr-of-${user}` }
  })
  const response = await GET(request, { params: Promise.resolve({ id }) })
  return `${user}: ${response.status} ${await response.text()}`
}

// at once: neither sees the other
for (const outcome of await Promise.allSettled([get("ada", "1"), get("bob", "2"), get("cid", "broken")])) {
  console.log(outcome.status === "fulfilled" ? outcome.value : `Next answers 500: ${outcome.reason}`)
}
console.log("shutdown:", await posthog.shutdown())
await printEvents()
await embedded.dispose()
