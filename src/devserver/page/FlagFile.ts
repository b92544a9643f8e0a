/**
 * The file that flags are read from, and written back to.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * @since 0.1.0
 * @category models
 */
export interface FlagFile {
  readonly path: string
  /** Fails with the words of the problem. */
  readonly read: Effect.Effect<string, string>
  /** All of it or nothing. */
  readonly write: (text: string) => Effect.Effect<void, string>
  /** Emits when the file may have changed; never ends. */
  readonly changes: Stream.Stream<void>
}

/** Where the system does not tell of changes (a folder shared with a container), they are found by looking. */
const lookAgain = "2 seconds"

/** An editor writes a file in several steps. */
const settled = "100 millis"

export const make = (path: string): Effect.Effect<FlagFile, never, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    const whole = paths.resolve(path)
    const folder = paths.dirname(whole)
    const name = paths.basename(whole)
    return {
      path,
      read: Effect.mapError(
        fs.readFileString(whole),
        (error) =>
          error._tag === "SystemError" && error.reason === "NotFound" ? `${path} does not exist` : error.message
      ),
      write: (text) =>
        Effect.gen(function*() {
          // a link stays one: what it leads to is replaced
          const target = yield* Effect.orElseSucceed(fs.realPath(whole), () => whole)
          const draft = `${target}.draft`
          yield* fs.writeFileString(draft, text)
          yield* fs.rename(draft, target)
        }).pipe(Effect.mapError((error) => `${path} cannot be written: ${error.message}`)),
      // editors put another file in its place: the folder is what can be watched
      changes: fs.watch(folder).pipe(
        Stream.filter((event) => paths.basename(event.path) === name),
        Stream.catchAll(() => Stream.never),
        Stream.debounce(settled),
        Stream.merge(Stream.tick(lookAgain)),
        Stream.map(() => undefined)
      )
    }
  })
