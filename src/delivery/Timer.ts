/**
 * Something to happen after a while, unless it is called off. It waits for time to pass and never looks at what time it
 * is: a clock that jumps neither hastens nor delays it.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"

export interface Timer {
  /** Starts it, from the beginning where it runs already. */
  readonly start: (millis: number) => Effect.Effect<void>
  readonly stop: Effect.Effect<void>
  readonly isRunning: () => boolean
}

export const make = (action: () => void): Timer => {
  /** Of the run that counts: a run that was called off, or replaced, finds another one here. */
  let current: object | undefined = undefined
  let fiber: Fiber.RuntimeFiber<void> | undefined = undefined

  const stop = Effect.suspend(() => {
    const running = fiber
    current = undefined
    fiber = undefined
    // nobody waits for its end
    running?.unsafeInterruptAsFork(FiberId.none)
    return Effect.void
  })

  const start = (millis: number) =>
    Effect.suspend(() => {
      const run = {}
      current = run
      const ring = Effect.sync(() => {
        if (current === run) {
          current = undefined
          action()
        }
      })
      // whole milliseconds: a fraction is less than a clock can tell apart
      const sleep = Effect.sleep(Duration.millis(Math.ceil(millis)))
      return Effect.map(Effect.forkDaemon(Effect.interruptible(Effect.zipRight(sleep, ring))), (started) => {
        fiber = started
      })
    })

  return {
    start: (millis) => Effect.zipRight(stop, start(millis)),
    stop,
    isRunning: () => current !== undefined
  }
}
