/**
 * How far an import has come, in a file beside what is imported: all of it or none is written.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CliError } from "../CliError.js"

const Count = Schema.NonNegativeInt

export const Checkpoint = Schema.Struct({
  effectPosthogImport: Schema.Literal(1),
  /** Of the file. */
  fingerprint: Schema.String,
  /** Where it goes, as a hash: host and project key. */
  destination: Schema.String,
  format: Schema.Literal("ndjson", "csv"),
  /** Everything before is answered for. Bytes, decompressed. */
  offset: Count,
  /** The line that begins there. */
  line: Count,
  /** Of the file as it lies on the disk: bytes. */
  position: Count,
  sent: Count,
  refused: Count,
  /** How long the file of refused lines was. */
  refusedBytes: Count,
  finished: Schema.Boolean
})

export type Checkpoint = typeof Checkpoint.Type

const json = Schema.parseJson(Checkpoint, { space: 2 })

export const read = (path: string): Effect.Effect<Option.Option<Checkpoint>, CliError, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(path)).pipe(
    Effect.flatMap(Schema.decode(json)),
    Effect.map(Option.some),
    Effect.catchTags({
      ParseError: () =>
        new CliError({
          reason: "foreignFile",
          message: `${path} is no checkpoint of an import: name another file with --checkpoint.`
        }),
      BadArgument: ({ message }) => unreadable(path, message),
      SystemError: ({ message, reason }) => reason === "NotFound" ? Effect.succeedNone : unreadable(path, message)
    })
  )

const unreadable = (path: string, why: string) =>
  new CliError({ reason: "fileSystem", message: `${path} cannot be read: ${why}` })

/** Who is killed meanwhile leaves the one before. */
export const write = (
  path: string,
  checkpoint: Checkpoint
): Effect.Effect<void, CliError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const draft = `${path}.draft`
    yield* fs.writeFileString(draft, `${yield* Schema.encode(json)(checkpoint)}\n`)
    yield* fs.rename(draft, path)
  }).pipe(
    Effect.mapError(({ message }) =>
      new CliError({ reason: "fileSystem", message: `The checkpoint ${path} cannot be written: ${message}` })
    )
  )
