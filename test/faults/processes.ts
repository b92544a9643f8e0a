/** Starting and talking to the sink and the capturing process. Whatever is started here ends with its scope. */
import { Deferred, Effect, Exit, type Scope } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Job, Mode, Report, Said, SinkSettings } from "./protocol.js"

// the rows say which settings they need: those of whoever runs them do not count
const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("POSTHOG_")))

const start = (
  file: string,
  argument: unknown,
  env: Readonly<Record<string, string>>,
  errors: "inherit" | "ignore" = "inherit"
): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() =>
      fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(argument)], {
        env: { ...inherited, ...env },
        stdio: ["ignore", "ignore", errors, "ipc"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const ended = (child: ChildProcess) =>
  Effect.async<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resume(Effect.void)
    } else {
      child.once("exit", () => resume(Effect.void))
    }
  })

export interface Sink {
  readonly port: number
  readonly set: (mode: Mode) => Effect.Effect<void>
  /** As `kill -9` does it: no goodbye, connections reset. */
  readonly kill: Effect.Effect<void>
}

export const startSink = (settings: SinkSettings): Effect.Effect<Sink, never, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* start("./sink.js", settings, {})
    const port = yield* Effect.async<number>((resume) => {
      child.once("message", (port) => resume(Effect.succeed(Number(port))))
    })
    return {
      port,
      set: (mode) => Effect.sync(() => child.send(mode)),
      kill: Effect.suspend(() => {
        child.kill("SIGKILL")
        return ended(child)
      })
    }
  })

export interface Run {
  readonly started: Effect.Effect<void>
  /** Everything has been captured, or the process is gone. */
  readonly loaded: Effect.Effect<void>
  /** What it said at its end; nothing where it was killed before. */
  readonly report: Effect.Effect<Report | undefined>
  /** The process has ended, with this code; without one it was killed. */
  readonly ended: Effect.Effect<number | undefined>
  readonly signal: (signal: "SIGTERM" | "SIGKILL") => Effect.Effect<void>
}

export const startRun = (
  file: "./driver.js" | "./peer.js",
  job: Job,
  env: Readonly<Record<string, string>>
): Effect.Effect<Run, never, Scope.Scope> =>
  Effect.gen(function*() {
    const started = yield* Deferred.make<void>()
    const loaded = yield* Deferred.make<void>()
    const report = yield* Deferred.make<Report | undefined>()
    // the peer writes every failed request to the console
    const child = yield* start(file, job, env, file === "./peer.js" ? "ignore" : "inherit")
    child.on("message", (message) => {
      const said = message as Said
      switch (said._tag) {
        case "Started":
          return Deferred.unsafeDone(started, Effect.void)
        case "Loaded":
          return Deferred.unsafeDone(loaded, Effect.void)
        case "Done":
          return Deferred.unsafeDone(report, Effect.succeed(said.report))
      }
    })
    child.once("exit", () => {
      Deferred.unsafeDone(started, Effect.void)
      Deferred.unsafeDone(loaded, Effect.void)
      Deferred.unsafeDone(report, Exit.succeed(undefined))
    })
    return {
      started: Deferred.await(started),
      loaded: Deferred.await(loaded),
      report: Deferred.await(report),
      ended: Effect.map(ended(child), () => child.exitCode ?? undefined),
      signal: (signal) => Effect.sync(() => child.kill(signal))
    }
  })
