/** The scenarios of PostHog's own specification for the capabilities *capture exception* and *exception event metadata*. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Layer, LogLevel } from "effect"
import { ExceptionCapture, ExceptionLogger, Posthog, PosthogTest } from "effect-posthog"
import { decode } from "effect-posthog/devserver/ReceivedException"
import * as ExceptionBoundary from "effect-posthog/domain/ExceptionBoundary"
import type { JsonObject } from "effect-posthog/domain/JsonValue"
import * as ExceptionMetadata from "effect-posthog/exception/ExceptionMetadata"
import { writeFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

interface Frame {
  readonly function: string
  readonly filename: string
  readonly lineno: number
  readonly in_app: boolean
  readonly context_line?: string
  readonly pre_context?: ReadonlyArray<string>
  readonly post_context?: ReadonlyArray<string>
  readonly instruction_addr?: string
}

interface Entry {
  readonly type: string
  readonly value: string
  readonly mechanism: {
    readonly exception_id: number
    readonly parent_id?: number
    readonly type?: string
    readonly source?: string
    readonly handled?: boolean
    readonly synthetic?: boolean
  } & JsonObject
  readonly stacktrace?: { readonly frames: ReadonlyArray<Frame> }
}

/** The properties of the one exception that was captured: valid as the wire wants it. */
const theOne = Effect.map(PosthogTest.events, (events) => {
  assert.deepStrictEqual(events.map(({ event }) => event), ["$exception"])
  const { properties } = events[0]!
  const decoded = decode(properties)
  assert.strictEqual(decoded._tag, "Right", String(decoded))
  return properties
})

// the wire form has just been decoded
const listOf = (properties: JsonObject) => properties["$exception_list"] as unknown as ReadonlyArray<Entry>

const framesOf = (entry: Entry | undefined) => entry?.stacktrace?.frames ?? []

const captured = (error: unknown, options?: ExceptionCapture.CaptureExceptionOptions) =>
  Effect.zipRight(ExceptionCapture.capture(error, options), theOne).pipe(Effect.provide(PosthogTest.layer))

