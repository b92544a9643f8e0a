import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { fresh, withScope } from "effect-posthog"
import type { BeforeSpanSend, SpanData } from "effect-posthog/otlp/traces/SpanData"
import * as Spans from "effect-posthog/otlp/traces/Spans"
import { warnings, withLines } from "../../support/client.js"
import { attributes, int, str, traced } from "./support.js"

const untyped = (value: unknown): never => value as never

const work = Spans.addEvent("event", { secret: "x" }).pipe(
  Effect.zipRight(TestClock.adjust("1 second")),
  Effect.withSpan("span", { kind: "server", attributes: { n: 1, nested: { list: [1n, "a"] }, big: 2n ** 60n } })
)

describe("beforeSpanSend", () => {
  it.effect("TRACE-33: a hook sees plain values, and what it changes is sent", () => {
    const seen: Array<SpanData> = []
    return traced({
      beforeSpanSend: (span) => {
        seen.push(structuredClone(span))
        span.name = "renamed"
        span.kind = "client"
        span.startTime += 1n
        span.endTime += 1n
        delete span.attributes["nested"]
        span.attributes["added"] = { deep: [true] }
        span.events[0]!.attributes = {}
        span.status = { code: "error", message: "no" }
        return span
      }
    }, (recording) =>
      Effect.gen(function*() {
        yield* work
        const [before] = seen
        const sent = recording.span("renamed")
        assert.deepStrictEqual({ ...before, attributes: { ...before!.attributes } }, {
          traceId: sent.traceId,
          spanId: sent.spanId,
          parentSpanId: undefined,
          traceState: undefined,
          name: "span",
          kind: "server",
          startTime: 0n,
          endTime: 1_000_000_000n,
          attributes: { n: 1, nested: { list: [1, "a"] }, big: 2n ** 60n },
          events: [{ name: "event", time: 0n, attributes: { secret: "x" } }],
          status: { code: "unset" }
        })
        assert.deepStrictEqual([sent.kind, sent.startTimeUnixNano, sent.endTimeUnixNano], [3, "1", "1000000001"])
        assert.deepStrictEqual(sent.status, { code: 2, message: "no" })
        assert.deepStrictEqual(sent.events[0]!.attributes, [])
        assert.deepStrictEqual(attributes(sent), {
          n: int(1),
          big: { intValue: String(2n ** 60n) },
          added: {
            kvlistValue: { values: [{ key: "deep", value: { arrayValue: { values: [{ boolValue: true }] } } }] }
          }
        })
      }))
  })

  it.effect("TRACE-33: hooks run in order, each on what the one before returned; null drops and ends the chain", () => {
    const ran: Array<string> = []
    const hook = (name: string, result: (span: SpanData) => SpanData | null): BeforeSpanSend => (span) => {
      ran.push(`${name} ${span.name}`)
      return result(span)
    }
    return traced({
      beforeSpanSend: [
        hook("first", (span) => ({ ...span, name: `${span.name}!` })),
        hook("second", (span) => span.name === "drop!" ? null : span),
        hook("third", (span) => span)
      ]
    }, (recording) =>
      Effect.gen(function*() {
        yield* Effect.void.pipe(Effect.withSpan("keep"))
        yield* Effect.void.pipe(Effect.withSpan("drop"))
        assert.deepStrictEqual(ran, ["first keep", "second keep!", "third keep!", "first drop", "second drop!"])
        assert.deepStrictEqual(recording.spans.map(({ name }) => name), ["keep!"])
        assert.deepStrictEqual(recording.drops, { beforeSpanSend: 1 })
      }))
  })

  it.effect("TRACE-33: ids and trace state can be read and not changed; a debug line says so", () => {
    const seen: Array<SpanData> = []
    return withLines((lines) =>
      traced({
        beforeSpanSend: [
          (span) =>
            untyped({ ...span, traceId: "f".repeat(32), spanId: undefined, parentSpanId: "x", traceState: "a=b" }),
          (span) => {
            seen.push(span)
            return span
          }
        ]
      }, (recording) =>
        Effect.gen(function*() {
          const own = yield* Effect.currentSpan.pipe(Effect.withSpan("span"))
          const sent = recording.span("span")
          assert.deepStrictEqual([sent.traceId, sent.spanId], [own.traceId, own.spanId])
          assert.notProperty(sent, "parentSpanId")
          assert.notProperty(sent, "traceState")
          assert.deepInclude(seen[0], { traceId: own.traceId, spanId: own.spanId, parentSpanId: undefined })
          assert.strictEqual(
            lines.filter(({ level, message }) => level === "DEBUG" && message.includes("traceId, spanId")).length,
            1
          )
          assert.deepStrictEqual(warnings(lines), [])
        }))
    )
  })

  it.effect("TRACE-33: a hook that throws or returns no span drops it, and the caller sees nothing of it", () =>
    Effect.forEach(
      [
        () => {
          throw new Error("secret words")
        },
        () => {
          throw untyped(
            new Proxy({}, {
              get: () => {
                throw new Error("no")
              }
            })
          )
        },
        () => untyped("text"),
        () => untyped({}),
        () => untyped({ attributes: {} }),
        () => untyped(Promise.resolve(null)),
        () =>
          untyped(
            new Proxy({}, {
              get: () => {
                throw new Error("no")
              }
            })
          ),
        (span: SpanData) =>
          untyped({
            ...span,
            attributes: new Proxy({}, {
              ownKeys: () => {
                throw new Error("no")
              }
            })
          })
      ],
      (beforeSpanSend: BeforeSpanSend) =>
        withLines((lines) =>
          traced({ beforeSpanSend }, (recording) =>
            Effect.gen(function*() {
              assert.strictEqual(yield* Effect.succeed(42).pipe(Effect.withSpan("span")), 42)
              assert.deepStrictEqual([recording.texts, recording.drops], [[], { beforeSpanSendFailed: 1 }])
              assert.notInclude(lines.map(({ message }) => message).join(), "secret words")
            }))
        )
    ))

  it.effect("TRACE-33: what of the result makes no sense is as it was before, or sanitized", () =>
    traced({
      beforeSpanSend: (span) =>
        untyped({
          ...span,
          name: "",
          kind: "toString",
          startTime: "yesterday",
          endTime: -1n,
          status: { code: "constructor" },
          events: [null, 42, { name: 7, time: Number.NaN, attributes: null }]
        })
    }, (recording) =>
      Effect.gen(function*() {
        yield* work
        const sent = recording.span("unknown")
        assert.deepStrictEqual([sent.kind, sent.startTimeUnixNano, sent.endTimeUnixNano, sent.status], [
          2,
          "0",
          "1000000000",
          { code: 0 }
        ])
        assert.deepStrictEqual(sent.events, [{ name: "unknown", timeUnixNano: "1000000000", attributes: [] }])
      })))

  it.effect("TRACE-33: a hook gets copies: what it does to them is not done to the application's values", () => {
    const own = { list: [1, 2], inner: { secret: "x" } }
    return traced({
      beforeSpanSend: (span) => {
        const copy = span.attributes["own"] as typeof own
        copy.list.push(3)
        copy.inner.secret = "***"
        return span
      }
    }, (recording) =>
      Effect.gen(function*() {
        yield* Effect.void.pipe(Effect.withSpan("span", { attributes: { own } }))
        assert.deepStrictEqual(own, { list: [1, 2], inner: { secret: "x" } })
        assert.include(recording.texts[0]!, "***")
      }))
  })

  it.effect("TRACE-27, TRACE-34: caps and sanitizing come again after the hook, the scope's attributes stay exempt", () =>
    traced({
      maxAttributesPerSpan: 3,
      maxEventsPerSpan: 2,
      beforeSpanSend: (span) => {
        for (let i = 0; i < 10; i++) {
          span.attributes[`hook ${i}`] = i
          span.events.push({ name: "\ud800", time: 5n, attributes: { "": 1, n: Number.NaN } })
        }
        span.endTime = -5n
        return span
      }
    }, (recording) =>
      Effect.gen(function*() {
        yield* Spans.addEvent("own").pipe(
          Effect.withSpan("span", { attributes: { a: 1, b: 2, c: 3, d: 4 } }),
          withScope(fresh, { distinctId: "alice", captureExceptions: false })
        )
        const sent = recording.span("span")
        assert.deepStrictEqual(attributes(sent), { posthogDistinctId: str("alice"), a: int(1), b: int(2), c: int(3) })
        assert.strictEqual(sent.droppedAttributesCount, 11)
        assert.deepStrictEqual(sent.events.map(({ name }) => name), ["own", "\ufffd"])
        assert.deepStrictEqual(sent.events[1]!.attributes, [{ key: "n", value: str("NaN") }])
        assert.strictEqual(sent.droppedEventsCount, 9)
        assert.strictEqual(sent.endTimeUnixNano, "0")
      })))

  it.effect("TRACE-34: a span that ends while opted out is not shown to the hooks, and one started so never comes back", () => {
    let seen = 0
    return traced({
      beforeSpanSend: (span) => {
        seen++
        return span
      }
    }, (recording) =>
      Effect.gen(function*() {
        const before = yield* Effect.makeSpan("before")
        recording.optedOut = true
        const during = yield* Effect.makeSpan("during")
        yield* Spans.end(before)
        recording.optedOut = false
        yield* Spans.end(during)
        assert.strictEqual(seen, 0)
        yield* Effect.void.pipe(Effect.withSpan("after"))
        assert.strictEqual(seen, 1)
        assert.deepStrictEqual(recording.spans.map(({ name }) => name), ["after"])
        assert.deepStrictEqual(recording.drops, {})
      }))
  })
})
