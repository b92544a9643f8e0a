/** `effect-posthog dev` as it is in the package: one folder, nothing installed beside it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { ask, send } from "./devSupport.js"
import { withFolder } from "./support.js"

const root = fileURLToPath(new URL("../../", import.meta.url))

interface Started {
  readonly url: string
  readonly child: ChildProcess
}

const start = (main: string, cwd: string) =>
  Effect.acquireRelease(
    Effect.async<Started, string>((resume) => {
      const child = spawn(process.execPath, [main, "dev", "--port", "0"], { cwd, env: { PATH: process.env["PATH"] } })
      let printed = ""
      child.stderr.on("data", (chunk) => printed += String(chunk))
      child.stdout.on("data", (chunk) => {
        printed += String(chunk)
        const url = /http:\/\/\S+:\d+/.exec(printed)?.[0]
        if (url !== undefined) {
          resume(Effect.succeed({ child, url }))
        }
      })
      child.once("exit", () => resume(Effect.fail(printed)))
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const stop = ({ child }: Started, signal: NodeJS.Signals) =>
  Effect.async<number | null>((resume) => {
    child.once("exit", (code) => resume(Effect.succeed(code)))
    child.kill(signal)
  })

describe("the bundled dev command", () => {
  it.live(
    "works in an empty folder, keeps what it answered for through kill -9, and ends well when told to",
    () =>
      withFolder((folder) =>
        Effect.gen(function*() {
          execFileSync(process.execPath, ["build/bundle.js", "tool", join(folder, "dist")], { cwd: root })
          const main = join(folder, "dist/cli/main.js")
          const empty = join(folder, "empty")
          mkdirSync(empty)
          const first = yield* start(main, empty)
          for (
            const [path, type] of [["/", "text/html"], ["/style.css", "text/css"], ["/page.js", "text/javascript"]]
          ) {
            const { headers, status } = yield* ask(`${first.url}${path}`)
            assert.deepStrictEqual([status, headers.get("content-type")], [200, `${type}; charset=utf-8`])
          }
          const event = { event: "kept", distinct_id: "ada", properties: {} }
          const batch = { api_key: "phc_demo", batch: [event] }
          assert.strictEqual((yield* send("POST", `${first.url}/batch/`, batch)).status, 200)
          yield* stop(first, "SIGKILL")
          const second = yield* start(main, empty)
          const { json } = yield* ask(`${second.url}/_dev/api/events`)
          assert.strictEqual(json.total, 1)
          assert.strictEqual(json.events[0].event, "kept")
          // a page that is open does not keep it from ending
          const page = yield* Effect.promise(() => fetch(`${second.url}/_dev/api/stream`))
          yield* stop(second, "SIGTERM")
          yield* Effect.promise(() => page.text().catch(() => ""))
          assert.deepStrictEqual(readdirSync(empty), [".effect-posthog"])
          assert.deepStrictEqual(readdirSync(join(empty, ".effect-posthog")).toSorted(), [".gitignore", "events.db"])
        }).pipe(Effect.scoped)
      ),
    60_000
  )
})
