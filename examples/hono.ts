/** Hono: on a socket or as a fetch handler, with a body that is streamed in the request's scope. */
import { serve } from "@hono/node-server"
import * as PosthogHono from "effect-posthog/hosts/PosthogHono"
import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
import { Hono } from "hono"
import { streamText } from "hono/streaming"
import { setTimeout } from "node:timers/promises"
import { ask, embedded, httpClient, printEvents } from "./support/embedded.js"

const posthog = PosthogPromise.make({ apiKey: "phc_example", httpClient })

const app = new Hono()
  .use(PosthogHono.middleware(posthog))
  .get("/orders/:id", async (c) => {
    posthog.tag("order", c.req.param("id"))
    await setTimeout(5)
    posthog.capture("order viewed")
    return c.json({ whose: posthog.currentScope().view.distinctId })
  })
  .get("/feed", (c) =>
    streamText(c, async (body) => {
      for (const piece of ["one ", "two"]) {
        await setTimeout(1)
        posthog.capture("piece", { properties: { piece } })
        await body.write(piece)
      }
    }))
  .get("/broken", () => {
    throw new Error("no stock")
  })
  .onError((_error, c) => c.text("sorry", 500))

const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, async ({ port }) => {
  for (const path of ["/orders/1", "/feed", "/broken"]) {
    await ask(`http://127.0.0.1:${port}`, path)
  }
  server.close()
  console.log("shutdown:", await posthog.shutdown())
  await printEvents()
  await embedded.dispose()
})
