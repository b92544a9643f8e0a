import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Schema, type Tracer } from "effect"
import * as FrameOrigin from "effect-posthog/exception/stack/FrameOrigin"
import * as Stack from "effect-posthog/exception/stack/Stack"
import * as StackLine from "effect-posthog/exception/stack/StackLine"

interface Failure {
  readonly stack?: string
  readonly name?: string
  readonly message?: string
  readonly [key: symbol]: unknown
}

const entryOf = (failure: Failure) => ({
  stack: failure.stack,
  type: failure.name ?? "Error",
  value: failure.message ?? "",
  span: failure[Symbol.for("effect/SpanAnnotation")] as Tracer.AnySpan | undefined
})

const failureOf = <E>(effect: Effect.Effect<unknown, E>) =>
  Effect.map(Effect.sandbox(effect).pipe(Effect.flip), (cause) => entryOf(Cause.squash(cause) as Failure))

const origin = FrameOrigin.make({ cwd: "/nowhere" })

/** Names and whether they are ours, up to the runtime's first own frame. */
const told = (lines: ReadonlyArray<string>) => {
  const frames = lines.map((line) => StackLine.parse(line)!)
  const inApp = frames.map((frame) => origin(frame.path, frame.place).inApp)
  return frames.filter((_, i) => inApp[i]).map((frame) => frame.functionName ?? "?")
}

class NoStock extends Data.TaggedError("NoStock")<{ readonly sku: string }> {}

class Declined extends Data.Error<{ readonly code: number }> {
  constructor(code: number) {
    super({ code })
  }
}

class Invalid extends Schema.TaggedError<Invalid>()("Invalid", { field: Schema.String }) {}

const spans = <A, E>(effect: Effect.Effect<A, E>) => effect.pipe(Effect.withSpan("inner"), Effect.withSpan("outer"))

