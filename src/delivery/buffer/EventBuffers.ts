/**
 * Who gives the client its buffers of events: memory, unless a layer brings another kind.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { FinishedEvent } from "../../event/FinishedEvent.js"
import type { Bounds, ItemBuffer } from "./ItemBuffer.js"

/**
 * Events that are sent to one address, apart from the others: those of `capture`, those of `captureAi`, and those of
 * `capture` with a name that begins with `$ai_`, which the newer address for events does not take.
 */
export type Lane = "analytics" | "ai" | "legacyAi"

export const laneOf = ({ event, isAi }: FinishedEvent): Lane =>
  isAi ? "ai" : event.startsWith("$ai_") ? "legacyAi" : "analytics"

export interface Request {
  /** The lanes whose events wait in this buffer. */
  readonly lanes: ReadonlyArray<Lane>
  readonly bounds: Bounds<FinishedEvent>
  /** Is called, in no fiber in particular, when something can be claimed that `offer` did not just bring. */
  readonly onArrival: () => void
}

/** @internal */
export interface Service {
  readonly open: (request: Request) => Effect.Effect<ItemBuffer<FinishedEvent>, never, Scope.Scope>
}

/**
 * A layer that gives this is an outbox: `Posthog.layer` takes its buffers from it where it is provided.
 *
 * @since 0.1.0
 * @category tags
 */
export class EventBuffers extends Context.Tag("effect-posthog/EventBuffers")<EventBuffers, Service>() {}
