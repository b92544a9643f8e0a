import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, FastCheck, Option, Tracer } from "effect"
import * as SpanFrames from "effect-posthog/exception/stack/SpanFrames"
import * as StackLine from "effect-posthog/exception/stack/StackLine"

const framesOf = (span: Tracer.AnySpan | undefined) => SpanFrames.lines(span).map((line) => StackLine.parse(line)!)

const within = (options?: Tracer.SpanOptions) => Effect.withSpan("inner", options)(Effect.currentSpan)

describe("the spans that an error failed in", () => {
  it.effect("are frames with their places, the innermost first", () =>
    Effect.gen(function*() {
      const span = yield* Effect.withSpan("outer")(within())
      const frames = framesOf(span)
      assert.deepStrictEqual(frames.map((frame) => frame.functionName), ["inner", "outer"])
      for (const frame of frames) {
        assert.match(frame.path!, /SpanFrames\.test\.ts$/)
        assert.isAbove(frame.line!, 1)
        assert.isAbove(frame.column!, 0)
      }
    }))

  it.effect("are two frames for a function: where it was written, and where it was called", () =>
    Effect.gen(function*() {
      const read = Effect.fn("read")(function*() {
        return yield* Effect.currentSpan
      })
      const frames = framesOf(yield* read())
      assert.deepStrictEqual(frames.map((frame) => frame.functionName), ["read", "read"])
      assert.isBelow(frames[0]!.line!, frames[1]!.line!)
    }))

  it.effect("have no place where none was taken", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(SpanFrames.lines(yield* within({ captureStackTrace: false })), ["at inner"])
      assert.deepStrictEqual(SpanFrames.lines(yield* within({ captureStackTrace: () => undefined })), ["at inner"])
      const throwing = () => {
        throw new Error("no trace")
      }
      assert.deepStrictEqual(SpanFrames.lines(yield* within({ captureStackTrace: throwing })), ["at inner"])
      const place = yield* within({ captureStackTrace: () => "shop.ts:10:5" })
      assert.deepStrictEqual(SpanFrames.lines(place), ["at inner (shop.ts:10:5)"])
    }))

  it.effect("may have any name", () =>
    Effect.gen(function*() {
      const names = [
        "pay (v2)",
        "native",
        "<anonymous>",
        "async pay",
        "/a.js:1:2",
        "http://x/y:1:2",
        "eval at x (/a.js:1:2)",
        "GET /users/:1",
        "a\n    at b (/c.js:1:2)",
        "\u0000x\u0000 (y)",
        "\u2028",
        "",
        " ",
        "\ud800",
        "x".repeat(500)
      ]
      for (const name of names) {
        for (const options of [{}, { captureStackTrace: false }]) {
          const span = yield* Effect.withSpan(name, options)(Effect.currentSpan)
          const lines = SpanFrames.lines(span)
          const expected = name.slice(0, 200).toWellFormed().replace(/[\p{Cc}\u2028]/gu, " ").trim() || "span"
          assert.deepStrictEqual(lines.map((line) => StackLine.parse(line)?.functionName), [expected], name)
          assert.strictEqual(StackLine.parse(lines[0]!)?.line === undefined, "captureStackTrace" in options, name)
        }
      }
    }))

  it.effect("end with one of another process, and after ten", () =>
    Effect.gen(function*() {
      const external = Tracer.externalSpan({ spanId: "1", traceId: "2" })
      const span = yield* Effect.withParentSpan(external)(within())
      assert.deepStrictEqual(framesOf(span).map((frame) => frame.functionName), ["inner"])
      assert.deepStrictEqual(SpanFrames.lines(external), [])
      assert.deepStrictEqual(SpanFrames.lines(undefined), [])

      let nested: Effect.Effect<Tracer.Span, unknown> = Effect.orDie(Effect.currentSpan)
      for (let i = 30; i > 0; i--) {
        nested = Effect.withSpan(nested, `span ${i}`)
      }
      const names = framesOf(yield* nested).map((frame) => frame.functionName)
      assert.deepStrictEqual(names, Array.from({ length: 10 }, (_, i) => `span ${30 - i}`))
    }))

  it("keep their names whatever else is known of them", () => {
    const attributes = new Map<string, unknown>([["code.stacktrace", "at pay (/a.js:1:2)"]])
    const span = { _tag: "Span", name: "own", parent: Option.none(), attributes, context: Context.empty() }
    assert.deepStrictEqual(SpanFrames.lines(span as never), ["at own (/a.js:1:2)"])
    assert.deepStrictEqual(SpanFrames.lines({ ...span, attributes: undefined } as never), ["at own"])
    assert.deepStrictEqual(SpanFrames.lines({ ...span, name: 1 } as never), ["at span (/a.js:1:2)"])
    assert.deepStrictEqual(SpanFrames.lines({ ...span, parent: "none" } as never), ["at own (/a.js:1:2)"])
  })

  it("never throw", () => {
    const hostile = new Proxy({}, {
      get: () => {
        throw new Error("hostile")
      }
    })
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const circular: Record<string, unknown> = { _tag: "Span", name: "again" }
    circular["parent"] = Option.some(circular)
    assert.deepStrictEqual(SpanFrames.lines(hostile as never), [])
    assert.deepStrictEqual(SpanFrames.lines(revoked.proxy as never), [])
    assert.strictEqual(SpanFrames.lines(circular as never).length, 10)
    FastCheck.assert(
      FastCheck.property(FastCheck.anything(), FastCheck.anything(), (name, parent) => {
        SpanFrames.lines({ _tag: "Span", name, parent, attributes: name } as never)
        SpanFrames.lines(name as never)
      })
    )
  })
})
