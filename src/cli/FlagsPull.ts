/**
 * `effect-posthog flags pull`: writes the registry of a project's flags.
 *
 * @since 0.1.0
 */
import * as Command from "@effect/cli/Command"
import * as CliOptions from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { CliError } from "./CliError.js"
import * as Connection from "./Connection.js"
import * as GeneratedFile from "./GeneratedFile.js"
import * as PulledDefinitions from "./PulledDefinitions.js"
import * as RegistrySource from "./RegistrySource.js"
import * as SourceText from "./SourceText.js"

const options = {
  ...Connection.options,
  out: CliOptions.text("out").pipe(
    CliOptions.withDescription("The file to write; - prints it instead"),
    CliOptions.withDefault("src/flags.ts")
  ),
  name: CliOptions.text("name").pipe(
    CliOptions.withDescription("The name of the exported registry"),
    CliOptions.withDefault("AppFlags")
  ),
  onlyActive: CliOptions.boolean("only-active").pipe(
    CliOptions.withDescription("Leave out the flags that are switched off in PostHog")
  ),
  check: CliOptions.boolean("check").pipe(
    CliOptions.withDescription("Write nothing; fail where the file is not what would be written")
  )
}

export interface Options extends Connection.Given {
  readonly out: string
  readonly name: string
  readonly onlyActive: boolean
  readonly check: boolean
}

export const run = (options: Options) =>
  Effect.gen(function*() {
    if (!SourceText.isExportableName(options.name)) {
      return yield* new CliError({
        reason: "invalidOption",
        message: `${JSON.stringify(options.name)} cannot be the name of the registry: --name takes an identifier.`
      })
    }
    const connection = yield* Connection.resolve(options)
    const { flags: all, unreadable } = yield* PulledDefinitions.fetch(connection)
    if (unreadable > 0) {
      yield* Console.error(`Left out ${count(unreadable, "flag")} without a key.`)
    }
    const flags = all.filter(({ active }) => active || !options.onlyActive)
    const content = RegistrySource.render(flags, options.name)
    if (options.out === "-") {
      return yield* Console.log(content.trimEnd())
    }
    const file = { path: options.out, content, mark: RegistrySource.mark }
    if (options.check) {
      yield* GeneratedFile.check(file)
      return yield* Console.log(`${options.out} is up to date.`)
    }
    const keys = new Set(flags.map(({ key }) => key))
    const outcome = yield* GeneratedFile.write(file)
    yield* Console.log(
      outcome === "written" ? `Wrote ${options.out}: ${count(keys.size, "flag")}.` : `${options.out} is up to date.`
    )
  })

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`

export const command = Command.make("pull", options, run).pipe(
  Command.withDescription(
    "Writes a typed registry from the flag definitions in PostHog. Needs a secret key in POSTHOG_SECRET_KEY"
  )
)
