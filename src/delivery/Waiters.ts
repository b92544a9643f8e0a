/**
 * Those who wait until everything that was offered before has left.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"

export interface Waiters {
  /** Waits until so many of the items, counted from the first one, have left, or nothing more can be done for now. */
  readonly wait: (target: number, start: () => void) => Effect.Effect<void>
  /** The largest target that somebody waits for. */
  readonly target: () => number
  /** So many have left. */
  readonly reached: (settled: number) => Effect.Effect<void>
  /** Nothing more can be done for now. */
  readonly giveUp: Effect.Effect<void>
}

interface Waiter {
  readonly target: number
  readonly done: Deferred.Deferred<void>
}

export const make = (): Waiters => {
  let waiters: ReadonlyArray<Waiter> = []

  const reached = (settled: number) =>
    Effect.suspend(() => {
      const ready = waiters.filter(({ target }) => target <= settled)
      if (ready.length === 0) {
        return Effect.void
      }
      waiters = waiters.filter(({ target }) => target > settled)
      return Effect.forEach(ready, ({ done }) => Deferred.succeed(done, undefined), { discard: true })
    })

  return {
    wait: (target, start) =>
      Effect.flatMap(Deferred.make<void>(), (done) => {
        waiters = [...waiters, { target, done }]
        start()
        return Deferred.await(done)
      }),
    target: () => waiters.reduce((most, { target }) => Math.max(most, target), 0),
    reached,
    giveUp: reached(Number.POSITIVE_INFINITY)
  }
}
