/**
 * The preparation stage: what of an event cannot be done in the caller's step waits here, bounded, before the buffer.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import * as CurrentScope from "../scope/CurrentScope.js"

export interface Preparation {
  /** Runs a preparation in a fiber of the client's; `false` where too many are under way. */
  readonly start: (preparation: Effect.Effect<void>) => Effect.Effect<boolean>
  /** Waits for everything that was started before. */
  readonly settled: Effect.Effect<void>
  readonly pending: Effect.Effect<number>
}

/** `limit`: how many preparations may be under way. */
export const make = (limit: number): Effect.Effect<Preparation, never, Scope.Scope> =>
  Effect.map(FiberSet.make<void>(), (fibers) => ({
    start: (preparation) =>
      Effect.flatMap(
        FiberSet.size(fibers),
        (size) =>
          size >= limit
            ? Effect.succeed(false)
            : Effect.as(FiberSet.run(fibers, CurrentScope.withoutScope(Effect.interruptible(preparation))), true)
      ),
    settled: Effect.suspend(() => Fiber.awaitAll(Array.from(fibers))).pipe(Effect.asVoid),
    pending: FiberSet.size(fibers)
  }))
