/**
 * The one `FiberRef` that carries the scope, and the only place that reads or writes it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import type { Frame, FrameId } from "./Frame.js"
import * as PosthogScope from "./PosthogScope.js"
import * as ScopePatch from "./ScopePatch.js"

// one ref for everything, shared by every copy of this module in the process: forking costs time for each ref
const ref: FiberRef.FiberRef<PosthogScope.PosthogScope> = globalValue(
  Symbol.for("effect-posthog/CurrentScope"),
  () =>
    FiberRef.unsafeMakePatch(PosthogScope.empty, {
      differ: ScopePatch.differ,
      fork: ScopePatch.fork,
      // a fiber outside every scope has no entry to patch, so Effect offers it the child's whole scope: it takes only
      // what a layer that was built in the child has opened for it
      join: (parent, joined) => parent.depth === 0 ? PosthogScope.attached(joined) : joined
    })
)

/** The fiber's scope now, without the frames whose region has closed. */
export const unsafeGet = (fiber: Fiber.RuntimeFiber<unknown, unknown>): PosthogScope.PosthogScope =>
  PosthogScope.live(fiber.getFiberRef(ref))

export const get: Effect.Effect<PosthogScope.PosthogScope> = Effect.withFiberRuntime((fiber) =>
  Effect.succeed(unsafeGet(fiber))
)

export const set = (scope: PosthogScope.PosthogScope): Effect.Effect<void> =>
  // a fiber that left its last scope has no entry at all: Effect hands on a new entry as a whole, not as a patch
  scope.depth === 0 ? FiberRef.delete(ref) : FiberRef.set(ref, scope)

export const push = (frame: Frame): Effect.Effect<void> =>
  Effect.flatMap(get, (scope) => set(PosthogScope.push(scope, frame)))

/** Takes the frame away wherever it stands, and leaves whatever else the fiber's scope has become. */
export const pop = (id: FrameId): Effect.Effect<void> =>
  Effect.flatMap(get, (scope) => set(PosthogScope.pop(scope, id)))

/** Changes the innermost frame for this fiber. Outside every scope nothing changes, and a debug line says so. */
export const editTop = (what: string, f: (frame: Frame, scope: PosthogScope.PosthogScope) => Frame) =>
  Effect.flatMap(get, (scope) => {
    const frame = PosthogScope.top(scope)
    return frame === undefined
      ? Effect.logDebug(`${what} changed nothing: there is no scope here, open one with withScope`).pipe(
        Effect.annotateLogs({ package: "effect-posthog", module: "scope" })
      )
      : set(PosthogScope.edit(scope, frame.id, (frame) => f(frame, scope)))
  })

/** Runs an effect outside every scope: for what lives longer than whoever started it. */
export const withoutScope = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.locally(self, ref, PosthogScope.empty)
