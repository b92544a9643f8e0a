/**
 * Those who wait for room in a buffer: in the order they came.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

export interface RoomWaiters {
  /** Waits until somebody is let in; then there may be room, or somebody else was faster. */
  readonly next: Effect.Effect<void>
  readonly letIn: () => void
  readonly isWaiting: () => boolean
}

/** `onWait` is called when somebody begins to wait. */
export const make = (onWait: () => void): RoomWaiters => {
  const waiters = new Set<() => void>()

  return {
    next: Effect.async<void>((resume) => {
      const wake = () => resume(Effect.void)
      waiters.add(wake)
      onWait()
      return Effect.sync(() => {
        waiters.delete(wake)
      })
    }),
    letIn: () => {
      const waiting = Array.from(waiters)
      waiters.clear()
      waiting.forEach((wake) => wake())
    },
    isWaiting: () => waiters.size > 0
  }
}
