import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { captured } from "effect-posthog/domain/CaptureOutcome"
import * as ProcessExceptions from "effect-posthog/exception/hooks/ProcessExceptions"
import { ExceptionCapture, type Service } from "effect-posthog/scope/ExceptionCapture"
import * as Processes from "./children/processes.js"
import type { Seen } from "./children/protocol.js"

const uncaught = (text: string, level: "fatal" | "error" = "fatal"): Seen => ({
  text,
  category: "onuncaughtexception",
  source: "node.process_uncaught_exception",
  level,
  handled: false
})

const unhandled = (text: string, level: "fatal" | "error" = "fatal"): Seen => ({
  text,
  category: "onunhandledrejection",
  source: "node.process_unhandled_rejection",
  level,
  handled: false
})

/** What Node makes of a rejection with something that is no error. */
const wrapped = (reason: string) =>
  "This error originated either by throwing inside of an async function without a catch block, or by rejecting a " +
  `promise which was not handled with .catch(). The promise rejected with the reason "${reason}".`

interface Expected extends Processes.Case {
  /** The exit code: a check of the script, which is the same without the hooks. */
  readonly code: number
  readonly seen: ReadonlyArray<Seen>
}

/** Every case ends as without the hooks, and tells of these exceptions in one request. */
const check = (cases: ReadonlyArray<Expected>) =>
  Effect.gen(function*() {
    const { compare } = yield* Processes.make
    yield* Effect.forEach(cases, (each) =>
      Effect.map(compare(each), ({ hooked, requests, without }) => {
        const title = [each.way, ...each.execArgv ?? [], each.nodeOptions].join(" ")
        assert.deepStrictEqual(hooked, without, title)
        assert.strictEqual(hooked.code, each.code, `${title}\n${hooked.stderr}`)
        assert.deepStrictEqual(requests, each.seen.length === 0 ? [] : [each.seen], title)
      }), { concurrency: 3, discard: true })
  })

describe("the hooks of the process", () => {
  it.live("EXCMETA-13 EXCMETA-32 EXCMETA-35: what ends the process is told of as fatal, and it ends as without", () =>
    check([
      { way: "error", code: 1, seen: [uncaught("boom")] },
      { way: "string", code: 1, seen: [uncaught("boom")] },
      { way: "null", code: 1, seen: [uncaught("null")] },
      { way: "undefined", code: 1, seen: [uncaught("undefined")] },
      { way: "object", code: 1, seen: [uncaught("[object Object]")] },
      { way: "properties", code: 1, seen: [uncaught("boom")] },
      { way: "frozen", code: 1, seen: [uncaught("boom")] },
      { way: "preparedStack", code: 1, seen: [uncaught("boom")] },
      { way: "error", execArgv: ["--enable-source-maps"], code: 1, seen: [uncaught("boom")] },
      { way: "rejection", code: 1, seen: [unhandled("rejected")] },
      { way: "asyncStack", code: 1, seen: [unhandled("deep")] },
      { way: "rejectionOfText", code: 1, seen: [unhandled(wrapped("text"))] },
      { way: "rejectionOfNothing", code: 1, seen: [unhandled(wrapped("undefined"))] }
    ]).pipe(Effect.scoped))

  it.live("EXCMETA-32 EXCMETA-35: beside other listeners the level is error where the process goes on, fatal where one ends it", () =>
    check([
      { way: "continues", code: 0, seen: [uncaught("boom", "error")] },
      { way: "captureCallback", code: 0, seen: [uncaught("boom", "error")] },
      { way: "exitsLater", code: 5, seen: [uncaught("boom", "error")] },
      { way: "exits3", code: 3, seen: [uncaught("boom")] },
      { way: "rejectionListener", code: 0, seen: [unhandled("text", "error")] },
      { way: "rejectionListenerExits", code: 4, seen: [unhandled("rejected")] },
      { way: "rejectionPassedOn", code: 1, seen: [unhandled("rejected")] },
      { way: "rejectionOfTextPassedOn", code: 1, seen: [unhandled("text")] },
      { way: "exitListener", code: 9, seen: [uncaught("boom")] }
    ]).pipe(Effect.scoped))

  it.live("keep no process from ending over a rejection when the application's listeners are gone", () =>
    check([
      { way: "rejectionListenerOnce", code: 1, seen: [unhandled("second"), unhandled("first")] },
      { way: "rejectionListenerRemoved", code: 1, seen: [unhandled("rejected")] }
    ]).pipe(Effect.scoped))

  it.live("leave every mode of unhandled rejections as it is, and tell of each rejection once", () =>
    check([
      { way: "rejection", execArgv: ["--unhandled-rejections=throw"], code: 1, seen: [unhandled("rejected")] },
      { way: "rejection", execArgv: ["--unhandled-rejections=strict"], code: 1, seen: [unhandled("rejected")] },
      {
        way: "rejectionListener",
        execArgv: ["--unhandled-rejections", "strict"],
        code: 1,
        seen: [unhandled(wrapped("text"))]
      },
      {
        way: "rejectionSurvived",
        execArgv: ["--unhandled-rejections=strict"],
        code: 0,
        seen: [unhandled(wrapped("text"), "error")]
      },
      { way: "rejection", execArgv: ["--unhandled-rejections=warn"], code: 0, seen: [unhandled("rejected", "error")] },
      {
        way: "rejectionOfText",
        nodeOptions: "--unhandled-rejections=warn",
        code: 0,
        seen: [unhandled("text", "error")]
      },
      {
        way: "rejectionListener",
        execArgv: ["--unhandled-rejections=warn"],
        code: 0,
        seen: [unhandled("text", "error")]
      },
      {
        way: "rejectionOfText",
        execArgv: ["--unhandled-rejections=none"],
        code: 0,
        seen: [unhandled("text", "error")]
      },
      // no event of the process says so, and a listener of ours would take the warning and the exit code away
      { way: "rejection", execArgv: ["--unhandled-rejections=warn-with-error-code"], code: 1, seen: [] }
    ]).pipe(Effect.scoped))

  it.live("change nothing about a process that ends well, is told to end, or closed them before", () =>
    check([
      { way: "nothing", code: 0, seen: [] },
      { way: "closed", code: 1, seen: [] },
      { way: "mainSignal", code: 0, seen: [] },
      { way: "mainFails", code: 1, seen: [] },
      { way: "mainThrows", code: 1, seen: [uncaught("boom")] },
      // a listener that throws: Node ends the process and emits no `exit`
      { way: "listenerThrows", code: 7, seen: [] }
    ]).pipe(Effect.scoped))

  it.live("tell every client, and wait for a server that does not answer no longer than allowed", () =>
    Effect.gen(function*() {
      const { compare } = yield* Processes.make
      const [two, removed, hanging, refused, never] = yield* Effect.all([
        compare({ way: "two" }),
        compare({ way: "allListenersRemoved" }),
        compare({ way: "error", to: "hang", exitTimeout: 400 }),
        compare({ way: "exits3", to: "nowhere" }),
        compare({ way: "error", exitTimeout: 0 })
      ], { concurrency: 2 })
      for (const { hooked, without } of [two, removed, hanging, refused, never]) {
        assert.deepStrictEqual(hooked, without)
      }
      assert.deepStrictEqual(two.requests, [[uncaught("boom")], [uncaught("boom")]])
      assert.strictEqual(removed.hooked.code, 1)
      assert.deepStrictEqual(removed.requests, [[unhandled("rejected")], [unhandled("rejected")]])
      assert.deepStrictEqual(hanging.requests, [[uncaught("boom")]])
      assert.isAtLeast(hanging.elapsed, 400)
      // without the deadline it would be the server's patience: minutes
      assert.isBelow(hanging.elapsed, 400 + 5_000)
      assert.strictEqual(refused.hooked.code, 3)
      assert.deepStrictEqual(never.requests, [])
    }).pipe(Effect.scoped))
})

