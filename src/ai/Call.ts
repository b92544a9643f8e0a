/**
 * One call of a model, from its beginning to its event.
 *
 * @since 0.1.0
 */
import * as Model from "@effect/ai/Model"
import type * as Response from "@effect/ai/Response"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as GuardedRead from "../domain/GuardedRead.js"
import type * as Posthog from "../Posthog.js"
import { currentScope } from "../scope/ScopeGetters.js"
import { withScopeValue } from "../scope/ScopeRegion.js"
import { Answer, isToken } from "./Answer.js"
import * as Content from "./Content.js"
import * as Failure from "./Failure.js"
import * as Generation from "./Generation.js"
import type { Options } from "./Options.js"
import * as TraceId from "./TraceId.js"

/** A call that may be run, and run again. */
export type Call = Effect.Effect<Running>

export interface Running {
  readonly note: (part: Response.AnyPart) => void
  /** Captures the event. It neither waits nor fails. */
  readonly end: (exit: Exit.Exit<unknown, unknown>) => Effect.Effect<void>
}

/** The calls of one observed model. */
export const of = (client: Posthog.Service, options: Options) => {
  const { full, privacyMode } = client.aiCapture ?? { full: false, privacyMode: false }
  const content = privacyMode || options.privacyMode === true ? undefined : full ? Content.whole : Content.reduced
  const capture = full ? client.captureAi : client.capture
  const redact = client.redactMessage ?? ((text: string) => text)

  return (method: Generation.Request["method"], asked: Omit<Generation.Request, "method">): Call =>
    Effect.gen(function*() {
      const scope = yield* currentScope
      const traceId = yield* TraceId.current
      const provider = options.provider ?? Option.getOrUndefined(yield* Effect.serviceOption(Model.ProviderName))
      const clock = yield* Effect.clock
      const runtime = yield* Effect.runtime<never>()
      const start = clock.unsafeCurrentTimeNanos()
      const seconds = () => Number(clock.unsafeCurrentTimeNanos() - start) / 1e9
      const answer = new Answer(content !== undefined)
      let timeToFirstToken: number | undefined

      const event = (exit: Exit.Exit<unknown, unknown>) => {
        const failed = Exit.isFailure(exit) ? Failure.ofCause(exit.cause) : undefined
        return Generation.properties(
          {
            request: { method, prompt: asked.prompt, toolkit: asked.toolkit },
            traceId,
            model: options.model ?? answer.model,
            provider: provider ?? answer.provider,
            answer,
            failure: failed ?? (answer.error === undefined ? undefined : Failure.ofError(answer.error.error)),
            wasInterrupted: Exit.isFailure(exit) && failed === undefined,
            latency: seconds(),
            timeToFirstToken
          },
          content,
          redact
        )
      }

      return {
        note: (part) =>
          // a model of the program's own may give anything
          GuardedRead.guarded(() => {
            if (isToken(part)) {
              timeToFirstToken ??= seconds()
            }
            answer.note(part)
          }),
        end: (exit) =>
          Effect.suspend(() => capture("$ai_generation", { properties: { ...event(exit), ...options.properties } }))
            .pipe(
              withScopeValue(scope, { captureExceptions: false }),
              Effect.catchAllCause((cause) => Effect.logDebug("a call of a model was not captured", cause)),
              // at once, and if the buffer makes callers wait, in a fiber of its own
              (captured) => Effect.sync(() => void Runtime.runFork(runtime)(captured))
            )
      }
    })
}
