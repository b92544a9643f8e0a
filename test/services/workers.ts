/** Starting and stopping worker processes, and a way to cut them off from Redis. */
import { Effect, type Scope } from "effect"
import { buildSync } from "esbuild"
import { type ChildProcess, fork } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Job, Saw } from "./protocol.js"

export interface Worker {
  readonly name: string
  readonly saw: ReadonlyArray<Saw>
  /** As `kill -9` does it: no goodbye. */
  readonly kill: Effect.Effect<void>
  /** Asks it to end, and waits until it has. */
  readonly stop: Effect.Effect<number | null>
  readonly freeze: Effect.Effect<void>
  readonly thaw: Effect.Effect<void>
}

const ended = (child: ChildProcess) =>
  Effect.async<number | null>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resume(Effect.succeed(child.exitCode))
    } else {
      child.once("exit", (code) => resume(Effect.succeed(code)))
    }
  })

/** One file to start from: five processes that each read all of Effect's modules would take their time. */
export const bundle: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "flag-workers-"))
    const outfile = join(folder, "worker.cjs")
    buildSync({
      entryPoints: [fileURLToPath(new URL("./worker.ts", import.meta.url))],
      outfile,
      bundle: true,
      platform: "node",
      format: "cjs",
      logLevel: "error"
    })
    return { folder, outfile }
  }),
  ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true }))
).pipe(Effect.map(({ outfile }) => outfile))

export const start = (file: string, job: Job): Effect.Effect<Worker, never, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        fork(file, [JSON.stringify(job)], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] })
      ),
      (child) => Effect.zipRight(Effect.sync(() => child.kill("SIGKILL")), ended(child))
    )
    const saw: Array<Saw> = []
    child.on("message", (message) => {
      saw.push(message as Saw)
    })
    const signal = (name: NodeJS.Signals) => Effect.sync(() => child.kill(name))
    return {
      name: job.name,
      saw,
      kill: Effect.asVoid(signal("SIGKILL")),
      stop: Effect.suspend(() => {
        child.send("stop")
        return ended(child)
      }),
      freeze: Effect.asVoid(signal("SIGSTOP")),
      thaw: Effect.asVoid(signal("SIGCONT"))
    }
  })

export interface Line {
  readonly url: string
  /** Breaks all connections and takes no more. */
  readonly cut: Effect.Effect<void>
  readonly mend: Effect.Effect<void>
}

/** A way to a TCP service that can be cut without touching the service. */
export const line = (to: URL): Effect.Effect<Line, never, Scope.Scope> =>
  Effect.gen(function*() {
    const sockets = new Set<Socket>()
    let isCut = false
    const server = createServer((near) => {
      if (isCut) {
        near.destroy()
        return
      }
      const far = connect(Number(to.port === "" ? 6379 : to.port), to.hostname)
      for (const socket of [near, far]) {
        sockets.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => {
          sockets.delete(socket)
          near.destroy()
          far.destroy()
        })
      }
      near.pipe(far).pipe(near)
    })
    const cut = Effect.sync(() => {
      isCut = true
      sockets.forEach((socket) => socket.destroy())
    })
    const port = yield* Effect.acquireRelease(
      Effect.async<number>((resume) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      }),
      () =>
        Effect.zipRight(
          cut,
          Effect.async<void>((resume) => {
            server.close(() => resume(Effect.void))
          })
        )
    )
    const url = new URL(to)
    url.hostname = "127.0.0.1"
    url.port = String(port)
    return {
      url: url.toString(),
      cut,
      mend: Effect.sync(() => {
        isCut = false
      })
    }
  })
