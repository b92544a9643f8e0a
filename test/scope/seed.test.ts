/** What the seed itself tests (seed 000 §8), by name, and the capturing of exceptions that leave a scope. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Scope } from "effect"
import {
  currentScope,
  currentTags,
  fresh,
  inherited,
  layerScope,
  openScope,
  scoped,
  tag,
  untag,
  withScope,
  withScopeValue
} from "effect-posthog"
import { captured } from "effect-posthog/domain/CaptureOutcome"
import * as ExceptionBoundary from "effect-posthog/domain/ExceptionBoundary"
import type { JsonObject } from "effect-posthog/domain/JsonValue"
import { type CaptureExceptionOptions, ExceptionCapture, type Service } from "effect-posthog/scope/ExceptionCapture"

const quiet = { captureExceptions: false } as const

const tagsAre = (expected: JsonObject) =>
  Effect.map(currentTags, (tags) => assert.deepStrictEqual({ ...tags }, { ...expected }))

interface Captured {
  readonly input: unknown
  readonly tags: JsonObject
  readonly options: CaptureExceptionOptions | undefined
}

/** A client that writes down what it is given, and what is visible at that moment. */
const recorder = (captureExceptionsByDefault = true) => {
  const calls: Array<Captured> = []
  const client: Service = {
    captureExceptionsByDefault,
    captureException: (input, options) =>
      Effect.map(currentTags, (tags) => {
        calls.push({ input, tags: { ...tags }, options })
        return captured(`event ${calls.length}`)
      })
  }
  return { calls, client, layer: Layer.succeed(ExceptionCapture, client) }
}

const failures = (calls: ReadonlyArray<Captured>) =>
  calls.map(({ input }) => Cause.squash(input as Cause.Cause<unknown>))

describe("seed 000 §8.1: test_new_context_isolation", () => {
  it.effect("test_new_context_isolation", () =>
    Effect.gen(function*() {
      yield* tag("outer", "value")
      yield* Effect.gen(function*() {
        yield* tagsAre({})
        yield* tag("inner", "value")
        yield* tagsAre({ inner: "value" })
      }).pipe(withScope(fresh, quiet))
      yield* withScope(tagsAre({ outer: "value" }), inherited, quiet)
      yield* tagsAre({ outer: "value" })
    }).pipe(withScope(fresh, quiet), Effect.zipRight(tagsAre({}))))

  it.effect("fresh context starts empty", () =>
    withScope(tagsAre({}), fresh, quiet).pipe(withScope(fresh, { tags: { outer: "value" }, ...quiet })))

  it.effect("non-fresh context inherits parent", () =>
    withScope(tagsAre({ outer: "value" }), inherited, quiet).pipe(
      withScope(fresh, { tags: { outer: "value" }, ...quiet })
    ))

  it.effect("exiting context restores previous state", () =>
    Effect.gen(function*() {
      yield* withScope(Effect.zipRight(tag("outer", "changed"), untag("other")), inherited, quiet)
      yield* tagsAre({ outer: "value", other: 1 })
    }).pipe(withScope(fresh, { tags: { outer: "value", other: 1 }, ...quiet })))

  it.effect("child modifications don't affect parent", () =>
    Effect.gen(function*() {
      yield* withScope(tag("inner", "value"), inherited, quiet)
      yield* withScope(tag("inner", "value"), fresh, quiet)
      yield* tagsAre({ outer: "value" })
    }).pipe(withScope(fresh, { tags: { outer: "value" }, ...quiet })))

  it.effect("where the seed's code and words differ its words hold: the child's tag wins over the parent's", () =>
    withScope(tagsAre({ key: "child" }), inherited, { tags: { key: "child" }, ...quiet }).pipe(
      withScope(fresh, { tags: { key: "parent" }, ...quiet })
    ))
})

