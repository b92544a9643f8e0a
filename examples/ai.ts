/** A language model whose calls are events: who asked, what it cost, how long it took; media stays at home. */
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as Model from "@effect/ai/Model"
import { Console, Effect, Layer, Stream } from "effect"
import { fresh, PosthogTest, withScope } from "effect-posthog"
import * as PosthogAi from "effect-posthog/ai/PosthogAi"

// stands for a provider's layer, such as the one of @effect/ai-openai
const Small = Model.make(
  "acme",
  Layer.effect(
    LanguageModel.LanguageModel,
    LanguageModel.make({
      generateText: () =>
        Effect.succeed([
          { type: "response-metadata", modelId: "small-1" } as const,
          { type: "text", text: "A hedgehog." } as const,
          { type: "finish", reason: "stop", usage: { inputTokens: 512, outputTokens: 4, totalTokens: 516 } } as const
        ]).pipe(Effect.delay("20 millis")),
      streamText: () =>
        Stream.make(
          { type: "text-delta", id: "1", delta: "About " } as const,
          { type: "text-delta", id: "1", delta: "5,000." } as const
        )
    })
  )
)

const photo = new Uint8Array(12_345)

const program = Effect.gen(function*() {
  const { text } = yield* LanguageModel.generateText({
    prompt: [{
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "file", mediaType: "image/jpeg", data: photo }
      ]
    }]
  })
  yield* Console.log("the answer:", text)
  yield* LanguageModel.streamText({ prompt: "How many spines has it?" }).pipe(Stream.runDrain)
}).pipe(
  Effect.withSpan("identify"),
  withScope(fresh, { distinctId: "user-1" }),
  Effect.provide(PosthogAi.observe(Small))
)

Effect.gen(function*() {
  yield* program
  for (const { distinctId, event, properties } of yield* PosthogTest.events) {
    yield* Console.log(event, "of", distinctId, {
      model: properties["$ai_model"],
      provider: properties["$ai_provider"],
      input: JSON.stringify(properties["$ai_input"]),
      output: JSON.stringify(properties["$ai_output_choices"]),
      tokens: properties["$ai_output_tokens"],
      stream: properties["$ai_stream"]
    })
  }
}).pipe(Effect.provide(PosthogTest.layer), Effect.runPromise)
