/** Every fault over a socket and in memory: what the client sees, what is recorded, what is stored. */
import { FetchHttpClient, HttpApp, HttpBody, HttpClient, HttpClientRequest, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Option, Scope, TestClock, Tracer } from "effect"
import { createServer } from "node:http"
import * as DevServer from "../../src/devserver/DevServer.js"
import * as Fault from "../../src/devserver/Fault.js"
import { batch, event, events, get, layerSocket, post, postV1, transports, uuid } from "./support.js"

const send = (list: ReadonlyArray<unknown>) => post("/batch/", batch(list))

const layerContext = (layer: (typeof transports)[number]["layer"]) => Layer.build(layer())

for (const { layer, transport } of transports) {
  describe(`faults ${transport}`, () => {
    it.effect("a queue: each request takes the next fault, then all is well", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Status({ status: 503 }), 2)
        yield* server.enqueue(Fault.Pass())
        yield* server.enqueue(Fault.Status({ status: 500 }))
        const statuses: Array<number> = []
        for (let i = 0; i < 5; i++) {
          statuses.push((yield* send([event(i)])).status)
        }
        assert.deepStrictEqual(statuses, [503, 503, 200, 500, 200])
        assert.deepStrictEqual((yield* server.events).map(({ uuid }) => uuid), [uuid(2), uuid(4)])
        const requests = yield* server.requests
        assert.deepStrictEqual(requests.map(({ status }) => status), statuses)
        assert.deepStrictEqual(requests.map(({ fault }) => fault?._tag), [
          "Status",
          "Status",
          "Pass",
          "Status",
          undefined
        ])
        assert.deepStrictEqual(requests[0]?.uuids, [uuid(0)])
        assert.strictEqual((yield* server.stats).faults, 3)
      }).pipe(Effect.provide(layer())))

    it.effect("the queue is shared by all endpoints", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Status({ status: 402 }))
        assert.strictEqual((yield* get("/flags/definitions", { authorization: "Bearer phs_secret" })).status, 402)
        assert.strictEqual((yield* send([event(1)])).status, 200)
      }).pipe(Effect.provide(layer())))

    it.effect("always fails every request until heal", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.always(Fault.Status({ status: 503 }))
        for (let i = 0; i < 3; i++) {
          assert.strictEqual((yield* send([event(i)])).status, 503)
        }
        yield* server.heal
        assert.strictEqual((yield* send([event(1)])).status, 200)
        assert.strictEqual((yield* server.stats).events, 1)
      }).pipe(Effect.provide(layer())))

    it.effect("failWhile fails the requests its predicate names; the queue goes first, always comes last", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.failWhile((request) => request.batchSize > 2, Fault.Status({ status: 413 }))
        assert.strictEqual((yield* send(events(1, 3))).status, 413)
        assert.strictEqual((yield* send(events(1, 2))).status, 200)
        yield* server.always(Fault.Status({ status: 500 }))
        yield* server.enqueue(Fault.Status({ status: 429 }))
        assert.strictEqual((yield* send(events(1, 3))).status, 429)
        assert.strictEqual((yield* send(events(1, 3))).status, 413)
        assert.strictEqual((yield* send(events(1, 2))).status, 500)
        yield* server.failWhile((request) => request.uuids.includes(uuid(9)))
        assert.strictEqual((yield* send([event(9)])).status, 503)
        assert.strictEqual((yield* send([event(8)])).status, 500)
      }).pipe(Effect.provide(layer())))

    it.effect("Status: headers and body as given; a string is sent as it is", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Status({ status: 429, headers: { "Retry-After": "3" }, body: { slow: "down" } }))
        const limited = yield* send([event(1)])
        assert.strictEqual(limited.status, 429)
        assert.strictEqual(limited.headers["retry-after"], "3")
        assert.deepStrictEqual(limited.json, { slow: "down" })
        yield* server.enqueue(Fault.Status({ status: 502, body: `"a proxy's page"` }))
        assert.strictEqual((yield* send([event(1)])).text, `"a proxy's page"`)
        yield* server.enqueue(Fault.Status({ status: 503 }))
        const plain = yield* send([event(1)])
        assert.deepStrictEqual(plain.json, { error: "Server error" })
        assert.isUndefined(plain.headers["retry-after"])
        assert.strictEqual((yield* server.stats).events, 0)
      }).pipe(Effect.provide(layer())))

    it.effect("Status on capture v1: PostHog's error form, Retry-After where PostHog sends it, Date and request id", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        for (const status of [400, 401, 402, 408, 413, 415, 429, 500, 502, 503, 504]) {
          yield* server.enqueue(Fault.Status({ status }))
          const answer = yield* postV1([event(1)])
          assert.strictEqual(answer.status, status)
          assert.hasAllKeys(answer.json, ["error", "error_description", "error_uri"])
          assert.strictEqual(answer.headers["retry-after"], [408, 500, 503, 504].includes(status) ? "1" : undefined)
          assert.isString(answer.headers["date"])
          assert.isString(answer.headers["posthog-request-id"])
        }
        yield* server.enqueue(Fault.Status({ status: 503, headers: { "Retry-After": "7" } }))
        assert.strictEqual((yield* postV1([event(1)])).headers["retry-after"], "7")
        assert.strictEqual((yield* server.stats).events, 0)
      }).pipe(Effect.provide(layer())))

    it.effect("a 2xx Status is an acceptance: the events are stored", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Status({ status: 202 }))
        const answer = yield* send([event(1)])
        assert.strictEqual(answer.status, 202)
        assert.deepStrictEqual(answer.json, { status: 1 })
        yield* server.enqueue(Fault.Status({ status: 204 }))
        assert.strictEqual((yield* send([event(2)])).text, "")
        assert.strictEqual((yield* server.stats).events, 2)
      }).pipe(Effect.provide(layer())))

    it.effect("a fault that would accept does not make a malformed request good; one that fails, fails it", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        for (const fault of [Fault.Pass(), Fault.Status({ status: 200 }), Fault.Partial({ results: ["ok"] })]) {
          yield* server.enqueue(fault)
          assert.strictEqual((yield* postV1([7])).status, 400, fault._tag)
        }
        yield* server.enqueue(Fault.Status({ status: 503 }))
        assert.strictEqual((yield* postV1([7])).status, 503)
        assert.strictEqual((yield* server.invalid).length, 4)
        assert.strictEqual((yield* server.stats).events, 0)
      }).pipe(Effect.provide(layer())))

    it.effect("Partial: results by position, ok beyond the list, Retry-After with retry, and only accepted events stored", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(
          Fault.Partial({
            results: ["ok", "retry", "drop", "limited", "warning", { result: "from_the_future", details: "unheard of" }]
          })
        )
        const answer = yield* postV1(events(1, 7))
        assert.strictEqual(answer.status, 200)
        assert.deepStrictEqual(answer.json, {
          results: {
            [uuid(1)]: { result: "ok" },
            [uuid(2)]: { result: "retry", details: "not_persisted" },
            [uuid(3)]: { result: "drop", details: "invalid_event" },
            [uuid(4)]: { result: "limited", details: "person_processing_disabled" },
            [uuid(5)]: { result: "warning" },
            [uuid(6)]: { result: "from_the_future", details: "unheard of" },
            [uuid(7)]: { result: "ok" }
          }
        })
        assert.strictEqual(answer.headers["retry-after"], "1")
        assert.deepStrictEqual((yield* server.events).map(({ uuid }) => uuid), [uuid(1), uuid(4), uuid(5), uuid(7)])

        yield* server.enqueue(Fault.Partial({ results: ["drop"] }))
        assert.isUndefined((yield* postV1([event(8)])).headers["retry-after"])
        yield* server.enqueue(Fault.Partial({ results: ["retry"], headers: { "Retry-After": "3" } }))
        assert.strictEqual((yield* postV1([event(8)])).headers["retry-after"], "3")
        yield* server.enqueue(Fault.Partial({ results: ["toString"] }))
        assert.deepStrictEqual((yield* postV1([event(8)])).json, { results: { [uuid(8)]: { result: "toString" } } })
      }).pipe(Effect.provide(layer())))

    it.effect("Partial: a function says which events are to come again, for as long as it stands", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.always(
          Fault.Partial({ results: (event, i) => event.event === "event 2" || i > 1 ? "retry" : "ok" })
        )
        const first = yield* postV1(events(1, 3))
        assert.deepStrictEqual(first.json.results[uuid(1)], { result: "ok" })
        assert.deepStrictEqual(first.json.results[uuid(2)], { result: "retry", details: "not_persisted" })
        assert.deepStrictEqual(first.json.results[uuid(3)], { result: "retry", details: "not_persisted" })
        yield* postV1([event(2), event(3)], { "posthog-attempt": "2" })
        assert.deepStrictEqual((yield* server.events).map(({ uuid }) => uuid), [uuid(1), uuid(3)])
        yield* server.heal
        yield* postV1([event(2)], { "posthog-attempt": "3" })
        assert.deepStrictEqual((yield* server.requests).map(({ attempt }) => attempt), [1, 2, 3])
        assert.strictEqual((yield* server.stats).events, 3)
      }).pipe(Effect.provide(layer())))

    it.effect("failWhile: 413 above so many events, or so many bytes before compression", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        const tooLarge = Fault.Status({ status: 413 })
        yield* server.failWhile(({ batchSize, decodedBytes }) => batchSize > 2 || decodedBytes > 1000, tooLarge)
        const sizes = [events(1, 3), events(1, 2), [event(3, { properties: { fill: "x".repeat(1000) } })], [event(4)]]
        for (const path of ["/batch/", "/i/v0/ai/batch/"]) {
          const answers = yield* Effect.forEach(sizes, (size) => post(path, batch(size)))
          assert.deepStrictEqual(answers.map(({ status }) => status), [413, 200, 413, 200])
        }
        const answers = yield* Effect.forEach(sizes, (size) => postV1(size))
        assert.deepStrictEqual(answers.map(({ status }) => status), [413, 200, 413, 200])
        assert.strictEqual(answers[0]?.json.error, "payload_too_large")
        assert.deepStrictEqual((yield* server.events).map(({ uuid }) => uuid), [uuid(1), uuid(2), uuid(4)])
      }).pipe(Effect.provide(layer())))

    it.effect("Partial on an endpoint without partial results is the normal answer", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Partial({ results: ["retry"] }))
        assert.deepStrictEqual((yield* send([event(1)])).json, { status: 1 })
        assert.strictEqual((yield* server.stats).events, 1)
      }).pipe(Effect.provide(layer())))

    it.effect("Delay: the events are stored at once, the answer comes exactly so much later on the Clock", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Delay({ duration: "5 seconds" }))
        const fiber = yield* Effect.fork(send([event(1)]))
        yield* server.awaitRequests(1)
        assert.strictEqual((yield* server.stats).events, 1)
        yield* TestClock.adjust("4999 millis")
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
      }).pipe(Effect.provide(layer())))

    it.live("Delay: a client that gives up has been served; what it sends again is a duplicate", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Delay({ duration: "1 minute" }))
        const [elapsed, answer] = yield* Effect.timed(Effect.timeoutOption(send([event(1)]), "100 millis"))
        assert.isTrue(Option.isNone(answer))
        assert.isBelow(Duration.toSeconds(elapsed), 10)
        assert.strictEqual((yield* send([event(1)])).status, 200)
        const { duplicates, events } = yield* server.stats
        assert.deepStrictEqual({ events, duplicates }, { events: 1, duplicates: 1 })
      }).pipe(Effect.provide(layer())))

    it.effect("Reset: the request is read and recorded, the client sees a broken transport, nothing is stored", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Reset())
        const error = yield* Effect.flip(send(events(1, 2)))
        assert.strictEqual(error._tag, "RequestError")
        assert.strictEqual(error.reason, "Transport")
        const [request] = yield* server.requests
        assert.deepStrictEqual(request?.uuids, [uuid(1), uuid(2)])
        assert.isUndefined(request?.status)
        assert.strictEqual((yield* server.stats).events, 0)
        assert.strictEqual((yield* send(events(1, 2))).status, 200)
        assert.strictEqual((yield* server.stats).events, 2)
      }).pipe(Effect.provide(layer())))

    it.live("Stall: no answer ever comes; the client can give up, and the server goes on", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Stall())
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(send([event(1)]), "100 millis")))
        assert.isUndefined((yield* server.requests)[0]?.status)
        assert.strictEqual((yield* server.stats).events, 0)
        assert.strictEqual((yield* send([event(1)])).status, 200)
      }).pipe(Effect.provide(layer())))

    it.live("Stall with headers: status and headers come, the body never ends", () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(Fault.Stall({ sendHeaders: true }))
        const client = yield* HttpClient.HttpClient
        const response = yield* client.post(`${server.url}/batch/`, { body: HttpBody.unsafeJson(batch([event(1)])) })
        assert.strictEqual(response.status, 200)
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(response.text, "100 millis")))
        assert.strictEqual((yield* server.stats).events, 0)
        assert.strictEqual((yield* send([event(1)])).status, 200)
      }).pipe(Effect.provide(layer())))

    for (const fault of [Fault.Stall(), Fault.Stall({ sendHeaders: true }), Fault.Delay({ duration: "1 hour" })]) {
      it.live(`closing the server ends ${fault._tag} ${JSON.stringify(fault)} and waits for nobody`, () =>
        Effect.gen(function*() {
          const scope = yield* Scope.make()
          const context = yield* Effect.provideService(layerContext(layer), Scope.Scope, scope)
          const client = yield* Effect.fork(
            Effect.provide(
              Effect.gen(function*() {
                const server = yield* DevServer.DevServer
                yield* server.always(fault)
                return yield* send([event(1)])
              }),
              context
            )
          )
          yield* Effect.provide(Effect.flatMap(DevServer.DevServer, (server) => server.awaitRequests(1)), context)
          yield* Effect.sleep("50 millis")
          const closed = yield* Effect.timeoutOption(Scope.close(scope, Exit.void), "5 seconds")
          assert.isTrue(Option.isSome(closed))
          assert.isTrue(Exit.isFailure(yield* Fiber.await(client)))
          const after = yield* Effect.provide(Effect.exit(send([event(1)])), context)
          assert.isTrue(Exit.isFailure(after))
        }))
    }
  })
}

