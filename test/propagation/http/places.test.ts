import {
  HttpApi,
  HttpApiBuilder,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApp,
  HttpLayerRouter,
  HttpMiddleware,
  HttpRouter,
  HttpServer,
  HttpServerResponse
} from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Option, Schema, Stream, Tracer } from "effect"
import {
  Correlation,
  currentDistinctId,
  currentOperationMetadata,
  currentOperationName,
  currentRequest,
  currentTags,
  ExceptionCapture,
  fresh,
  identifyScope,
  Posthog,
  withScope
} from "effect-posthog"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import { captured, listen, send, serve, theEvent, withPosthog } from "./support.js"

const headers = { "x-posthog-distinct-id": "ada", "x-posthog-session-id": "s-1", "x-request-id": "r-1" }

const who = Effect.map(currentDistinctId, (id) => Option.getOrElse(id, () => "nobody"))

/** What handlers, forked fibers and the body's chunks see. */
const streaming = Effect.gen(function*() {
  const inHandler = yield* who
  const forked = yield* Effect.flatMap(Effect.fork(who), Fiber.join)
  const chunks = Stream.make(inHandler, forked).pipe(
    Stream.concat(Stream.mapEffect(Stream.make(1, 2), () => Effect.zipLeft(who, Effect.sleep(1)))),
    Stream.map((id) => `${id},`)
  )
  return HttpServerResponse.stream(Stream.encodeText(chunks), { contentType: "text/plain" })
})

const everywhere = "ada,ada,ada,ada,"

const echo = Effect.flatMap(who, (id) => HttpServerResponse.text(id))

