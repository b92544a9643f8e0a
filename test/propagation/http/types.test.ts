import { HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, type Layer } from "effect"
import type { ExceptionCapture } from "effect-posthog"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"

class Users extends Context.Tag("test/Users")<Users, { readonly find: (token: string) => Effect.Effect<string> }>() {}

const app = HttpRouter.empty.pipe(HttpRouter.get("/", HttpServerResponse.text("")))

type Needs<L> = L extends Layer.Layer<never, never, infer R> ? Exclude<R, HttpServer.HttpServer> : never

/** Compiles where both types are the same. */
const same = <A, B>(verdict: [A] extends [B] ? [B] extends [A] ? "same" : never : never) => verdict === "same"

describe("the type of the middleware", () => {
  it("asks for ExceptionCapture, and for what the hooks need", () => {
    const plain = HttpServer.serve(app, PosthogHttp.middleware())
    assert.isTrue(same<Needs<typeof plain>, ExceptionCapture.ExceptionCapture>("same"))
    const hooked = HttpServer.serve(
      app,
      PosthogHttp.middleware({
        extractUser: ({ headers }) =>
          Effect.map(Effect.flatMap(Users, (users) => users.find(headers["authorization"] ?? "")), (id) => ({ id }))
      })
    )
    assert.isTrue(same<Needs<typeof hooked>, ExceptionCapture.ExceptionCapture | Users>("same"))
  })

  it("asks for no ExceptionCapture where nothing is captured, or by a client of its own", () => {
    const silent = HttpServer.serve(app, PosthogHttp.middleware({ captureExceptions: false }))
    assert.isTrue(same<Needs<typeof silent>, never>("same"))
    const client = {} as ExceptionCapture.Service
    const own = HttpServer.serve(app, PosthogHttp.middleware({ client, onResponse: () => Effect.void }))
    assert.isTrue(same<Needs<typeof own>, never>("same"))
  })
})
