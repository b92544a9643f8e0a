import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option, TestClock } from "effect"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as IdleSleep from "../../../src/flags/definitions/IdleSleep.js"
import { rest } from "./support.js"

const src = fileURLToPath(new URL("../../../src/flags/definitions/", import.meta.url))

/** Runs a module and tells how it ended, and what it printed. */
const run = (code: string) =>
  Effect.async<{ readonly code: number | null; readonly printed: string }>((resume) => {
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", code], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    let printed = ""
    child.stdout.on("data", (data) => {
      printed += String(data)
    })
    child.once("close", (code) => resume(Effect.succeed({ code, printed })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

describe("IdleSleep", () => {
  it.effect("sleeps by the clock of the test, in whole milliseconds", () =>
    Effect.gen(function*() {
      const sleeping = yield* Effect.fork(IdleSleep.sleep(1000.2))
      yield* rest
      yield* TestClock.adjust("1000 millis")
      yield* rest
      assert.isTrue(Option.isNone(yield* Fiber.poll(sleeping)))
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(sleeping)
    }))

  it.live("sleeps by the real clock, can be interrupted, and takes any number", () =>
    Effect.gen(function*() {
      const before = performance.now()
      yield* IdleSleep.sleep(30)
      assert.isAtLeast(performance.now() - before, 29)
      yield* IdleSleep.sleep(-5)
      for (const millis of [1e15, Number.POSITIVE_INFINITY]) {
        const asleep = yield* Effect.fork(IdleSleep.sleep(millis))
        yield* rest
        assert.isTrue(Option.isNone(yield* Fiber.poll(asleep)))
        yield* Fiber.interrupt(asleep)
      }
    }))

  it.live("a program that polls and has nothing else to do may end", () =>
    Effect.gen(function*() {
      const { code, printed } = yield* run(`
        import { HttpClient, HttpClientResponse } from "@effect/platform"
        import { DateTime, Duration, Effect, Redacted, Scope } from "effect"
        import * as DefinitionLoader from "${src}DefinitionLoader.ts"
        const client = HttpClient.make((request) =>
          Effect.sync(() => HttpClientResponse.fromWeb(request, new Response('{"flags":[]}'))))
        const scope = Effect.runSync(Scope.make())
        const program = Effect.gen(function*() {
          const loader = yield* DefinitionLoader.make({
            host: "http://posthog.local", token: Redacted.make("t"), secretKey: Redacted.make("s"),
            pollInterval: Duration.seconds(60), requestTimeout: Duration.seconds(60), cacheTimeout: Duration.seconds(3),
            initialDefinitions: undefined, definitionsFile: undefined, offline: false,
            timeZone: DateTime.zoneMakeOffset(0), evaluationContexts: undefined
          })
          yield* loader.settled
          return loader.current().flags !== undefined
        })
        const loaded = await Effect.runPromise(program.pipe(
          Scope.extend(scope), Effect.provideService(HttpClient.HttpClient, client)))
        console.log("loaded", loaded)
      `).pipe(Effect.timeout("50 seconds"))
      assert.strictEqual(code, 0)
      assert.strictEqual(printed, "loaded true\n")
    }), 60_000)
})