describe("the middleware around a server", () => {
  it.scopedLive("a handler, its fibers and a streamed body are in the request's scope", () =>
    Effect.gen(function*() {
      const url = yield* serve(HttpRouter.empty.pipe(HttpRouter.get("/", streaming)), PosthogHttp.middleware())
      assert.deepStrictEqual(yield* send(url, { headers }), { status: 200, body: everywhere })
      assert.isTrue(Option.isNone(yield* currentDistinctId))
    }).pipe(withPosthog))

  it.scopedLive("the scope is fresh: nothing of where the server was started is in it", () =>
    Effect.gen(function*() {
      const url = yield* serve(
        Effect.flatMap(currentTags, (tags) => HttpServerResponse.json(tags)),
        PosthogHttp.middleware()
      )
      const { body } = yield* send(url, { path: "/x", headers: { host: "h", "user-agent": "" } })
      assert.deepStrictEqual(JSON.parse(body), {
        $current_url: "http://h/x",
        $request_method: "GET",
        $request_path: "/x",
        $ip: "127.0.0.1"
      })
    }).pipe(withScope(fresh, { tags: { outer: true }, captureExceptions: false }), withPosthog))

  it.scopedLive("sections: correlation, caller, request and operation, and notes about the request", () =>
    Effect.gen(function*() {
      const url = yield* serve(
        Effect.gen(function*() {
          yield* Posthog.capture("seen")
          const request = Option.getOrThrow(yield* currentRequest)
          return yield* HttpServerResponse.json({
            correlation: Option.getOrNull(yield* Correlation.current),
            operation: Option.getOrNull(yield* currentOperationName),
            request,
            metadata: yield* currentOperationMetadata
          })
        }),
        PosthogHttp.middleware()
      )
      const before = Date.now()
      const { body } = yield* send(url, {
        method: "PUT",
        path: "/orders/7?tag=a&tag=b&q=%C3%A9",
        body: "{}",
        headers: {
          ...headers,
          "x-correlation-id": "corr_1",
          "x-parent-correlation-id": "corr_0",
          "x-service-name": "cart",
          "x-client-version": "1.2.3",
          "x-operation-name": "checkout",
          "x-user-id": "u-1",
          "user-agent": "curl/8",
          "content-type": "application/json",
          "content-length": "2"
        }
      })
      const { request, ...rest } = JSON.parse(body)
      assert.deepStrictEqual(rest, {
        correlation: "corr_1",
        operation: "PUT /orders/7",
        metadata: {
          client_ip: "127.0.0.1",
          user_agent: "curl/8",
          method: "PUT",
          path: "/orders/7",
          query_params: { tag: ["a", "b"], q: "é" },
          content_type: "application/json",
          content_length: 2
        }
      })
      assert.strictEqual(request.requestId, "r-1")
      assert.strictEqual(request.userId, "u-1")
      assert.isAtLeast(request.timestamp, before)
      const { properties } = yield* theEvent
      const expected = {
        correlation_id: "corr_1",
        parent_correlation_id: "corr_0",
        caller_service_name: "cart",
        caller_service_version: "1.2.3",
        caller_operation_name: "checkout",
        request_id: "r-1",
        user_id: "u-1",
        operation_name: "PUT /orders/7"
      }
      for (const [key, value] of Object.entries(expected)) {
        assert.strictEqual(properties[key], value)
      }
      assert.notProperty(properties, "service_name")
      assert.notProperty(properties, "query_params")
    }).pipe(withPosthog))

  it.scopedLive("a request without ids gets a correlation and a request id of its own", () =>
    Effect.gen(function*() {
      const url = yield* serve(Effect.as(Posthog.capture("seen"), HttpServerResponse.empty()), PosthogHttp.middleware())
      yield* send(url)
      yield* send(url)
      const [first, second] = yield* captured(2)
      for (const event of [first, second]) {
        assert.match(String(event?.properties["correlation_id"]), /^corr_[0-9a-f]{32}$/)
        assert.match(String(event?.properties["request_id"]), /^req_[0-9a-f]{32}$/)
      }
      assert.notStrictEqual(first?.properties["request_id"], second?.properties["request_id"])
      assert.notStrictEqual(first?.properties["correlation_id"], second?.properties["correlation_id"])
    }).pipe(withPosthog))

  it.scopedLive("a correlation of its own as a child of the one that came in, or without looking at it", () =>
    Effect.gen(function*() {
      const app = Effect.as(Posthog.capture("seen"), HttpServerResponse.empty())
      const child = yield* serve(app, PosthogHttp.middleware({ correlation: "child" }))
      const anew = yield* serve(app, PosthogHttp.middleware({ correlation: "new" }))
      yield* send(child, { headers: { "x-correlation-id": "corr_1", "x-parent-correlation-id": "corr_0" } })
      yield* send(anew, { headers: { "x-correlation-id": "corr_1", "x-parent-correlation-id": "corr_0" } })
      const [first, second] = yield* captured(2)
      assert.match(String(first?.properties["correlation_id"]), /^corr_[0-9a-f]{32}$/)
      assert.strictEqual(first?.properties["parent_correlation_id"], "corr_1")
      assert.match(String(second?.properties["correlation_id"]), /^corr_[0-9a-f]{32}$/)
      assert.notProperty(second?.properties, "parent_correlation_id")
    }).pipe(withPosthog))

  it.scopedLive("tags of a caller are taken over only where they are accepted, and never over our own", () =>
    Effect.gen(function*() {
      const app = Effect.flatMap(currentTags, (tags) => HttpServerResponse.json(tags))
      const sent = {
        host: "h",
        "x-posthog-context-tags": JSON.stringify({ tenant: "acme", $ip: "6.6.6.6", plan: "pro" })
      }
      const none = yield* serve(app, PosthogHttp.middleware())
      const one = yield* serve(app, PosthogHttp.middleware({ acceptTags: ["tenant"] }))
      const all = yield* serve(app, PosthogHttp.middleware({ acceptTags: "all" }))
      const own = { $current_url: "http://h/", $request_method: "GET", $request_path: "/", $ip: "127.0.0.1" }
      assert.deepStrictEqual(JSON.parse((yield* send(none, { headers: sent })).body), own)
      assert.deepStrictEqual(JSON.parse((yield* send(one, { headers: sent })).body), { ...own, tenant: "acme" })
      assert.deepStrictEqual(JSON.parse((yield* send(all, { headers: sent })).body), {
        ...own,
        tenant: "acme",
        plan: "pro"
      })
    }).pipe(withPosthog))

  it.scopedLive("the server's span stays the parent of the spans inside, and the middleware makes none", () =>
    Effect.gen(function*() {
      const spans: Array<Tracer.Span> = []
      const native = yield* Effect.tracer
      const tracer = Tracer.make({
        context: (f, fiber) => native.context(f, fiber),
        span: (...args) => {
          const span = native.span(...args)
          spans.push(span)
          return span
        }
      })
      const url = yield* serve(
        Effect.as(Effect.void.pipe(Effect.withSpan("inside")), HttpServerResponse.empty()),
        PosthogHttp.middleware()
      ).pipe(Effect.withTracer(tracer))
      yield* send(url, { headers: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } })
      assert.deepStrictEqual(spans.map(({ name }) => name), ["http.server GET", "inside"])
      const [server, inside] = spans
      assert.strictEqual(server?.traceId, "0af7651916cd43dd8448eb211c80319c")
      assert.strictEqual(inside && Option.getOrThrow(inside.parent).spanId, server?.spanId)
    }).pipe(withPosthog))

  it.scopedLive("the route's template is the operation's name where the middleware stands inside the router", () =>
    Effect.gen(function*() {
      const name = Effect.flatMap(
        currentOperationName,
        (name) => HttpServerResponse.text(Option.getOrElse(name, () => ""))
      )
      const router = HttpRouter.empty.pipe(HttpRouter.get("/orders/:id", name))
      const byRoute = PosthogHttp.middleware({ operationName: "route" })
      const inside = yield* listen(HttpServer.serve(HttpRouter.use(router, byRoute)))
      const outside = yield* serve(router, byRoute)
      const own = yield* listen(HttpServer.serve(HttpRouter.use(
        router,
        PosthogHttp.middleware({ operationName: ({ method }, route) => `${method.toLowerCase()} ${route}` })
      )))
      assert.strictEqual((yield* send(inside, { path: "/orders/7" })).body, "GET /orders/:id")
      assert.strictEqual((yield* send(outside, { path: "/orders/7" })).body, "GET /orders/7")
      assert.strictEqual((yield* send(own, { path: "/orders/7" })).body, "get /orders/:id")
    }).pipe(withPosthog))

  it.scopedLive("a router that is mounted below another one does not shorten the path", () =>
    Effect.gen(function*() {
      const inner = HttpRouter.use(
        HttpRouter.empty.pipe(
          HttpRouter.get(
            "/orders",
            Effect.flatMap(currentTags, (tags) => HttpServerResponse.json(tags["$request_path"]))
          )
        ),
        PosthogHttp.middleware()
      )
      const url = yield* listen(HttpServer.serve(HttpRouter.empty.pipe(HttpRouter.mount("/api", inner))))
      assert.strictEqual((yield* send(url, { path: "/api/orders?x=1" })).body, "\"/api/orders\"")
    }).pipe(withPosthog))
})

