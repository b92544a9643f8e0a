/**
 * The trace that a call of a model belongs to.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as Correlation from "../scope/Correlation.js"
import * as CorrelationId from "../scope/CorrelationId.js"

/** Of the active span, else the correlation of the scope, else a new one; in the characters that PostHog takes. */
export const current: Effect.Effect<string> = Effect.flatMap(Effect.context<never>(), (context) => {
  const span = Option.getOrUndefined(Context.getOption(context, Tracer.ParentSpan))
  return span === undefined || Context.get(span.context, Tracer.DisablePropagation)
    ? Effect.flatMap(
      Correlation.current,
      Option.match({ onNone: () => CorrelationId.next, onSome: (id) => Effect.succeed(allowed(id)) })
    )
    : Effect.succeed(allowed(span.traceId))
})

const allowed = (id: string): string => id.replace(/[^\w~.@()!':|-]/g, "_")
