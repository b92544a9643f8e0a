/**
 * Forgetting what a scope says, for as long as it lasts (seed 001, `clear_context`).
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as CurrentScope from "./CurrentScope.js"
import { inFrame } from "./FrameRegion.js"
import { fresh } from "./Mode.js"
import * as PosthogScope from "./PosthogScope.js"
import { makeFrame } from "./ScopeOptions.js"
import * as Slots from "./Slots.js"

/**
 * Hides everything that is visible in the current scope, whichever scope set it, until this one is left: tags, identity,
 * groups, properties for flags, sections, metadata. What is set afterwards stands alone. The client and the steps stay,
 * and so does the service of the process. Outside every scope there is nothing to hide.
 *
 * What is noted about an operation around this scope under a key that was hidden shows again when this scope is left.
 *
 * @since 0.1.0
 * @category setters
 */
export const clearScope: Effect.Effect<void> = CurrentScope.editTop("clearScope", (frame, scope) => {
  const visible = PosthogScope.slots(scope)
  let slots = frame.slots
  for (const kind of Slots.kinds) {
    slots = Slots.write(slots, kind, hidden(visible[kind]), PosthogScope.branch(scope))
  }
  return { ...frame, slots }
})

const hidden = (
  slots: ReadonlyMap<string, Slots.Slot<unknown>>
): ReadonlyArray<readonly [key: string, value: undefined]> =>
  Array.from(slots).flatMap(([key, { value }]) => value === undefined ? [] : [[key, undefined] as const])

/**
 * Runs an effect with nothing of the surrounding scope visible: the region for `clearScope`. It captures no exceptions,
 * but for that it is `withScope(fresh)`.
 *
 * @since 0.1.0
 * @category regions
 */
export const withClearScope = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  inFrame(self, () => makeFrame(fresh, { captureExceptions: false }, false))
