/**
 * The flags as they are now, with the file that they stand in.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as FlagBoard from "./FlagBoard.js"
import type { FlagFile } from "./FlagFile.js"
import type { Flag, FlagChange, FlagList } from "./PageApi.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface FlagStore {
  readonly board: () => FlagBoard.Board
  readonly list: () => FlagList
  /** Takes effect at once; `undefined`: there is no such flag or condition. */
  readonly change: (key: string, change: FlagChange) => Effect.Effect<Flag | undefined>
}

/** Reads the file and follows it until the scope closes; `onChange` is told of every other state. */
export const make = (
  file: FlagFile | undefined,
  onChange: (board: FlagBoard.Board) => Effect.Effect<void>
): Effect.Effect<FlagStore, never, Scope.Scope> =>
  Effect.gen(function*() {
    let board = FlagBoard.empty()
    /** Why the file could not be read: what is there then is not written over. */
    let unreadable: string | null = null
    let unwritten: string | null = null
    let text: string | undefined
    const oneAtATime = yield* Effect.makeSemaphore(1)

    const fail = (problem: string): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (unreadable === problem) {
          return Effect.void
        }
        unreadable = problem
        return onChange(board)
      })

    const load = (file: FlagFile): Effect.Effect<void> =>
      file.read.pipe(
        Effect.matchEffect({
          onFailure: (problem) =>
            Effect.suspend(() => {
              text = undefined
              return fail(problem)
            }),
          onSuccess: (found) => {
            if (found === text) {
              return Effect.void
            }
            text = found
            const parsed = FlagBoard.parse(found)
            if (Either.isLeft(parsed)) {
              return fail(`${file.path} keeps its last state here: ${parsed.left}`)
            }
            board = parsed.right
            unreadable = null
            unwritten = null
            return onChange(board)
          }
        }),
        oneAtATime.withPermits(1)
      )

    if (file !== undefined) {
      yield* load(file)
      yield* Effect.forkScoped(Effect.interruptible(Stream.runForEach(file.changes, () => load(file))))
    }

    const writeBack = (file: FlagFile): Effect.Effect<void> =>
      Effect.suspend(() => {
        const next = FlagBoard.print(board)
        return Effect.match(file.write(next), {
          onFailure: (problem) => {
            unwritten = problem
          },
          onSuccess: () => {
            text = next
            unwritten = null
          }
        })
      })

    return {
      board: () => board,
      list: () => ({
        flags: FlagBoard.list(board),
        file: file?.path ?? null,
        problem: unreadable ?? unwritten ?? board.problem
      }),
      change: (key, change) =>
        Effect.gen(function*() {
          const changed = FlagBoard.change(board, key, change)
          if (changed === undefined) {
            return undefined
          }
          board = changed
          if (file !== undefined && unreadable === null) {
            yield* writeBack(file)
          }
          yield* onChange(board)
          return FlagBoard.list(board).find((flag) => flag.key === key)
        }).pipe(oneAtATime.withPermits(1))
    }
  })
