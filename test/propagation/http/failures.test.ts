import {
  HttpApi,
  HttpApiBuilder,
  HttpApiEndpoint,
  HttpApiError,
  HttpApiGroup,
  HttpApiSchema,
  HttpApp,
  HttpRouter,
  HttpServer,
  HttpServerRequest,
  HttpServerRespondable,
  HttpServerResponse
} from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Deferred, Effect, Layer, Schema, Stream } from "effect"
import { ExceptionCapture, inherited, PosthogTest, withScope } from "effect-posthog"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import { request } from "node:http"
import { captured, listen, send, serve, theEvent, withPosthog } from "./support.js"

class Teapot extends Data.TaggedError("Teapot")<{ readonly status: number }> {
  [HttpServerRespondable.symbol]() {
    return HttpServerResponse.empty({ status: this.status })
  }
}

class Broken extends Data.TaggedError("Broken") {
  [HttpServerRespondable.symbol]() {
    return Effect.die("it cannot say")
  }
}

class Fault extends Data.TaggedError("Fault")<{ readonly message: string }> {}

const exceptions = Effect.map(PosthogTest.events, (events) => events.filter(({ event }) => event === "$exception"))

const messages = Effect.map(exceptions, (events) => events.map(({ properties }) => list(properties)[0]?.value))

interface Entry {
  readonly type: string
  readonly value: string
  readonly mechanism: { readonly type: string; readonly handled: boolean }
}

const list = (properties: { readonly [key: string]: unknown }) =>
  // the client has written it in this form
  properties["$exception_list"] as ReadonlyArray<Entry>

/** The status of one request to this app, and the messages of what was captured. */
const outcome = <E>(app: HttpApp.Default<E>, path = "/") =>
  Effect.gen(function*() {
    const url = yield* serve(app, PosthogHttp.middleware())
    const { status } = yield* send(url, { path })
    yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
    return { status, messages: yield* messages }
  }).pipe(withPosthog)

