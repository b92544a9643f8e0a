/**
 * Spans that start before the scope they belong to: a server's span is there before its request has been looked at.
 *
 * @since 0.1.0
 */
import type * as Tracer from "effect/Tracer"
import type { PosthogScope } from "./PosthogScope.js"

export const takeScope: unique symbol = Symbol.for("effect-posthog/ScopedSpan/takeScope")

/** A span of ours: it takes what the scope says, unless it started in one. */
export interface ScopedSpan {
  readonly [takeScope]: (scope: PosthogScope) => void
}

/** Tells the active span of the scope that has just been entered. */
export const tell = (span: Tracer.AnySpan | undefined, scope: PosthogScope): void => {
  if (span !== undefined && takeScope in span) {
    // the symbol is ours: whoever has it is a ScopedSpan
    ;(span as Tracer.AnySpan & ScopedSpan)[takeScope](scope)
  }
}
