/**
 * Notes about the operation that is under way.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { JsonValue } from "../../domain/JsonValue.js"
import * as CurrentScope from "../../scope/CurrentScope.js"
import * as Metadata from "../../scope/Metadata.js"
import * as PosthogScope from "../../scope/PosthogScope.js"
import * as Slots from "../../scope/Slots.js"

export type Note = readonly [key: string, value: JsonValue]

export const add = (notes: ReadonlyArray<Note>): Effect.Effect<void> =>
  CurrentScope.editOperation("a note about a request", (frame, scope) => ({
    ...frame,
    slots: Slots.write(
      frame.slots,
      "metadata",
      Metadata.bounded(frame.slots.metadata, notes),
      PosthogScope.branch(scope)
    )
  }))
