/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes what an async handler rejects with as its error */
import { fresh } from "effect-posthog"
import type { HostAnswered } from "effect-posthog/hosts/PosthogExpress"
import * as PosthogExpress from "effect-posthog/hosts/PosthogExpress"
import type * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
import express from "express"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { Readable } from "node:stream"
import { describe, expect, it } from "vitest"
import { withHost } from "./host.js"
import { counts, drive, eventsOfWork, expectOwn, headersOf, pieces, share, work } from "./traffic.js"

class Missing extends Error {
  readonly status = 404
}

const serving = async (app: express.Express, test: (url: string) => Promise<void>) => {
  const server = await new Promise<Server>((resolve) => {
    const listening: Server = app.listen(0, "127.0.0.1", () => resolve(listening))
  })
  try {
    // a server that listens on a port has an address with one
    await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const shop = (posthog: PosthogPromise.Service, seen: Array<unknown> = []) => {
  const app = express()
  app.use(PosthogExpress.middleware(posthog))
  app.get("/work/:id", async (request, response) => {
    await work(posthog, request.params.id)
    response.send(posthog.currentScope().view.distinctId)
  })
  app.post("/echo/:id", express.json(), (request, response) => {
    posthog.capture("body was read", { properties: { expected: request.body.id } })
    response.on(
      "finish",
      () => posthog.capture("response was written", { properties: { expected: request.params.id } })
    )
    response.send(posthog.currentScope().view.distinctId)
  })
  app.get("/stream/:id", (request, response) => {
    request.on("close", () => posthog.capture("request was closed", { properties: { expected: request.params.id } }))
    Readable.from(pieces(posthog, request.params.id)).pipe(response)
  })
  app.get("/fail/:id", async (request) => {
    await work(posthog, request.params.id)
    throw new Error(`failed ${request.params.id}`)
  })
  app.get("/missing/:id", () => {
    throw new Missing("not there")
  })
  app.use(PosthogExpress.errorHandler(posthog))
  app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    seen.push(error)
    response.status(error instanceof Missing ? 404 : 500).send("sorry")
  })
  return app
}

