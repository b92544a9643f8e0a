/** The tool, run here: its arguments in, what it prints and how it ends out. */
import { FileSystem, type HttpClient } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { ConfigProvider, Console, Effect, type Exit } from "effect"
import * as Cli from "effect-posthog/cli/Cli"

export interface Ran {
  readonly exit: Exit.Exit<void, unknown>
  readonly out: string
  readonly err: string
}

export const run = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>
): Effect.Effect<Ran, never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const out: Array<string> = []
    const err: Array<string> = []
    const inherited = yield* Console.consoleWith(Effect.succeed)
    const console: Console.Console = {
      ...inherited,
      log: (...line) => Effect.sync(() => out.push(line.join(" "))),
      error: (...line) => Effect.sync(() => err.push(line.join(" ")))
    }
    const exit = yield* Cli.run(["node", "effect-posthog", ...args]).pipe(
      Effect.withConsole(console),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env)))),
      Effect.provide(NodeContext.layer),
      Effect.exit
    )
    return { exit, out: out.join("\n"), err: err.join("\n") }
  })

/** A folder that is gone afterwards. */
export const withFolder = <A, E, R>(
  use: (folder: string, fs: FileSystem.FileSystem) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    return yield* use(yield* fs.makeTempDirectoryScoped({ prefix: "effect-posthog-cli-" }), fs)
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))
