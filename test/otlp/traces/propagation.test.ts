import { HttpTraceContext } from "@effect/platform"
import { Headers } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Option, Tracer } from "effect"
import * as Spans from "effect-posthog/otlp/traces/Spans"
import { traced } from "./support.js"

const traceId = "0af7651916cd43dd8448eb211c80319c"
const spanId = "b7ad6b7169203331"
const traceparent = (flags: string) => `00-${traceId}-${spanId}-${flags}`

describe("traceparent", () => {
  it.effect("TRACE-11: an incoming one continues its trace, whether it was sampled or not; ours says 01", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        for (const flags of ["00", "01", "02", "03"]) {
          const own = yield* Spans.traceparent.pipe(
            Effect.withSpan(flags, Spans.options({ parent: traceparent(flags) }))
          )
          const sent = recording.span(flags)
          assert.deepStrictEqual([sent.traceId, sent.parentSpanId], [traceId, spanId])
          assert.deepStrictEqual(own, Option.some(`00-${traceId}-${sent.spanId}-01`))
        }
      })))

  it.effect("TRACE-11: an invalid one is as if it were not there, and the active span stays the parent", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const invalid = [
          "",
          "00",
          traceparent("01").toUpperCase(),
          traceparent("0"),
          traceparent("01-"),
          `ff-${traceId}-${spanId}-01`,
          `00-${"0".repeat(32)}-${spanId}-01`,
          `00-${traceId}-${"0".repeat(16)}-01`,
          `00-${traceId}-${spanId}x-01`,
          "\0".repeat(55)
        ]
        yield* Effect.forEach(
          invalid,
          (parent, i) => Effect.void.pipe(Effect.withSpan(`${i}`, Spans.options({ parent })))
        ).pipe(Effect.withSpan("outer"))
        const outer = recording.span("outer")
        invalid.forEach((_, i) => {
          assert.strictEqual(recording.span(`${i}`).parentSpanId, outer.spanId)
        })
        assert.deepStrictEqual(Spans.fromTraceparent(null as never), Option.none())
      })))

  it.effect("TRACE-11: a parent that Effect read from a request's headers continues its trace", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const from = (headers: Record<string, string>) =>
          Option.getOrThrow(HttpTraceContext.fromHeaders(Headers.fromInput(headers)))
        yield* Effect.void.pipe(Effect.withSpan("w3c", { parent: from({ traceparent: traceparent("00") }) }))
        yield* Effect.void.pipe(
          Effect.withSpan("upper", { parent: from({ traceparent: traceparent("01").toUpperCase() }) })
        )
        yield* Effect.void.pipe(Effect.withSpan("b3", { parent: from({ b3: `${spanId}-${spanId}-1` }) }))
        yield* Effect.void.pipe(Effect.withSpan("bad", { parent: from({ b3: "nonsense-1-1" }) }))
        assert.deepStrictEqual([recording.span("w3c").traceId, recording.span("w3c").parentSpanId], [traceId, spanId])
        assert.strictEqual(recording.span("upper").traceId, traceId)
        assert.strictEqual(recording.span("b3").traceId, `${"0".repeat(16)}${spanId}`)
        assert.notProperty(recording.span("bad"), "parentSpanId")
        assert.match(recording.span("bad").traceId, /^[0-9a-f]{32}$/)
      })))
})

describe("tracestate", () => {
  const state = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"

  it.effect("TRACE-12: it is sent, inherited by children at any depth, and given back", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const inner = yield* Spans.tracestate.pipe(
          Effect.withSpan("grandchild"),
          Effect.withSpan("child"),
          Effect.withSpan("span", Spans.options({ parent: traceparent("01"), tracestate: state }))
        )
        assert.deepStrictEqual(inner, Option.some(state))
        assert.deepStrictEqual(recording.spans.map(({ traceState }) => traceState), [state, state, state])
      })))

  it.effect("TRACE-12: an invalid one is dropped alone, and so is one without a valid traceparent", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const tooMany = Array.from({ length: 33 }, (_, i) => `k${i}=v`).join(",")
        for (const tracestate of ["=", "UPPER=1", "a=b,c", tooMany, "a=\nb"]) {
          yield* Effect.void.pipe(Effect.withSpan("span", Spans.options({ parent: traceparent("01"), tracestate })))
        }
        assert.isTrue(recording.spans.every((span) => span.traceId === traceId && span.traceState === undefined))
        assert.deepStrictEqual(Spans.fromTraceparent("nonsense", state), Option.none())
      })))

  it.effect("TRACE-12: more than 512 characters are never sent", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const long = Array.from({ length: 30 }, (_, i) => `k${i}=${"v".repeat(40)}`).join(",")
        yield* Effect.void.pipe(Effect.withSpan("span", Spans.options({ parent: traceparent("01"), tracestate: long })))
        const sent = recording.span("span").traceState!
        assert.isAtMost(sent.length, 512)
        assert.isTrue(long.startsWith(sent))
      })))

  it.effect.prop(
    "TRACE-11, TRACE-12: whatever the headers hold, a span has valid ids and at most a valid state",
    [fc.oneof(fc.string(), fc.fullUnicodeString(), fc.constant(traceparent("01"))), fc.fullUnicodeString()],
    ([parent, tracestate]) =>
      traced({}, (recording) =>
        Effect.gen(function*() {
          yield* Effect.void.pipe(Effect.withSpan("span", Spans.options({ parent, tracestate })))
          const sent = recording.span("span")
          assert.match(sent.traceId, /^(?!0{32})[0-9a-f]{32}$/)
          assert.match(sent.spanId, /^(?!0{16})[0-9a-f]{16}$/)
          assert.match(sent.traceState ?? "a=b", /^[\x20-\x7e]{1,512}$/)
        })),
    { fastCheck: { numRuns: 200 } }
  )

  it.effect("the state travels with a span of another process: a parent made by hand has none", () =>
    Effect.sync(() => {
      const { context } = Option.getOrThrow(Spans.fromTraceparent(traceparent("01"), state))
      assert.isAbove(context.unsafeMap.size, 0)
      assert.strictEqual(Tracer.externalSpan({ traceId, spanId }).context.unsafeMap.size, 0)
    }))
})
