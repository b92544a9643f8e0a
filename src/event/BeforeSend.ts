/**
 * Before-send hooks: the last word on every event before it is queued (HOOK-01 to HOOK-08).
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { PosthogEvent } from "./PosthogEvent.js"

/**
 * Sees the fully assembled event; returns it, changed or not, or null to drop it. A hook that throws or fails drops the
 * event: what was meant to be redacted is never sent as it was (HOOK-03). A plain function runs at once, in the
 * caller's step; a hook that returns an Effect runs afterwards, in the client's preparation stage.
 *
 * @since 0.1.0
 * @category models
 */
export type BeforeSend = (
  event: PosthogEvent
) => PosthogEvent | null | Effect.Effect<PosthogEvent | null, unknown>
