/** Express: each request in a scope of its own, wherever its code goes on. */
import * as PosthogExpress from "effect-posthog/hosts/PosthogExpress"
import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
import express from "express"
import type { AddressInfo } from "node:net"
import { setTimeout } from "node:timers/promises"
import { ask, embedded, httpClient, printEvents } from "./support/embedded.js"

const posthog = PosthogPromise.make({ apiKey: "phc_example", httpClient })

/** Knows nothing of requests, and captures for the right one. */
const load = async (id: string) => {
  await setTimeout(5)
  posthog.capture("order loaded", { properties: { id } })
}

const app = express()
app.use(PosthogExpress.middleware<express.Request>(posthog, {
  extraTags: ({ protocol }) => ({ protocol })
}))
app.get("/orders/:id", async ({ params: { id } }, response) => {
  posthog.tag("order", id)
  await load(id)
  response.json({ id, whose: posthog.currentScope().view.distinctId })
})
app.get("/broken", () => {
  throw new Error("no stock")
})
app.use(PosthogExpress.errorHandler(posthog))
app.use((_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
  response.status(500).send("sorry")
})

const server = app.listen(0, "127.0.0.1", async () => {
  const { port } = server.address() as AddressInfo
  await ask(`http://127.0.0.1:${port}`, "/orders/1")
  await ask(`http://127.0.0.1:${port}`, "/broken")
  server.close()
  server.closeAllConnections()
  console.log("shutdown:", await posthog.shutdown())
  await printEvents()
  await embedded.dispose()
})
