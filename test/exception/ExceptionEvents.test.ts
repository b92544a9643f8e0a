import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Data, Effect, Exit, Layer, Option, TestClock } from "effect"
import {
  ExceptionCapture,
  ExceptionLogger,
  fresh,
  inherited,
  Posthog,
  PosthogTest,
  step,
  withScope
} from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as ExceptionBoundary from "effect-posthog/domain/ExceptionBoundary"
import type { JsonObject } from "effect-posthog/domain/JsonValue"
import type { ExceptionOptions } from "effect-posthog/exception/ExceptionOptions"
import { apiKey } from "../support/client.js"

class Declined extends Data.TaggedError("Declined")<{ readonly amount: number }> {}

const propertiesOfAll = Effect.map(PosthogTest.events, (events) => events.map(({ properties }) => properties))

const messages = Effect.map(propertiesOfAll, (all) => all.map((properties) => properties["$exception_message"]))

const layerOf = (exceptions: ExceptionOptions) => PosthogTest.layerWith({ exceptions })

describe("once", () => {
  it.effect("the same error in scopes, combinators and log lines is one event, and every capture returns its id", () =>
    Effect.gen(function*() {
      const error = Object.freeze(new Declined({ amount: 42 }))
      yield* Effect.fail(error).pipe(
        ExceptionCapture.captureFailures(),
        ExceptionCapture.captureDefects(),
        withScope(inherited),
        Effect.tapErrorCause((cause) => Effect.logError("declined", cause)),
        withScope(fresh),
        Effect.exit
      )
      const [first, ...more] = yield* PosthogTest.events
      assert.deepStrictEqual(more, [])
      const again = yield* Effect.all([
        ExceptionCapture.capture(error),
        ExceptionCapture.capture(Exit.fail(error)),
        ExceptionCapture.capture(Cause.parallel(Cause.die(error), Cause.fail(error)))
      ])
      assert.deepStrictEqual(again.map((outcome) => outcome._tag === "Captured" && outcome.eventId), [
        first!.uuid,
        first!.uuid,
        first!.uuid
      ])
      assert.strictEqual((yield* PosthogTest.events).length, 1)
    }).pipe(Effect.provide(ExceptionLogger.layer().pipe(Layer.provideMerge(PosthogTest.layer)))))

  it.effect("an error that fails twice in different spans, each time behind another proxy of Effect's, is one event", () =>
    Effect.gen(function*() {
      const error = new Declined({ amount: 1 })
      const once = (span: string) => Effect.fail(error).pipe(Effect.withSpan(span), withScope(fresh), Effect.exit)
      yield* once("first")
      yield* once("second")
      assert.strictEqual((yield* PosthogTest.events).length, 1)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("of a cause only what is new is told", () =>
    Effect.gen(function*() {
      const known = new Error("known")
      yield* ExceptionCapture.capture(known)
      yield* ExceptionCapture.capture(Cause.sequential(Cause.fail(known), Cause.die(new Error("new"))))
      assert.deepStrictEqual(yield* messages, ["known", "new"])
    }).pipe(Effect.provide(PosthogTest.layer)))
})

describe("what is no exception", () => {
  it.effect("interruption, success and an empty cause are refused", () =>
    Effect.gen(function*() {
      const outcomes = yield* Effect.all([
        ExceptionCapture.capture(yield* Effect.exit(Effect.interrupt)),
        ExceptionCapture.capture(Exit.succeed(1)),
        ExceptionCapture.capture(Cause.empty)
      ])
      assert.deepStrictEqual(outcomes.map((outcome) => outcome._tag === "Refused" && outcome.reason), [
        "interrupted",
        "noFailure",
        "noFailure"
      ])
      assert.deepStrictEqual(yield* PosthogTest.events, [])
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("a class may say that it is not to be reported", () =>
    Effect.gen(function*() {
      class Expected extends Error {
        readonly "~effect/ErrorReporter/ignore" = true
      }
      const outcome = yield* ExceptionCapture.capture(new Expected("of no interest"))
      assert.deepStrictEqual(outcome, { _tag: "Refused", reason: "ignored" })
      yield* ExceptionCapture.capture(Cause.parallel(Cause.fail(new Expected("no")), Cause.fail(new Error("yes"))))
      assert.deepStrictEqual(yield* messages, ["yes"])
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("EXC-11: a client that is opted out or closed takes none", () =>
    Effect.gen(function*() {
      yield* Posthog.optOut
      assert.deepStrictEqual(yield* ExceptionCapture.capture(new Error("x")), { _tag: "Refused", reason: "optedOut" })
      yield* Posthog.optIn
      yield* Posthog.shutdown
      assert.deepStrictEqual(yield* ExceptionCapture.capture(new Error("x")), { _tag: "Refused", reason: "closed" })
    }).pipe(Effect.provide(PosthogTest.layer)))
})

describe("an exception's event", () => {
  it.effect("EXC-12 EXC-13: is handled where the application captures it, and goes the way of every event", () =>
    Effect.gen(function*() {
      yield* ExceptionCapture.capture(new Error("x"), { groups: { company: "acme" } }).pipe(
        withScope(fresh, { distinctId: "alice", tags: { tenant: "t" }, captureExceptions: false })
      )
      const [event] = yield* PosthogTest.events
      assert.strictEqual(event!.distinctId, "alice")
      assert.strictEqual(event!.properties["tenant"], "t")
      assert.deepStrictEqual(event!.properties["$groups"], { company: "acme" })
      assert.strictEqual(event!.properties["seen"], true)
    }).pipe(Effect.provide(PosthogTest.layerWith({
      beforeSend: (event) => ({ ...event, properties: { ...event.properties, seen: true } })
    }))))

  it.effect("carries the ids of the current span, and of the span it failed in where there is no other", () =>
    Effect.gen(function*() {
      const outer = yield* ExceptionCapture.capture(new Error("a")).pipe(
        Effect.zipRight(Effect.currentSpan),
        Effect.withSpan("current")
      )
      const exit = yield* Effect.exit(Effect.withSpan(Effect.fail(new Declined({ amount: 1 })), "failed in"))
      yield* ExceptionCapture.capture(exit)
      const [first, second] = yield* propertiesOfAll
      assert.strictEqual(first!["$trace_id"], outer.traceId)
      assert.strictEqual(first!["$span_id"], outer.spanId)
      assert.isString(second!["$span_id"])
      assert.include(JSON.stringify(second), "failed in")
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.scoped("arrives although the client closes right after it was captured", () =>
    Effect.gen(function*() {
      const world = yield* Layer.build(DevServer.layerInMemory())
      const client = Posthog.layer({ apiKey, host: "http://posthog.local", compression: "none" }).pipe(
        Layer.provide(Layer.succeedContext(world))
      )
      yield* Effect.provide(ExceptionCapture.capture(new Error("last words")), client)
      const events = yield* Context.get(world, DevServer.DevServer).events
      assert.deepStrictEqual(events.map(({ properties }) => properties["$exception_message"]), ["last words"])
    }))

  it.effect("is dropped and reported where too many wait to be prepared", () =>
    Effect.gen(function*() {
      const outcomes = yield* Effect.all([
        ExceptionCapture.capture(new Error("first")),
        ExceptionCapture.capture(new Error("second"))
      ])
      assert.deepStrictEqual(outcomes.map(({ _tag }) => _tag), ["Captured", "Refused"])
      assert.deepStrictEqual(yield* messages, ["first"])
      assert.deepStrictEqual((yield* PosthogTest.dropped).map(({ reason }) => reason), ["preparationFull"])
    }).pipe(Effect.provide(layerOf({ maxPreparing: 1 }))))

  it.effect("LIMIT-03 LIMIT-10: has as many frames and lines of source as its options say", () =>
    Effect.gen(function*() {
      yield* ExceptionCapture.capture(new Error("x"))
      const [properties] = yield* propertiesOfAll
      const [entry] = properties!["$exception_list"] as ReadonlyArray<
        { readonly stacktrace: { readonly frames: ReadonlyArray<JsonObject> } }
      >
      assert.strictEqual(entry!.stacktrace.frames.length, 2)
      const innermost = entry!.stacktrace.frames.at(-1)!
      assert.lengthOf(innermost["pre_context"] as ReadonlyArray<string>, 2)
    }).pipe(Effect.provide(layerOf({ maxFrames: 2, sourceContext: { lines: 2 } }))))
})

describe("the rate limit", () => {
  const logged = (n: number) =>
    Effect.forEach(
      Array.from({ length: n }, (_, i) => i),
      (i) => ExceptionCapture.capture(new Declined({ amount: i }), { boundary: ExceptionBoundary.logger })
    )

  it.effect("EXC-14: ten of a type pass at once, then one every ten seconds, which tells how many it stands for", () =>
    Effect.gen(function*() {
      const outcomes = yield* logged(15)
      assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Captured").length, 10)
      assert.deepStrictEqual(outcomes[10], { _tag: "Refused", reason: "rateLimited" })
      yield* TestClock.adjust("10 seconds")
      yield* logged(2)
      const all = yield* propertiesOfAll
      assert.strictEqual(all.length, 11)
      assert.strictEqual(all[10]!["exception.suppressed"], 5)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("leaves scopes and the application's own captures alone, unless it is told to", () =>
    Effect.gen(function*() {
      const scopes = Effect.forEach(
        Array.from({ length: 15 }),
        () => Effect.fail(new Declined({ amount: 1 })).pipe(withScope(fresh), Effect.exit)
      )
      const told = Effect.map(Effect.zipRight(scopes, PosthogTest.events), ({ length }) => length)
      assert.strictEqual(yield* Effect.provide(told, PosthogTest.layer), 15)
      assert.strictEqual(yield* Effect.provide(told, layerOf({ rateLimit: { scopes: true, capacity: 3 } })), 3)
    }))

  it.effect("counts an error that it held back once, and lets the application capture it all the same", () =>
    Effect.gen(function*() {
      yield* logged(1)
      const error = new Declined({ amount: 9 })
      const held = ExceptionCapture.capture(error, { boundary: ExceptionBoundary.logger })
      yield* held
      yield* held
      assert.strictEqual((yield* ExceptionCapture.capture(error))._tag, "Captured")
      yield* TestClock.adjust("10 seconds")
      yield* logged(1)
      const all = yield* propertiesOfAll
      assert.deepStrictEqual(all.map((properties) => properties["exception.suppressed"]), [undefined, undefined, 1])
    }).pipe(Effect.provide(layerOf({ rateLimit: { capacity: 1 } }))))
})

describe("privacy", () => {
  const secret = "hunter2hunter2"

  it.effect("secrets leave in no message, field, property, tag, step, or line of source", () =>
    Effect.gen(function*() {
      class LoginFailed extends Data.TaggedError("LoginFailed")<{ readonly password: string; readonly user: string }> {
        override get message() {
          return `no login at https://ada:${this.password}@example.com/?token=${this.password}`
        }
      }
      yield* Effect.gen(function*() {
        yield* step("logging in", { password: secret })
        const password = "hunter2hunter2" // stands in the lines around the frame
        yield* ExceptionCapture.capture(new LoginFailed({ password, user: "ada" }), {
          properties: { nested: [{ api_key: secret }], kept: "kept" }
        })
      }).pipe(withScope(fresh, { tags: { "db.password": secret, tenant: "acme" }, captureExceptions: false }))
      const [properties] = yield* propertiesOfAll
      assert.strictEqual(properties!["kept"], "kept")
      assert.strictEqual(properties!["tenant"], "acme")
      assert.strictEqual(properties!["exception.user"], "ada")
      const list = JSON.stringify(properties).replaceAll(`const secret = \\"${secret}\\"`, "")
      assert.notInclude(list, secret)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("a redaction of the application's that fails lets nothing of the text through", () =>
    Effect.gen(function*() {
      yield* ExceptionCapture.capture(new Error("plain words"))
      const [properties] = yield* propertiesOfAll
      assert.strictEqual(properties!["$exception_message"], "[redacted]")
    }).pipe(Effect.provide(layerOf({
      redaction: {
        redact: () => {
          throw new Error("bug")
        }
      }
    }))))
})

describe("steps", () => {
  const stepsOf = Effect.map(
    propertiesOfAll,
    (all) =>
      all.map((properties) =>
        (properties["$exception_steps"] as ReadonlyArray<JsonObject> | undefined)?.map((each) => each["$message"])
      )
  )

  const walked = (options?: ExceptionCapture.CaptureExceptionOptions) =>
    step("one").pipe(
      Effect.zipRight(step("two").pipe(withScope(inherited))),
      Effect.zipRight(ExceptionCapture.capture(new Error("x"), options)),
      withScope(fresh, { captureExceptions: false })
    )

  it.effect("STEPS-01 STEPS-02: an exception carries the steps of its request, oldest first, more than once", () =>
    Effect.gen(function*() {
      yield* walked()
      yield* Effect.zipRight(step("other"), ExceptionCapture.capture(new Error("y"))).pipe(
        withScope(fresh, { captureExceptions: false })
      )
      yield* ExceptionCapture.capture(new Error("z"))
      assert.deepStrictEqual(yield* stepsOf, [["one", "two"], ["other"], undefined])
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("STEPS-02: steps that the caller supplies win, and they can be turned off", () =>
    Effect.gen(function*() {
      const own = walked({ properties: { $exception_steps: [{ $message: "mine" }] } })
      assert.deepStrictEqual(yield* Effect.provide(Effect.zipRight(own, stepsOf), PosthogTest.layer), [["mine"]])
      assert.deepStrictEqual(yield* Effect.provide(Effect.zipRight(walked(), stepsOf), layerOf({ steps: false })), [
        undefined
      ])
    }))
})

describe("hostile options", () => {
  it.effect("EXCMETA-08: a field called __proto__ is a field like any other", () =>
    Effect.gen(function*() {
      yield* ExceptionCapture.capture(new Error("x"), {
        mechanism: JSON.parse("{\"__proto__\":{\"handled\":false,\"type\":\"forged\"}}")
      })
      const [properties] = yield* propertiesOfAll
      const [entry] = properties!["$exception_list"] as ReadonlyArray<{ readonly mechanism: JsonObject }>
      assert.strictEqual(entry!.mechanism["type"], "generic")
      assert.strictEqual(entry!.mechanism["handled"], true)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("groups that are a text name none", () =>
    Effect.gen(function*() {
      // from outside of the type system
      yield* ExceptionCapture.capture(new Error("x"), { groups: "acme" as unknown as { readonly company: string } })
      const [properties] = yield* propertiesOfAll
      assert.deepStrictEqual(Option.fromNullable(properties!["$groups"]), Option.some({}))
    }).pipe(Effect.provide(PosthogTest.layer)))
})
