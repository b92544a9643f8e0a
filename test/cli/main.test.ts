import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { shop } from "./definitions.js"
import { withFolder } from "./support.js"

const root = fileURLToPath(new URL("../../", import.meta.url))

interface Ended {
  readonly code: number
  readonly output: string
}

const node = (cwd: string, env: Record<string, string>, ...args: ReadonlyArray<string>): Effect.Effect<Ended> =>
  Effect.async((resume) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd, env: { PATH: process.env["PATH"], ...env }, timeout: 60_000 },
      (_error, stdout, stderr) =>
        resume(Effect.succeed({ code: child.exitCode ?? -1, output: `${stdout}${stderr}`.trim() }))
    )
    return Effect.sync(() => child.kill())
  })

const server = DevServer.layer({ definitions: shop, projectKeys: ["phc_shop"] }).pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)

describe("the bundled tool", () => {
  it.live(
    "works in an empty folder, and says with its exit code how it went",
    () =>
      withFolder((folder, fs) =>
        Effect.gen(function*() {
          const built = yield* node(root, {}, "build/bundle.js", "tool", join(folder, "dist"))
          assert.deepStrictEqual(built, { code: 0, output: "" })
          assert.deepStrictEqual(
            (yield* fs.readDirectory(join(folder, "dist"), { recursive: true })).toSorted(),
            [
              "THIRD-PARTY.txt",
              "cli",
              "cli/main.js",
              "cli/node-sqlite3-wasm.wasm",
              "cli/page",
              "cli/page/index.html",
              "cli/page/page.js",
              "cli/page/style.css"
            ]
          )
          assert.match(readFileSync(join(folder, "dist/THIRD-PARTY.txt"), "utf8"), /^effect 3\.[\d.]+$/m)
          const main = join(folder, "dist/cli/main.js")
          assert.isTrue(readFileSync(main, "utf8").startsWith("#!/usr/bin/env node\n"))

          const { url } = yield* DevServer.DevServer
          const empty = join(folder, "empty")
          mkdirSync(empty)
          const env = { POSTHOG_HOST: url, POSTHOG_API_KEY: "phc_shop", POSTHOG_SECRET_KEY: "phs_shop" }
          const pull = (...more: ReadonlyArray<string>) => node(empty, env, main, "flags", "pull", ...more)

          assert.deepStrictEqual(yield* pull("--name", "ShopFlags"), {
            code: 0,
            output: "Wrote src/flags.ts: 4 flags."
          })
          assert.strictEqual(
            readFileSync(join(empty, "src/flags.ts"), "utf8"),
            readFileSync(new URL("generated/ShopFlags.ts", import.meta.url), "utf8")
          )
          assert.deepStrictEqual(yield* pull("--check"), { code: 1, output: "src/flags.ts is out of date." })
          assert.strictEqual(
            (yield* node(empty, { ...env, POSTHOG_API_KEY: "phc_other" }, main, "flags", "pull")).code,
            1
          )
          assert.strictEqual(
            (yield* node(empty, { ...env, POSTHOG_HOST: "http://127.0.0.1:1" }, main, "flags", "pull")).code,
            1
          )
          assert.strictEqual((yield* node(empty, {}, main, "flags", "nonsense")).code, 1)
          assert.strictEqual((yield* node(empty, {}, main, "--version")).code, 0)
        })
      ).pipe(Effect.provide(server)),
    60_000
  )
})