describe("failures that leave a request", () => {
  it.scopedLive("of 500 and above are captured at the middleware's boundary, in the request's scope", () =>
    Effect.gen(function*() {
      const url = yield* serve(new Fault({ message: "no stock" }), PosthogHttp.middleware())
      const { status } = yield* send(url, { path: "/pay", headers: { "x-posthog-distinct-id": "ada" } })
      assert.strictEqual(status, 500)
      const { distinctId, properties } = yield* theEvent
      assert.strictEqual(distinctId, "ada")
      assert.strictEqual(properties["$request_path"], "/pay")
      assert.strictEqual(properties["$exception_level"], "error")
      const [entry] = list(properties)
      assert.strictEqual(entry?.type, "Fault")
      assert.strictEqual(entry?.mechanism.type, "middleware")
      assert.strictEqual(properties["$exception_source"], "effect.http_middleware")
      assert.isFalse(entry?.mechanism.handled)
    }).pipe(withPosthog))

  it.scopedLive("defects too", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* outcome(Effect.die(new Error("bug"))), { status: 500, messages: ["bug"] })
      assert.deepStrictEqual(yield* outcome(Effect.die("text")), { status: 500, messages: ["text"] })
    }))

  it.scopedLive("answers that a route gives by failing are not", () =>
    Effect.gen(function*() {
      const silent = (status: number) => ({ status, messages: [] })
      assert.deepStrictEqual(yield* outcome(new Teapot({ status: 418 })), silent(418))
      assert.deepStrictEqual(yield* outcome(Effect.die(new Teapot({ status: 404 }))), silent(404))
      assert.deepStrictEqual(yield* outcome(HttpRouter.empty, "/nowhere"), silent(404))
      assert.deepStrictEqual(
        yield* outcome(Effect.flatMap(HttpServerRequest.schemaHeaders(Schema.Struct({ token: Schema.String })), () =>
          HttpServerResponse.empty())),
        silent(400)
      )
      assert.deepStrictEqual(yield* outcome(Effect.die(HttpServerResponse.empty({ status: 503 }))), silent(503))
      assert.deepStrictEqual(yield* outcome(Effect.succeed(HttpServerResponse.empty({ status: 500 }))), silent(500))
    }))

  it.scopedLive("an answer of 500 and above by failing is captured, and says that it was handled", () =>
    Effect.gen(function*() {
      const url = yield* serve(new Teapot({ status: 503 }), PosthogHttp.middleware())
      assert.strictEqual((yield* send(url)).status, 503)
      const { properties } = yield* theEvent
      assert.strictEqual(properties["$response_status_code"], 503)
      assert.isTrue(list(properties)[0]?.mechanism.handled)
    }).pipe(withPosthog))

  it.scopedLive("an error that cannot say what it is answered with is one like any other", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* outcome(new Broken())).status, 500)
      assert.lengthOf((yield* outcome(new Broken())).messages, 1)
    }))

  it.scopedLive("of several failures only those of 500 and above are told", () =>
    Effect.gen(function*() {
      const cause = Cause.parallel(Cause.fail(new Teapot({ status: 404 })), Cause.die(new Error("bug")))
      assert.deepStrictEqual((yield* outcome(Effect.failCause(cause))).messages, ["bug"])
    }))

  it.scopedLive("a failure that an inner scope has captured is not captured again, whatever was thrown", () =>
    Effect.gen(function*() {
      for (const error of [new Fault({ message: "no stock" }), "a text", null, 42]) {
        const { messages } = yield* outcome(
          Effect.fail(error).pipe(withScope(inherited, { tags: { step: 1 } })) as never
        )
        assert.lengthOf(messages, 1)
      }
    }))

  it.scopedLive("captured once with middlewares around the server and inside its router", () =>
    Effect.gen(function*() {
      const router = HttpRouter.use(
        HttpRouter.empty.pipe(HttpRouter.get("/", new Fault({ message: "no stock" }))),
        PosthogHttp.middleware()
      )
      const url = yield* serve(router, PosthogHttp.middleware())
      yield* send(url)
      yield* theEvent
    }).pipe(withPosthog))

  it.scopedLive("nothing is captured with captureExceptions: false, by the options or by the client's", () =>
    Effect.gen(function*() {
      const app = Effect.die(new Error("bug"))
      const url = yield* serve(app, PosthogHttp.middleware({ captureExceptions: false }))
      assert.strictEqual((yield* send(url)).status, 500)
      assert.deepStrictEqual(yield* exceptions, [])
      const layer = PosthogTest.layerWith({ captureExceptions: false })
      yield* Effect.gen(function*() {
        const quiet = yield* serve(app, PosthogHttp.middleware())
        yield* send(quiet)
        assert.deepStrictEqual(yield* exceptions, [])
        const asked = yield* serve(app, PosthogHttp.middleware({ captureExceptions: true }))
        yield* send(asked)
        assert.lengthOf(yield* exceptions, 1)
      }).pipe(Effect.provide(layer))
    }).pipe(withPosthog))

  it.scopedLive("a client of its own captures, here and in scopes inside", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const client: ExceptionCapture.Service = {
        captureExceptionsByDefault: true,
        captureException: (input) => {
          seen.push(input)
          return Effect.die("a client that dies")
        }
      }
      const url = yield* serve(
        Effect.fail(new Fault({ message: "inner" })).pipe(withScope(inherited)),
        PosthogHttp.middleware({ client })
      )
      assert.strictEqual((yield* send(url)).status, 500)
      assert.lengthOf(seen, 2)
      assert.deepStrictEqual(yield* PosthogTest.events, [])
    }).pipe(withPosthog))

  it.scopedLive("a client that goes away is no failure", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<number>()
      const url = yield* serve(
        HttpRouter.empty.pipe(HttpRouter.get("/", Effect.zipRight(Deferred.succeed(started, undefined), Effect.never))),
        PosthogHttp.middleware({ onResponse: ({ status }) => Deferred.succeed(ended, status) })
      )
      const outgoing = request(url)
      outgoing.on("error", () => {})
      outgoing.end()
      yield* Deferred.await(started)
      outgoing.destroy()
      assert.strictEqual(yield* Deferred.await(ended), 499)
      assert.deepStrictEqual(yield* PosthogTest.events, [])
    }).pipe(withPosthog))

  const failing = HttpServerResponse.stream(
    Stream.concat(Stream.encodeText(Stream.make("half")), Stream.fail(new Fault({ message: "half way" })))
  )

  it.scopedLive("a body that fails half way is a failure, wherever the middleware stands", () =>
    Effect.gen(function*() {
      const around = yield* serve(Effect.succeed(failing), PosthogHttp.middleware())
      yield* send(around)
      const first = yield* theEvent
      assert.strictEqual(list(first.properties)[0]?.value, "half way")
      const inside = yield* listen(
        HttpServer.serve(
          HttpRouter.use(
            HttpRouter.empty.pipe(HttpRouter.get("/b", Effect.succeed(failing))),
            PosthogHttp.middleware()
          )
        )
      )
      yield* send(inside, { path: "/b" })
      const [, second] = yield* captured(2)
      assert.isUndefined(second, "it is the same error object")
    }).pipe(withPosthog))

  it.scopedLive("a web handler's body that fails is captured in its request's scope", () =>
    Effect.gen(function*() {
      const runtime = yield* Effect.runtime<ExceptionCapture.ExceptionCapture>()
      const handler = HttpApp.toWebHandlerRuntime(runtime)(Effect.succeed(failing), PosthogHttp.middleware())
      const response = yield* Effect.promise(() =>
        handler(new Request("http://shop.example/", { headers: { "x-posthog-distinct-id": "ada" } }))
      )
      yield* Effect.promise(() => response.text().catch(() => ""))
      assert.strictEqual((yield* theEvent).distinctId, "ada")
    }).pipe(withPosthog))
})

