/**
 * Which errors were captured already, so that one error is one event however many scopes it crosses.
 *
 * @since 0.1.0
 */
import type { Leaf } from "./ExceptionList.js"

export interface CapturedExceptions {
  /** Those of the leaves that were not captured before. */
  readonly fresh: (leaves: ReadonlyArray<Leaf>) => ReadonlyArray<Leaf>
  /** The event that the first of these leaves was captured in. */
  readonly eventId: (leaves: ReadonlyArray<Leaf>) => string | undefined
  readonly remember: (leaves: ReadonlyArray<Leaf>, eventId: string) => void
}

/** Nothing is written on the errors themselves: frozen ones work, and forgetting is the garbage collector's. */
export const make = (): CapturedExceptions => {
  const events = new WeakMap<object, string>()
  const find = (leaf: Leaf) => leaf.identity === undefined ? undefined : events.get(leaf.identity)
  return {
    fresh: (leaves) => leaves.filter((leaf) => find(leaf) === undefined),
    eventId: (leaves) => leaves.map(find).find((eventId) => eventId !== undefined),
    remember: (leaves, eventId) => {
      for (const leaf of leaves) {
        if (leaf.identity !== undefined) {
          events.set(leaf.identity, eventId)
        }
      }
    }
  }
}
