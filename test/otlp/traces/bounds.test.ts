import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option, TestClock } from "effect"
import { fresh, withScope } from "effect-posthog"
import * as Spans from "effect-posthog/otlp/traces/Spans"
import * as TraceOptions from "effect-posthog/otlp/traces/TraceOptions"
import { attributes, int, keys, traced } from "./support.js"

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `k${i}`)

describe("caps", () => {
  it.effect("LIMIT-05, TRACE-27: a span keeps 128 attributes and 128 events, the first ones, and counts the others", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* Effect.forEach(numbered(130), (key, i) =>
          Effect.zipRight(Effect.annotateCurrentSpan(key, i), Spans.addEvent(key))).pipe(
            Effect.zipRight(Effect.annotateCurrentSpan("k0", "again")),
            Effect.withSpan("span")
          )
        const sent = recording.span("span")
        assert.deepStrictEqual(keys(sent), numbered(128))
        assert.deepStrictEqual(attributes(sent)["k0"], { stringValue: "again" })
        assert.strictEqual(sent.droppedAttributesCount, 2)
        assert.deepStrictEqual(
          sent.events.map(({ name }) =>
            name
          ),
          numbered(128)
        )
        assert.strictEqual(sent.droppedEventsCount, 2)
      })))

  it.effect("TRACE-27: exactly as many drop nothing, and what the scope says is not counted", () =>
    traced({ maxAttributesPerSpan: 2, maxEventsPerSpan: 1 }, (recording) =>
      Effect.gen(function*() {
        const scoped = withScope(fresh, {
          distinctId: "alice",
          sessionId: "s",
          correlation: { id: "c" },
          captureExceptions: false
        })
        yield* Spans.addEvent("one").pipe(Effect.withSpan("full", { attributes: { a: 1, b: 2 } }), scoped)
        yield* Effect.fail("no").pipe(
          Effect.zipLeft(Effect.void),
          Effect.tapErrorCause(() => Spans.addEvent("one")),
          Effect.withSpan("over", { attributes: { a: 1, b: 2, c: 3 }, captureStackTrace: false }),
          scoped,
          Effect.ignore
        )
        const full = recording.span("full")
        assert.sameMembers([...keys(full)], ["posthogDistinctId", "sessionId", "correlation_id", "a", "b"])
        assert.notProperty(full, "droppedAttributesCount")
        assert.notProperty(full, "droppedEventsCount")
        const over = recording.span("over")
        assert.sameMembers([...keys(over)], ["posthogDistinctId", "sessionId", "correlation_id", "a", "b"])
        assert.strictEqual(over.droppedAttributesCount, 1)
        // the exception's event is an event like any other; the status tells of the failure all the same
        assert.strictEqual(over.droppedEventsCount, 1)
        assert.deepStrictEqual(over.status, { code: 2, message: "no" })
      })))

  it.effect("TRACE-27: caps of zero keep nothing of the application's", () =>
    traced({ maxAttributesPerSpan: 0, maxEventsPerSpan: 0 }, (recording) =>
      Effect.gen(function*() {
        yield* Spans.addEvent("event").pipe(
          Effect.withSpan("span", { attributes: { a: 1 } }),
          withScope(fresh, { distinctId: "alice", correlation: { id: "c" }, captureExceptions: false })
        )
        const sent = recording.span("span")
        assert.sameMembers([...keys(sent)], ["posthogDistinctId", "correlation_id"])
        assert.deepStrictEqual([sent.events, sent.droppedAttributesCount, sent.droppedEventsCount], [[], 1, 1])
      })))
})