describe("failures of an HttpApi", () => {
  class Missing extends Schema.TaggedError<Missing>()("Missing", {}, HttpApiSchema.annotations({ status: 404 })) {}
  class Conflict extends Schema.TaggedError<Conflict>()("Conflict", {}) {}
  class Down extends Schema.TaggedError<Down>()("Down", {}) {}

  class Api extends HttpApi.make("api").add(
    HttpApiGroup.make("orders").add(
      HttpApiEndpoint.get("fail", "/fail/:how")
        .setPath(Schema.Struct({ how: Schema.String }))
        .addSuccess(Schema.String)
        .addError(Missing)
        .addError(Conflict, { status: 409 })
        .addError(Down, { status: 503 })
        .addError(HttpApiError.Unauthorized)
    )
  ) {}

  const ApiLive = HttpApiBuilder.api(Api).pipe(
    Layer.provide(HttpApiBuilder.group(Api, "orders", (handlers) =>
      handlers.handle("fail", ({ path: { how } }) => {
        switch (how) {
          case "missing":
            return new Missing()
          case "conflict":
            return new Conflict()
          case "unauthorized":
            return new HttpApiError.Unauthorized()
          case "down":
            return new Down()
          default:
            return Effect.die(new Error("bug"))
        }
      })))
  )

  it.scopedLive("count by the status that the api declares, inside of it and around it", () =>
    Effect.gen(function*() {
      const inside = yield* listen(
        HttpApiBuilder.serve().pipe(
          Layer.provide(HttpApiBuilder.middleware(
            Effect.map(ExceptionCapture.ExceptionCapture, (client) => PosthogHttp.middleware({ client }))
          )),
          Layer.provide(ApiLive)
        )
      )
      const around = yield* listen(HttpApiBuilder.serve(PosthogHttp.middleware()).pipe(Layer.provide(ApiLive)))
      const statuses = { missing: 404, conflict: 409, unauthorized: 401, down: 503, bug: 500 }
      for (const [how, status] of Object.entries(statuses)) {
        assert.strictEqual((yield* send(inside, { path: `/fail/${how}` })).status, status)
        assert.strictEqual((yield* send(around, { path: `/fail/${how}` })).status, status)
      }
      assert.strictEqual((yield* send(inside, { path: "/nowhere" })).status, 404)
      const events = yield* captured(3)
      assert.deepStrictEqual(
        events.map(({ properties }) => [list(properties)[0]?.type, properties["$response_status_code"]]),
        [["Down", 503], ["Error", 500], ["Error", 500]]
      )
      assert.isTrue(list(events[0]!.properties)[0]?.mechanism.handled)
    }).pipe(withPosthog))
})