describe("public/capture-exception.feature", () => {
  it.effect("EXC-01: Capturing a handled exception emits an exception event", () =>
    Effect.gen(function*() {
      const properties = yield* captured(new TypeError("boom"))
      assert.strictEqual(properties["$exception_type"], "TypeError")
      assert.strictEqual(properties["$exception_message"], "boom")
      assert.isAbove(framesOf(listOf(properties)[0]).length, 0)
    }))

  it.effect("EXC-02: Exception capture includes caller properties", () =>
    Effect.gen(function*() {
      const properties = yield* captured(new Error("boom"), { properties: { handled: true, source: "checkout" } })
      assert.strictEqual(properties["handled"], true)
      assert.strictEqual(properties["source"], "checkout")
    }))

  it.effect("EXC-03: Exception capture normalizes non-standard thrown values", () =>
    Effect.forEach([
      ["thrown text", "thrown text"],
      [42, "42"],
      [null, "null"],
      [undefined, "undefined"],
      [{ code: "E1" }, "{\"code\":\"E1\"}"]
    ], ([thrown, message]) =>
      Effect.gen(function*() {
        const properties = yield* captured(thrown)
        assert.strictEqual(properties["$exception_message"], message)
        assert.strictEqual(listOf(properties)[0]!.mechanism.synthetic, true)
      }), { discard: true }))

  const chain = () => {
    const boom = () => new Error("deep")
    const handler = () => boom()
    const main = () => handler()
    return main()
  }

  it.effect("EXC-04: Frames are ordered entry point first, crash site last", () =>
    Effect.gen(function*() {
      const frames = framesOf(listOf(yield* captured(chain()))[0])
      assert.deepStrictEqual(frames.slice(-3).map((frame) => frame.function), ["main", "handler", "boom"])
    }))

  it.effect("EXC-05: Crash-first runtime stacks are reversed before sending", () =>
    Effect.gen(function*() {
      const error = new Error("crash first")
      error.stack = "Error: crash first\n    at boom (/app/b.js:3:1)\n    at main (/app/a.js:1:1)"
      const frames = framesOf(listOf(yield* captured(error))[0])
      assert.deepStrictEqual(frames.map((frame) => frame.function), ["main", "boom"])
    }))

  it.effect("EXC-06: Chained exceptions are listed caught-first, root cause last", () =>
    Effect.gen(function*() {
      const root = new Error("root")
      const properties = yield* captured(new Error("caught", { cause: new Error("between", { cause: root }) }))
      assert.deepStrictEqual(listOf(properties).map(({ value }) => value), ["caught", "between", "root"])
    }))

  it.effect("EXC-07: Platforms without exception chaining send a single-element list", () =>
    Effect.gen(function*() {
      assert.strictEqual(listOf(yield* captured(new Error("alone"))).length, 1)
    }))

  it.scoped("EXC-08: Context arrays are in ascending file order", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.promise(() => mkdtemp(join(tmpdir(), "context-"))),
        (folder) => Effect.promise(() => rm(folder, { recursive: true }))
      )
      const file = join(folder, "module.js")
      const lines = Array.from({ length: 80 }, (_, i) => `line ${i + 1}`)
      writeFileSync(file, lines.join("\n"))
      const error = new Error("at forty")
      error.stack = `Error: at forty\n    at f (${file}:40:1)`
      const [frame] = framesOf(listOf(yield* captured(error))[0])
      assert.deepStrictEqual(frame!.pre_context, lines.slice(34, 39))
      assert.strictEqual(frame!.context_line, "line 40")
      assert.deepStrictEqual(frame!.post_context, lines.slice(40, 45))
    }))

  it.effect("EXC-09: Frames without source context are valid", () =>
    Effect.gen(function*() {
      const error = new Error("nowhere")
      error.stack = "Error: nowhere\n    at f (/no/such/file.js:1:1)"
      const [frame] = framesOf(listOf(yield* captured(error))[0])
      assert.notProperty(frame, "context_line")
      assert.notProperty(frame, "pre_context")
      assert.notProperty(frame, "post_context")
    }))

  it.effect("EXC-10: a stack that is there is used, also one on a plain object", () =>
    Effect.gen(function*() {
      const properties = yield* captured({ message: "like an error", stack: "Error: x\n    at f (/app/x.js:1:2)" })
      assert.deepStrictEqual(framesOf(listOf(properties)[0]).map((frame) => frame.filename), ["/app/x.js"])
    }))
})