describe("PosthogExpress", () => {
  it("gives each of 200 interleaved requests a scope of its own, wherever its code goes on", () =>
    withHost(async ({ events, posthog }) => {
      const seen: Array<unknown> = []
      await serving(shop(posthog, seen), (url) => drive(url, ["work", "echo", "stream", "fail", "missing"]))
      const arrived = await events()
      const each = share(5)
      expectOwn(arrived)
      expect(counts(arrived)).toEqual({
        ...eventsOfWork(each * 2),
        "body was read": each,
        "response was written": each,
        "request was closed": each,
        piece: each * 3,
        $exception: each
      })
      expect(seen).toHaveLength(each * 2)
    }))

  it("TRHDR-12 captures what is answered with 500 and passes on the very same error", () =>
    withHost(async ({ events, posthog }) => {
      const seen: Array<unknown> = []
      await serving(shop(posthog, seen), async (url) => {
        expect((await fetch(`${url}/fail/7`, { headers: headersOf(7) })).status).toBe(500)
        expect((await fetch(`${url}/missing/8`, { headers: headersOf(8) })).status).toBe(404)
      })
      const exceptions = (await events()).filter(({ event }) => event === "$exception")
      expect(exceptions).toHaveLength(1)
      expect(exceptions[0]).toMatchObject({
        distinct_id: "user-7",
        properties: {
          $response_status_code: 500,
          $exception_source: "express.error_handler",
          response_time: expect.any(Number),
          "tag-7": "7",
          operation_name: "GET /fail/7",
          $exception_list: [{
            type: "Error",
            value: "failed 7",
            mechanism: { type: "middleware", handled: false }
          }]
        }
      })
      expect(seen[0]).toBeInstanceOf(Error)
    }))

  it("has the options of PosthogHttp.middleware, with the framework's request", () =>
    withHost(async ({ events, posthog }) => {
      const answers: Array<HostAnswered<express.Request>> = []
      const app = express()
      app.use(PosthogExpress.middleware<express.Request>(posthog, {
        extractUser: async ({ query }) => {
          if (query["broken"] === "1") {
            throw new Error("no database")
          }
          return query["as"] === undefined ? undefined : { id: String(query["as"]), email: "a@example.com" }
        },
        extraTags: ({ query }) => ({ plan: String(query["plan"]), secret: "x" }),
        tagMap: (tags) => ({ ...tags, secret: undefined, mapped: true }),
        requestFilter: ({ path }) => path !== "/health",
        trustedProxies: ["127.0.0.0/8"],
        correlation: "child",
        operationName: "route",
        onResponse: (answered) => {
          answers.push(answered)
          posthog.capture("answered", { properties: { note: posthog.currentScope().view.metadata["response_status"] } })
        }
      }))
      const orders = express.Router().get("/:id", (_request, response) => {
        posthog.capture("seen")
        response.status(201).end()
      })
      app.use("/orders", orders)
      app.get("/health", (_request, response) => {
        posthog.capture("health")
        response.end()
      })
      await serving(app, async (url) => {
        const headers = { ...headersOf(1), "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https" }
        await fetch(`${url}/orders/42?as=known&plan=pro`, { headers })
        await fetch(`${url}/orders/43?broken=1`, { headers })
        await fetch(`${url}/health`, { headers })
        await new Promise((resolve) => setTimeout(resolve, 20))
      })
      const arrived = await events()
      const [known, broken, health] = ["seen", "health"].flatMap((name) =>
        arrived.filter(({ event }) => event === name)
      )
      expect(known).toMatchObject({
        distinct_id: "known",
        properties: {
          email: "a@example.com",
          plan: "pro",
          mapped: true,
          $ip: "203.0.113.9",
          $current_url: expect.stringMatching(/^https:/),
          parent_correlation_id: "correlation-1",
          user_id: "known"
        }
      })
      expect(known?.properties).not.toHaveProperty("secret")
      expect(broken).toMatchObject({ distinct_id: "user-1" })
      expect(health?.properties).toMatchObject({ $process_person_profile: false })
      expect(health?.properties).not.toHaveProperty("$request_path")
      expect(answers.map(({ route, status }) => [status, route])).toEqual([[201, "/orders/:id"], [201, "/orders/:id"]])
      expect(answers[0]!.duration).toBeGreaterThan(0)
      expect(arrived.filter(({ event }) => event === "answered").map(({ properties }) => properties["note"])).toEqual([
        201,
        201
      ])
    }))

  it("is fresh even where the server was started inside a scope", () =>
    withHost(async ({ posthog }) => {
      await posthog.withScope(fresh, { distinctId: "starter", tags: { leak: true } }, () =>
        serving(
          express().use(PosthogExpress.middleware(posthog)).get("/", (_request, response) => {
            response.json(posthog.currentScope())
          }),
          async (url) => {
            const scope = await (await fetch(url)).json() as { readonly tags: object; readonly distinctId?: string }
            expect(scope.tags).not.toHaveProperty("leak")
            expect(scope.distinctId).toBeUndefined()
          }
        ))
    }))

  it("captures with the error handler alone, too, without a request's scope", () =>
    withHost(async ({ events, posthog }) => {
      const app = express()
      app.get("/", () => {
        throw new Error("alone")
      })
      app.use(PosthogExpress.errorHandler(posthog))
      app.use((_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
        response.status(500).end()
      })
      await serving(app, async (url) => {
        await fetch(url)
      })
      expect(counts(await events())).toEqual({ $exception: 1 })
    }))

  it("notes a client that goes away as 499", () =>
    withHost(async ({ posthog }) => {
      const app = express()
      const answered = new Promise<number>((resolve) => {
        app.use(PosthogExpress.middleware(posthog, { onResponse: ({ status }) => resolve(status) }))
      })
      app.get("/", () => {})
      await serving(app, async (url) => {
        const controller = new AbortController()
        const asked = fetch(url, { signal: controller.signal }).catch(() => "gone")
        setTimeout(() => controller.abort(), 50)
        expect(await asked).toBe("gone")
        expect(await answered).toBe(499)
      })
    }))
})
