/**
 * The file that takes the refused lines. It comes into being with the first of them.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CliError } from "../CliError.js"
import * as RefusedLine from "./RefusedLine.js"

const failed = (path: string, why: string) =>
  new CliError({ reason: "fileSystem", message: `${path} cannot be written: ${why}` })

/** An earlier import's goes; anybody else's is left alone. */
export const begin = (path: string): Effect.Effect<void, CliError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    if (!(yield* fs.exists(path))) {
      return
    }
    const head = yield* Effect.scoped(Effect.flatMap(
      fs.open(path),
      (file) => file.readAlloc(FileSystem.Size(RefusedLine.mark.length))
    ))
    if (Option.isSome(head) && new TextDecoder().decode(head.value) !== RefusedLine.mark) {
      return yield* new CliError({
        reason: "foreignFile",
        message: `${path} holds no refused lines, and is left alone: name another file with --refused.`
      })
    }
    yield* fs.remove(path)
  }).pipe(Effect.catchTags({
    SystemError: ({ message }) => failed(path, message),
    BadArgument: ({ message }) => failed(path, message)
  }))

/** Lines behind `size` bytes were written by an import that was killed before it knew so, and come again. */
export const resume = (path: string, size: number): Effect.Effect<void, CliError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const length = (yield* fs.exists(path)) ? Number((yield* fs.stat(path)).size) : 0
    if (length < size) {
      return yield* new CliError({
        reason: "foreignFile",
        message: `${path} is shorter than the import left it: put it back, or name the right file with --refused.`
      })
    }
    if (length > size) {
      yield* fs.truncate(path, FileSystem.Size(size))
    }
  }).pipe(Effect.catchTags({
    SystemError: ({ message }) => failed(path, message),
    BadArgument: ({ message }) => failed(path, message)
  }))

/** How many bytes were added. */
export const append = (
  path: string,
  lines: ReadonlyArray<RefusedLine.RefusedLine>
): Effect.Effect<number, CliError, FileSystem.FileSystem> =>
  Effect.suspend(() => {
    if (lines.length === 0) {
      return Effect.succeed(0)
    }
    const bytes = new TextEncoder().encode(lines.map(RefusedLine.render).join(""))
    return Effect.flatMap(FileSystem.FileSystem, (fs) => fs.writeFile(path, bytes, { flag: "a" })).pipe(
      Effect.mapError(({ message }) => failed(path, message)),
      Effect.as(bytes.length)
    )
  })