describe("private/exception-event-metadata.feature", () => {
  it.effect("EXCMETA-01 EXCMETA-10 EXCMETA-14 EXCMETA-18 EXCMETA-23 EXCMETA-26: Manual capture emits canonical defaults", () =>
    Effect.gen(function*() {
      const properties = yield* captured(new Error("boom"))
      assert.strictEqual(properties["$exception_level"], "error")
      assert.notProperty(properties, "$exception_source")
      const { mechanism } = listOf(properties)[0]!
      assert.deepStrictEqual(mechanism, { exception_id: 0, type: "generic", handled: true, synthetic: false })
    }))

  it.effect("EXCMETA-12 EXCMETA-29 EXCMETA-30: Framework middleware identifies category and concrete source", () =>
    Effect.gen(function*() {
      const middleware = {
        category: "middleware",
        handled: false,
        source: "django.middleware",
        level: "error"
      } as const
      const escaped = yield* captured(new Error("boom"), { boundary: middleware })
      assert.strictEqual(escaped["$exception_source"], "django.middleware")
      assert.strictEqual(listOf(escaped)[0]!.mechanism.type, "middleware")
      assert.strictEqual(listOf(escaped)[0]!.mechanism.handled, false)
      const answered = yield* captured(new Error("boom"), { boundary: { ...middleware, handled: true } })
      assert.strictEqual(listOf(answered)[0]!.mechanism.handled, true)
      assert.strictEqual(answered["$exception_level"], "error")
    }))

  it.effect("EXCMETA-11 EXCMETA-18 EXCMETA-19 EXCMETA-20: A nested cause identifies its relationship", () =>
    Effect.gen(function*() {
      const [outer, cause] = listOf(yield* captured(new Error("outer", { cause: new Error("inner") })))
      assert.strictEqual(outer!.mechanism.exception_id, 0)
      assert.notProperty(outer!.mechanism, "parent_id")
      assert.notProperty(outer!.mechanism, "source")
      assert.deepStrictEqual(cause!.mechanism, {
        exception_id: 1,
        type: "chained",
        parent_id: 0,
        source: "cause",
        synthetic: false
      })
    }))

  it.effect("EXCMETA-16 EXCMETA-19 EXCMETA-20 EXCMETA-21: An aggregate serializes a deterministic flattened tree", () =>
    Effect.gen(function*() {
      const first = new Error("first", { cause: new Error("below first") })
      const list = listOf(yield* captured(new AggregateError([first, new Error("second")], "all")))
      assert.deepStrictEqual(list.map(({ value }) => value), ["all", "first", "below first", "second"])
      assert.deepStrictEqual(
        list.map(({ mechanism }) => [mechanism.exception_id, mechanism.parent_id, mechanism.source]),
        [[0, undefined, undefined], [1, 0, "member"], [2, 1, "cause"], [3, 0, "member"]]
      )
      assert.isTrue(list.slice(1).every(({ mechanism }) => mechanism.type === "chained" && !("handled" in mechanism)))
    }))

  it.effect("EXCMETA-22 LIMIT-02: Cycles and oversized exception trees are bounded", () =>
    Effect.gen(function*() {
      const one = new Error("one")
      const two = new Error("two", { cause: one })
      one.cause = two
      assert.deepStrictEqual(listOf(yield* captured(one)).map(({ value }) => value), ["one", "two"])
      const members = Array.from({ length: 80 }, (_, i) => new Error(`member ${i}`))
      const list = listOf(yield* captured(new AggregateError(members, "many")))
      assert.deepStrictEqual(list.map(({ value }) => value), [
        "many",
        ...members.slice(0, 49).map(({ message }) => message)
      ])
    }))

  it.effect("EXCMETA-17: A preserved runtime stack is not synthetic", () =>
    Effect.gen(function*() {
      assert.strictEqual(listOf(yield* captured(new Error("own")))[0]!.mechanism.synthetic, false)
    }))

  it.effect("EXCMETA-17: A synthesized current stack is marked synthetic", () =>
    Effect.gen(function*() {
      const stackless = new Error("stackless")
      stackless.stack = ""
      const [entry] = listOf(yield* captured(stackless))
      assert.strictEqual(entry!.mechanism.synthetic, true)
      assert.match(framesOf(entry).findLast((frame) => frame.in_app)!.filename, /scenarios\.test\.ts$/)
    }))

  const logged = (log: Effect.Effect<void>) =>
    Effect.zipRight(log, theOne).pipe(
      Effect.provide(
        ExceptionLogger.layer({ minimumLevel: LogLevel.Warning }).pipe(Layer.provideMerge(PosthogTest.layer))
      )
    )

  it.effect("EXCMETA-24 EXCMETA-27: Logger capture normalizes severity and remains handled", () =>
    Effect.gen(function*() {
      const properties = yield* logged(Effect.logWarning("slow", Cause.fail(new Error("boom"))))
      assert.strictEqual(properties["$exception_level"], "warning")
      assert.strictEqual(listOf(properties)[0]!.mechanism.type, "logger")
      assert.strictEqual(listOf(properties)[0]!.mechanism.handled, true)
    }))

  it.effect("EXCMETA-35 EXCMETA-27: A fatal logger call remains handled", () =>
    Effect.gen(function*() {
      const properties = yield* logged(Effect.logFatal("gone", Cause.die(new Error("boom"))))
      assert.strictEqual(properties["$exception_level"], "fatal")
      assert.strictEqual(listOf(properties)[0]!.mechanism.handled, true)
    }))

  it.effect("EXCMETA-32 EXCMETA-35: A terminating failure emits fatal unhandled metadata", () =>
    Effect.gen(function*() {
      const properties = yield* captured(new Error("boom"), { boundary: ExceptionBoundary.uncaughtException })
      assert.strictEqual(properties["$exception_level"], "fatal")
      assert.strictEqual(properties["$exception_source"], "node.process_uncaught_exception")
      assert.strictEqual(listOf(properties)[0]!.mechanism.handled, false)
    }))

  it.effect("EXCMETA-32: A deferred native crash retains original boundary metadata", () =>
    Effect.gen(function*() {
      // read from what the last run left behind, told on the next start
      const boundary = {
        category: "crash_reporter",
        handled: false,
        source: "node.crash_reporter",
        level: "fatal"
      } as const
      yield* ExceptionCapture.capture(new Error("SIGSEGV"), { boundary, timestamp: "2025-01-02T03:04:05Z" })
      const [event] = yield* PosthogTest.events
      assert.strictEqual(event!.timestamp, "2025-01-02T03:04:05.000Z")
      const properties = yield* theOne
      assert.strictEqual(properties["$exception_level"], "fatal")
      assert.strictEqual(listOf(properties)[0]!.mechanism.type, "crash_reporter")
      assert.strictEqual(listOf(properties)[0]!.mechanism.handled, false)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("EXCMETA-38: Native frame carries matching debug image metadata: there are no native frames in JavaScript", () =>
    Effect.gen(function*() {
      const properties = yield* captured(new Error("interpreted"), {
        properties: { $debug_images: [{ debug_id: "x" }] }
      })
      assert.notProperty(properties, "$debug_images")
      assert.isTrue(framesOf(listOf(properties)[0]).every((frame) => frame.instruction_addr === undefined))
    }))

  it.effect("EXCMETA-12 EXCMETA-37: Capture source remains distinct from processor-derived source files", () =>
    Effect.gen(function*() {
      const properties = yield* captured(new Error("boom"), { source: "shop.worker" })
      assert.strictEqual(properties["$exception_source"], "shop.worker")
      assert.notProperty(properties, "$exception_sources")
    }))

  it.effect("EXCMETA-33 EXCMETA-37: Generic properties cannot override canonical exception metadata", () =>
    Effect.gen(function*() {
      const forged = {
        $exception_list: "forged",
        $exception_type: "forged",
        $exception_message: "forged",
        $exception_level: "debug",
        $exception_source: "forged.source",
        $exception_sources: ["forged"],
        $exception_handled: false,
        $exception_issue_id: "forged",
        $cymbal_errors: ["forged"],
        kept: 1
      }
      yield* ExceptionCapture.capture(new Error("real"), { properties: forged })
      const properties = yield* theOne
      assert.strictEqual(properties["$exception_message"], "real")
      assert.strictEqual(properties["$exception_level"], "error")
      assert.strictEqual(properties["kept"], 1)
      assert.notInclude(JSON.stringify(properties), "forged")
      // without source lines: this file's own say it
    }).pipe(Effect.provide(PosthogTest.layerWith({ exceptions: { sourceContext: false } }))))

  it.effect("EXCMETA-07 EXCMETA-33: Internal integration metadata participates in typed precedence", () =>
    Effect.gen(function*() {
      const properties = yield* captured(new Error("boom"), {
        boundary: ExceptionBoundary.scope,
        level: "CRITICAL",
        source: "shop.queue",
        handled: true,
        mechanism: { type: "task", synthetic: true, queue: "mail" }
      })
      assert.strictEqual(properties["$exception_level"], "fatal")
      assert.strictEqual(properties["$exception_source"], "shop.queue")
      assert.deepStrictEqual(listOf(properties)[0]!.mechanism, {
        exception_id: 0,
        type: "task",
        handled: true,
        synthetic: true,
        queue: "mail"
      })
    }))

  // metadata from outside of the type system
  const invalid = {
    type: "",
    handled: "yes",
    synthetic: true,
    exception_id: 7,
    source: "cause"
  } as unknown as JsonObject

  it.effect("EXCMETA-08 EXCMETA-09: Invalid typed metadata falls back at an SDK-owned boundary", () =>
    Effect.gen(function*() {
      const properties = yield* captured(new Error("boom"), { level: "loud", source: "Not A Hook", mechanism: invalid })
      assert.strictEqual(properties["$exception_level"], "error")
      assert.notProperty(properties, "$exception_source")
      assert.deepStrictEqual(listOf(properties)[0]!.mechanism, {
        exception_id: 0,
        type: "generic",
        handled: true,
        synthetic: true
      })
    }))

  const snapshot = {
    entries: [{
      type: "Error",
      value: "",
      stack: undefined,
      span: undefined,
      synthetic: undefined,
      parent: undefined,
      edge: undefined,
      kind: undefined,
      fields: undefined
    }],
    severity: undefined,
    attributes: undefined
  }

  it("EXCMETA-09 EXCMETA-15: Invalid metadata remains absent in a context-free builder", () => {
    const { mechanism } = ExceptionMetadata.make(snapshot, { handled: "yes", mechanism: { handled: 1 } }, undefined)
    assert.deepStrictEqual(mechanism, {})
  })

  it("EXCMETA-03 EXCMETA-04 EXCMETA-05 EXCMETA-06 EXCMETA-15 EXCMETA-25 EXCMETA-34: A low-level producer preserves unknown metadata as absent", () => {
    assert.deepStrictEqual(ExceptionMetadata.make(snapshot, {}, undefined), {
      mechanism: {},
      level: undefined,
      source: undefined,
      fingerprint: undefined
    })
  })
})

describe("exception event metadata", () => {
  class Quiet extends Data.TaggedError("Quiet")<{ readonly sku: string }> {
    get "~effect/ErrorReporter/severity"() {
      return "Warn"
    }
    get "~effect/ErrorReporter/attributes"() {
      return { shelf: 7 }
    }
  }

  it.effect("a class says how severe it is and what goes with it; a tagged error's fields are properties", () =>
    Effect.gen(function*() {
      const properties = yield* captured(new Quiet({ sku: "A-1" }))
      assert.strictEqual(properties["$exception_type"], "Quiet")
      assert.strictEqual(properties["$exception_level"], "warning")
      assert.strictEqual(properties["shelf"], 7)
      assert.strictEqual(properties["exception.sku"], "A-1")
    }))

  it.effect("EXCMETA-34: a fingerprint is kept as it is told, and none is made up", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* captured(new Error("a"), { fingerprint: "cart" }))["$exception_fingerprint"], "cart")
      assert.notProperty(yield* captured(new Error("a"), { fingerprint: "" }), "$exception_fingerprint")
      assert.notProperty(yield* captured(new Error("a")), "$exception_fingerprint")
    }))

  it.effect("EXCMETA-36: what the pipeline adds of a release is kept", () =>
    Effect.gen(function*() {
      yield* ExceptionCapture.capture(new Error("a"))
      const properties = yield* theOne
      assert.strictEqual(properties["$release_id"], "r-1")
      assert.strictEqual(properties["$app_version"], "1.2.3")
    }).pipe(
      Effect.provide(PosthogTest.layerWith({ superProperties: { $release_id: "r-1", $app_version: "1.2.3" } }))
    ))

  it.effect("EXCMETA-02 EXCMETA-31 EXCMETA-28: task and console boundaries keep their category", () =>
    Effect.gen(function*() {
      const task = yield* captured(new Error("a"), { boundary: ExceptionBoundary.fiber })
      assert.strictEqual(listOf(task)[0]!.mechanism.type, "task")
      assert.strictEqual(listOf(task)[0]!.mechanism.handled, false)
      const console = yield* captured(new Error("a"), {
        boundary: { category: "onconsole", handled: true, source: "node.console" },
        level: "warn"
      })
      assert.strictEqual(console["$exception_level"], "warning")
      assert.strictEqual(listOf(console)[0]!.mechanism.type, "onconsole")
    }))

  it.effect("EXCMETA-13: a rejection that the process survives is an error, not fatal", () =>
    Effect.gen(function*() {
      const properties = yield* captured("no", {
        boundary: ExceptionBoundary.survived(ExceptionBoundary.unhandledRejection)
      })
      assert.strictEqual(properties["$exception_source"], "node.process_unhandled_rejection")
      assert.strictEqual(properties["$exception_level"], "error")
      assert.strictEqual(listOf(properties)[0]!.mechanism.type, "onunhandledrejection")
    }))

  it.effect("a plain capture of an event with that name is taken as it is, with a warning", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("$exception", { properties: { $exception_list: [] } })
      assert.strictEqual((yield* PosthogTest.events).length, 1)
    }).pipe(Effect.provide(PosthogTest.layer)))
})