describe("seed 000 §8.2: test_scoped_decorator_exception", () => {
  it.effect("test_scoped_decorator_exception: tags are visible when the exception is captured, it goes on, the scope is clean", () => {
    const { calls, layer } = recorder()
    const exception = new Error("Test exception")
    const failingFunction = scoped(inherited)(() =>
      Effect.zipRight(tag("important_context", "value"), Effect.fail(exception))
    )
    return Effect.gen(function*() {
      const error = yield* Effect.flip(failingFunction())
      assert.strictEqual(error, exception)
      assert.deepStrictEqual(failures(calls), [exception])
      assert.deepStrictEqual(calls[0]!.tags, { important_context: "value" })
      assert.deepStrictEqual(calls[0]!.options, { boundary: ExceptionBoundary.scope })
      yield* tagsAre({})
    }).pipe(Effect.provide(layer))
  })

  it.effect("a function that succeeds captures nothing and keeps its value", () => {
    const { calls, layer } = recorder()
    return Effect.gen(function*() {
      const pay = scoped(fresh)((id: string, amount: number) => Effect.succeed(`${id} ${amount}`))
      assert.strictEqual(yield* pay("p", 1), "p 1")
      assert.deepStrictEqual(calls, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a function that throws before it returns an effect is captured in its scope", () => {
    const { calls, layer } = recorder()
    const exception = new Error("thrown")
    return Effect.gen(function*() {
      const broken = scoped(fresh, { tags: { where: "here" } })((): Effect.Effect<void> => {
        throw exception
      })
      const exit = yield* Effect.exit(broken())
      assert.deepStrictEqual(exit, Exit.die(exception))
      assert.deepStrictEqual(failures(calls), [exception])
      assert.deepStrictEqual(calls[0]!.tags, { where: "here" })
    }).pipe(Effect.provide(layer))
  })
})

describe("exceptions that leave a scope", () => {
  it.effect("a failure crosses three scopes: each reports it with what it sees, the service tells the same error again", () => {
    const { calls, layer } = recorder()
    return Effect.fail("no").pipe(
      withScope(inherited, { tags: { third: 3 } }),
      withScope(inherited, { tags: { second: 2 } }),
      withScope(fresh, { tags: { first: 1 } }),
      Effect.exit,
      Effect.map((exit) => {
        assert.deepStrictEqual(exit, Exit.fail("no"))
        assert.deepStrictEqual(failures(calls), ["no", "no", "no"])
        assert.deepStrictEqual(calls.map(({ tags }) => tags), [
          { first: 1, second: 2, third: 3 },
          { first: 1, second: 2 },
          { first: 1 }
        ])
      }),
      Effect.provide(layer)
    )
  })

  it.effect("a defect is captured as it is and goes on as a defect", () => {
    const { calls, layer } = recorder()
    const defect = new TypeError("bug")
    return Effect.die(defect).pipe(
      withScope(fresh),
      Effect.exit,
      Effect.map((exit) => {
        assert.deepStrictEqual(exit, Exit.die(defect))
        assert.deepStrictEqual(failures(calls), [defect])
      }),
      Effect.provide(layer)
    )
  })

  it.effect("a parallel failure is captured as one cause with all of its errors", () => {
    const { calls, layer } = recorder()
    return Effect.all([Effect.fail("a"), Effect.die("b")], { concurrency: "unbounded" }).pipe(
      withScope(fresh),
      Effect.exit,
      Effect.map((exit) => {
        assert.lengthOf(calls, 1)
        assert.deepStrictEqual(calls[0]!.input, Exit.isFailure(exit) ? exit.cause : undefined)
      }),
      Effect.provide(layer)
    )
  })

  it.effect("an interruption is no exception", () => {
    const { calls, layer } = recorder()
    return Effect.gen(function*() {
      const fiber = yield* Effect.fork(withScope(Effect.never, fresh))
      yield* Effect.yieldNow()
      const exit = yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(exit))
      yield* Effect.exit(withScope(Effect.interrupt, fresh))
      assert.deepStrictEqual(calls, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("captureExceptions: false captures nothing, and is not handed to the scopes inside", () => {
    const { calls, layer } = recorder()
    return Effect.fail("no").pipe(
      withScope(inherited, { tags: { inner: 1 } }),
      withScope(fresh, { captureExceptions: false, tags: { outer: 1 } }),
      Effect.exit,
      Effect.map(() => assert.deepStrictEqual(calls.map(({ tags }) => tags), [{ inner: 1, outer: 1 }])),
      Effect.provide(layer)
    )
  })

  it.effect("what a frame does not say the client's captureExceptionsByDefault says", () => {
    const off = recorder(false)
    return Effect.fail("no").pipe(
      withScope(inherited, { captureExceptions: true, tags: { said: 1 } }),
      withScope(fresh),
      Effect.exit,
      Effect.map(() => assert.deepStrictEqual(off.calls.map(({ tags }) => tags), [{ said: 1 }])),
      Effect.provide(off.layer)
    )
  })

  it.effect("the scope's own client captures instead of the ambient one", () => {
    const ambient = recorder()
    const own = recorder()
    return Effect.fail("no").pipe(
      withScope(fresh, { client: own.client, tags: { mine: 1 } }),
      Effect.exit,
      Effect.map(() => {
        assert.deepStrictEqual(own.calls.map(({ tags }) => tags), [{ mine: 1 }])
        assert.deepStrictEqual(ambient.calls, [])
      }),
      Effect.provide(ambient.layer)
    )
  })

  it.effect("a client is inherited from the outer frame, not into a fresh one, and travels with a kept scope", () => {
    const ambient = recorder()
    const own = recorder()
    const fail = (name: string) => Effect.exit(withScope(Effect.fail(name), inherited))
    return Effect.gen(function*() {
      yield* fail("inherited")
      yield* Effect.exit(withScope(Effect.fail("fresh"), fresh))
      const scope = yield* currentScope
      yield* withScope(Effect.exit(withScopeValue(Effect.fail("kept"), scope)), fresh, quiet)
      assert.deepStrictEqual(failures(own.calls), ["inherited", "kept"])
      assert.deepStrictEqual(failures(ambient.calls), ["fresh"])
    }).pipe(withScope(fresh, { client: own.client }), Effect.provide(ambient.layer))
  })

  it.effect("the inner of two clients captures", () => {
    const outer = recorder()
    const inner = recorder()
    return Effect.fail("no").pipe(
      withScope(inherited, { client: inner.client }),
      withScope(fresh, { client: outer.client, captureExceptions: false }),
      Effect.exit,
      Effect.map(() => {
        assert.deepStrictEqual(failures(inner.calls), ["no"])
        assert.deepStrictEqual(outer.calls, [])
      })
    )
  })

  it.effect("a client that dies changes neither the failure nor the cleaning up", () => {
    const broken: Service = {
      captureExceptionsByDefault: true,
      captureException: () => Effect.die("the client is broken")
    }
    return Effect.gen(function*() {
      const exit = yield* Effect.exit(withScope(Effect.fail("no"), fresh, { client: broken, tags: { gone: 1 } }))
      assert.deepStrictEqual(exit, Exit.fail("no"))
      yield* tagsAre({})
      const closed = yield* Effect.exit(
        Effect.provide(Effect.fail("no"), layerScope(fresh, { client: broken, tags: { gone: 1 } }))
      )
      assert.deepStrictEqual(closed, Exit.fail("no"))
      yield* tagsAre({})
    })
  })

  it.effect("a client that throws while it is called changes neither the failure nor the cleaning up", () => {
    const broken: Service = {
      captureExceptionsByDefault: true,
      captureException: () => {
        throw new Error("the client is broken")
      }
    }
    return Effect.gen(function*() {
      const exit = yield* Effect.exit(withScope(Effect.fail("no"), fresh, { client: broken, tags: { gone: 1 } }))
      assert.deepStrictEqual(exit, Exit.fail("no"))
      yield* tagsAre({})
    })
  })

  it.effect("what is set while a failure is captured is gone with the scope", () => {
    const calls: Array<unknown> = []
    const client: Service = {
      captureExceptionsByDefault: true,
      captureException: (input) =>
        Effect.zipRight(
          tag("captured", 1),
          Effect.sync(() => {
            calls.push(input)
            return captured("event")
          })
        )
    }
    return Effect.gen(function*() {
      yield* Effect.exit(withScope(Effect.fail("no"), fresh, { client }))
      assert.lengthOf(calls, 1)
      yield* tagsAre({ outer: 1 })
    }).pipe(withScope(fresh, { tags: { outer: 1 }, ...quiet }))
  })
})

describe("regions that a Scope closes report the failure they close with", () => {
  it.effect("layerScope: with the tags that were set inside", () => {
    const { calls, layer } = recorder()
    return Effect.zipRight(tag("inside", 1), Effect.fail("no")).pipe(
      Effect.provide(layerScope(fresh, { tags: { layer: 1 } })),
      Effect.exit,
      Effect.map((exit) => {
        assert.deepStrictEqual(exit, Exit.fail("no"))
        assert.deepStrictEqual(failures(calls), ["no"])
        assert.deepStrictEqual(calls[0]!.tags, { inside: 1, layer: 1 })
      }),
      Effect.provide(layer)
    )
  })

  it.effect("openScope: with the tags that were set inside", () => {
    const { calls, layer } = recorder()
    return openScope(fresh, { tags: { opened: 1 } }).pipe(
      Effect.zipRight(tag("inside", 1)),
      Effect.zipRight(Effect.die("bug")),
      Effect.scoped,
      Effect.exit,
      Effect.map((exit) => {
        assert.deepStrictEqual(exit, Exit.die("bug"))
        assert.deepStrictEqual(failures(calls), ["bug"])
        assert.deepStrictEqual(calls[0]!.tags, { inside: 1, opened: 1 })
      }),
      Effect.provide(layer)
    )
  })

  it.effect("layers that were merged report it each with its own frame on top", () => {
    const { calls, layer } = recorder()
    return Effect.fail("no").pipe(
      Effect.provide(Layer.mergeAll(
        layerScope(fresh, { tags: { first: 1 } }),
        layerScope(inherited, { captureExceptions: false, tags: { second: 2 } })
      )),
      Effect.exit,
      Effect.map(() => {
        assert.deepStrictEqual(failures(calls), ["no"])
        assert.strictEqual(calls[0]!.tags["first"], 1)
      }),
      Effect.provide(layer)
    )
  })

  it.effect("a region that closes with success or by interruption reports nothing", () => {
    const { calls, layer } = recorder()
    return Effect.gen(function*() {
      yield* Effect.provide(tag("inside", 1), layerScope(fresh))
      yield* Effect.scoped(Effect.zipRight(openScope(fresh), tag("inside", 1)))
      const fiber = yield* Effect.fork(Effect.provide(Effect.never, layerScope(fresh)))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      yield* Effect.exit(Effect.provide(Effect.interrupt, layerScope(fresh)))
      assert.deepStrictEqual(calls, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("captureExceptions: false and an own client hold for them too", () => {
    const { calls, layer } = recorder()
    const own = recorder()
    return Effect.gen(function*() {
      yield* Effect.exit(Effect.provide(Effect.fail("silent"), layerScope(fresh, quiet)))
      yield* Effect.exit(Effect.provide(Effect.fail("own"), layerScope(fresh, { client: own.client })))
      assert.deepStrictEqual(calls, [])
      assert.deepStrictEqual(failures(own.calls), ["own"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a Scope that another fiber closes with a failure reports what was visible where it was opened", () => {
    const { calls, layer } = recorder()
    return Effect.gen(function*() {
      const scope = yield* Scope.make()
      yield* Scope.extend(openScope(fresh, { tags: { opened: 1 } }), scope)
      const closer = yield* Effect.forkDaemon(withScope(Scope.close(scope, Exit.fail("no")), fresh, quiet))
      yield* Fiber.join(closer)
      assert.deepStrictEqual(failures(calls), ["no"])
      assert.deepStrictEqual(calls[0]!.tags, { opened: 1 })
      yield* tagsAre({})
    }).pipe(Effect.provide(layer))
  })
})

describe("the type shows who captures", () => {
  const program = Effect.fail("no" as const)
  type R<E> = E extends Effect.Effect<unknown, unknown, infer R> ? R : never

  it("withScope asks for ExceptionCapture, unless it captures nothing or brings its own client", () => {
    const { client } = recorder()
    const capturing = withScope(program, fresh)
    const said = withScope(program, fresh, { captureExceptions: true, tags: { a: 1 } })
    const silent = withScope(program, fresh, { captureExceptions: false })
    const piped = program.pipe(withScope(fresh, { captureExceptions: false }))
    const own = withScope(program, fresh, { client })
    expectTypeOf<R<typeof capturing>>().toEqualTypeOf<ExceptionCapture>()
    expectTypeOf<R<typeof said>>().toEqualTypeOf<ExceptionCapture>()
    expectTypeOf<R<typeof silent>>().toEqualTypeOf<never>()
    expectTypeOf<R<typeof piped>>().toEqualTypeOf<never>()
    expectTypeOf<R<typeof own>>().toEqualTypeOf<never>()
    assert.isTrue([capturing, said, silent, piped, own].every(Effect.isEffect))
  })

  it("a flag that is only known at run time asks for it", () => {
    const captureExceptions = Boolean(process.env["NEVER_SET"])
    const unknown = withScope(program, fresh, { captureExceptions })
    expectTypeOf<R<typeof unknown>>().toEqualTypeOf<ExceptionCapture>()
    assert.isTrue(Effect.isEffect(unknown))
  })

  it("layerScope, openScope, scoped and withScopeValue say the same", () => {
    const capturing = layerScope(fresh)
    const silent = layerScope(fresh, { captureExceptions: false })
    expectTypeOf(capturing).toEqualTypeOf<Layer.Layer<never, never, ExceptionCapture>>()
    expectTypeOf(silent).toEqualTypeOf<Layer.Layer<never>>()
    const opened = openScope(inherited, { captureExceptions: false })
    expectTypeOf<R<typeof opened>>().toEqualTypeOf<Scope.Scope>()
    const wrapped = scoped(fresh, { captureExceptions: false })((n: number) => Effect.succeed(n))
    expectTypeOf<R<ReturnType<typeof wrapped>>>().toEqualTypeOf<never>()
    const entered = Effect.flatMap(currentScope, (scope) => withScopeValue(program, scope))
    expectTypeOf<R<typeof entered>>().toEqualTypeOf<ExceptionCapture>()
    assert.isTrue(Layer.isLayer(capturing) && Layer.isLayer(silent))
  })
})
