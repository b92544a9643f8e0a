import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, FiberId } from "effect"
import { captured } from "effect-posthog/domain/CaptureOutcome"
import * as ExceptionCapture from "effect-posthog/scope/ExceptionCapture"

interface Call {
  readonly input: unknown
  readonly options: ExceptionCapture.CaptureExceptionOptions | undefined
}

/** Takes everything down, and makes one event of the same input as the interface says. */
const recorder = () => {
  const calls: Array<Call> = []
  const events = new Map<unknown, string>()
  const service: ExceptionCapture.Service = {
    captureException: (input, options) =>
      Effect.sync(() => {
        calls.push({ input, options })
        const known = events.get(input) ?? `event ${events.size}`
        events.set(input, known)
        return captured(known)
      }),
    captureExceptionsByDefault: true
  }
  return { calls, events, provide: Effect.provideService(ExceptionCapture.ExceptionCapture, service) }
}

/** A client of the user's own that is broken in every way. */
const broken: ReadonlyArray<ExceptionCapture.Service> = [
  { captureException: () => Effect.die("client"), captureExceptionsByDefault: true },
  { captureException: () => Effect.interrupt, captureExceptionsByDefault: true },
  {
    captureException: () => {
      throw new Error("client")
    },
    captureExceptionsByDefault: true
  }
]

/** Things that the types forbid and that arrive all the same. */
const hostile = <A>(value: unknown) => value as A

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const throwing = () =>
  new Proxy({}, {
    get: () => {
      throw new Error("no")
    },
    has: () => {
      throw new Error("no")
    },
    getPrototypeOf: () => {
      throw new Error("no")
    }
  })

describe("capture", () => {
  it.effect("EXC-10: what brings its own stack gets no other", () =>
    Effect.gen(function*() {
      const { calls, provide } = recorder()
      const options = { level: "warning" }
      const inputs = [new Error("a"), Cause.fail("a"), Exit.fail("a"), { stack: "at here" }]
      for (const input of inputs) {
        yield* provide(ExceptionCapture.capture(input, options))
      }
      assert.deepStrictEqual(calls.map(({ input }) => input), inputs)
      assert.strictEqual(calls.every((call) => call.options === options), true)
    }))

  it.effect("EXC-03: what has none gets that of the call, not that of where the effect runs", () =>
    Effect.gen(function*() {
      const { calls, provide } = recorder()
      function theCaller(input: unknown) {
        return ExceptionCapture.capture(input, { level: "warning" })
      }
      const inputs = ["text", 5, null, undefined, {}, { stack: "" }, { stack: 5 }, () => 1, revoked(), throwing()]
      const effects = inputs.map((input) => theCaller(input))
      yield* Effect.yieldNow()
      for (const effect of effects) {
        yield* provide(effect)
      }
      assert.strictEqual(calls.length, inputs.length)
      for (const { options } of calls) {
        assert.strictEqual(options?.level, "warning")
        assert.instanceOf(options?.callSite, Error)
        assert.match(options?.callSite?.stack ?? "", /^Error.*\n {4}at theCaller /)
      }
    }))

  it.effect("a call site that is given stays", () =>
    Effect.gen(function*() {
      const { calls, provide } = recorder()
      const callSite = new Error()
      yield* provide(ExceptionCapture.capture("text", { callSite }))
      assert.strictEqual(calls[0]?.options?.callSite, callSite)
    }))

  it.effect("options that cannot be read are for the service to refuse", () =>
    Effect.gen(function*() {
      const { calls, provide } = recorder()
      const options = hostile<ExceptionCapture.CaptureExceptionOptions>(throwing())
      yield* provide(ExceptionCapture.capture("text", options))
      assert.strictEqual(calls[0]?.options, options)
    }))
})

const failure = Cause.fail(new Error("typed"))
const defect = Cause.die(new Error("defect"))
const interruption = Cause.interrupt(FiberId.none)

const causes: ReadonlyArray<readonly [name: string, cause: Cause.Cause<Error>, failures: boolean, defects: boolean]> = [
  ["a failure", failure, true, false],
  ["a defect", defect, false, true],
  ["an interruption", interruption, false, false],
  ["nothing", Cause.empty, false, false],
  ["a failure and a defect", Cause.sequential(failure, defect), true, true],
  ["a failure and an interruption", Cause.parallel(interruption, failure), true, false],
  ["a defect and an interruption", Cause.parallel(interruption, defect), false, true]
]

describe("captureFailures and captureDefects", () => {
  for (const [name, cause, failures, defects] of causes) {
    it.effect(`of ${name}`, () =>
      Effect.gen(function*() {
        const self = Effect.failCause(cause)
        const options = { properties: { sku: "A-1" } }
        const runs: ReadonlyArray<readonly [Effect.Effect<never, Error, ExceptionCapture.ExceptionCapture>, boolean]> =
          [
            [ExceptionCapture.captureFailures(self, options), failures],
            [self.pipe(ExceptionCapture.captureFailures(options)), failures],
            [ExceptionCapture.captureDefects(self, options), defects],
            [self.pipe(ExceptionCapture.captureDefects(options)), defects]
          ]
        for (const [run, captures] of runs) {
          const { calls, provide } = recorder()
          const exit = yield* Effect.exit(provide(run))
          assert.strictEqual(Exit.isFailure(exit) ? exit.cause : undefined, cause)
          assert.strictEqual(calls.length, captures ? 1 : 0)
          if (captures) {
            assert.strictEqual(calls[0]?.input, cause)
            assert.strictEqual(calls[0]?.options, options)
          }
        }
      }))
  }

  it.effect("both together see the same cause, which is one event", () =>
    Effect.gen(function*() {
      const { calls, events, provide } = recorder()
      const both = Effect.failCause(Cause.sequential(failure, defect)).pipe(
        ExceptionCapture.captureFailures(),
        ExceptionCapture.captureDefects()
      )
      yield* Effect.exit(provide(both))
      assert.strictEqual(calls.length, 2)
      assert.strictEqual(events.size, 1)
    }))

  it.effect("a client that dies changes nothing", () =>
    Effect.gen(function*() {
      for (const service of broken) {
        for (const capture of [ExceptionCapture.captureFailures, ExceptionCapture.captureDefects]) {
          const cause = Cause.sequential(failure, defect)
          const exit = yield* Effect.failCause(cause).pipe(
            capture(),
            Effect.provideService(ExceptionCapture.ExceptionCapture, service),
            Effect.exit
          )
          assert.strictEqual(Exit.isFailure(exit) ? exit.cause : undefined, cause)
        }
      }
    }))

  it.effect("a success and an interruption from outside are nobody's exception", () =>
    Effect.gen(function*() {
      const { calls, provide } = recorder()
      const value = {}
      assert.strictEqual(
        yield* provide(
          Effect.succeed(value).pipe(ExceptionCapture.captureFailures(), ExceptionCapture.captureDefects())
        ),
        value
      )
      const fiber = yield* Effect.fork(
        provide(Effect.never.pipe(ExceptionCapture.captureFailures(), ExceptionCapture.captureDefects()))
      )
      yield* Effect.yieldNow()
      assert.strictEqual(Exit.isInterrupted(yield* Fiber.interrupt(fiber)), true)
      assert.strictEqual(calls.length, 0)
    }))
})