describe("faults in memory, exactly", () => {
  it.effect("TestClock decides a client's timeout against a Delay to the millisecond", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Delay({ duration: "3 seconds" }))
      const early = yield* Effect.fork(Effect.timeoutOption(send([event(1)]), "2999 millis"))
      const late = yield* Effect.fork(Effect.timeoutOption(send([event(2)]), "3001 millis"))
      yield* TestClock.adjust("1 minute")
      assert.isTrue(Option.isNone(yield* Fiber.join(early)))
      assert.isTrue(Option.isSome(yield* Fiber.join(late)))
    }).pipe(Effect.provide(DevServer.layerInMemory())))

  it.effect("an exchange takes no time on the Clock: one adjust of nothing and the answer is read", () =>
    Effect.gen(function*() {
      for (let i = 0; i < 50; i++) {
        const fiber = yield* Effect.fork(send(events(i * 100, 100)))
        yield* TestClock.adjust(0)
        assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)), `exchange ${i}`)
      }
    }).pipe(Effect.provide(DevServer.layerInMemory())))

  it.effect("a request made in a finalizer of an interrupted fiber is answered, Delay and all", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Delay({ duration: "3 seconds" }))
      const status = yield* Deferred.make<number>()
      const fiber = yield* Effect.never.pipe(
        Effect.onInterrupt(() =>
          send([event(1)]).pipe(
            Effect.orDie,
            Effect.flatMap((answer) => Deferred.succeed(status, answer.status))
          )
        ),
        Effect.fork
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.interruptFork(fiber)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* Deferred.await(status), 200)
    }).pipe(Effect.provide(DevServer.layerInMemory())))

  it.effect("every host leads to the server, and is recorded", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      assert.strictEqual(server.url, "http://posthog.local")
      const client = yield* HttpClient.HttpClient
      yield* client.post("https://eu.i.posthog.com/batch/", { body: HttpBody.unsafeJson(batch([event(1)])) })
      const [request] = yield* server.requests
      assert.strictEqual(request?.headers["host"], "eu.i.posthog.com")
      assert.strictEqual(request?.path, "/batch/")
    }).pipe(Effect.provide(DevServer.layerInMemory())))
})

