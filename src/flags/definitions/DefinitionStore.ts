/**
 * Where the set in use is kept: swapped as a whole, so that readers see the old set or the new one (FLAGS-DEFS-07).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { FlagDefinitions } from "../evaluation/FlagDefinitions.js"
import type { Body, Compile } from "./Compile.js"
import * as LoadedState from "./LoadedState.js"

export type Accepted =
  | { readonly _tag: "Updated" }
  | { readonly _tag: "Unchanged" }
  | { readonly _tag: "Malformed"; readonly reason: string }

export interface DefinitionStore {
  readonly current: () => LoadedState.LoadedState
  /** Takes a body in, unless it is malformed: then everything stays (FLAGS-DEFS-22). */
  readonly accept: (body: Body, etag?: string) => Effect.Effect<Accepted>
  readonly confirm: (etag: string | undefined) => Effect.Effect<void>
  readonly keepStale: Effect.Effect<void>
  readonly clear: Effect.Effect<void>
  readonly attempted: Effect.Effect<void>
  /** Waits until a set is loaded. */
  readonly loaded: Effect.Effect<void>
  readonly changes: Stream.Stream<FlagDefinitions>
}

// who does not read for so many sets misses the oldest
const unreadSets = 16

export const make = (compile: Compile): Effect.Effect<DefinitionStore, never, Scope.Scope> =>
  Effect.gen(function*() {
    const sets = yield* Effect.acquireRelease(PubSub.sliding<FlagDefinitions>(unreadSets), PubSub.shutdown)
    const ready = Effect.unsafeMakeLatch(false)
    let state = LoadedState.empty

    const change = (f: (state: LoadedState.LoadedState) => LoadedState.LoadedState) =>
      Effect.sync(() => {
        state = f(state)
      })

    return {
      current: () => state,
      accept: (body, etag) =>
        Effect.gen(function*() {
          const text = body._tag === "Text" ? body.text : JSON.stringify(body.value)
          if (state.flags !== undefined && state.text === text) {
            state = LoadedState.confirmed(state, etag)
            return { _tag: "Unchanged" }
          }
          const compiled = compile(body)
          if (Either.isLeft(compiled)) {
            return { _tag: "Malformed", reason: compiled.left }
          }
          const flags = compiled.right
          state = LoadedState.replaced(state, { flags, text, etag }, yield* Clock.currentTimeMillis)
          ready.unsafeOpen()
          yield* warnOf(flags.definitions.problems)
          yield* PubSub.publish(sets, flags.definitions)
          return { _tag: "Updated" }
        }),
      confirm: (etag) => change((state) => LoadedState.confirmed(state, etag)),
      keepStale: change(LoadedState.stale),
      clear: Effect.suspend(() => {
        ready.unsafeClose()
        return change(LoadedState.cleared)
      }),
      attempted: change(LoadedState.attempted),
      loaded: ready.await,
      changes: Stream.fromPubSub(sets)
    }
  })

const warnOf = (problems: ReadonlyArray<string>): Effect.Effect<void> =>
  problems.length === 0 ? Effect.void : Effect.annotateLogs(
    Effect.logWarning(
      `flag definitions hold what cannot be used: ${problems.slice(0, 3).join("; ")}${
        problems.length > 3 ? `; and ${problems.length - 3} more` : ""
      }`
    ),
    { package: "effect-posthog", module: "flags" }
  )
