/** `effect-posthog dev`, run here until the scope closes, and short ways to ask it. */
import { FetchHttpClient } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Console, Deferred, Effect, Fiber, Schedule } from "effect"
import * as Cli from "effect-posthog/cli/Cli"

export interface Running {
  readonly url: string
  /** Everything that it printed before it was ready. */
  readonly printed: string
  readonly stop: Effect.Effect<void>
}

/** Starts the command on a free port; fails with what it printed where it does not start. */
export const start = (...args: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const ready = yield* Deferred.make<string, string>()
    const inherited = yield* Console.consoleWith(Effect.succeed)
    const errors: Array<string> = []
    const console: Console.Console = {
      ...inherited,
      log: (...line) => Deferred.succeed(ready, line.join(" ")),
      error: (...line) => Effect.sync(() => errors.push(line.join(" ")))
    }
    const fiber = yield* Cli.run(["node", "effect-posthog", "dev", "--port", "0", ...args]).pipe(
      Effect.withConsole(console),
      Effect.provide([NodeContext.layer, FetchHttpClient.layer]),
      Effect.onError(() => Deferred.fail(ready, errors.join("\n"))),
      Effect.interruptible,
      Effect.forkScoped
    )
    const printed = yield* Deferred.await(ready)
    const running: Running = {
      url: /https?:\/\/\S+/.exec(printed)?.[0] ?? "",
      printed,
      stop: Effect.asVoid(Fiber.interrupt(fiber))
    }
    return running
  })

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // what a test reads of an answer is what it asserts
  readonly json: any
}

export const ask = (url: string, init: RequestInit = {}): Effect.Effect<Answered> =>
  Effect.promise(async (signal) => {
    const response = await fetch(url, { redirect: "manual", signal, ...init })
    const text = await response.text()
    const isJson = (response.headers.get("content-type") ?? "").includes("json")
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
  })

export const send = (method: string, url: string, body: unknown, headers: Record<string, string> = {}) =>
  ask(url, { method, body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } })

/** Asks until it holds: for what a file or a connection makes happen some time. */
export const eventually = <A>(effect: Effect.Effect<A>, holds: (value: A) => boolean): Effect.Effect<A> =>
  effect.pipe(
    Effect.filterOrFail(holds, () => "not yet"),
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.timeout("10 seconds"),
    Effect.orDie
  )