describe("the stack of an exception", () => {
  it.effect("has the spans behind what the program called itself, before the loop that ran it", () =>
    Effect.gen(function*() {
      const decline = () => new Declined(1)
      const failures: ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown>]> = [
        [
          "generator",
          Effect.gen(function*() {
            yield* Effect.void
            return yield* new NoStock({ sku: "A-1" })
          })
        ],
        ["function", Effect.suspend(() => Effect.fail(decline()))],
        [
          "operator",
          Effect.map(Effect.void, () => {
            throw new Error("defect")
          })
        ],
        ["schema", Effect.suspend(() => new Invalid({ field: "x" }))],
        [
          "after a wait",
          Effect.gen(function*() {
            yield* Effect.yieldNow()
            throw new Error("defect")
          })
        ]
      ]
      for (const [kind, effect] of failures) {
        const entry = yield* failureOf(spans(effect))
        const frames = Stack.lines(entry, 50).map((line) => StackLine.parse(line)!)
        const inner = frames.findIndex((frame) => frame.functionName === "inner")
        assert.isAtLeast(inner, 1, kind)
        assert.strictEqual(frames[inner + 1]?.functionName, "outer", kind)
        // the program's own frames are above, all of Effect's below
        for (const [i, frame] of frames.entries()) {
          const own = frame.path?.endsWith("Stack.test.ts") ?? false
          assert.strictEqual(own, i < inner + 2, `${kind}: ${JSON.stringify(frame)}`)
        }
        assert.isAbove(frames.length, inner + 2, kind)
      }
    }))

  it("finds the loop in every form that Effect comes in", () => {
    const span = { _tag: "Span", name: "span", parent: undefined, attributes: new Map() } as never
    const loops: ReadonlyArray<ReadonlyArray<string>> = [
      [
        "at Generator.next (<anonymous>)",
        "at file:///app/node_modules/effect/dist/esm/internal/fiberRuntime.js:122:67",
        "at effect_internal_function (file:///app/node_modules/effect/dist/esm/Utils.js:333:12)"
      ],
      ["at /app/node_modules/effect/dist/cjs/internal/fiberRuntime.js:945:41"],
      [
        "at EffectPrimitive.effect_instruction_i0 (C:\\app\\node_modules\\effect\\src\\internal\\core.ts:1045:37)",
        "at <anonymous> (C:\\app\\node_modules\\effect\\src\\internal\\fiberRuntime.ts:1161:41)",
        "at body (C:\\app\\node_modules\\effect\\src\\Utils.ts:786:14)"
      ],
      // a bundle, minified
      [
        "at Generator.next (<anonymous>)",
        "at file:///app/dist/main.mjs:25:35534",
        "at effect_internal_function (file:///app/dist/main.mjs:1:4419)"
      ],
      ["at file:///app/dist/main.mjs:25:43771", "at effect_internal_function (file:///app/dist/main.mjs:1:4419)"]
    ]
    const own = ["at Generator.next (<anonymous>)", "at pay (/app/src/pay.js:1:2)"]
    for (const loop of loops) {
      const stack = ["Error: x", ...own, ...loop].join("\n    ")
      const entry = { stack, type: "Error", value: "x", span }
      assert.deepStrictEqual(Stack.lines(entry, 50), [...own, "at span", ...loop])
    }
    const entry = { stack: ["Error: x", ...own].join("\n    "), type: "Error", value: "x", span }
    assert.deepStrictEqual(Stack.lines(entry, 50), [...own, "at span"])
  })

  it.effect("is the spans alone where there is none", () =>
    Effect.gen(function*() {
      const entry = yield* failureOf(spans(Effect.fail({ _tag: "Plain" })))
      assert.strictEqual(entry.stack, undefined)
      assert.deepStrictEqual(Stack.lines(entry, 50).map((line) => StackLine.parse(line)?.functionName), [
        "inner",
        "outer"
      ])
      assert.strictEqual(Stack.lines(entry, 1).length, 1)
      assert.deepStrictEqual(Stack.lines({ ...entry, span: undefined }, 50), [])
    }))

  it.effect("is V8's alone without a span", () =>
    Effect.gen(function*() {
      const entry = yield* failureOf(Effect.fail(new NoStock({ sku: "A-1" })))
      const lines = Stack.lines(entry, 50)
      assert.deepStrictEqual(lines, entry.stack!.split("\n").slice(1).map((line) => line.trim()))
    }))

  it("does not show how Effect makes an error", () => {
    const stack = [
      "NoStock: x",
      "at new YieldableError (/bundle.js:1:2)",
      "at new BaseEffectError (/bundle.js:1:2)",
      "at new Base (/app/node_modules/effect/src/internal/core.ts:1:2)",
      "at new NoStock (/app/src/stock.ts:1:2)",
      "at new BaseEffectErrorReport (/app/src/stock.ts:1:2)"
    ].join("\n    ")
    assert.deepStrictEqual(Stack.lines({ stack, type: "NoStock", value: "x", span: undefined }, 50), [
      "at new NoStock (/app/src/stock.ts:1:2)",
      "at new BaseEffectErrorReport (/app/src/stock.ts:1:2)"
    ])
    const only = "X: x\n    at new X (/app/node_modules/effect/src/internal/core.ts:1:2)"
    assert.strictEqual(Stack.lines({ stack: only, type: "X", value: "x", span: undefined }, 50).length, 1)
  })

  it.effect("leaves room for the spans, and they for it", () =>
    Effect.gen(function*() {
      const { span } = yield* failureOf(spans(Effect.fail({})))
      const deep = Array.from({ length: 80 }, (_, i) => `    at f${i} (/app/a.js:1:2)`)
      const entry = { stack: ["Error: x", ...deep].join("\n"), type: "Error", value: "x", span }
      const names = told(Stack.lines(entry, 50))
      assert.strictEqual(names.length, 50)
      assert.deepStrictEqual(names.slice(46), ["f46", "f47", "inner", "outer"])
      assert.deepStrictEqual(told(Stack.lines(entry, 3)), ["f0", "f1", "inner"])
      assert.deepStrictEqual(told(Stack.lines(entry, 1)), ["f0"])
      assert.deepStrictEqual(Stack.lines(entry, 0), [])
    }))
})
