/** What is noted about calls to other services, and that nothing of ours gets in their way. */
import {
  FetchHttpClient,
  HttpClient,
  HttpClientError,
  HttpClientRequest,
  HttpClientResponse,
  HttpRouter,
  HttpServer,
  HttpServerResponse
} from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Metric, Option, Redacted, TestClock } from "effect"
import {
  addOperationMetadata,
  currentOperationMetadata,
  currentOperationName,
  fresh,
  operationDuration,
  Posthog,
  type TimedOperation,
  timedOperation,
  withScope
} from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import { warnings, withLines } from "../../support/client.js"
import { listen, theEvent, withPosthog } from "./support.js"

const hosts = ["127.0.0.1"]

const recorder = () => {
  const ended: Array<TimedOperation> = []
  const onEnd = (call: TimedOperation) =>
    Effect.sync(() => {
      ended.push(call)
    })
  const theCall = () => {
    assert.lengthOf(ended, 1)
    return ended[0]!
  }
  return { ended, onEnd, theCall }
}

/** Its notes without the seconds, which no test of a socket knows. */
const notesOf = ({ metadata }: TimedOperation) => {
  const { response_time, ...notes } = metadata
  if (response_time !== undefined) {
    assert.isTrue(typeof response_time === "number" && response_time > 0 && response_time < 10)
  }
  return { ...notes }
}

const service = listen(HttpServer.serve(HttpRouter.empty.pipe(
  HttpRouter.get("/orders/:id", HttpServerResponse.text("an order")),
  HttpRouter.post("/orders", HttpServerResponse.text("ok", { status: 201 })),
  HttpRouter.get("/broken", HttpServerResponse.text("no", { status: 503 })),
  HttpRouter.get("/gone", HttpServerResponse.text("gone", { status: 404 })),
  HttpRouter.get("/never", Effect.never)
)))

const inShop = withScope(fresh, {
  distinctId: "ada",
  correlation: { id: "corr_1" },
  operation: { name: "checkout" },
  captureExceptions: false
})

const withFetch = Effect.provide(FetchHttpClient.layer)

