/** Fastify: a plugin, and what an error handler of the application's answers with 503 is an exception all the same. */
import * as PosthogFastify from "effect-posthog/hosts/PosthogFastify"
import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
import fastify from "fastify"
import { setTimeout } from "node:timers/promises"
import { ask, embedded, httpClient, printEvents } from "./support/embedded.js"

const posthog = PosthogPromise.make({ apiKey: "phc_example", httpClient })

const app = fastify({ forceCloseConnections: true })
await app.register(PosthogFastify.plugin(posthog, {
  requestFilter: ({ originalUrl }) => originalUrl !== "/health",
  onResponse: ({ duration, route, status }) =>
    posthog.capture("answered", { properties: { status, route, quick: duration < 1000 } })
}))
app.setErrorHandler((_error, _request, reply) => reply.status(503).send("later"))
app.get<{ Params: { readonly id: string } }>("/orders/:id", async ({ params: { id } }) => {
  posthog.tag("order", id)
  await setTimeout(5)
  posthog.capture("order viewed")
  return { id, whose: posthog.currentScope().view.distinctId }
})
app.get("/broken", async () => {
  throw new Error("no stock")
})
app.get("/health", async () => "ok")

const url = await app.listen({ port: 0, host: "127.0.0.1" })
for (const path of ["/orders/1", "/broken", "/health"]) {
  await ask(url, path)
}
await app.close()
console.log("shutdown:", await posthog.shutdown())
await printEvents()
await embedded.dispose()