const names = [
  "uncaughtException",
  "uncaughtExceptionMonitor",
  "unhandledRejection",
  "newListener",
  "removeListener",
  "exit"
] as const

const counts = () => names.map((name) => process.listenerCount(name))

/** As Node does before it does anything else. */
const announce = (error: Error) =>
  (process as NodeJS.EventEmitter).emit("uncaughtExceptionMonitor", error, "uncaughtException")

const makeService = () => {
  const seen: Array<unknown> = []
  const flushes: Array<number> = []
  const service: Service = {
    captureExceptionsByDefault: true,
    captureException: (error, options) =>
      Effect.sync(() => {
        seen.push([error, options?.boundary?.level])
        return captured("an id")
      }),
    flushAtExit: (timeout) => {
      flushes.push(timeout)
    }
  }
  return { service, seen, flushes }
}

const build = (service: Service, scope: Scope.Scope, options?: ProcessExceptions.Options) =>
  Layer.buildWithScope(ProcessExceptions.layer(options), scope).pipe(
    Effect.provideService(ExceptionCapture, service)
  )

describe("the layer of the hooks", () => {
  it.effect("takes exactly its own listeners away when it closes, however many there were", () =>
    Effect.gen(function*() {
      const before = counts()
      const scopes = yield* Effect.all([Scope.make(), Scope.make(), Scope.make()])
      const { flushes, seen, service } = makeService()
      yield* Effect.forEach(scopes, (scope) => build(service, scope))
      assert.notDeepEqual(counts(), before)
      announce(new Error("seen by all"))
      yield* Effect.forEach(scopes, (scope) => Scope.close(scope, Exit.void))
      assert.deepStrictEqual(counts(), before)
      assert.strictEqual(seen.length, 3)
      announce(new Error("seen by none"))
      assert.strictEqual(seen.length, 3)
      assert.deepStrictEqual(flushes, [])
    }))

  it.effect("tells of what is undecided when it closes", () =>
    Effect.gen(function*() {
      const { seen, service } = makeService()
      const scope = yield* Scope.make()
      yield* build(service, scope)
      // the runner of these tests listens for exceptions: they may go on
      announce(new Error("boom"))
      assert.deepStrictEqual(seen, [])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(seen, [[new Error("boom"), "error"]])
    }))

  it.effect("throws nothing, whatever the capture does", () =>
    Effect.gen(function*() {
      const before = counts()
      const wild: ReadonlyArray<Service["captureException"]> = [
        () => Effect.die("a defect"),
        () => Effect.never,
        () => {
          throw new Error("no effect at all")
        },
        () => Effect.withFiberRuntime((fiber) => Effect.zipRight(Fiber.interruptFork(fiber), Effect.never))
      ]
      yield* Effect.forEach(wild, (captureException) =>
        Effect.gen(function*() {
          const scope = yield* Scope.make()
          yield* build({ captureExceptionsByDefault: true, captureException }, scope)
          announce(new Error("boom"))
          yield* Scope.close(scope, Exit.void)
        }))
      assert.deepStrictEqual(counts(), before)
    }))

  it.effect("is built where the environment cannot be read", () =>
    Effect.gen(function*() {
      const { service } = makeService()
      yield* Effect.scoped(Effect.flatMap(Effect.scope, (scope) => build(service, scope))).pipe(
        Effect.withConfigProvider(ConfigProvider.fromJson({ NODE_OPTIONS: { no: "text" } }))
      )
    }))
})