/** A client that comes to this, and remembers what it was asked. */
const answering = (
  f: (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<Response, HttpClientError.HttpClientError>
) => {
  const requests: Array<HttpClientRequest.HttpClientRequest> = []
  const client = HttpClient.make((request) => {
    requests.push(request)
    return Effect.map(f(request), (response) => HttpClientResponse.fromWeb(request, response))
  })
  return { client, requests }
}

const failing = (cause: unknown, reason: "Transport" | "Encode" = "Transport") =>
  answering((request) => Effect.fail(new HttpClientError.RequestError({ request, reason, cause })))

const secretUrl = "http://127.0.0.1:1/orders/7?token=secret#part"

describe("the notes about a call", () => {
  it.scopedLive("target, endpoint without the query, method, sizes, status, time and success", () =>
    Effect.gen(function*() {
      const url = yield* service
      const { ended, onEnd } = recorder()
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts, onEnd })
      yield* client.get(`${url}/orders/7?token=secret`)
      yield* client.execute(HttpClientRequest.post(`${url}/orders`).pipe(HttpClientRequest.bodyText("größe")))
      assert.deepStrictEqual(ended.map(notesOf), [{
        target_service: "127.0.0.1",
        endpoint: "/orders/7",
        method: "GET",
        response_status: 200,
        response_size: 8,
        call_success: true
      }, {
        target_service: "127.0.0.1",
        endpoint: "/orders",
        method: "POST",
        request_size: 7,
        response_status: 201,
        response_size: 2,
        call_success: true
      }])
      assert.deepStrictEqual(ended.map(({ name, outcome }) => [name, outcome]), [
        ["GET 127.0.0.1", "success"],
        ["POST 127.0.0.1", "success"]
      ])
    }).pipe(inShop, withFetch))

  it.scopedLive("a call to a host that is not listed is timed too, under a name that all of them share", () =>
    Effect.gen(function*() {
      const url = (yield* service).replace("127.0.0.1", "localhost")
      const { onEnd, theCall } = recorder()
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { onEnd })
      yield* client.get(`${url}/orders/7`)
      assert.strictEqual(theCall().name, "GET other")
      assert.strictEqual(theCall().metadata["target_service"], "localhost")
      assert.strictEqual(theCall().metadata["call_success"], true)
    }).pipe(inShop, withFetch))

  it.scopedLive("a status of 400 and above is no success, and no failure of the call either", () =>
    Effect.gen(function*() {
      const url = yield* service
      const { ended, onEnd } = recorder()
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts, onEnd })
      assert.strictEqual((yield* client.get(`${url}/broken`)).status, 503)
      assert.strictEqual((yield* client.get(`${url}/gone`)).status, 404)
      assert.deepStrictEqual(ended.map(({ metadata, outcome }) => [metadata["call_success"], outcome]), [
        [false, "success"],
        [false, "success"]
      ])
    }).pipe(inShop, withFetch))

  it.scopedLive("who the other side is can be said: one name for all, or one for each", () =>
    Effect.gen(function*() {
      const url = yield* service
      const { ended, onEnd } = recorder()
      const plain = yield* HttpClient.HttpClient
      const stock = PosthogHttp.withPropagation(plain, { hosts, onEnd, targetService: "stock" })
      const each = PosthogHttp.withPropagation(plain, {
        hosts,
        onEnd,
        targetService: (request) => request.method === "POST" ? "writer" : undefined
      })
      yield* stock.get(`${url}/gone`)
      yield* each.get(`${url}/gone`)
      yield* each.post(`${url}/orders`)
      assert.deepStrictEqual(ended.map(({ metadata }) => metadata["target_service"]), ["stock", "127.0.0.1", "writer"])
    }).pipe(inShop, withFetch))

  it.effect("the time is exact, in seconds", () =>
    Effect.gen(function*() {
      const { onEnd, theCall } = recorder()
      const { client } = answering(() => Effect.as(Effect.sleep("1500 millis"), new Response("")))
      const fiber = yield* Effect.fork(
        inShop(PosthogHttp.withPropagation(client, { hosts, onEnd }).get("http://127.0.0.1/"))
      )
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      assert.strictEqual(theCall().metadata["response_time"], 1.5)
      assert.strictEqual(Duration.toMillis(theCall().duration), 1500)
    }))

  it.scopedLive("a connection that is refused: what it failed with, and nothing of the address's query", () =>
    Effect.gen(function*() {
      const { onEnd, theCall } = recorder()
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts, onEnd })
      const exit = yield* Effect.exit(client.get(secretUrl))
      assert.isTrue(Exit.isFailure(exit))
      const call = theCall()
      assert.strictEqual(call.outcome, "failure")
      const { call_error, ...notes } = notesOf(call)
      assert.deepStrictEqual(notes, {
        target_service: "127.0.0.1",
        endpoint: "/orders/7",
        method: "GET",
        call_success: false,
        error_type: "RequestError"
      })
      assert.match(String(call_error), /^Transport: /)
      assert.notInclude(JSON.stringify(call.metadata), "secret")
    }).pipe(inShop, withFetch))

  it.effect("a timeout of the application's: that it was one, and after how many seconds", () =>
    Effect.gen(function*() {
      const { onEnd, theCall } = recorder()
      const { client } = answering(() => Effect.never)
      const impatient = PosthogHttp.withPropagation(HttpClient.transformResponse(client, Effect.timeout("3 seconds")), {
        hosts,
        onEnd
      })
      const fiber = yield* Effect.fork(Effect.exit(inShop(impatient.get("http://127.0.0.1/"))))
      yield* TestClock.adjust("4 seconds")
      assert.isTrue(Exit.isFailure(yield* Fiber.join(fiber)))
      const { call_success, error_type, timeout_duration, timeout_error } = theCall().metadata
      assert.deepStrictEqual([call_success, error_type, timeout_error, timeout_duration], [
        false,
        "TimeoutException",
        true,
        3
      ])
    }))

  it.effect("a timeout of the connection's, however deep the client has hidden it", () =>
    Effect.gen(function*() {
      const timeouts = [
        new DOMException("too late", "TimeoutError"),
        Object.assign(new Error("late"), { code: "UND_ERR_HEADERS_TIMEOUT" }),
        new TypeError("fetch failed", { cause: Object.assign(new Error("late"), { code: "ETIMEDOUT" }) })
      ]
      for (const cause of timeouts) {
        const { onEnd, theCall } = recorder()
        yield* Effect.exit(inShop(PosthogHttp.withPropagation(failing(cause).client, { hosts, onEnd }).get(secretUrl)))
        assert.strictEqual(theCall().metadata["timeout_error"], true, String(cause))
      }
      for (
        const cause of [new Error("timeout"), Object.assign(new Error("no"), { code: "ECONNREFUSED" }), null, "late"]
      ) {
        const { onEnd, theCall } = recorder()
        yield* Effect.exit(inShop(PosthogHttp.withPropagation(failing(cause).client, { hosts, onEnd }).get(secretUrl)))
        assert.notProperty(theCall().metadata, "timeout_error", String(cause))
        assert.notProperty(theCall().metadata, "timeout_duration")
      }
    }))

  it.scopedLive("a call that is given up", () =>
    Effect.gen(function*() {
      const url = yield* service
      const { onEnd, theCall } = recorder()
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts, onEnd })
      assert.isTrue((yield* Effect.timeoutOption(client.get(`${url}/never`), "50 millis"))._tag === "None")
      assert.strictEqual(theCall().outcome, "interrupted")
      assert.deepStrictEqual(notesOf(theCall()), {
        target_service: "127.0.0.1",
        endpoint: "/never",
        method: "GET",
        call_success: false,
        error_type: "Interrupted"
      })
    }).pipe(inShop, withFetch))

  it.scopedLive("sizes that cannot be trusted are not noted", () =>
    Effect.gen(function*() {
      for (const size of ["-1", "1e3", "12abc", "9".repeat(40), ""]) {
        const { onEnd, theCall } = recorder()
        const { client } = answering(() => Effect.sync(() => new Response("", { headers: { "content-length": size } })))
        yield* PosthogHttp.withPropagation(client, { hosts, onEnd }).get("http://127.0.0.1/")
        assert.notProperty(theCall().metadata, "response_size", size)
      }
    }).pipe(inShop))

  it.scopedLive("they are the call's own: those of the operation around it stay as they were", () =>
    Effect.gen(function*() {
      const url = yield* service
      const { ended, onEnd } = recorder()
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts, onEnd })
      const outside = recorder()
      yield* Effect.gen(function*() {
        yield* addOperationMetadata("rows", 3)
        yield* Effect.all([client.get(`${url}/orders/1`), client.get(`${url}/gone`)], { concurrency: 2 })
        assert.deepStrictEqual({ ...(yield* currentOperationMetadata) }, { rows: 3 })
        assert.strictEqual(Option.getOrNull(yield* currentOperationName), "load")
      }).pipe(timedOperation("load", { span: false, metric: false, onEnd: outside.onEnd }))
      assert.deepStrictEqual({ ...outside.theCall().metadata }, { rows: 3 })
      assert.sameMembers(ended.map(({ metadata }) => metadata["endpoint"]), ["/orders/1", "/gone"])
      for (const { metadata } of ended) {
        assert.notProperty(metadata, "rows")
      }
    }).pipe(inShop, withFetch))

  it.scopedLive("an event of each, by captureOperation", () =>
    Effect.gen(function*() {
      const url = yield* service
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, {
        hosts,
        onEnd: Posthog.captureOperation
      })
      yield* client.get(`${url}/orders/7`)
      const { distinctId, properties } = yield* theEvent
      assert.strictEqual(distinctId, "ada")
      assert.strictEqual(properties["operation_name"], "GET 127.0.0.1")
      assert.strictEqual(properties["correlation_id"], "corr_1")
      assert.deepInclude(properties["operation_metadata"], { endpoint: "/orders/7", response_status: 200 })
    }).pipe(inShop, withFetch, withPosthog))

  it.scopedLive("the metric is off, and on where it is asked for", () =>
    Effect.gen(function*() {
      const url = yield* service
      const plain = yield* HttpClient.HttpClient
      const count = (operation: string) =>
        Effect.map(
          Metric.value(
            operationDuration.pipe(Metric.tagged("operation", operation), Metric.tagged("outcome", "success"))
          ),
          ({ count }) => count
        )
      const before = [yield* count("GET 127.0.0.1"), yield* count("GET other")] as const
      yield* PosthogHttp.withPropagation(plain, { hosts }).get(`${url}/gone`)
      assert.strictEqual(yield* count("GET 127.0.0.1"), before[0])
      const counting = PosthogHttp.withPropagation(plain, { hosts, metric: true })
      yield* counting.get(`${url}/gone`)
      yield* counting.get(`${url.replace("127.0.0.1", "localhost")}/gone`)
      assert.strictEqual(yield* count("GET 127.0.0.1"), before[0] + 1)
      assert.strictEqual(yield* count("GET other"), before[1] + 1)
    }).pipe(inShop, withFetch))
})

