/** What was set is visible on log lines and spans (seed 001 §1). */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, HashMap, Layer, Logger, Tracer } from "effect"
import {
  Correlation,
  fresh,
  inherited,
  ProcessService,
  ScopeAnnotations,
  type ScopeOptions,
  setSection,
  setUserId,
  withScope
} from "effect-posthog"
import * as Section from "effect-posthog/scope/Section"

const quiet = { captureExceptions: false } as const

const full = {
  correlation: { id: "c", parentId: "p" },
  service: { name: "orders", version: "1" },
  request: { userId: "u", requestId: "r", timestamp: 1 },
  operation: { name: "op" },
  distinctId: "d",
  sessionId: "s",
  tags: { tag: 1 },
  ...quiet
} satisfies ScopeOptions

const shown = {
  correlation_id: "c",
  parent_correlation_id: "p",
  service_name: "orders",
  service_version: "1",
  request_id: "r",
  operation_name: "op",
  user_id: "u",
  distinct_id: "d",
  session_id: "s"
}

const recorded = (options?: ScopeAnnotations.AnnotationOptions) => {
  const lines: Array<Record<string, unknown>> = []
  const spans: Array<Tracer.Span> = []
  const logger = Logger.make<unknown, void>(({ annotations }) => {
    lines.push(Object.fromEntries(HashMap.toEntries(annotations)))
  })
  const tracer = Layer.unwrapEffect(Effect.map(Effect.tracer, (tracer) =>
    Layer.setTracer(Tracer.make({
      span: (...args) => {
        const span = tracer.span(...args)
        spans.push(span)
        return span
      },
      context: (f, fiber) => tracer.context(f, fiber)
    }))))
  return {
    lines,
    attributes: () => spans.map((span) => Object.fromEntries(span.attributes)),
    layer: ScopeAnnotations.layer(options).pipe(
      Layer.provideMerge(Layer.merge(Logger.replace(Logger.defaultLogger, logger), tracer))
    )
  }
}

describe("log lines", () => {
  it.effect("carry what the scope says, and nothing where there is none", () => {
    const { layer, lines } = recorded()
    return Effect.gen(function*() {
      yield* Effect.log("outside")
      yield* withScope(Effect.log("inside"), fresh, full)
      assert.deepStrictEqual(lines, [{}, shown])
    }).pipe(Effect.provide(layer))
  })

  it.effect("carry what is set at that moment, in each fiber its own", () => {
    const { layer, lines } = recorded()
    return Effect.gen(function*() {
      yield* Effect.log("before")
      yield* setUserId("v")
      yield* Effect.log("after")
      const child = yield* Effect.fork(Effect.zipRight(setUserId("w"), Effect.log("child")))
      yield* Fiber.await(child)
      yield* Effect.log("parent")
      assert.deepStrictEqual(lines, [{}, { user_id: "v" }, { user_id: "w" }, { user_id: "v" }])
    }).pipe(withScope(fresh, quiet), Effect.provide(layer))
  })

  it.effect("annotations of the program's own win", () => {
    const { layer, lines } = recorded()
    return Effect.log("mine").pipe(
      Effect.annotateLogs({ user_id: "mine", other: 1 }),
      withScope(fresh, full),
      Effect.provide(layer),
      Effect.map(() => assert.deepStrictEqual(lines, [{ ...shown, user_id: "mine", other: 1 }]))
    )
  })

  it.effect("what is omitted is in none of them", () => {
    const { attributes, layer, lines } = recorded({ omit: ["user_id", "distinct_id", "session_id"] })
    const { distinct_id: _, session_id: __, user_id: ___, ...rest } = shown
    return Effect.log("anonymous").pipe(
      Effect.withSpan("anonymous"),
      withScope(fresh, full),
      Effect.provide(layer),
      Effect.map(() => {
        assert.deepStrictEqual(lines, [rest])
        assert.deepStrictEqual(attributes(), [rest])
      })
    )
  })

  it.effect("the service of the process is on every line, in scopes and outside", () => {
    const { layer, lines } = recorded()
    return Effect.gen(function*() {
      yield* Effect.log("outside")
      yield* withScope(Effect.log("inside"), fresh, { service: { name: "worker" }, ...quiet })
      assert.deepStrictEqual(lines, [
        { service_name: "shop", service_version: "1" },
        { service_name: "worker" }
      ])
    }).pipe(Effect.provideService(ProcessService, { name: "shop", version: "1" }), Effect.provide(layer))
  })

  it.effect("loggers write what they wrote, and several of them all", () => {
    const texts: Array<string> = []
    const text = Logger.map(Logger.logfmtLogger, (line) => {
      texts.push(line)
    })
    return Effect.log("hello").pipe(
      Correlation.withNew("c-1"),
      Effect.provide(
        ScopeAnnotations.layer().pipe(
          Layer.provideMerge(
            Layer.merge(Logger.replace(Logger.defaultLogger, text), Logger.add(Logger.map(text, () => 1)))
          )
        )
      ),
      Effect.map(() => {
        assert.strictEqual(texts.length, 2)
        for (const line of texts) {
          assert.include(line, "message=hello")
          assert.include(line, "correlation_id=c-1")
        }
      })
    )
  })
})

describe("spans", () => {
  it.effect("carry what the scope says when they start; attributes of their own win", () => {
    const { attributes, layer } = recorded()
    return Effect.gen(function*() {
      yield* Effect.withSpan(Effect.void, "outside")
      yield* setUserId("late").pipe(
        Effect.withSpan("inside", { attributes: { user_id: "mine", n: 1 } }),
        withScope(fresh, full)
      )
      assert.deepStrictEqual(attributes(), [{}, { ...shown, user_id: "mine", n: 1 }])
    }).pipe(Effect.provide(layer))
  })

  it.effect("their parents are what they were", () => {
    const { layer } = recorded()
    return Effect.gen(function*() {
      const outer = yield* Effect.currentSpan
      const inner = yield* Effect.withSpan(Effect.currentSpan, "inner")
      assert.strictEqual(inner.parent._tag === "Some" && inner.parent.value.spanId, outer.spanId)
      assert.strictEqual(inner.traceId, outer.traceId)
    }).pipe(Effect.withSpan("outer"), withScope(fresh, full), Effect.provide(layer))
  })

  it.effect("a section of the application's own that throws breaks neither lines nor spans", () => {
    const { layer, lines } = recorded()
    const broken = Section.make<{ readonly id: string }>({
      name: "broken",
      merge: (_, inner) => inner,
      properties: () => {
        throw new Error("no")
      }
    })
    return Effect.gen(function*() {
      yield* setSection(broken, { id: "1" })
      yield* Effect.withSpan(Effect.log("still here"), "span")
      assert.strictEqual(lines.length, 1)
    }).pipe(withScope(inherited, full), Effect.provide(layer))
  })
})
