/**
 * Changing one field of a section of the current scope.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as CurrentScope from "./CurrentScope.js"
import * as PosthogScope from "./PosthogScope.js"
import type { Section } from "./Section.js"
import * as Slots from "./Slots.js"

/**
 * Changes what the innermost frame itself holds of a section; `visible` is what it comes to with the frames around. Where
 * `f` has nothing to set, nothing is written.
 */
export const editSection = <A>(
  what: string,
  section: Section<A>,
  f: (own: A | undefined, visible: A | undefined) => A | undefined
): Effect.Effect<void> =>
  CurrentScope.editTop(what, (frame, scope) => {
    // a value under a section's name was set through that section, so it is an A
    const own = frame.slots.sections.get(section.name)?.value?.value as A | undefined
    const value = f(own, PosthogScope.section(scope, section))
    return value === undefined
      ? frame
      : { ...frame, slots: Slots.setSection(frame.slots, section, value, PosthogScope.branch(scope)) }
  })