describe("the middleware elsewhere", () => {
  it.scopedLive("in a router: handlers, fibers, and the body that is streamed outside of it", () =>
    Effect.gen(function*() {
      const router = HttpRouter.use(HttpRouter.empty.pipe(HttpRouter.get("/", streaming)), PosthogHttp.middleware())
      const url = yield* listen(HttpServer.serve(router, HttpMiddleware.logger))
      assert.deepStrictEqual(yield* send(url, { headers }), { status: 200, body: everywhere })
    }).pipe(withPosthog))

  it.scopedLive("around a web handler and inside of one: streamed bodies too", () =>
    Effect.gen(function*() {
      const runtime = yield* Effect.runtime<Posthog.Posthog | ExceptionCapture.ExceptionCapture>()
      const toWeb = HttpApp.toWebHandlerRuntime(runtime)
      for (const handler of [toWeb(streaming, PosthogHttp.middleware()), toWeb(PosthogHttp.middleware()(streaming))]) {
        const response = yield* Effect.promise(() => handler(new Request("http://shop.example/a?b=1", { headers })))
        assert.strictEqual(response.headers.get("content-type"), "text/plain")
        assert.strictEqual(yield* Effect.promise(() => response.text()), everywhere)
      }
    }).pipe(withPosthog))

  it.scopedLive("what a handler has set is still set while its body is streamed", () =>
    Effect.gen(function*() {
      const runtime = yield* Effect.runtime<ExceptionCapture.ExceptionCapture>()
      const handler = HttpApp.toWebHandlerRuntime(runtime)(
        Effect.as(
          identifyScope("grace"),
          HttpServerResponse.stream(Stream.encodeText(Stream.mapEffect(Stream.make(1), () => who)))
        ),
        PosthogHttp.middleware()
      )
      const response = yield* Effect.promise(() => handler(new Request("http://shop.example/", { headers })))
      assert.strictEqual(yield* Effect.promise(() => response.text()), "grace")
    }).pipe(withPosthog))

  it.scopedLive("a web handler's url is the one that was asked for", () =>
    Effect.gen(function*() {
      const runtime = yield* Effect.runtime<ExceptionCapture.ExceptionCapture>()
      const handler = HttpApp.toWebHandlerRuntime(runtime)(
        Effect.flatMap(currentTags, (tags) => HttpServerResponse.json(tags)),
        PosthogHttp.middleware()
      )
      const response = yield* Effect.promise(() =>
        handler(new Request("https://shop.example/a/b?c=1", { method: "POST" }))
      )
      assert.deepStrictEqual(yield* Effect.promise(() => response.json()), {
        $current_url: "https://shop.example/a/b?c=1",
        $request_method: "POST",
        $request_path: "/a/b"
      })
    }).pipe(withPosthog))

  class Api extends HttpApi.make("api").add(
    HttpApiGroup.make("orders").add(HttpApiEndpoint.get("order", "/orders/:id").addSuccess(Schema.String))
  ) {}

  const ApiLive = HttpApiBuilder.api(Api).pipe(
    Layer.provide(HttpApiBuilder.group(Api, "orders", (handlers) => handlers.handle("order", () => who)))
  )

  it.scopedLive("inside an HttpApi, and around it", () =>
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
      assert.deepStrictEqual(yield* send(inside, { path: "/orders/1", headers }), { status: 200, body: "\"ada\"" })
      assert.deepStrictEqual(yield* send(around, { path: "/orders/1", headers }), { status: 200, body: "\"ada\"" })
    }).pipe(withPosthog))

  it.scopedLive("of an HttpLayerRouter, global and for single routes", () =>
    Effect.gen(function*() {
      const global = HttpLayerRouter.serve(
        Layer.mergeAll(
          HttpLayerRouter.add("GET", "/orders/:id", echo),
          HttpLayerRouter.middleware(PosthogHttp.middleware(), { global: true })
        ),
        { disableLogger: true, disableListenLog: true }
      )
      const name = Effect.map(currentOperationName, (name) =>
        HttpServerResponse.text(Option.getOrElse(name, () => "none")))
      const byRoute = HttpLayerRouter.middleware(
        Effect.map(ExceptionCapture.ExceptionCapture, (client) =>
          PosthogHttp.middleware({ client, operationName: "route" }))
      ).layer
      const single = HttpLayerRouter.serve(
        Layer.mergeAll(
          HttpLayerRouter.add("GET", "/plain", name),
          Layer.provide(HttpLayerRouter.add("GET", "/orders/:id", name), byRoute)
        ),
        { disableLogger: true, disableListenLog: true }
      )
      const everywhere = yield* listen(global)
      assert.deepStrictEqual(yield* send(everywhere, { path: "/orders/1", headers }), { status: 200, body: "ada" })
      const url = yield* listen(single)
      assert.strictEqual((yield* send(url, { path: "/orders/1" })).body, "GET /orders/:id")
      assert.strictEqual((yield* send(url, { path: "/plain" })).body, "none")
    }).pipe(withPosthog))
})
