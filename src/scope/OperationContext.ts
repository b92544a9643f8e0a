/**
 * The operation that is under way in a scope, and what is noted about it (seed 001, `FlextContext.Performance`).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as GuardedRead from "../domain/GuardedRead.js"
import { toId } from "../domain/Id.js"
import type { JsonObject, JsonValue } from "../domain/JsonValue.js"
import type { Properties, PropertyValue } from "../domain/PropertyValue.js"
import * as CurrentScope from "./CurrentScope.js"
import * as Metadata from "./Metadata.js"
import * as PosthogScope from "./PosthogScope.js"
import { entries } from "./ScopeOptions.js"
import { editSection } from "./SectionEdit.js"
import { type OperationValue, section } from "./sections/OperationSection.js"
import { toMillis } from "./sections/SectionFields.js"
import * as Slots from "./Slots.js"

/**
 * The operation of the current scope; its start is in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category getters
 */
export const currentOperation: Effect.Effect<Option.Option<OperationValue>> = Effect.map(
  CurrentScope.get,
  (scope) => Option.fromNullable(PosthogScope.section(scope, section))
)

/**
 * The name of the current operation; one without a name has that of the operation around it.
 *
 * @since 0.1.0
 * @category getters
 */
export const currentOperationName: Effect.Effect<Option.Option<string>> = Effect.map(
  currentOperation,
  Option.flatMapNullable(({ name }) => name)
)

/**
 * How long ago the current operation began, by the clock on the wall; none where none began. A duration that no change of
 * that clock can falsify is what `timedOperation` measures.
 *
 * @since 0.1.0
 * @category getters
 */
export const currentOperationElapsed: Effect.Effect<Option.Option<Duration.Duration>> = Effect.zipWith(
  currentOperation,
  Clock.currentTimeMillis,
  (operation, now) =>
    Option.map(
      Option.flatMapNullable(operation, ({ startTime }) => startTime),
      (startTime) => Duration.millis(Math.max(0, now - startTime))
    )
)

/**
 * What is noted about the current request or operation. The notes of those around it are visible too; the inner one's win
 * key by key.
 *
 * @since 0.1.0
 * @category getters
 */
export const currentOperationMetadata: Effect.Effect<JsonObject> = Effect.map(
  CurrentScope.get,
  ({ view }) => view.metadata
)

/**
 * Names the operation of the current scope: a name of low cardinality, such as a route, for it becomes a metric's tag. An
 * empty or blank one changes nothing; neither does anything outside every scope.
 *
 * @since 0.1.0
 * @category setters
 */
export const setOperationName = (name: string): Effect.Effect<void> =>
  editSection("setOperationName", section, (own) => {
    const next = toId(name)
    return next === undefined ? undefined : { ...own, name: next }
  })

/**
 * Says when the operation of the current scope began: a date, or milliseconds since the epoch. Default: now. What names no
 * moment changes nothing; neither does anything outside every scope.
 *
 * @since 0.1.0
 * @category setters
 */
export const setOperationStartTime = (moment?: Date | number): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    editSection("setOperationStartTime", section, (own) => {
      const startTime = GuardedRead.guarded(() => toMillis(moment ?? now))
      return startTime === undefined ? undefined : { ...own, startTime }
    }))

type Notes = Array<readonly [key: string, value: JsonValue]>

/** One note or several, as callers pass them. */
const notesOf = (key: string | Properties, value: PropertyValue | undefined): Notes =>
  entries(typeof key === "object" && key !== null ? key : { [String(key)]: value })

/**
 * Notes something about the innermost request or operation that is under way; where there is none, about the current
 * scope. It lands in nobody else's notes.
 *
 * At most 64 entries of 1 KiB, and 8 KiB together: a larger value is told by its type and size
 * (`{ data_type: "array", data_size: 20480 }`), and `metadata_omitted` counts the entries for which there was no room
 * (seed 001, pitfall 3). Outside every scope nothing is noted.
 *
 * @example
 * import { addOperationMetadata } from "effect-posthog"
 *
 * const one = addOperationMetadata("rows", 12)
 * const several = addOperationMetadata({ rows: 12, cache: "miss" })
 *
 * @since 0.1.0
 * @category setters
 */
export const addOperationMetadata: {
  (key: string, value: PropertyValue): Effect.Effect<void>
  (metadata: Properties): Effect.Effect<void>
} = (key: string | Properties, value?: PropertyValue): Effect.Effect<void> =>
  CurrentScope.editOperation("addOperationMetadata", (frame, scope) => {
    const notes = GuardedRead.guarded(() => notesOf(key, value)) ?? []
    return notes.length === 0 ? frame : {
      ...frame,
      slots: Slots.write(
        frame.slots,
        "metadata",
        Metadata.bounded(frame.slots.metadata, notes),
        PosthogScope.branch(scope)
      )
    }
  })

/**
 * Replaces what is noted about the innermost request or operation. The notes of those around it are hidden until it ends,
 * not changed.
 *
 * @since 0.1.0
 * @category setters
 */
export const setOperationMetadata = (metadata: Properties): Effect.Effect<void> =>
  CurrentScope.editOperation("setOperationMetadata", (frame, scope) => {
    const written = new Map<string, Metadata.MetadataEntry | undefined>()
    for (const key of PosthogScope.slots(PosthogScope.upTo(scope, frame.id) ?? scope).metadata.keys()) {
      written.set(key, undefined)
    }
    for (
      const [key, entry] of Metadata.bounded(
        Slots.empty.metadata,
        GuardedRead.guarded(() => entries(metadata)) ?? []
      )
    ) {
      written.set(key, entry)
    }
    return { ...frame, slots: Slots.write(frame.slots, "metadata", written, PosthogScope.branch(scope)) }
  })
