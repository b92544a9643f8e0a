/** The client as a whole: several of them, their lives, and real sockets. */
import { FetchHttpClient } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Deferred, Effect, Exit, Fiber, Layer, Scope, Supervisor, TestClock, Tracer } from "effect"
import {
  currentScope,
  ExceptionCapture,
  fresh,
  identifyScope,
  Posthog,
  PosthogTest,
  tag,
  withScope
} from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { createServer } from "node:http"
import { apiKey, layerClient } from "./support/client.js"

const alice = { distinctId: "alice", captureExceptions: false } as const

describe("clients", () => {
  it.effect("SETUP-03: separate instances live side by side and share nothing but the scope", () =>
    Effect.gen(function*() {
      const scope = yield* Effect.scope
      const build = (app: string) => Layer.buildWithScope(layerClient({ superProperties: { app } }), scope)
      const [one, two] = [yield* build("one"), yield* build("two")]
      yield* Effect.gen(function*() {
        yield* Effect.provide(Posthog.capture("e"), one)
        yield* Effect.provide(Posthog.capture("e"), two)
        yield* Effect.provide(Posthog.optOut, one)
        yield* Effect.provide(Posthog.capture("f"), one)
        yield* Effect.provide(Posthog.capture("f"), two)
      }).pipe(withScope(fresh, { ...alice, tags: { t: 1 } }))
      for (const [context, app, events] of [[one, "one", ["e"]], [two, "two", ["e", "f"]]] as const) {
        yield* Effect.provide(Posthog.flush, context)
        const received = yield* Context.get(context, DevServer.DevServer).events
        assert.deepStrictEqual(received.map(({ event }) => event), [...events])
        assert.isTrue(received.every(({ properties }) => properties["app"] === app && properties["t"] === 1))
      }
    }).pipe(Effect.scoped))

  it.effect("SETUP-04: an onDropped hook that dies is isolated; the rest of the client works", () =>
    Effect.gen(function*() {
      const { enqueue, events } = yield* DevServer.DevServer
      const { Status } = yield* Effect.promise(() => import("effect-posthog/devserver/Fault"))
      yield* enqueue(Status({ status: 400 }))
      yield* Posthog.capture("a", { distinctId: "alice" })
      yield* Posthog.flush
      yield* Posthog.capture("b", { distinctId: "alice" })
      yield* Posthog.flush
      assert.deepStrictEqual((yield* events).map(({ event }) => event), ["b"])
    }).pipe(Effect.provide(layerClient({ onDropped: () => Effect.die("no") }))))

  it.effect("SETUP-05: once its layer is built a client takes events at once; there is no time before it is ready", () =>
    Effect.gen(function*() {
      const outcome = yield* Posthog.capture("first", { distinctId: "alice" })
      assert.strictEqual(outcome._tag, "Captured")
      yield* Posthog.flush
      const server = yield* DevServer.DevServer
      assert.strictEqual((yield* server.events).length, 1)
    }).pipe(Effect.provide(layerClient())))

  it.effect("SETUP-06: the initial consent comes from the options, before the first event", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("a")
      yield* Posthog.optIn
      yield* Posthog.capture("b")
      assert.deepStrictEqual((yield* PosthogTest.events).map(({ event }) => event), ["b"])
    }).pipe(Effect.provide(PosthogTest.layerWith({ optedOut: true }))))

  it.effect("nothing is requested when a client is built, and nothing by one that captures nothing", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      const server = yield* DevServer.DevServer
      assert.strictEqual((yield* server.requests).length, 0)
    }).pipe(Effect.provide(layerClient())))

  it.effect("the fibers of a client that is built inside a scope run under the empty scope", () =>
    Effect.gen(function*() {
      const seen = yield* Deferred.make<number>()
      yield* Effect.zipRight(Posthog.capture("e", { distinctId: "alice" }), Posthog.flush).pipe(
        Effect.provide(layerClient({
          beforeSend: (event) =>
            Effect.as(Effect.flatMap(currentScope, (scope) => Deferred.succeed(seen, scope.depth)), event)
        })),
        withScope(fresh, alice)
      )
      assert.strictEqual(yield* Deferred.await(seen), 0)
    }))

  it.effect("CROSS-01: with the clock and the seed fixed, two runs send the same bytes", () => {
    const run = Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2025-01-01T00:00:00Z"))
      yield* Posthog.capture("a", { properties: { n: 1 } })
      yield* Posthog.identify("alice")
      yield* Posthog.flush
      const server = yield* DevServer.DevServer
      return JSON.stringify((yield* server.requests).map(({ body }) => body))
    }).pipe(Effect.provide(layerClient()))
    return Effect.gen(function*() {
      const { Random } = yield* Effect.promise(() => import("effect"))
      const first = yield* Effect.withRandom(run, Random.make("seed"))
      const second = yield* Effect.withRandom(run, Random.make("seed"))
      assert.strictEqual(first, second)
    })
  })

  it.effect("CROSS-03, CROSS-04: every call succeeds whatever it is given, and its outcome can be observed", () =>
    Effect.gen(function*() {
      const hostile: never = new Proxy({}, {
        get: () => {
          throw new Error("no")
        },
        ownKeys: () => {
          throw new Error("no")
        }
      }) as never
      const client = yield* Posthog.Posthog
      const outcomes = yield* Effect.all([
        client.capture(hostile, hostile),
        client.capture("e", hostile),
        client.capture("e", { properties: hostile }),
        client.captureImmediate("e", hostile),
        client.set(hostile, { distinctId: "alice" }),
        client.setOnce(hostile, hostile),
        client.unset(hostile, hostile),
        client.identify(hostile, hostile),
        client.identify("alice", hostile),
        client.alias(hostile, hostile),
        client.groupIdentify(hostile, hostile, hostile),
        client.captureException(hostile),
        client.captureException(new Error("x"), hostile)
      ])
      for (const outcome of outcomes) {
        assert.include(["Captured", "Refused", "Delivered"], outcome._tag)
      }
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("DISTINCT-01: outside every scope no ambient distinct id exists, whatever was identified elsewhere", () =>
    Effect.gen(function*() {
      const { currentDistinctId } = yield* Effect.promise(() => import("effect-posthog"))
      yield* Posthog.identify("alice")
      yield* Effect.zipRight(identifyScope("bob"), Effect.void).pipe(withScope(fresh, { captureExceptions: false }))
      assert.strictEqual((yield* currentDistinctId)._tag, "None")
    }).pipe(Effect.provide(PosthogTest.layer)))
})

describe("exceptions of a scope", () => {
  class OutOfStock extends Error {
    readonly _tag = "OutOfStock"
  }

  it.effect("an error that crosses three scopes is one $exception with the tags of the innermost", () =>
    Effect.gen(function*() {
      const error = new OutOfStock("no more")
      const exit = yield* Effect.zipRight(tag("step", "pay"), Effect.fail(error)).pipe(
        withScope("inherited", { tags: { depth: 3 } }),
        withScope("inherited", { tags: { depth: 2 } }),
        withScope(fresh, { distinctId: "alice", tags: { depth: 1, tenant: "acme" } }),
        Effect.exit
      )
      assert.isTrue(Exit.isFailure(exit) && Cause.contains(exit.cause, Cause.fail(error)))
      const [event, ...more] = yield* PosthogTest.events
      assert.strictEqual(more.length, 0)
      assert.strictEqual(event!.event, "$exception")
      assert.strictEqual(event!.distinctId, "alice")
      assert.strictEqual(event!.properties["depth"], 3)
      assert.strictEqual(event!.properties["step"], "pay")
      assert.strictEqual(event!.properties["tenant"], "acme")
      assert.strictEqual(event!.properties["$exception_type"], "OutOfStock")
      assert.strictEqual(event!.properties["$exception_message"], "no more")
      const [entry] = event!.properties["$exception_list"] as ReadonlyArray<{
        readonly type: string
        readonly mechanism: unknown
        readonly stacktrace: { readonly frames: ReadonlyArray<{ readonly filename: string; readonly in_app: boolean }> }
      }>
      assert.strictEqual(entry!.type, "OutOfStock")
      assert.deepStrictEqual(entry!.mechanism, {
        exception_id: 0,
        type: "generic",
        handled: false,
        synthetic: false,
        effect: "fail"
      })
      assert.strictEqual(event!.properties["$exception_source"], "effect.with_scope")
      const frames = entry!.stacktrace.frames
      assert.isTrue(frames.some(({ filename, in_app }) => in_app && filename.endsWith("Posthog.test.ts")))
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("a defect is captured, an interruption is not", () =>
    Effect.gen(function*() {
      yield* Effect.die(new TypeError("bug")).pipe(withScope(fresh), Effect.exit)
      yield* Effect.interrupt.pipe(withScope(fresh), Effect.exit)
      const events = yield* PosthogTest.events
      assert.deepStrictEqual(events.map(({ properties }) => properties["$exception_type"]), ["TypeError"])
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("a second capture of the same error returns the first event's id; a frozen error works", () =>
    Effect.gen(function*() {
      const error = Object.freeze(new Error("x"))
      const first = yield* ExceptionCapture.capture(error)
      const second = yield* ExceptionCapture.capture(Cause.fail(error))
      assert.deepStrictEqual(second, first)
      assert.strictEqual((yield* PosthogTest.events).length, 1)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("a primitive failure that crosses scopes is one event, two of the same text are two", () =>
    Effect.gen(function*() {
      const nested = (text: string) => Effect.fail(text).pipe(withScope("inherited"), withScope(fresh), Effect.exit)
      yield* nested("no")
      yield* nested("no")
      assert.strictEqual((yield* PosthogTest.events).length, 2)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("with captureExceptions off on the client, only scopes that say so capture", () =>
    Effect.gen(function*() {
      yield* Effect.die(new Error("silent")).pipe(withScope(fresh), Effect.exit)
      yield* Effect.die(new Error("told")).pipe(withScope(fresh, { captureExceptions: true }), Effect.exit)
      const events = yield* PosthogTest.events
      assert.deepStrictEqual(events.map(({ properties }) => properties["$exception_message"]), ["told"])
    }).pipe(Effect.provide(PosthogTest.layerWith({ captureExceptions: false }))))
})

describe("over a socket", () => {
  const world = (options: Parameters<typeof layerClient>[0] = {}) =>
    Layer.unwrapEffect(
      Effect.map(DevServer.DevServer, (server) => Posthog.layer({ apiKey, host: server.url, ...options }))
    ).pipe(
      Layer.provideMerge(Layer.mergeAll(
        DevServer.layer().pipe(
          Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
        ),
        FetchHttpClient.layer
      ))
    )

  it.live("HTTP 200: gzipped JSON with the library's name arrives and is well-formed", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("größer ✓", { distinctId: "älice", properties: { "ключ": "値", n: 1 } })
      assert.strictEqual((yield* Posthog.flush).delivered, 1)
      const server = yield* DevServer.DevServer
      const [request] = yield* server.requests
      assert.strictEqual(request!.headers["content-encoding"], "gzip")
      assert.include(request!.headers["content-type"], "application/json")
      assert.match(request!.headers["user-agent"] ?? "", /^effect-posthog\/\d/)
      assert.notProperty(request!.headers, "traceparent")
      assert.strictEqual((yield* server.invalid).length, 0)
      const [event] = yield* server.events
      assert.strictEqual(event!.event, "größer ✓")
      assert.strictEqual(event!.properties["ключ"], "値")
    }).pipe(Effect.provide(world())))

  it.live("the SDK's own requests are no spans of the application", () =>
    Effect.gen(function*() {
      const spans: Array<string> = []
      const tracer = Tracer.make({
        span: (name, parent, context, links, startTime, kind) => {
          spans.push(name)
          return {
            _tag: "Span",
            name,
            spanId: "1",
            traceId: "1",
            parent,
            context,
            links,
            kind,
            sampled: true,
            status: { _tag: "Started", startTime },
            attributes: new Map(),
            attribute: () => {},
            addLinks: () => {},
            event: () => {},
            end: () => {}
          }
        },
        context: (f) => f()
      })
      yield* Effect.zipRight(Posthog.capture("e"), Posthog.captureImmediate("f")).pipe(
        Effect.zipRight(Posthog.flush),
        Effect.provide(world()),
        Effect.withSpan("application"),
        Effect.withTracer(tracer)
      )
      assert.deepStrictEqual(spans, ["application"])
    }))

  it.live("closing the layer's scope sends what is left", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const serverScope = yield* Scope.make()
      const server = yield* Layer.buildWithScope(
        DevServer.layer().pipe(Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))),
        serverScope
      ).pipe(Effect.map(Context.get(DevServer.DevServer)))
      const client = yield* Posthog.make({ apiKey, host: server.url }).pipe(
        Scope.extend(scope),
        Effect.provide(FetchHttpClient.layer)
      )
      yield* Effect.forEach(Array.from({ length: 250 }), () => client.capture("e", { distinctId: "a" }), {
        discard: true
      })
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* server.events).length, 250)
      yield* Scope.close(serverScope, Exit.void)
    }))

  it.live("a program that never closes its client still leaves no fiber behind that keeps the process alive", () =>
    Effect.gen(function*() {
      const supervisor = yield* Supervisor.track
      const fiber = yield* Effect.scoped(
        Effect.zipRight(Posthog.capture("e", { distinctId: "a" }), Posthog.flush).pipe(Effect.provide(world()))
      ).pipe(Effect.supervised(supervisor), Effect.fork)
      yield* Fiber.join(fiber)
      yield* Effect.yieldNow()
      const left = yield* supervisor.value
      assert.strictEqual(left.length, 0)
    }))
})
