/**
 * Something to happen after a while, unless it is called off. It waits for time to pass and never looks at what time it
 * is: a clock that jumps neither hastens nor delays it.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

export interface Timer {
  /** Starts it, from the beginning where it runs already. */
  readonly start: (millis: number) => Effect.Effect<void>
  readonly stop: Effect.Effect<void>
  readonly isRunning: () => boolean
}

export const make = (action: () => void): Timer => {
  let fiber: Fiber.RuntimeFiber<void> | undefined = undefined

  const stop = Effect.suspend(() => {
    const running = fiber
    fiber = undefined
    return running === undefined ? Effect.void : Fiber.interruptFork(running)
  })

  return {
    start: (millis) =>
      stop.pipe(
        Effect.zipRight(Effect.forkDaemon(Effect.interruptible(
          // whole milliseconds: a fraction is less than a clock can tell apart
          Effect.zipRight(
            Effect.sleep(Duration.millis(Math.ceil(millis))),
            Effect.sync(() => {
              fiber = undefined
              action()
            })
          )
        ))),
        Effect.map((started) => {
          fiber = started
        })
      ),
    stop,
    isRunning: () => fiber !== undefined
  }
}
