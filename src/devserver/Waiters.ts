/**
 * Those who wait until something has come.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

interface Waiter {
  readonly reached: () => boolean
  readonly wake: () => void
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Waiters {
  /** Waits until `reached` holds, and gives `value` as it is then. */
  readonly awaitUntil: <A>(reached: () => boolean, value: () => A) => Effect.Effect<A>
  /** Wakes those whose wait is over. */
  readonly wake: () => void
}

/**
 * Nobody waits yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (): Waiters => {
  const waiters = new Set<Waiter>()
  return {
    awaitUntil: <A>(reached: () => boolean, value: () => A) =>
      Effect.async<A>((resume) => {
        if (reached()) {
          resume(Effect.sync(value))
          return
        }
        const waiter: Waiter = { reached, wake: () => resume(Effect.sync(value)) }
        waiters.add(waiter)
        return Effect.sync(() => {
          waiters.delete(waiter)
        })
      }),
    wake: () => {
      for (const waiter of waiters) {
        if (waiter.reached()) {
          waiters.delete(waiter)
          waiter.wake()
        }
      }
    }
  }
}