const spans: Array<string> = []

const tracer = Layer.setTracer(Tracer.make({
  span: (name, parent, context, links, startTime, kind) => {
    spans.push(name)
    return {
      _tag: "Span",
      name,
      parent,
      context,
      links,
      kind,
      spanId: "0",
      traceId: "0",
      sampled: true,
      status: { _tag: "Started", startTime },
      attributes: new Map(),
      attribute: () => {},
      event: () => {},
      addLinks: () => {},
      end: () => {}
    }
  },
  context: (f) => f()
}))

describe("httpApp", () => {
  it.live("works with a web handler; Reset is a response whose body breaks off", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      const handler = HttpApp.toWebHandler(server.httpApp)
      const request = () =>
        new Request("http://posthog.local/batch/", { method: "POST", body: JSON.stringify(batch([event(1)])) })
      yield* server.enqueue(Fault.Reset())
      const broken = yield* Effect.promise(() => handler(request()))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.tryPromise(() => broken.text()))))
      const answer = yield* Effect.promise(() => handler(request()))
      assert.deepStrictEqual(yield* Effect.promise(() => answer.json()), { status: 1 })
      assert.strictEqual((yield* server.stats).events, 1)
    }).pipe(Effect.provide(DevServer.layerInMemory())))

  for (const fault of [Fault.Stall(), Fault.Delay({ duration: "1 hour" }), Fault.Reset()]) {
    it.live(`a client that goes away during ${fault._tag}, or is cut off, leaves no fiber behind`, () =>
      Effect.gen(function*() {
        const server = yield* DevServer.DevServer
        yield* server.enqueue(fault)
        const exit = yield* Deferred.make<Exit.Exit<unknown, unknown>>()
        yield* HttpServer.serveEffect(
          Effect.onExit(server.httpApp, (exited) => Deferred.succeed(exit, exited))
        )
        const address = yield* HttpServer.addressFormattedWith(Effect.succeed)
        yield* HttpClient.post(`${address}/batch/`, { body: HttpBody.unsafeJson(batch([event(1)])) }).pipe(
          Effect.timeout("100 millis"),
          Effect.flip,
          Effect.provide(FetchHttpClient.layer)
        )
        assert.isTrue(Exit.isInterrupted(yield* Effect.timeout(Deferred.await(exit), "5 seconds")))
      }).pipe(
        Effect.scoped,
        Effect.provide(
          Layer.merge(
            NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }),
            DevServer.layerInMemory()
          )
        )
      ))
  }

  it.effect("requests to the server make no spans on its side", () =>
    Effect.gen(function*() {
      const client = HttpClient.withTracerDisabledWhen(yield* HttpClient.HttpClient, () => true)
      const server = yield* DevServer.DevServer
      yield* client.execute(
        HttpClientRequest.post(`${server.url}/batch/`, { body: HttpBody.unsafeJson(batch([event(1)])) })
      )
      assert.strictEqual((yield* server.stats).events, 1)
      assert.deepStrictEqual(spans, [])
    }).pipe(Effect.provide(Layer.provide(layerSocket(), tracer))))
})
