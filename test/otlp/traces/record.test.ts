import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, TestClock } from "effect"
import { fresh, identifyScope, inherited, setSession, tag, withScope } from "effect-posthog"
import * as OtlpResource from "effect-posthog/otlp/OtlpResource"
import * as SpanBatch from "effect-posthog/otlp/traces/SpanBatch"
import * as Spans from "effect-posthog/otlp/traces/Spans"
import { warnings, withLines } from "../../support/client.js"
import { attributes, int, keys, makeTracer, Recording, str, traced } from "./support.js"

const second = 1_000_000_000n

describe("the record", () => {
  it.effect("TRACE-13: it holds exactly the fields of OTLP, times as texts, kind and status as integers, flags sampled", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("10 seconds")
        yield* Spans.addEvent("event", { n: 1 }).pipe(
          Effect.zipRight(TestClock.adjust("5 seconds")),
          Effect.withSpan("child", { kind: "client", attributes: { a: "b" } }),
          Effect.withSpan("parent")
        )
        const [child, parent] = recording.spans
        assert.deepStrictEqual(child, {
          traceId: parent!.traceId,
          spanId: child!.spanId,
          parentSpanId: parent!.spanId,
          flags: 1,
          name: "child",
          kind: 3,
          startTimeUnixNano: "10000000000",
          endTimeUnixNano: "15000000000",
          attributes: [{ key: "a", value: str("b") }],
          events: [{ name: "event", timeUnixNano: "10000000000", attributes: [{ key: "n", value: int(1) }] }],
          status: { code: 0 }
        })
        assert.strictEqual(parent!.kind, 1)
        assert.notProperty(parent, "parentSpanId")
        assert.notProperty(parent, "traceState")
      })))

  it.effect("TRACE-14: durations are those of the monotonic clock, a backdated span's end is the wall clock's", () => {
    const live = Clock.make()
    let nanos = 1_000n * second
    let wall = 10_000_000
    const clock: Clock.Clock = Object.assign(Object.create(live), {
      unsafeCurrentTimeNanos: () => nanos,
      unsafeCurrentTimeMillis: () => wall
    })
    return traced({}, (recording) =>
      Effect.gen(function*() {
        const backdated = yield* Effect.makeSpan("backdated", Spans.options({ startTime: 10_000 }))
        const plain = yield* Effect.makeSpan("plain")
        yield* Effect.sync(() => {
          // somebody puts the wall clock back by half an hour
          nanos += 3n * second
          wall -= 1_800_000
        }).pipe(Effect.zipRight(Spans.addEvent("event")), Effect.withSpan("scoped"))
        yield* Spans.end(plain)
        yield* Spans.end(backdated)
        for (const name of ["plain", "scoped"]) {
          const { endTimeUnixNano, startTimeUnixNano } = recording.span(name)
          assert.strictEqual(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano), 3n * second)
        }
        assert.strictEqual(recording.span("scoped").events[0]!.timeUnixNano, "1003000000000")
        assert.strictEqual(recording.span("backdated").startTimeUnixNano, "10000000000")
        assert.strictEqual(recording.span("backdated").endTimeUnixNano, String(BigInt(wall) * 1_000_000n))
      })).pipe(Effect.withClock(clock))
  })

  it.effect("with Effect's timing off a span stands at its making, and lasts no time", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("10 seconds")
        yield* TestClock.adjust("1 second").pipe(Effect.withSpan("span"), Effect.withTracerTiming(false))
        assert.strictEqual(recording.span("span").startTimeUnixNano, "10000000000")
        assert.strictEqual(recording.span("span").endTimeUnixNano, "10000000000")
      })))

  it.effect("TRACE-15: links stay on Effect's span and are not sent, and a name is sent as it was given", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const other = yield* Effect.makeSpan("other")
        const span = yield* Effect.makeSpan("GET /users/:id", {
          links: [{ _tag: "SpanLink", span: other, attributes: {} }]
        })
        span.addLinks(Array.from({ length: 500 }, () => ({ _tag: "SpanLink", span: other, attributes: {} })))
        yield* Spans.end(span)
        assert.strictEqual(span.links.length, 128)
        assert.notProperty(recording.span("GET /users/:id"), "links")
      })))

  it.effect("TRACE-16: at the end an empty name or one that is no text becomes unknown", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        for (const name of ["", 42 as never, null as never, {} as never]) {
          yield* Spans.updateName(name).pipe(Effect.withSpan("span"))
        }
        yield* Effect.void.pipe(Effect.withSpan(""))
        assert.deepStrictEqual(recording.spans.map((span) => span.name), Array(5).fill("unknown"))
      })))

  it.effect("TRACE-16: times that OTLP cannot hold become now, and an end before the start becomes the start", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("10 seconds")
        for (const time of [-1n, 2n ** 63n, 12 as never]) {
          const span = yield* Effect.makeSpan("span", Spans.options({ startTime: time }))
          span.event("event", time)
          span.end(time, { _tag: "Success" } as never)
          const sent = recording.spans.at(-1)!
          assert.deepStrictEqual(
            [sent.startTimeUnixNano, sent.endTimeUnixNano, sent.events[0]!.timeUnixNano],
            time === 12 as never ? ["12000000", "10000000000", "10000000000"] : Array(3).fill("10000000000")
          )
        }
        const early = yield* Effect.makeSpan("early")
        yield* Spans.end(early, { endTime: 1 })
        assert.strictEqual(recording.span("early").endTimeUnixNano, "10000000000")
        const last = yield* Effect.makeSpan("last", Spans.options({ startTime: 2n ** 63n - 1n }))
        yield* Spans.end(last)
        assert.strictEqual(recording.span("last").endTimeUnixNano, "9223372036854775807")
      })))

  it.effect("TRACE-16: a start of more than a day ago is warned about, once aloud", () =>
    withLines((lines) =>
      traced({}, (recording) =>
        Effect.gen(function*() {
          yield* TestClock.adjust("3 days")
          const day = 2 * 86_400_000
          yield* Effect.void.pipe(Effect.withSpan("a day", Spans.options({ startTime: day })))
          assert.deepStrictEqual(warnings(lines), [])
          yield* Effect.void.pipe(Effect.withSpan("older", Spans.options({ startTime: day - 1 })))
          yield* Effect.void.pipe(Effect.withSpan("older", Spans.options({ startTime: 0 })))
          assert.strictEqual(warnings(lines).length, 1)
          assert.include(warnings(lines)[0], "24 hours")
          assert.strictEqual(lines.filter(({ message }) => message.includes("24 hours")).length, 2)
          assert.strictEqual(recording.spans.length, 3)
        }))
    ))

  it.effect("TRACE-17: attributes are written as OTLP's values; null and undefined drop their key", () =>
    withLines((lines) =>
      traced({}, (recording) =>
        Effect.gen(function*() {
          yield* Effect.void.pipe(Effect.withSpan("span", {
            attributes: {
              text: "a",
              yes: true,
              int: -7,
              big: 2n ** 63n - 1n,
              double: 0.5,
              nan: Number.NaN,
              up: Number.POSITIVE_INFINITY,
              down: Number.NEGATIVE_INFINITY,
              list: [1, "a", false],
              object: { inner: { deep: 1 } },
              nothing: null,
              missing: undefined,
              beyond: 2n ** 63n
            }
          }))
          assert.deepStrictEqual(attributes(recording.span("span")), {
            text: str("a"),
            yes: { boolValue: true },
            int: int(-7),
            big: { intValue: "9223372036854775807" },
            double: { doubleValue: 0.5 },
            nan: str("NaN"),
            up: str("Infinity"),
            down: str("-Infinity"),
            list: { arrayValue: { values: [int(1), str("a"), { boolValue: false }] } },
            object: {
              kvlistValue: {
                values: [{ key: "inner", value: { kvlistValue: { values: [{ key: "deep", value: int(1) }] } } }]
              }
            },
            beyond: str("9223372036854775808")
          })
          assert.isTrue(
            lines.some(({ level, message }) => level === "DEBUG" && message.includes("9223372036854775808"))
          )
          assert.deepStrictEqual(warnings(lines), [])
        }))
    ))

  it.effect("TRACE-18: person and session of the scope are frozen at the start, the application's attributes win", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* Effect.gen(function*() {
          yield* identifyScope("someone else")
          yield* setSession("another session")
          yield* tag("late", true)
        }).pipe(
          Effect.withSpan("frozen"),
          withScope(inherited, { captureExceptions: false }),
          Effect.zipRight(Effect.void.pipe(
            Effect.withSpan("own", { attributes: { posthogDistinctId: "mine", "correlation_id": null } })
          )),
          withScope(fresh, {
            distinctId: "alice",
            sessionId: "session-1",
            tags: { tenant: "acme" },
            correlation: { id: "corr-1", parentId: "corr-0" },
            service: { name: "shop" },
            captureExceptions: false
          })
        )
        const sections = {
          correlation_id: str("corr-1"),
          parent_correlation_id: str("corr-0"),
          service_name: str("shop")
        }
        assert.deepStrictEqual(attributes(recording.span("frozen")), {
          posthogDistinctId: str("alice"),
          sessionId: str("session-1"),
          ...sections
        })
        assert.deepStrictEqual(attributes(recording.span("own")), {
          posthogDistinctId: str("mine"),
          sessionId: str("session-1"),
          parent_correlation_id: str("corr-0"),
          service_name: str("shop")
        })
      })))

  it.effect("TRACE-18: outside every scope there are none, and flags are never attached", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* Effect.void.pipe(Effect.withSpan("span"))
        yield* Effect.void.pipe(
          Effect.withSpan("anonymous"),
          withScope(fresh, { captureExceptions: false })
        )
        assert.deepStrictEqual(recording.spans.flatMap(keys), [])
      })))

  it.effect("a scope that came with a trace goes on in it where no span is active, unless a root is asked for", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const traceId = "0af7651916cd43dd8448eb211c80319c"
        const trace = { traceparent: `00-${traceId}-b7ad6b7169203331-00`, tracestate: "congo=t61rcWkgMzE" }
        const inScope = withScope(fresh, { trace, captureExceptions: false })
        yield* Effect.void.pipe(Effect.withSpan("inner"), Effect.withSpan("outer"), inScope)
        yield* Effect.void.pipe(Effect.withSpan("root", { root: true }), inScope)
        const outer = recording.span("outer")
        assert.deepStrictEqual([outer.traceId, outer.parentSpanId, outer.traceState], [
          traceId,
          "b7ad6b7169203331",
          "congo=t61rcWkgMzE"
        ])
        assert.strictEqual(recording.span("inner").parentSpanId, outer.spanId)
        assert.notStrictEqual(recording.span("root").traceId, traceId)
        assert.notProperty(recording.span("root"), "parentSpanId")
      })))

  it.effect("TRACE-37: half surrogate pairs become U+FFFD, empty keys are dropped, an event has 128 attributes", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`k${i}`, i]))
        yield* Spans.addEvent("event\ud800", many).pipe(
          Effect.withSpan("span\ud800", { attributes: { "": 1, "key\udc00": "value\ud800" } })
        )
        const sent = recording.span("span\ufffd")
        assert.deepStrictEqual(attributes(sent), { "key\ufffd": str("value\ufffd") })
        assert.strictEqual(sent.events[0]!.name, "event\ufffd")
        assert.strictEqual(sent.events[0]!.attributes.length, 128)
        assert.strictEqual(sent.events[0]!.droppedAttributesCount, 2)
        assert.strictEqual(keys(sent.events[0]!)[127], "k127")
      })))

  it.effect("TRACE-38: a text is at most 8,192 characters", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* Effect.void.pipe(
          Effect.withSpan("span", { attributes: { short: "a".repeat(8192), long: "a".repeat(9000) } })
        )
        const { long, short } = attributes(recording.span("span"))
        assert.strictEqual(short!["stringValue"], "a".repeat(8192))
        assert.isAtMost(String(long!["stringValue"]).length, 8192)
      })))

  it.effect("TRACE-20: a batch is one resourceSpans with one scopeSpans, and valid JSON however many spans it has", () =>
    Effect.gen(function*() {
      const recording = new Recording()
      const tracer = yield* makeTracer(recording)
      yield* Effect.forEach(["a", "b", "c"], (name) => Effect.void.pipe(Effect.withSpan(name))).pipe(
        Effect.withTracer(tracer)
      )
      const encode = SpanBatch.encoder(OtlpResource.make({ serviceName: "shop \"1\"" }))
      for (let count = 0; count <= 3; count++) {
        const body = JSON.parse(encode(recording.texts.slice(0, count)))
        assert.deepStrictEqual(Object.keys(body), ["resourceSpans"])
        assert.strictEqual(body.resourceSpans.length, 1)
        assert.strictEqual(body.resourceSpans[0].scopeSpans.length, 1)
        assert.strictEqual(body.resourceSpans[0].scopeSpans[0].scope.name, "effect-posthog")
        assert.deepStrictEqual(body.resourceSpans[0].scopeSpans[0].spans, recording.spans.slice(0, count))
        assert.deepInclude(body.resourceSpans[0].resource.attributes, { key: "service.name", value: str("shop \"1\"") })
      }
    }))
})
