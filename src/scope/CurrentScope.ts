/**
 * The one `FiberRef` that carries the scope, and the only place that reads or writes it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { Frame, FrameId } from "./Frame.js"
import * as PosthogScope from "./PosthogScope.js"
import * as ScopedSpan from "./ScopedSpan.js"
import * as ScopePatch from "./ScopePatch.js"

// what a fiber without an entry is told; no entry ever holds it, so that the two can be told apart
const unset = globalValue(Symbol.for("effect-posthog/CurrentScope/unset"), () => PosthogScope.unset)

// one ref for everything, shared by every copy of this module in the process: forking costs time for each ref
const ref: FiberRef.FiberRef<PosthogScope.PosthogScope> = globalValue(
  Symbol.for("effect-posthog/CurrentScope"),
  () =>
    FiberRef.unsafeMakePatch(unset, {
      differ: ScopePatch.differ,
      fork: ScopePatch.fork,
      join: ScopePatch.join
    })
)

/** The fiber's scope now, without the frames whose region has closed. */
export const unsafeGet = (fiber: Fiber.RuntimeFiber<unknown, unknown>): PosthogScope.PosthogScope =>
  PosthogScope.settled(PosthogScope.live(fiber.getFiberRef(ref)))

/** The same for code that is given a fiber's refs: a logger. */
export const fromRefs = (refs: FiberRefs.FiberRefs): PosthogScope.PosthogScope =>
  PosthogScope.settled(PosthogScope.live(FiberRefs.getOrDefault(refs, ref)))

export const get: Effect.Effect<PosthogScope.PosthogScope> = Effect.withFiberRuntime((fiber) =>
  Effect.succeed(unsafeGet(fiber))
)

const set = (scope: PosthogScope.PosthogScope): Effect.Effect<void> => FiberRef.set(ref, PosthogScope.settled(scope))

/**
 * How a fiber comes back from its outermost scope. Effect hands a new or a removed entry on as a whole, not as a patch: to
 * leave no trace in who awaits a cached effect, an entry that was not there must not be there again.
 */
export type Outside = "noEntry" | "emptyEntry"

/** Opens a frame; the result is for `leave`. */
export const enter = (frame: Frame): Effect.Effect<Outside> =>
  Effect.withFiberRuntime((fiber) => enterIn(fiber, frame, Effect.succeed))

/** The same for code that has the fiber at hand, and knows how it goes on. */
export const enterIn = <A, E, R>(
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  frame: Frame,
  next: (outside: Outside) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const scope = unsafeGet(fiber)
  const outside = fiber.getFiberRef(ref) === unset ? "noEntry" : "emptyEntry"
  const entered = PosthogScope.push(scope, frame)
  if (frame.isOperation && scope.depth === 0) {
    ScopedSpan.tell(Option.getOrUndefined(Context.getOption(fiber.currentContext, Tracer.ParentSpan)), entered)
  }
  return Effect.flatMap(set(entered), () => next(outside))
}

/** Takes the frame away wherever it stands, and leaves whatever else the fiber's scope has become. */
export const leave = (id: FrameId, outside: Outside): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    const scope = PosthogScope.pop(unsafeGet(fiber), id)
    return scope.depth === 0 && outside === "noEntry" ? FiberRef.delete(ref) : set(scope)
  })

/** Changes the innermost frame for this fiber. Outside every scope nothing changes, and a debug line says so. */
export const editTop = (what: string, f: Edit): Effect.Effect<void> => edit(what, PosthogScope.top, f)

/** Changes the frame that notes about the operation belong to. */
export const editOperation = (what: string, f: Edit): Effect.Effect<void> => edit(what, PosthogScope.operationFrame, f)

type Edit = (frame: Frame, scope: PosthogScope.PosthogScope) => Frame

const edit = (what: string, which: (scope: PosthogScope.PosthogScope) => Frame | undefined, f: Edit) =>
  Effect.flatMap(get, (scope) => {
    const frame = which(scope)
    return frame === undefined
      ? Effect.logDebug(`${what} changed nothing: there is no scope here, open one with withScope`).pipe(
        Effect.annotateLogs({ package: "effect-posthog", module: "scope" })
      )
      : set(PosthogScope.edit(scope, frame.id, (frame) => f(frame, scope)))
  })

/** Runs an effect outside every scope: for what lives longer than whoever started it. */
export const withoutScope = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  // `Effect.locally` would put `unset` back as an entry
  Effect.acquireUseRelease(Effect.zipLeft(FiberRef.get(ref), set(PosthogScope.empty)), () => self, set)
