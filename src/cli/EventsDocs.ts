/**
 * `effect-posthog events docs`: writes the document of a catalogue's events.
 *
 * @since 0.1.0
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as CliOptions from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as CatalogModule from "./CatalogModule.js"
import * as EventsDocument from "./EventsDocument.js"
import * as GeneratedFile from "./GeneratedFile.js"

const module = Args.text({ name: "module" }).pipe(
  Args.withDescription(
    "The file that exports the catalogue: JavaScript, or what this Node imports (TypeScript from 22.18 on)"
  )
)

const options = {
  out: CliOptions.text("out").pipe(
    CliOptions.withDescription("The file to write; - prints it instead"),
    CliOptions.withDefault("-")
  ),
  name: CliOptions.text("export").pipe(
    CliOptions.withDescription("The export to document. Default: every catalogue of the module"),
    CliOptions.optional
  ),
  check: CliOptions.boolean("check").pipe(
    CliOptions.withDescription("Write nothing; fail where the file is not what would be written")
  )
}

export interface Options {
  readonly module: string
  readonly out: string
  readonly name: Option.Option<string>
  readonly check: boolean
}

export const run = (options: Options) =>
  Effect.gen(function*() {
    const events = yield* CatalogModule.events(options.module, options.name)
    const content = EventsDocument.render(events)
    if (options.out === "-") {
      return yield* Console.log(content.trimEnd())
    }
    const file = { path: options.out, content, mark: EventsDocument.mark }
    if (options.check) {
      yield* GeneratedFile.check(file)
      return yield* Console.log(`${options.out} is up to date.`)
    }
    const outcome = yield* GeneratedFile.write(file)
    yield* Console.log(
      outcome === "written"
        ? `Wrote ${options.out}: ${events.length} event${events.length === 1 ? "" : "s"}.`
        : `${options.out} is up to date.`
    )
  })

export const command = Command.make("docs", { module, ...options }, run).pipe(
  Command.withDescription("Writes a Markdown document of the events that a module's catalogues declare")
)