describe("live spans", () => {
  it.effect("TRACE-25: beyond maxLiveSpans a span is inert and counted as dropped, until another one has ended", () =>
    traced({ maxLiveSpans: 2 }, (recording) =>
      Effect.gen(function*() {
        const [first] = [yield* Effect.makeSpan("first"), yield* Effect.makeSpan("second")]
        const third = yield* Effect.makeSpan("third", { attributes: { a: 1 } })
        assert.strictEqual(yield* Effect.succeed(42).pipe(Effect.withSpan("fourth")), 42)
        assert.deepStrictEqual(recording.drops, { liveSpans: 2 })
        assert.strictEqual(third.attributes.size, 0)
        yield* Spans.end(first)
        yield* Spans.end(third)
        yield* Effect.void.pipe(Effect.withSpan("fifth"))
        assert.deepStrictEqual(recording.spans.map(({ name }) => name), ["first", "fifth"])
        assert.deepStrictEqual(recording.drops, { liveSpans: 2 })
      })))

  it.effect("TRACE-25: a span older than maxSpanAge is evicted, by its age and not by the start that it was given", () =>
    traced({ maxSpanAge: "1 hour" }, (recording) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("2 hours")
        const old = yield* Effect.makeSpan("old")
        const inTime = yield* Effect.makeSpan("in time", Spans.options({ startTime: 0 }))
        yield* TestClock.adjust("1 hour")
        yield* Spans.end(inTime)
        yield* TestClock.adjust("1 milli")
        yield* Spans.end(old)
        assert.deepStrictEqual(recording.spans.map(({ name }) => name), ["in time"])
        assert.deepStrictEqual(recording.drops, { spanAge: 1 })
        assert.isFalse(old.sampled)
      })))

  it.effect("TRACE-25: an evicted span makes room, is inert for its children, and those after it begin anew", () =>
    traced({ maxLiveSpans: 1, maxSpanAge: "1 hour" }, (recording) =>
      Effect.gen(function*() {
        const main = yield* Effect.makeSpan("main")
        yield* TestClock.adjust("61 minutes")
        yield* Effect.gen(function*() {
          yield* Effect.void.pipe(Effect.withSpan("first after"))
          yield* Effect.void.pipe(Effect.withSpan("explicit", { parent: main }))
          yield* Effect.void.pipe(Effect.withSpan("request"))
          assert.deepStrictEqual(yield* Spans.traceparent, Option.none())
          yield* Effect.annotateCurrentSpan("late", true)
          yield* Spans.addEvent("late")
        }).pipe(Effect.withParentSpan(main))
        yield* Spans.end(main)
        assert.deepStrictEqual(recording.spans.map(({ name }) => name), ["first after", "request"])
        for (const { parentSpanId, traceId } of recording.spans) {
          assert.isUndefined(parentSpanId)
          assert.notStrictEqual(traceId, main.traceId)
        }
        assert.deepStrictEqual(recording.drops, { spanAge: 1 })
      })))

  it.effect("TRACE-04, TRACE-25: an evicted span has no trace to hand on; what comes below it is its own parent's", () =>
    traced({ maxSpanAge: "1 hour" }, (recording) =>
      Effect.gen(function*() {
        const [traceId, spanId] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"]
        const span = yield* Effect.makeSpan(
          "span",
          Spans.options({ parent: `00-${traceId}-${spanId}-01`, tracestate: "a=b" })
        )
        const both = Effect.all([Spans.traceparent, Spans.tracestate]).pipe(Effect.withParentSpan(span))
        assert.deepStrictEqual((yield* both)[1], Option.some("a=b"))
        yield* TestClock.adjust("61 minutes")
        yield* Effect.void.pipe(Effect.withSpan("below"), Effect.withParentSpan(span))
        assert.deepStrictEqual(yield* both, [Option.none(), Option.none()])
        assert.deepInclude(recording.span("below"), { traceId, parentSpanId: spanId, traceState: "a=b" })
      })))

  it.effect("TRACE-25: spans that nobody ends are forgotten after their time, whatever their number", () =>
    traced({ maxLiveSpans: 100, maxSpanAge: "1 minute" }, (recording) =>
      Effect.gen(function*() {
        for (let minute = 0; minute < 10; minute++) {
          yield* Effect.forEach(numbered(100), (name) => Effect.makeSpan(name), { discard: true })
          yield* TestClock.adjust("61 seconds")
        }
        yield* Effect.void.pipe(Effect.withSpan("last", { attributes: { n: 1 } }))
        assert.deepStrictEqual(attributes(recording.span("last")), { n: int(1) })
        assert.deepStrictEqual(recording.drops, { spanAge: 1000 })
      })))
})

describe("the options", () => {
  it("TRACE-35, TRACE-38: the defaults are those that the options document", () => {
    const { beforeSpanSend, flushInterval, maxSpanAge, ...numbers } = TraceOptions.resolve({})
    assert.deepStrictEqual(numbers, {
      maxQueueSize: 2048,
      maxExportBatchSize: 512,
      maxLiveSpans: 10_000,
      maxAttributesPerSpan: 128,
      maxEventsPerSpan: 128
    })
    assert.deepStrictEqual([Duration.toMillis(flushInterval), Duration.toMillis(maxSpanAge)], [5_000, 3_600_000])
    assert.deepStrictEqual(beforeSpanSend, [])
  })

  it("TRACE-35: what is given is taken, a number that makes no sense becomes the least that does", () => {
    const given = TraceOptions.resolve({
      flushInterval: "1 second",
      maxQueueSize: 10,
      maxExportBatchSize: 0,
      maxLiveSpans: -5,
      maxSpanAge: Duration.infinity,
      maxAttributesPerSpan: Number.NaN,
      maxEventsPerSpan: 1.5,
      beforeSpanSend: [(span) => span, () => null]
    })
    assert.deepStrictEqual(
      [given.maxQueueSize, given.maxExportBatchSize, given.maxLiveSpans, given.maxAttributesPerSpan],
      [10, 1, 0, 128]
    )
    assert.deepStrictEqual([given.maxEventsPerSpan, given.beforeSpanSend.length], [1, 2])
  })
})
