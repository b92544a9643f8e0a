/** Traces through a whole client to the embedded PostHog. */
import { HttpApp, HttpRouter, HttpServerResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, TestClock } from "effect"
import { fresh, Posthog, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { name, version } from "effect-posthog/event/Library"
import * as PosthogOtlp from "effect-posthog/otlp/PosthogOtlp"
import * as Spans from "effect-posthog/otlp/traces/Spans"
import { layerClient } from "../../support/client.js"

const layer = (options: PosthogOtlp.Options, client: Parameters<typeof layerClient>[0] = {}) =>
  PosthogOtlp.layer(options).pipe(Layer.provideMerge(layerClient(client)))

const spans = Effect.gen(function*() {
  yield* Posthog.flush
  const server = yield* DevServer.DevServer
  return yield* server.spans
})

describe("traces of a client", () => {
  it.effect("TRACE-13, TRACE-18, TRACE-19: PostHog stores the span with its scope, its resource and this library's name", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 minute")
      yield* Spans.addEvent("asked", { bank: "acme" }).pipe(
        Effect.withSpan("pay", { kind: "client", attributes: { total: 42 } }),
        withScope(fresh, {
          distinctId: "alice",
          sessionId: "session-1",
          correlation: { id: "corr-1" },
          captureExceptions: false
        })
      )
      const [span] = yield* spans
      assert.deepInclude(span, {
        name: "pay",
        kind: 3,
        startTimeUnixNano: "60000000000",
        endTimeUnixNano: "60000000000",
        attributes: { posthogDistinctId: "alice", sessionId: "session-1", correlation_id: "corr-1", total: 42 },
        status: { code: 0 },
        flags: 1
      })
      assert.deepInclude(span!.events[0], { name: "asked", attributes: { bank: "acme" } })
      assert.deepInclude(span!.resource, {
        "service.name": "shop",
        "service.version": "1.2.3",
        "deployment.environment": "test",
        "telemetry.sdk.name": name,
        "telemetry.sdk.version": version,
        region: "eu"
      })
      assert.deepStrictEqual(span!.scope, { name, version })
    }).pipe(Effect.provide(layer({
      traces: {
        serviceName: "shop",
        serviceVersion: "1.2.3",
        environment: "test",
        resourceAttributes: { region: "eu", "service.name": "forged", "telemetry.sdk.name": "forged" }
      }
    }))))

  it.effect("TRACE-19: without a name the service is unknown_service, and there is no version nor environment", () =>
    Effect.gen(function*() {
      yield* Effect.void.pipe(Effect.withSpan("span"))
      const [span] = yield* spans
      assert.strictEqual(span!.resource["service.name"], "unknown_service")
      assert.isString(span!.resource["os.name"])
      assert.isString(span!.resource["os.version"])
      assert.notProperty(span!.resource, "service.version")
      assert.notProperty(span!.resource, "deployment.environment")
    }).pipe(Effect.provide(layer({ traces: {} }))))

  it.effect("TRACE-04, TRACE-35: without the option there is no tracer, and no request", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Effect.succeed(1).pipe(Effect.withSpan("span")), 1)
      assert.deepStrictEqual(yield* spans, [])
    }).pipe(Effect.provide(layer({}))))

  it.effect("TRACE-04, TRACE-34: opted out nothing is sent, and a disabled client runs everything", () =>
    Effect.gen(function*() {
      yield* Posthog.optOut
      yield* Effect.void.pipe(Effect.withSpan("out"))
      yield* Posthog.optIn
      yield* Effect.void.pipe(Effect.withSpan("in"))
      assert.deepStrictEqual((yield* spans).map((span) => span.name), ["in"])
    }).pipe(
      Effect.provide(layer({ traces: {} })),
      Effect.zipRight(
        Effect.gen(function*() {
          assert.strictEqual(yield* Effect.succeed(1).pipe(Effect.withSpan("span")), 1)
          assert.deepStrictEqual(yield* spans, [])
        }).pipe(Effect.provide(layer({ traces: {} }, { disabled: true })))
      )
    ))

  it.effect("TRACE-09: logs and exceptions within an active span carry its ids", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* Effect.logInfo("working")
        yield* Effect.fail("no").pipe(withScope(fresh, { distinctId: "alice" }), Effect.ignore)
      }).pipe(Effect.withSpan("span"))
      const [span] = yield* spans
      const server = yield* DevServer.DevServer
      const log = (yield* server.logs).find(({ body }) => body === "working")
      assert.deepStrictEqual([log!.traceId, log!.spanId], [span!.traceId, span!.spanId])
      const [event] = yield* server.events
      assert.strictEqual(event!.event, "$exception")
      assert.deepInclude(event!.properties, { $trace_id: span!.traceId, $span_id: span!.spanId })
      // Effect makes an event of each log line in the span
      assert.deepStrictEqual(span!.events.map(({ name }) => name), ["working"])
    }).pipe(Effect.provide(layer({ traces: {}, logs: {} }))))

  it.effect("TRACE-32: the library's own requests make no spans", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("paid", { distinctId: "alice" }).pipe(Effect.withSpan("span"))
      yield* spans
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* spans).map((span) => span.name), ["span"])
    }).pipe(Effect.provide(layer({ traces: {} }))))

  it.effect("TRACE-08, TRACE-11: a server's span continues the caller's trace, and what the handler does is below it", () =>
    Effect.gen(function*() {
      const runtime = yield* Effect.runtime<never>()
      const handler = HttpApp.toWebHandlerRuntime(runtime)(
        HttpRouter.empty.pipe(
          HttpRouter.get("/", Effect.void.pipe(Effect.withSpan("work"), Effect.zipRight(HttpServerResponse.text("ok"))))
        )
      )
      const traceId = "0af7651916cd43dd8448eb211c80319c"
      const response = yield* Effect.promise(() =>
        handler(
          new Request("http://shop.local/", {
            headers: { traceparent: `00-${traceId}-b7ad6b7169203331-00` }
          })
        )
      )
      assert.strictEqual(response.status, 200)
      const stored = yield* spans
      const server = stored.find(({ kind }) => kind === 2)!
      const work = stored.find((span) => span.name === "work")!
      assert.deepStrictEqual([server.traceId, server.parentSpanId], [traceId, "b7ad6b7169203331"])
      assert.deepStrictEqual([work.traceId, work.parentSpanId], [traceId, server.spanId])
      assert.strictEqual(server.attributes["http.response.status_code"], 200)
    }).pipe(Effect.provide(layer({ traces: {} }))))
})
