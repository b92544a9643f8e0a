/**
 * What became of errors that were seen before, so that one error is one event however many scopes it crosses.
 *
 * @since 0.1.0
 */
import type { Leaf } from "./input/CauseTree.js"

export interface CapturedExceptions {
  /** The event that this error was captured in. */
  readonly eventId: (leaf: Leaf) => string | undefined
  readonly remember: (leaves: ReadonlyArray<Leaf>, eventId: string) => void
  /** Were all of these held back by the rate limit? They are counted once, wherever else they are noticed. */
  readonly isSuppressed: (leaves: ReadonlyArray<Leaf>) => boolean
  readonly suppress: (leaves: ReadonlyArray<Leaf>) => void
}

/** Nothing is written on the errors themselves: frozen ones work, and forgetting is the garbage collector's. */
export const make = (): CapturedExceptions => {
  const events = new WeakMap<object, string>()
  const suppressed = new WeakSet()
  return {
    eventId: ({ identity }) => identity === undefined ? undefined : events.get(identity),
    remember: (leaves, eventId) => {
      for (const { identity } of leaves) {
        if (identity !== undefined) {
          events.set(identity, eventId)
        }
      }
    },
    isSuppressed: (leaves) => leaves.every(({ identity }) => identity !== undefined && suppressed.has(identity)),
    suppress: (leaves) => {
      for (const { identity } of leaves) {
        if (identity !== undefined) {
          suppressed.add(identity)
        }
      }
    }
  }
}
