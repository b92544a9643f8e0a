/** The tool as a process of its own, ended at the worst moment: PostHog has a batch, and its answer never arrives. */
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll } from "vitest"
import { withFolder } from "../support.js"

const root = fileURLToPath(new URL("../../../", import.meta.url))

const events = 2000
const batchSize = 100

const content = Array.from({ length: events }, (_, i) =>
  // every fiftieth is no event
  JSON.stringify({
    event: "order paid",
    distinct_id: i % 50 === 49 ? "" : `user-${i}`,
    timestamp: "2023-04-01T09:00:00Z",
    properties: { i, note: "x".repeat(i % 700) }
  })).join("\n")

const sent = events - events / 50

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
}

/** The process, and how it ended. It is killed where the test ends first. */
const node = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, args, { cwd: root, env: { PATH: process.env["PATH"], ...env } })
      const output: Array<string> = []
      child.stdout.on("data", (chunk: Buffer) => output.push(chunk.toString()))
      child.stderr.on("data", (chunk: Buffer) => output.push(chunk.toString()))
      const ended = Effect.async<Ended>((resume) => {
        child.once("close", (code, signal) => resume(Effect.succeed({ code, signal, output: output.join("") })))
      })
      return { child, ended }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const server = DevServer.layer({ projectKeys: ["phc_shop"] }).pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)

const tool = mkdtempSync(join(tmpdir(), "effect-posthog-import-"))

beforeAll(() =>
  Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const { ended } = yield* node(["build/bundle.js", "tool", tool], {})
    assert.deepStrictEqual(yield* ended, { code: 0, signal: null, output: "" })
  }))), 60_000)

afterAll(() => rmSync(tool, { recursive: true, force: true }))

/** Ends the import whenever PostHog has so many requests more, until it is through. */
const endedAgainAndAgain = (
  name: string,
  bytes: Uint8Array,
  signals: ReadonlyArray<NodeJS.Signals>,
  concurrency: number
) =>
  withFolder((folder, fs) =>
    Effect.scoped(Effect.gen(function*() {
      const posthog = yield* DevServer.DevServer
      const file = `${folder}/${name}`
      yield* fs.writeFile(file, bytes)
      const start = (...more: ReadonlyArray<string>) =>
        node(
          [
            join(tool, "cli/main.js"),
            "import",
            file,
            "--batch-size",
            `${batchSize}`,
            "--concurrency",
            `${concurrency}`,
            ...more
          ],
          { POSTHOG_HOST: posthog.url, POSTHOG_API_KEY: "phc_shop" }
        )
      const ends: Array<Ended> = []
      for (const [i, signal] of signals.entries()) {
        const before = yield* posthog.stats
        const running: { child?: ChildProcess } = {}
        let requests = 0
        yield* posthog.failWhile(() => {
          if (++requests === 5) {
            running.child?.kill(signal)
          }
          return false
        })
        const { child, ended } = yield* start(...(i === 0 ? [] : ["--resume"]))
        running.child = child
        ends.push(yield* ended)
        const { duplicates } = yield* posthog.stats
        assert.isAtMost(duplicates - before.duplicates, batchSize * concurrency)
      }
      yield* posthog.heal
      const before = yield* posthog.stats
      const { ended } = yield* start("--resume")
      const last = yield* ended
      const stats = yield* posthog.stats
      assert.isAtMost(stats.duplicates - before.duplicates, batchSize * concurrency)
      assert.deepInclude(stats, { events: sent, conflicts: 0, invalid: 0 })
      // where it was killed the answer was never seen; with Ctrl-C it may have been in time
      if (signals.includes("SIGKILL")) {
        assert.isAbove(stats.duplicates, 0)
      }
      assert.strictEqual(last.code, 2, last.output)
      assert.include(last.output, "2,000 read, 1,960 sent, 40 refused")
      const refused = (yield* fs.readFileString(`${file}.refused.ndjson`)).trim().split("\n").map((each) =>
        Number(/^\{"line":(\d+),"reason":"distinct_id is no/.exec(each)?.[1])
      )
      assert.deepStrictEqual(refused, Array.from({ length: 40 }, (_, i) => (i + 1) * 50))
      return ends
    }))
  ).pipe(Effect.provide(server))

describe("an import that is ended in the middle", () => {
  it.live(
    "by kill -9, again and again: every event arrives, at most one batch twice each time",
    () =>
      Effect.gen(function*() {
        const ends = yield* endedAgainAndAgain(
          "events.ndjson",
          new TextEncoder().encode(content),
          ["SIGKILL", "SIGKILL"],
          1
        )
        assert.deepStrictEqual(ends.map(({ signal }) => signal), ["SIGKILL", "SIGKILL"])
      }),
    60_000
  )

  it.live(
    "by kill -9 with three requests under way: at most three batches twice",
    () => endedAgainAndAgain("events.ndjson", new TextEncoder().encode(content), ["SIGKILL"], 3),
    60_000
  )

  it.live("by Ctrl-C, from a compressed file: says where it stopped and ends with 130", () =>
    Effect.gen(function*() {
      const [end] = yield* endedAgainAndAgain("events.ndjson.gz", gzipSync(content), ["SIGINT"], 1)
      assert.strictEqual(end?.code, 130, end?.output)
      assert.match(end?.output ?? "", /^Stopped before line \d+, \d+ sent: --resume goes on from there\.$/m)
    }), 60_000)
})
