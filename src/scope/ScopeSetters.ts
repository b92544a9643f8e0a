/**
 * Changing the current scope: the innermost frame, for this fiber. Outside every scope nothing changes, and a debug log
 * says so; that is what keeps one request's tags out of another's.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { toId } from "../domain/Id.js"
import type { Properties, PropertyValue } from "../domain/PropertyValue.js"
import * as CurrentScope from "./CurrentScope.js"
import * as PosthogScope from "./PosthogScope.js"
import { entries, groupEntries, groupPropertyEntries } from "./ScopeOptions.js"
import type { Section } from "./Section.js"
import * as Slots from "./Slots.js"

/**
 * Sets a tag: a property of every event that is captured in this scope from now on (seed 000 §5.1).
 *
 * @example
 * import { tag } from "effect-posthog"
 *
 * const program = tag("cart.items", 3)
 *
 * @since 0.1.0
 * @category setters
 */
export const tag = (key: string, value: PropertyValue): Effect.Effect<void> => tags({ [key]: value })

/**
 * Sets several tags in one step.
 *
 * @since 0.1.0
 * @category setters
 */
export const tags = (properties: Properties): Effect.Effect<void> => writeTop("tags", "tags", () => entries(properties))

/**
 * Takes a tag away, also one that an outer scope set: that one shows again when this scope is left.
 *
 * @since 0.1.0
 * @category setters
 */
export const untag = (key: string): Effect.Effect<void> =>
  writeTop("untag", "tags", () => [[String(key).toWellFormed(), undefined]])

/**
 * Says whose scope this is. An empty or blank id changes nothing and is logged as a warning (seed 000 §1.4).
 *
 * @since 0.1.0
 * @category setters
 */
export const identifyScope = (distinctId: string): Effect.Effect<void> => setIdentity("distinctId", distinctId)

/**
 * Sets the session that events of this scope belong to.
 *
 * @since 0.1.0
 * @category setters
 */
export const setSession = (sessionId: string): Effect.Effect<void> => setIdentity("sessionId", sessionId)

/**
 * Sets the device that flags of this scope may be bucketed by.
 *
 * @since 0.1.0
 * @category setters
 */
export const setDevice = (deviceId: string): Effect.Effect<void> => setIdentity("deviceId", deviceId)

/**
 * Says to which group of a type this scope belongs: `setGroup("company", "acme")`. Events carry it as `$groups`.
 *
 * @since 0.1.0
 * @category setters
 */
export const setGroup = (type: string, key: string | number): Effect.Effect<void> =>
  writeTop("setGroup", "groups", () => groupEntries({ [type]: key }))

/**
 * Person properties that flag evaluations of this scope include; additive, the same key overwrites. No event is
 * captured (FLAGS-OVR-01, FLAGS-OVR-06).
 *
 * @since 0.1.0
 * @category setters
 */
export const setPersonPropertiesForFlags = (properties: Properties): Effect.Effect<void> =>
  writeTop("setPersonPropertiesForFlags", "personProperties", () => entries(properties))

/**
 * Forgets the person properties for flags, also those that outer scopes set, until this scope is left (FLAGS-OVR-03).
 *
 * @since 0.1.0
 * @category setters
 */
export const resetPersonPropertiesForFlags: Effect.Effect<void> = writeTop(
  "resetPersonPropertiesForFlags",
  "personProperties",
  (visible) =>
    Array.from(visible.personProperties)
      .filter(([, slot]) => slot.value !== undefined)
      .map(([key]) => [key, undefined])
)

/**
 * Group properties that flag evaluations of this scope include, for one group of one type; group types coexist
 * (FLAGS-OVR-04).
 *
 * @since 0.1.0
 * @category setters
 */
export const setGroupPropertiesForFlags = (
  type: string,
  key: string | number,
  properties: Properties
): Effect.Effect<void> =>
  writeTop("setGroupPropertiesForFlags", "groupProperties", () => {
    const groupType = toId(type)
    const groupKey = toId(key)
    return groupType === undefined || groupKey === undefined
      ? []
      : [
        ...groupPropertyEntries(groupType, properties),
        ...groupPropertyEntries(groupType, { $group_key: groupKey })
      ]
  })

/**
 * Forgets the group properties for flags: of one type, or of all (FLAGS-OVR-05).
 *
 * @since 0.1.0
 * @category setters
 */
export const resetGroupPropertiesForFlags = (type?: string): Effect.Effect<void> =>
  writeTop("resetGroupPropertiesForFlags", "groupProperties", (visible) =>
    Array.from(visible.groupProperties)
      .filter(([, slot]) => slot.value !== undefined && (type === undefined || slot.value.type === type))
      .map(([key]) => [key, undefined]))

/**
 * Sets a section of the current scope.
 *
 * @since 0.1.0
 * @category setters
 */
export const setSection = <A>(section: Section<A>, value: A): Effect.Effect<void> =>
  CurrentScope.editTop("setSection", (frame, scope) => ({
    ...frame,
    slots: Slots.setSection(frame.slots, section, value, PosthogScope.branch(scope))
  }))

const setIdentity = (key: Slots.IdentityKey, input: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const id = toId(input)
    return id === undefined
      ? Effect.logWarning(`${key} of the scope was not set: it is empty`).pipe(
        Effect.annotateLogs({ package: "effect-posthog", module: "scope" })
      )
      : writeTop(key, "identity", () => [[key, id]])
  })

type Entries<K extends Slots.Kind> = Iterable<readonly [key: string, value: Slots.SlotValue<K> | undefined]>

function writeTop<K extends Slots.Kind>(what: string, kind: K, entries: (visible: Slots.Slots) => Entries<K>) {
  return CurrentScope.editTop(what, (frame, scope) => ({
    ...frame,
    slots: Slots.write(frame.slots, kind, entries(PosthogScope.slots(scope)), PosthogScope.branch(scope))
  }))
}
