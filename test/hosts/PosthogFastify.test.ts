import type { HostAnswered } from "effect-posthog/hosts/PosthogFastify"
import * as PosthogFastify from "effect-posthog/hosts/PosthogFastify"
import type * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify"
import { Readable } from "node:stream"
import { describe, expect, it } from "vitest"
import { withHost } from "./host.js"
import { counts, drive, eventsOfWork, expectOwn, headersOf, pieces, share, work } from "./traffic.js"

interface Asked {
  Params: { readonly id: string }
  Body: { readonly id: string }
}

const serving = async (app: FastifyInstance, test: (url: string) => Promise<void>) => {
  try {
    await test(await app.listen({ port: 0, host: "127.0.0.1" }))
  } finally {
    await app.close()
  }
}

const missing = () => Object.assign(new Error("not there"), { statusCode: 404 })

const shop = async (posthog: PosthogPromise.Service) => {
  const app = fastify({ forceCloseConnections: true })
  await app.register(PosthogFastify.plugin(posthog))
  app.get<Asked>("/work/:id", async ({ params }) => {
    await work(posthog, params.id)
    return posthog.currentScope().view.distinctId
  })
  app.post<Asked>("/echo/:id", (request, reply) => {
    posthog.capture("body was read", { properties: { expected: request.body.id } })
    reply.raw.on(
      "finish",
      () => posthog.capture("response was written", { properties: { expected: request.params.id } })
    )
    void reply.send(posthog.currentScope().view.distinctId)
  })
  // in a plugin of its own, which is encapsulated
  await app.register(async (inner) => {
    inner.addHook("preHandler", async (request) => {
      posthog.capture("in a hook", { properties: { expected: (request.params as Asked["Params"]).id } })
    })
    inner.get<Asked>("/stream/:id", ({ params }, reply) => reply.send(Readable.from(pieces(posthog, params.id))))
  })
  app.get<Asked>("/fail/:id", async ({ params }) => {
    await work(posthog, params.id)
    throw new Error(`failed ${params.id}`)
  })
  app.get<Asked>("/missing/:id", async () => {
    throw missing()
  })
  return app
}

describe("PosthogFastify", () => {
  it("gives each of 200 interleaved requests a scope of its own, wherever its code goes on", () =>
    withHost(async ({ events, posthog }) => {
      await serving(await shop(posthog), (url) => drive(url, ["work", "echo", "stream", "fail", "missing"]))
      const arrived = await events()
      const each = share(5)
      expectOwn(arrived)
      expect(counts(arrived)).toEqual({
        ...eventsOfWork(each * 2),
        "body was read": each,
        "response was written": each,
        "in a hook": each,
        piece: each * 3,
        $exception: each
      })
    }))

  it("TRHDR-12 captures what is answered with 500, and Fastify answers for it as ever", () =>
    withHost(async ({ events, posthog }) => {
      await serving(await shop(posthog), async (url) => {
        const failed = await fetch(`${url}/fail/7`, { headers: headersOf(7) })
        expect(await failed.json()).toEqual({ statusCode: 500, error: "Internal Server Error", message: "failed 7" })
        expect((await fetch(`${url}/missing/8`, { headers: headersOf(8) })).status).toBe(404)
      })
      const exceptions = (await events()).filter(({ event }) => event === "$exception")
      expect(exceptions).toHaveLength(1)
      expect(exceptions[0]).toMatchObject({
        distinct_id: "user-7",
        properties: {
          $response_status_code: 500,
          "tag-7": "7",
          operation_name: "GET /fail/7",
          $exception_list: [{ value: "failed 7", mechanism: { type: "middleware", handled: false } }]
        }
      })
    }))

  it("captures what an error handler of the application's answers with 500, and what a hook throws", () =>
    withHost(async ({ events, posthog }) => {
      const app = fastify({ forceCloseConnections: true })
      const caught: Array<unknown> = []
      const thrown = new Error("own handler")
      await app.register(PosthogFastify.plugin(posthog))
      app.get("/own", {
        errorHandler: (error, _request, reply) => {
          caught.push(error)
          void reply.status(503).send({ sorry: true })
        }
      }, () => {
        throw thrown
      })
      app.get("/teapot", {
        errorHandler: (_error, _request, reply) => {
          void reply.status(418).send({ sorry: true })
        }
      }, async () => {
        throw new Error("tea")
      })
      app.get("/hook", {
        preHandler: async () => {
          throw new Error("in a hook")
        }
      }, async () => "unreached")
      await serving(app, async (url) => {
        expect((await fetch(`${url}/own`)).status).toBe(503)
        expect((await fetch(`${url}/teapot`)).status).toBe(418)
        expect((await fetch(`${url}/hook`)).status).toBe(500)
      })
      expect(caught).toEqual([thrown])
      expect(
        (await events()).map(({ properties }) => [properties["$response_status_code"], properties["$exception_list"]])
      )
        .toMatchObject([[503, [{ value: "own handler" }]], [500, [{ value: "in a hook" }]]])
    }))

  it("has the options of PosthogHttp.middleware, with the framework's request", () =>
    withHost(async ({ events, posthog }) => {
      const answers: Array<HostAnswered<FastifyRequest>> = []
      const app = fastify({ forceCloseConnections: true })
      await app.register(PosthogFastify.plugin<FastifyRequest>(posthog, {
        extractUser: (request) => Promise.resolve({ id: String(request.headers["x-as"]) }),
        extraTags: ({ ip }) => ({ framework_ip: ip }),
        requestFilter: ({ url }) => url !== "/health",
        operationName: "route",
        onResponse: (answered) => answers.push(answered)
      }))
      app.get("/orders/:id", async (_request, reply) => {
        posthog.capture("seen")
        return reply.status(201).send("made")
      })
      app.get("/health", async () => {
        posthog.capture("health")
        return "ok"
      })
      await serving(app, async (url) => {
        await fetch(`${url}/orders/1`, { headers: { ...headersOf(1), "x-as": "known" } })
        await fetch(`${url}/health`, { headers: headersOf(1) })
      })
      const [seen, health] = await events()
      expect(seen).toMatchObject({
        distinct_id: "known",
        properties: { framework_ip: "127.0.0.1", $ip: "127.0.0.1", operation_name: "GET /orders/:id" }
      })
      expect(health?.properties).not.toHaveProperty("$request_path")
      expect(answers.map(({ route, status }) => [status, route])).toEqual([[201, "/orders/:id"]])
    }))
})
