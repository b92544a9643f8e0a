/**
 * Wakes a fiber that looks for work, by code that has no fiber of its own. However many nudges come while it is at work,
 * it looks once more.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

export interface Nudge {
  readonly give: () => void
  /** Waits for the next one, or for none where one came since the last. For one fiber, which waits again while it lives. */
  readonly next: Effect.Effect<void>
}

/** Not a `Queue`: each wait of its would make a `Deferred`, which costs more than all the rest here. */
export const make = (): Nudge => {
  let given = false
  let wake: ((next: Effect.Effect<void>) => void) | undefined = undefined

  return {
    give: () => {
      if (wake === undefined) {
        given = true
        return
      }
      const waiting = wake
      wake = undefined
      waiting(Effect.void)
    },
    next: Effect.async<void>((resume) => {
      if (given) {
        given = false
        resume(Effect.void)
      } else {
        wake = resume
      }
    })
  }
}