describe("nothing of ours gets in a call's way", () => {
  const ok = () => answering(() => Effect.sync(() => new Response("ok")))

  it.effect("a policy that throws, a name that throws, hosts that are none: the request goes out as it was", () =>
    Effect.gen(function*() {
      const fails = (): never => {
        throw new Error("no")
      }
      const policies = [
        { hosts, policy: new Proxy({}, { get: fails, has: fails, ownKeys: fails }) },
        // tags that are no list
        { hosts, policy: { tags: 7 as never } },
        { hosts, targetService: fails },
        { hosts: [null as never, 7 as never, {} as never] }
      ]
      for (const options of policies) {
        const { client, requests } = ok()
        const response = yield* inShop(
          PosthogHttp.withPropagation(client, options).get("http://127.0.0.1/a?b=1#c", { headers: { "x-mine": "1" } })
        )
        assert.strictEqual(yield* response.text, "ok")
        assert.lengthOf(requests, 1)
        assert.strictEqual(requests[0]?.headers["x-mine"], "1")
        assert.strictEqual(requests[0]?.url, "http://127.0.0.1/a?b=1#c")
      }
    }))

  it.effect("an onEnd that dies is told in the log, and the call's result stays", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const { client } = ok()
        const dying = PosthogHttp.withPropagation(client, { hosts, onEnd: () => Effect.die("no") })
        assert.strictEqual((yield* inShop(dying.get("http://127.0.0.1/"))).status, 200)
        const throwing = PosthogHttp.withPropagation(client, {
          hosts,
          onEnd: () => {
            throw new Error("no")
          }
        })
        assert.strictEqual((yield* inShop(throwing.get("http://127.0.0.1/"))).status, 200)
        assert.lengthOf(warnings(lines), 2)
      })
    ))

  it.effect("an address that is none fails as it does without us", () =>
    Effect.gen(function*() {
      const { onEnd, theCall } = recorder()
      const { client, requests } = ok()
      const exit = yield* Effect.exit(
        inShop(PosthogHttp.withPropagation(client, { hosts, onEnd }).get("http://[nowhere"))
      )
      const without = yield* Effect.exit(client.get("http://[nowhere"))
      assert.lengthOf(requests, 0)
      assert.isTrue(Exit.isFailure(exit) && Exit.isFailure(without))
      assert.strictEqual(theCall().metadata["error_type"], "RequestError")
      assert.strictEqual(theCall().metadata["call_success"], false)
      assert.notProperty(theCall().metadata, "target_service")
    }))

  it.effect("a failure goes on as the very same one, errors that cannot be read among them", () =>
    Effect.gen(function*() {
      const unreadable = Object.defineProperty(new Error("x"), "message", {
        get: () => {
          throw new Error("no")
        }
      })
      for (const cause of [new Error("x"), unreadable, Object.create(null), 7]) {
        const { client, requests } = failing(cause)
        const error = yield* Effect.flip(
          inShop(PosthogHttp.withPropagation(client, { hosts }).get("http://127.0.0.1/"))
        )
        assert.instanceOf(error, HttpClientError.RequestError)
        assert.strictEqual(error.cause, cause)
        assert.strictEqual(error.request, requests[0])
      }
    }))

  it.scopedLive("what was done to a client before and after stays: base address, filter, retry", () =>
    Effect.gen(function*() {
      const url = yield* service
      const { ended, onEnd } = recorder()
      const client = (yield* HttpClient.HttpClient).pipe(
        HttpClient.mapRequest(HttpClientRequest.prependUrl(url)),
        HttpClient.filterStatusOk,
        PosthogHttp.withPropagation({ hosts, onEnd }),
        HttpClient.retry({ times: 2 })
      )
      assert.strictEqual((yield* client.get("/orders/7")).status, 200)
      const error = yield* Effect.flip(client.get("/broken"))
      assert.strictEqual(error._tag, "ResponseError")
      // each try is a call of its own
      assert.deepStrictEqual(ended.map(({ metadata, outcome }) => [metadata["endpoint"], outcome]), [
        ["/orders/7", "success"],
        ["/broken", "failure"],
        ["/broken", "failure"],
        ["/broken", "failure"]
      ])
    }).pipe(inShop, withFetch))

  it.scopedLive("a response is read as without us, by a scope that aborts it too", () =>
    Effect.gen(function*() {
      const url = yield* service
      const client = (yield* HttpClient.HttpClient).pipe(HttpClient.withScope, PosthogHttp.withPropagation({ hosts }))
      const text = yield* Effect.scoped(Effect.flatMap(client.get(`${url}/orders/1`), (response) => response.text))
      assert.strictEqual(text, "an order")
    }).pipe(inShop, withFetch))

  it.live("PostHog's own requests are no calls of the application", () =>
    Effect.gen(function*() {
      const { ended, onEnd } = recorder()
      const http = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(HttpClient.HttpClient, (client) =>
          PosthogHttp.withPropagation(client, { hosts: ["posthog.local"], onEnd }))
      )
      yield* Effect.gen(function*() {
        yield* inShop(Posthog.capture("seen"))
        yield* inShop(Posthog.flush)
        const { events, requests } = yield* DevServer.DevServer
        assert.lengthOf(yield* events, 1)
        for (const { headers } of yield* requests) {
          assert.notProperty(headers, "x-posthog-distinct-id")
          assert.notProperty(headers, "x-correlation-id")
        }
        assert.lengthOf(yield* requests, 1)
      }).pipe(Effect.provide(
        Posthog.layer({ apiKey: Redacted.make("phc_test"), host: "http://posthog.local", compression: "none" }).pipe(
          Layer.provide(http),
          Layer.provideMerge(DevServer.layerInMemory())
        )
      ))
      assert.deepStrictEqual(ended, [])
    }))

  it.live("the answer is there before its body has ended", () =>
    Effect.gen(function*() {
      let resolve = () => {}
      const promise = new Promise<void>((done) => {
        resolve = done
      })
      const body = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          await promise
          controller.enqueue(new TextEncoder().encode("late"))
          controller.close()
        }
      })
      const { client } = answering(() => Effect.sync(() => new Response(body)))
      const response = yield* inShop(PosthogHttp.withPropagation(client, { hosts }).get("http://127.0.0.1/"))
      resolve()
      assert.strictEqual(yield* response.text, "late")
    }))
})
