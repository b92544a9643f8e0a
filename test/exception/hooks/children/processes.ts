/** Runs dying processes, and the server that hears their last words. Whatever is started here ends with its scope. */
import { Effect, type Scope } from "effect"
import { buildSync } from "esbuild"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Seen, Way } from "./protocol.js"

/** One file to start from: dozens of processes that each read all of Effect's modules would take their time. */
export const bundle = (script: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "dying-"))
      const outfile = join(folder, "dying.cjs")
      buildSync({
        entryPoints: [fileURLToPath(new URL(script, import.meta.url))],
        outfile,
        bundle: true,
        platform: "node",
        format: "cjs",
        sourcemap: "linked",
        logLevel: "error"
      })
      return { folder, outfile }
    }),
    ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ).pipe(Effect.map(({ outfile }) => outfile))

export interface Ear {
  readonly url: string
  /** Requests by path. */
  readonly heard: ReadonlyMap<string, ReadonlyArray<ReadonlyArray<Seen>>>
}

/** Hears everything, and never answers below `/hang`. */
const listen: Effect.Effect<Ear, never, Scope.Scope> = Effect.gen(function*() {
  const heard = new Map<string, Array<ReadonlyArray<Seen>>>()
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk) => chunks.push(chunk))
    request.on("end", () => {
      const path = request.url ?? ""
      heard.set(path, [...heard.get(path) ?? [], JSON.parse(Buffer.concat(chunks).toString())])
      if (!path.startsWith("/hang")) {
        response.end("{}")
      }
    })
  })
  const port = yield* Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
  return { url: `http://127.0.0.1:${port}`, heard }
})

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Case {
  readonly way: Way
  readonly execArgv?: ReadonlyArray<string>
  readonly nodeOptions?: string
  /** Below `/hang`, or where nobody listens. */
  readonly to?: "hang" | "nowhere"
  readonly exitTimeout?: number
}

export interface Compared {
  readonly without: Ended
  readonly hooked: Ended
  readonly requests: ReadonlyArray<ReadonlyArray<Seen>>
  /** Milliseconds from start to end with the hooks. */
  readonly elapsed: number
}

export const run = (file: string, each: Case, url: string): Effect.Effect<Ended> =>
  Effect.async((resume) => {
    const { NODE_OPTIONS: _, ...inherited } = process.env
    const child: ChildProcess = spawn(
      process.execPath,
      [...each.execArgv ?? [], file, each.way, url, String(each.exitTimeout ?? 5000)],
      {
        env: { ...inherited, ...(each.nodeOptions === undefined ? {} : { NODE_OPTIONS: each.nodeOptions }) },
        stdio: ["ignore", "pipe", "pipe"]
      }
    )
    const stdout: Array<Buffer> = []
    const stderr: Array<Buffer> = []
    child.stdout!.on("data", (chunk) => stdout.push(chunk))
    child.stderr!.on("data", (chunk) => stderr.push(chunk))
    child.once("close", (code, signal) =>
      resume(Effect.succeed({
        code,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        // the one thing in which two runs of the same script differ
        stderr: Buffer.concat(stderr).toString().replaceAll(`(node:${child.pid})`, "(node:PID)")
      })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

export interface Processes {
  readonly compare: (each: Case) => Effect.Effect<Compared>
}

/** The same script without and with the hooks. */
export const make: Effect.Effect<Processes, never, Scope.Scope> = Effect.gen(function*() {
  const file = yield* bundle("./dying.ts")
  const ear = yield* listen
  let count = 0
  return {
    compare: (each) =>
      Effect.gen(function*() {
        const path = `/${each.to ?? "take"}/${count++}`
        const without = yield* run(file, each, "")
        const start = performance.now()
        const hooked = yield* run(file, each, each.to === "nowhere" ? "http://127.0.0.1:1/" : ear.url + path)
        const elapsed = performance.now() - start
        return { without, hooked, elapsed, requests: ear.heard.get(path) ?? [] }
      })
  }
})
