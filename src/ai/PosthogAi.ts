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
import * as Stream from "effect/Stream"
import * as GuardedRead from "../domain/GuardedRead.js"
import * as Posthog from "../Posthog.js"
import * as Call from "./Call.js"
import type { Options } from "./Options.js"

export type {
  /** @since 0.1.0 */
  Options
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
    const calls = Call.of(client, options)
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

const observeEffect = <A extends { readonly content: ReadonlyArray<Response.AnyPart> }, E, R>(
  call: Call.Call,
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.flatMap(call, (running) =>
    Effect.onExit(self, (exit) => {
      if (Exit.isSuccess(exit)) {
        GuardedRead.guarded(() => exit.value.content.forEach(running.note))
      }
      return running.end(exit)
    }))

const observeStream = <A extends Response.AnyPart, E, R>(
  call: Call.Call,
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
