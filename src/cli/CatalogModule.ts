/**
 * The catalogues that a module of the application exports. The module is run: it is the user's own.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { pathToFileURL } from "node:url"
import { type EventDescription, isEventCatalog } from "../catalog/EventCatalog.js"
import { CliError } from "./CliError.js"

type Files = FileSystem.FileSystem | Path.Path

/** All events of the module's catalogues, or of the one that is named, by name. */
export const events = (
  module: string,
  name: Option.Option<string>
): Effect.Effect<ReadonlyArray<EventDescription>, CliError, Files> =>
  Effect.gen(function*() {
    const exported = yield* load(module)
    const catalogs = Object.entries(exported).flatMap(([key, value]) =>
      isEventCatalog(value) && Option.getOrElse(name, () => key) === key ? [value] : []
    )
    if (catalogs.length === 0) {
      return yield* new CliError({
        reason: "malformed",
        message: Option.match(name, {
          onNone: () => `${module} exports no event catalogue: export what EventCatalog.make returns.`,
          onSome: (name) => `${module} exports no event catalogue ${JSON.stringify(name)}.`
        })
      })
    }
    return yield* merge(module, catalogs.flatMap((catalog) => catalog.describe()))
  })

/** A catalogue may be exported with those that it was merged from: the same event twice is one. */
const merge = (
  module: string,
  events: ReadonlyArray<EventDescription>
): Effect.Effect<ReadonlyArray<EventDescription>, CliError> =>
  Effect.suspend(() => {
    const byName = new Map<string, EventDescription>()
    for (const event of events) {
      const before = byName.get(event.name)
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(event)) {
        return new CliError({
          reason: "malformed",
          message: `${module} declares the event ${JSON.stringify(event.name)} twice and differently: name one ` +
            "catalogue with --export."
        })
      }
      byName.set(event.name, event)
    }
    return Effect.succeed(Array.from(byName.values()).toSorted((a, b) => a.name < b.name ? -1 : 1))
  })

const load = (module: string): Effect.Effect<object, CliError, Files> =>
  Effect.gen(function*() {
    const paths = yield* Path.Path
    const path = paths.resolve(module)
    if (!(yield* Effect.orElseSucceed(Effect.flatMap(FileSystem.FileSystem, (fs) => fs.exists(path)), () => false))) {
      return yield* new CliError({ reason: "fileSystem", message: `${module} does not exist.` })
    }
    const imported: unknown = yield* Effect.tryPromise({
      try: () => import(pathToFileURL(path).href),
      catch: (error) => new CliError({ reason: "malformed", message: `${module} cannot be imported: ${why(error)}` })
    })
    return typeof imported === "object" && imported !== null ? imported : {}
  })

const why = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return code === "ERR_UNKNOWN_FILE_EXTENSION" || code === "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING"
    ? "this Node imports JavaScript only. Name the compiled file, or set NODE_OPTIONS=\"--import tsx\"."
    : error instanceof Error
    ? `${error.name}: ${error.message}`
    : "it threw something that is no error"
}
