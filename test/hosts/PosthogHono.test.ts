import { type HttpBindings, serve } from "@hono/node-server"
import type { HostAnswered } from "effect-posthog/hosts/PosthogHono"
import * as PosthogHono from "effect-posthog/hosts/PosthogHono"
import type * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
import { type Context, Hono } from "hono"
import { HTTPException } from "hono/http-exception"
import { stream } from "hono/streaming"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it } from "vitest"
import { withHost } from "./host.js"
import { counts, drive, eventsOfWork, expectOwn, headersOf, pieces, share, work } from "./traffic.js"

const serving = async (app: { readonly fetch: Hono["fetch"] }, test: (url: string) => Promise<void>) => {
  const { port, server } = await new Promise<{ readonly port: number; readonly server: Server }>((resolve) => {
    // without options it is a server of node:http
    const server = serve(
      { fetch: app.fetch, port: 0, hostname: "127.0.0.1" },
      ({ port }: AddressInfo) => resolve({ port, server })
    ) as Server
  })
  try {
    await test(`http://127.0.0.1:${port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const encoder = new TextEncoder()

const shop = (posthog: PosthogPromise.Service) =>
  new Hono()
    .use(PosthogHono.middleware(posthog))
    .get("/work/:id", async (c) => {
      await work(posthog, c.req.param("id"))
      return c.text(String(posthog.currentScope().view.distinctId))
    })
    .post("/echo/:id", async (c) => {
      const { id } = await c.req.json<{ readonly id: string }>()
      posthog.capture("body was read", { properties: { expected: id } })
      return c.text(String(posthog.currentScope().view.distinctId))
    })
    .get("/stream/:id", (c) => {
      const id = c.req.param("id")
      if (Number(id) % 2 === 0) {
        return stream(c, async (body) => {
          for await (const piece of pieces(posthog, id)) {
            await body.write(piece)
          }
        })
      }
      const made = pieces(posthog, id)
      return c.body(
        new ReadableStream({
          pull: async (controller) => {
            const { done, value } = await made.next()
            if (done === true) {
              controller.close()
            } else {
              controller.enqueue(encoder.encode(value))
            }
          }
        }, { highWaterMark: 0 })
      )
    })
    .get("/fail/:id", async (c) => {
      await work(posthog, c.req.param("id"))
      throw new Error(`failed ${c.req.param("id")}`)
    })
    .get("/missing/:id", () => {
      throw new HTTPException(404)
    })

describe("PosthogHono", () => {
  it("gives each of 200 interleaved requests a scope of its own, wherever its code goes on", () =>
    withHost(async ({ events, posthog }) => {
      const app = shop(posthog).onError((error, c) =>
        error instanceof HTTPException ? error.getResponse() : c.text("sorry", 500)
      )
      await serving(app, (url) => drive(url, ["work", "echo", "stream", "fail", "missing"]))
      const arrived = await events()
      const each = share(5)
      expectOwn(arrived)
      expect(counts(arrived)).toEqual({
        ...eventsOfWork(each * 2),
        "body was read": each,
        piece: each * 3,
        $exception: each
      })
    }))

  it("TRHDR-12 captures what is answered with 500, whoever answers, and the handler gets the very same error", () =>
    withHost(async ({ events, posthog }) => {
      const caught: Array<unknown> = []
      const thrown = new Error("kept")
      const app = shop(posthog)
        .get("/kept", () => {
          throw thrown
        })
        .get("/bad-gateway", () => {
          throw new HTTPException(502, { message: "upstream" })
        })
        .onError((error, c) => {
          caught.push(error)
          return error instanceof HTTPException ? error.getResponse() : c.json({ sorry: true }, 503)
        })
      await serving(app, async (url) => {
        expect((await fetch(`${url}/fail/7`, { headers: headersOf(7) })).status).toBe(503)
        expect((await fetch(`${url}/missing/8`, { headers: headersOf(8) })).status).toBe(404)
        expect((await fetch(`${url}/kept`)).status).toBe(503)
        expect((await fetch(`${url}/bad-gateway`)).status).toBe(502)
      })
      expect(caught[2]).toBe(thrown)
      const exceptions = (await events()).filter(({ event }) => event === "$exception")
      expect(exceptions.map(({ properties }) => [
        properties["$response_status_code"],
        properties["$exception_list"]
      ])).toMatchObject([
        [503, [{ value: "failed 7", mechanism: { type: "middleware", handled: false } }]],
        [503, [{ value: "kept" }]],
        [502, [{ value: "upstream" }]]
      ])
      expect(exceptions[0]).toMatchObject({ distinct_id: "user-7", properties: { "tag-7": "7" } })
    }))

  it("has the options of PosthogHttp.middleware, with the framework's context", () =>
    withHost(async ({ events, posthog }) => {
      const answers: Array<HostAnswered<Context>> = []
      const app = new Hono<{ Bindings: HttpBindings }>()
        .use(PosthogHono.middleware<Context<{ Bindings: HttpBindings }>>(posthog, {
          extractUser: (c) => ({ id: String(c.req.query("as")) }),
          extraTags: (c) => ({ port_is_known: c.env.incoming.socket.remotePort !== undefined }),
          requestFilter: (c) => c.req.path !== "/health",
          onResponse: (answered) => answers.push(answered)
        }))
        .get("/orders/:id", (c) => {
          posthog.capture("seen")
          return c.text("made", 201)
        })
        .get("/health", (c) => {
          posthog.capture("health")
          return c.text("ok")
        })
      await serving({ fetch: app.fetch as Hono["fetch"] }, async (url) => {
        await fetch(`${url}/orders/1?as=known`, { headers: headersOf(1) })
        await fetch(`${url}/health`, { headers: headersOf(1) })
      })
      const [seen, health] = await events()
      expect(seen).toMatchObject({
        distinct_id: "known",
        properties: {
          port_is_known: true,
          $ip: "127.0.0.1",
          $current_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/orders\/1\?as=known$/)
        }
      })
      expect(health?.properties).not.toHaveProperty("$request_path")
      expect(answers.map(({ status }) => status)).toEqual([201])
    }))

  it("works on a fetch handler without a server", () =>
    withHost(async ({ events, posthog }) => {
      const response = await shop(posthog).request("http://shop.local/work/3", { headers: headersOf(3) })
      expect(await response.text()).toBe("user-3")
      expect((await events())[0]?.properties).not.toHaveProperty("$ip")
    }))
})
