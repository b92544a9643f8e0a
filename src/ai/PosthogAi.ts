/**
 * Events of the calls of a language model: a wrapper of `@effect/ai`'s `LanguageModel`, whoever provides it.
 *
 * @since 0.1.0
 */
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as Model from "@effect/ai/Model"
import type * as Response from "@effect/ai/Response"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import * as GuardedRead from "../domain/GuardedRead.js"
import type { Properties } from "../domain/PropertyValue.js"
import * as Posthog from "../Posthog.js"
import { currentScope } from "../scope/ScopeGetters.js"
import { withScopeValue } from "../scope/ScopeRegion.js"
import { Answer, isToken } from "./Answer.js"
import * as Content from "./Content.js"
import * as Failure from "./Failure.js"
import * as Generation from "./Generation.js"
import * as TraceId from "./TraceId.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** `$ai_model`. Default: what the answer says; an answer that failed says nothing. */
  readonly model?: string | undefined
  /** `$ai_provider`. Default: the name that came with an `@effect/ai` `Model`, else what the answer says. */
  readonly provider?: string | undefined
  /** Leaves out all input and output, as the client's `aiPrivacyMode` does: either is enough. Default false. */
  readonly privacyMode?: boolean | undefined
  /** Further properties of every event. */
  readonly properties?: Properties | undefined
}

/**
 * A model that does what the given one does, and captures one `$ai_generation` event for each call: when it has succeeded,
 * failed or was interrupted, a stream's when it is over. The event belongs to the scope in which the call began.
 *
 * Results, errors and requirements stay what they are, and nothing waits for PostHog. Media becomes a placeholder as
 * `[image/png, 12345 bytes]`, and a text longer than 50,000 characters is cut, unless the client has
 * `enableFullAiCapture`: then the event goes to the address for AI events, whole. With `aiPrivacyMode` no input and no
 * output is told of, whatever else is set (CAPAI-12 to CAPAI-14).
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  model: LanguageModel.Service,
  options: Options = {}
): Effect.Effect<LanguageModel.Service, never, Posthog.Posthog> =>
  Effect.map(Posthog.Posthog, (client) => {
    const calls = callsOf(client, options)
    return {
      ...model,
      generateText: (asked) => observeEffect(calls("generateText", asked), model.generateText(asked)),
      generateObject: (asked) => observeEffect(calls("generateObject", asked), model.generateObject(asked)),
      streamText: (asked) => observeStream(calls("streamText", asked), model.streamText(asked))
    }
  })

/**
 * The same for a layer that provides a model.
 *
 * @example
 * import * as LanguageModel from "@effect/ai/LanguageModel"
 * import { Effect, type Layer } from "effect"
 * import { Posthog } from "effect-posthog"
 * import * as PosthogAi from "effect-posthog/ai/PosthogAi"
 *
 * declare const Gpt: Layer.Layer<LanguageModel.LanguageModel>
 *
 * const program = LanguageModel.generateText({ prompt: "Tell me of hedgehogs" }).pipe(
 *   Effect.provide(PosthogAi.observe(Gpt, { provider: "openai" })),
 *   Effect.provide(Posthog.PosthogLive)
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const observe: {
  (options?: Options): <A, E, R>(
    self: Layer.Layer<A | LanguageModel.LanguageModel, E, R>
  ) => Layer.Layer<A | LanguageModel.LanguageModel, E, R | Posthog.Posthog>
  <A, E, R>(
    self: Layer.Layer<A | LanguageModel.LanguageModel, E, R>,
    options?: Options
  ): Layer.Layer<A | LanguageModel.LanguageModel, E, R | Posthog.Posthog>
} = dual(
  (args) => Layer.isLayer(args[0]),
  <A, E, R>(self: Layer.Layer<A | LanguageModel.LanguageModel, E, R>, options: Options = {}) =>
    Layer.flatMap(self, (context) =>
      Layer.effectContext(
        Effect.map(
          make(Context.get(context, LanguageModel.LanguageModel), {
            ...options,
            provider: options.provider ?? Context.getOption(context, Model.ProviderName).pipe(Option.getOrUndefined)
          }),
          (model) => Context.add(context, LanguageModel.LanguageModel, model)
        )
      ))
)

/** A call that may be run, and run again. */
type Call = Effect.Effect<Running>

interface Running {
  readonly note: (part: Response.AnyPart) => void
  /** Captures the event. It neither waits nor fails. */
  readonly end: (exit: Exit.Exit<unknown, unknown>) => Effect.Effect<void>
}

const callsOf = (client: Posthog.Service, options: Options) => {
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

const observeEffect = <A extends { readonly content: ReadonlyArray<unknown> }, E, R>(
  call: Call,
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.flatMap(call, (running) =>
    Effect.onExit(self, (exit) => {
      if (Exit.isSuccess(exit)) {
        exit.value.content.forEach((part) => running.note(part as Response.AnyPart)) // as every answer has them
      }
      return running.end(exit)
    }))

const observeStream = <A extends Response.AnyPart, E, R>(
  call: Call,
  self: Stream.Stream<A, E, R>
): Stream.Stream<A, E, R> =>
  Stream.unwrap(Effect.map(call, (running): Stream.Stream<A, E, R> =>
    self.pipe(
      Stream.mapChunks((chunk) => {
        for (const part of chunk) {
          running.note(part)
        }
        return chunk
      }),
      Stream.ensuringWith((exit: Exit.Exit<unknown, E>) => running.end(exit))
    )))
