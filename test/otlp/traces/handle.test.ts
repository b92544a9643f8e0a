/** The handle of TRACE-01 to TRACE-08, which is Effect's tracer: one test for each row of the table in docs/otlp.md. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Deferred, Effect, Exit, Fiber, Option, TestClock, type Tracer } from "effect"
import * as Spans from "effect-posthog/otlp/traces/Spans"
import { attributes, int, keys, makeTracer, Recording, str, traced } from "./support.js"

class Declined extends Data.TaggedError("Declined")<{ readonly message: string }> {}

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 }

describe("startSpan", () => {
  it.effect("TRACE-01: Effect.makeSpan gives a span with kind, attributes, parent and start, and does not activate it", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("1 minute")
        const parent = yield* Effect.makeSpan("parent")
        for (const kind of Object.keys(kinds) as Array<Tracer.SpanKind>) {
          const span = yield* Effect.makeSpan(
            kind,
            Spans.options({ kind, parent, attributes: { n: 1 }, startTime: new Date(30_000) })
          )
          assert.deepStrictEqual(yield* Effect.option(Effect.currentPropagatedSpan), Option.none())
          yield* Spans.end(span)
          const sent = recording.span(kind)
          assert.strictEqual(sent.kind, kinds[kind])
          assert.strictEqual(sent.parentSpanId, parent.spanId)
          assert.strictEqual(sent.traceId, parent.traceId)
          assert.deepStrictEqual(attributes(sent), { n: int(1) })
          assert.strictEqual(sent.startTimeUnixNano, "30000000000")
          assert.strictEqual(sent.endTimeUnixNano, "60000000000")
        }
      })))

  it.effect("TRACE-01: a parent may be a traceparent text, and a tracestate goes with it alone", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const traceId = "0af7651916cd43dd8448eb211c80319c"
        const parent = `00-${traceId}-b7ad6b7169203331-01`
        const span = yield* Effect.makeSpan("remote", Spans.options({ parent, tracestate: "congo=t61rcWkgMzE" }))
        yield* Spans.end(span)
        assert.strictEqual(recording.span("remote").traceId, traceId)
        assert.strictEqual(recording.span("remote").parentSpanId, "b7ad6b7169203331")
        assert.strictEqual(recording.span("remote").traceState, "congo=t61rcWkgMzE")
        const local = yield* Effect.makeSpan("local", Spans.options({ tracestate: "congo=t61rcWkgMzE" }))
        yield* Spans.end(local)
        assert.notProperty(recording.span("local"), "traceState")
      })))

  it.effect("TRACE-01: a moment that is none is as if no start were given", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        const wrong = [Number.NaN, -1, -1n, 2n ** 63n, new Date(Number.NaN), Number.POSITIVE_INFINITY, "x" as never]
        for (const startTime of wrong) {
          yield* Effect.void.pipe(Effect.withSpan("x", Spans.options({ startTime })))
        }
        assert.deepStrictEqual(recording.spans.map((span) => span.startTimeUnixNano), wrong.map(() => "1000000000"))
      })))
})

describe("the handle", () => {
  it.effect("TRACE-02: attributes, events, status, exceptions, names, traceparent, tracestate and end", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const span = yield* Effect.makeSpan("old")
        const onIt = Effect.withParentSpan(span)
        yield* Effect.annotateCurrentSpan("one", "1").pipe(onIt)
        yield* Effect.annotateCurrentSpan({ two: 2, three: true }).pipe(onIt)
        span.attribute("one", "first")
        yield* TestClock.adjust("1 second")
        yield* Spans.addEvent("halfway", { at: 50 }).pipe(onIt)
        yield* Spans.setStatus("ok").pipe(onIt)
        yield* Spans.setStatus("error", "no answer").pipe(onIt)
        yield* Spans.updateName("new").pipe(onIt)
        assert.deepStrictEqual(
          yield* Spans.traceparent.pipe(onIt),
          Option.some(`00-${span.traceId}-${span.spanId}-01`)
        )
        assert.deepStrictEqual(yield* Spans.tracestate.pipe(onIt), Option.none())
        yield* TestClock.adjust("1 second")
        yield* Spans.end(span)
        const sent = recording.span("new")
        assert.deepStrictEqual(attributes(sent), { one: str("first"), two: int(2), three: { boolValue: true } })
        assert.deepStrictEqual(sent.events, [{
          name: "halfway",
          timeUnixNano: "1000000000",
          attributes: [{ key: "at", value: int(50) }]
        }])
        assert.deepStrictEqual(sent.status, { code: 2, message: "no answer" })
        assert.strictEqual(sent.endTimeUnixNano, "2000000000")
      })))

  it.effect("TRACE-02: the status that is said last wins, and an ok has no message", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* Spans.setStatus("error", "first").pipe(
          Effect.zipRight(Spans.setStatus("ok", "all is well")),
          Effect.withSpan("span")
        )
        assert.deepStrictEqual(recording.span("span").status, { code: 1 })
      })))

  it.effect("TRACE-03: it ends once, at an end that it is given, and after that nothing changes", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const span = yield* Effect.makeSpan("span")
        yield* Spans.end(span, { endTime: new Date(5_000) })
        yield* TestClock.adjust("1 minute")
        yield* Spans.end(span)
        span.end(9_000_000_000n, Exit.fail("late"))
        span.attribute("late", true)
        span.event("late", 0n)
        yield* Effect.all([Spans.setStatus("error"), Spans.updateName("late"), Spans.recordException("late")]).pipe(
          Effect.withParentSpan(span)
        )
        assert.strictEqual(recording.spans.length, 1)
        assert.strictEqual(recording.span("span").endTimeUnixNano, "5000000000")
        assert.deepStrictEqual(recording.span("span").status, { code: 0 })
        assert.strictEqual(span.status._tag, "Ended")
        assert.deepStrictEqual([span.name, span.attributes.size], ["span", 0])
      })))

  it.effect("TRACE-03: an end that is no moment falls back to the derived one", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const wrong = [Number.NaN, -5, 2n ** 63n, new Date(Number.NaN), {} as never]
        for (const endTime of wrong) {
          const span = yield* Effect.makeSpan("span")
          yield* TestClock.adjust("1 second")
          yield* Spans.end(span, { endTime })
        }
        assert.deepStrictEqual(
          recording.spans.map((span) => Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano))),
          wrong.map(() => 1e9)
        )
      })))
})

describe("an inert span", () => {
  it.effect("TRACE-04: without this tracer, or while opted out, everything runs and nothing is sent", () =>
    Effect.gen(function*() {
      const work = Effect.gen(function*() {
        yield* Effect.annotateCurrentSpan("a", 1)
        yield* Spans.addEvent("event")
        yield* Spans.setStatus("error", "no")
        yield* Spans.recordException(new Error("no"))
        yield* Spans.updateName("other")
        return [yield* Spans.traceparent, yield* Spans.tracestate]
      }).pipe(Effect.withSpan("span"))
      const nothing = [Option.none(), Option.none()]
      // Effect's own tracer, no tracer at all, no span at all
      assert.deepStrictEqual(yield* work, nothing)
      assert.deepStrictEqual(yield* Effect.withTracerEnabled(work, false), nothing)
      yield* Effect.all([Spans.setStatus("ok"), Spans.addEvent("x"), Spans.updateName("x"), Spans.recordException("x")])
      const recording = new Recording()
      const tracer = yield* makeTracer(recording)
      recording.optedOut = true
      assert.deepStrictEqual(yield* Effect.withTracer(work, tracer), nothing)
      assert.deepStrictEqual([recording.texts, recording.drops], [[], {}])
    }))

  it.effect("TRACE-04: its explicit children are inert, and it is passed over by those who look for a parent", () =>
    traced({ maxLiveSpans: 1 }, (recording) =>
      Effect.gen(function*() {
        const outer = yield* Effect.makeSpan("outer")
        yield* Effect.gen(function*() {
          const inert = yield* Effect.makeSpan("inert")
          assert.isFalse(inert.sampled)
          assert.deepStrictEqual(yield* Spans.traceparent.pipe(Effect.withParentSpan(inert)), Option.none())
          // never activated: the span around it is the active one
          assert.strictEqual(yield* Effect.currentPropagatedSpan.pipe(Effect.withParentSpan(inert)), outer)
          yield* Spans.end(outer)
          const child = yield* Effect.makeSpan("child", { parent: inert })
          assert.isFalse(child.sampled)
          yield* Spans.end(child)
          const implicit = yield* Effect.makeSpan("implicit").pipe(Effect.withParentSpan(inert))
          yield* Spans.end(implicit)
          // what is said of the inert span does not reach the one around it
          yield* Spans.setStatus("error").pipe(Effect.withParentSpan(inert))
          yield* Spans.end(inert)
          assert.strictEqual(inert.status._tag, "Ended")
        }).pipe(Effect.withParentSpan(outer))
        assert.deepStrictEqual(recording.spans.map(({ name }) => name), ["outer", "implicit"])
        assert.strictEqual(recording.span("implicit").parentSpanId, outer.spanId)
        assert.deepStrictEqual(recording.span("outer").status, { code: 0 })
      })))
})

describe("withSpan", () => {
  it.effect("TRACE-05: it runs the effect once, gives its value, and ends the span when the effect is done", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        let runs = 0
        const latch = yield* Deferred.make<number>()
        const fiber = yield* Effect.sync(() => runs++).pipe(
          Effect.zipRight(Deferred.await(latch)),
          Effect.withSpan("span", Spans.options({ kind: "server", attributes: { a: 1 }, startTime: 0 })),
          Effect.fork
        )
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual(recording.spans.length, 0)
        yield* Deferred.succeed(latch, 42)
        assert.strictEqual(yield* Fiber.join(fiber), 42)
        assert.strictEqual(runs, 1)
        const sent = recording.span("span")
        assert.strictEqual(sent.endTimeUnixNano, "3000000000")
        assert.deepStrictEqual([sent.kind, sent.status], [2, { code: 0 }])
      })))

  it.effect("TRACE-05: with tracing off it still runs the effect once", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        let runs = 0
        recording.optedOut = true
        assert.strictEqual(yield* Effect.sync(() => ++runs).pipe(Effect.withSpan("span")), 1)
        assert.strictEqual(runs, 1)
        assert.deepStrictEqual(recording.texts, [])
      })))

  it.effect("TRACE-06: a failure or defect marks the span, adds an exception event, ends it and passes unchanged", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const failure = new Declined({ message: "no funds" })
        const defect = new TypeError("x is undefined")
        const failed = yield* Effect.fail(failure).pipe(Effect.withSpan("failed"), Effect.exit)
        const died = yield* Effect.die(defect).pipe(Effect.withSpan("died"), Effect.exit)
        assert.deepStrictEqual(Exit.isFailure(failed) ? Cause.originalError(Cause.squash(failed.cause)) : 0, failure)
        assert.deepStrictEqual(Exit.isFailure(died) ? Cause.originalError(Cause.squash(died.cause)) : 0, defect)
        for (
          const [name, type, message] of [["failed", "Declined", "no funds"], ["died", "TypeError", defect.message]]
        ) {
          const { events, status } = recording.span(name!)
          assert.deepStrictEqual(status, { code: 2, message: message! })
          assert.deepStrictEqual(events.map((event) => [event.name, attributes(event)]), [[
            "exception",
            { "exception.type": str(type!), "exception.message": str(message!) }
          ]])
        }
        const text = yield* Effect.fail("just a text").pipe(Effect.withSpan("text"), Effect.flip)
        assert.strictEqual(text, "just a text")
        assert.deepStrictEqual(recording.span("text").status, { code: 2, message: "just a text" })
      })))

  it.effect("TRACE-06: an explicit ok stays, the exception event is there all the same", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* Spans.setStatus("ok").pipe(Effect.zipRight(Effect.fail("no")), Effect.withSpan("ok"), Effect.ignore)
        yield* Spans.setStatus("error", "said before").pipe(
          Effect.zipRight(Effect.fail("no")),
          Effect.withSpan("error"),
          Effect.ignore
        )
        assert.deepStrictEqual(recording.span("ok").status, { code: 1 })
        assert.deepStrictEqual(recording.span("ok").events.map(({ name }) => name), ["exception"])
        assert.deepStrictEqual(recording.span("error").status, { code: 2, message: "no" })
      })))

  it.effect("TRACE-06: an interruption is no error, and is told by an attribute", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const fiber = yield* Effect.never.pipe(Effect.withSpan("span"), Effect.fork)
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(fiber)
        const { events, status } = recording.span("span")
        assert.deepStrictEqual([status, events], [{ code: 0 }, []])
        assert.deepStrictEqual(attributes(recording.span("span"))["status.interrupted"], { boolValue: true })
      })))

  it.effect("TRACE-06: of an error's message the span says no more than an exception would", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* Effect.fail(new Declined({ message: "cannot reach postgres://me:hunter2@db/shop" })).pipe(
          Effect.withSpan("span"),
          Effect.ignore
        )
        assert.notInclude(recording.texts[0]!, "hunter2")
        assert.include(recording.span("span").status.message, "cannot reach postgres://")
      })))

  it.effect("TRACE-07: recordException marks the span without ending it, over an ok too; the same error is one event", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const error = new Declined({ message: "no answer" })
        yield* Spans.setStatus("ok").pipe(
          Effect.zipRight(Spans.recordException(error)),
          Effect.zipRight(Effect.annotateCurrentSpan("after", true)),
          Effect.withSpan("handled")
        )
        const handled = recording.span("handled")
        assert.deepStrictEqual(handled.status, { code: 2, message: "no answer" })
        assert.deepStrictEqual(keys(handled), ["after"])
        assert.deepStrictEqual(attributes(handled.events[0]!), {
          "exception.type": str("Declined"),
          "exception.message": str("no answer")
        })
        yield* Effect.fail(error).pipe(
          Effect.tapError(Spans.recordException),
          Effect.withSpan("rethrown"),
          Effect.ignore
        )
        assert.strictEqual(recording.span("rethrown").events.length, 1)
        yield* Spans.recordException(error).pipe(
          Effect.zipRight(Effect.fail("another")),
          Effect.withSpan("two"),
          Effect.ignore
        )
        assert.strictEqual(recording.span("two").events.length, 2)
        yield* Spans.recordException(error).pipe(Effect.zipRight(Spans.setStatus("ok")), Effect.withSpan("last wins"))
        assert.deepStrictEqual(recording.span("last wins").status, { code: 1 })
      })))
})

describe("the active span", () => {
  it.effect("TRACE-08: only withSpan activates; it is the default parent, an explicit one goes over it, or none", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Effect.option(Effect.currentPropagatedSpan), Option.none())
        const other = yield* Effect.makeSpan("other")
        yield* Effect.gen(function*() {
          const active = yield* Effect.currentPropagatedSpan
          assert.strictEqual(active.name, "outer")
          yield* Effect.useSpan("not activated", () =>
            Effect.map(Effect.currentPropagatedSpan, (span) => assert.strictEqual(span, active)))
          yield* Effect.void.pipe(Effect.withSpan("inner"))
          yield* Effect.void.pipe(Effect.withSpan("explicit", { parent: other }))
          yield* Effect.void.pipe(Effect.withSpan("root", { root: true }))
          yield* Effect.fork(Effect.void.pipe(Effect.withSpan("forked"))).pipe(Effect.flatMap(Fiber.join))
        }).pipe(Effect.withSpan("outer"))
        assert.deepStrictEqual(yield* Effect.option(Effect.currentPropagatedSpan), Option.none())
        const { spanId, traceId } = recording.span("outer")
        for (const name of ["not activated", "inner", "forked"]) {
          assert.deepStrictEqual([recording.span(name).traceId, recording.span(name).parentSpanId], [traceId, spanId])
        }
        assert.strictEqual(recording.span("explicit").parentSpanId, other.spanId)
        assert.notProperty(recording.span("root"), "parentSpanId")
        assert.notStrictEqual(recording.span("root").traceId, traceId)
      })))

  it.effect("TRACE-08: concurrent fibers have each their own active span", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        yield* Effect.forEach(
          Array.from({ length: 50 }, (_, n) => n),
          (n) =>
            Effect.sleep(`${(n * 7) % 13} millis`).pipe(
              Effect.zipRight(Effect.void.pipe(Effect.withSpan(`child ${n}`))),
              Effect.withSpan(`request ${n}`)
            ),
          { concurrency: "unbounded" }
        ).pipe(Effect.fork, Effect.tap(() => TestClock.adjust("1 second")), Effect.flatMap(Fiber.join))
        for (let n = 0; n < 50; n++) {
          const { spanId, traceId } = recording.span(`request ${n}`)
          const child = recording.span(`child ${n}`)
          assert.deepStrictEqual([child.parentSpanId, child.traceId], [spanId, traceId])
        }
        assert.strictEqual(new Set(recording.spans.map(({ traceId }) => traceId)).size, 50)
      })))

  it.effect("TRACE-08: two tracers do not mix: each span goes to the one it was started with", () =>
    traced({}, (outer) =>
      Effect.gen(function*() {
        const inner = new Recording()
        const tracer = yield* makeTracer(inner)
        yield* Effect.void.pipe(Effect.withSpan("theirs"), Effect.withTracer(tracer), Effect.withSpan("ours"))
        assert.deepStrictEqual([outer.spans.length, inner.spans.length], [1, 1])
        assert.strictEqual(inner.span("theirs").parentSpanId, outer.span("ours").spanId)
      })))
})
