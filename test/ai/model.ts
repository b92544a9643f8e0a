/** Models made with @effect/ai's own constructor, whose provider answers as it is told. */
import * as LanguageModel from "@effect/ai/LanguageModel"
import type * as Response from "@effect/ai/Response"
import { Effect, Layer, Stream } from "effect"
import { Posthog, type PosthogConfig } from "effect-posthog"
import type * as PosthogAi from "effect-posthog/ai/PosthogAi"
import * as Ai from "effect-posthog/ai/PosthogAi"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { layerClient } from "../support/client.js"

export interface Provider {
  readonly generateText?: LanguageModel.ConstructorParams["generateText"]
  readonly streamText?: LanguageModel.ConstructorParams["streamText"]
}

export const layerModel = ({ generateText, streamText }: Provider) =>
  Layer.effect(
    LanguageModel.LanguageModel,
    LanguageModel.make({
      generateText: generateText ?? (() => Effect.dieMessage("not asked for")),
      streamText: streamText ?? (() => Stream.dieMessage("not asked for"))
    })
  )

export const answering = (...parts: Array<Response.PartEncoded>): Provider => ({
  generateText: () => Effect.succeed(parts)
})

export const streaming = (...parts: Array<Response.StreamPartEncoded>): Provider => ({
  streamText: () => Stream.fromIterable(parts)
})

export const usage = { inputTokens: 11, outputTokens: 7, totalTokens: 18, reasoningTokens: 3, cachedInputTokens: 5 }

export const metadata: Response.ResponseMetadataPartEncoded = {
  type: "response-metadata",
  id: "r-1",
  modelId: "small-1",
  metadata: { acme: { region: "eu" } }
}

export const finish: Response.FinishPartEncoded = { type: "finish", reason: "stop", usage }

export const text = (text: string): Response.TextPartEncoded => ({ type: "text", text })

export const delta = (delta: string, id = "t"): Response.TextDeltaPartEncoded => ({ type: "text-delta", id, delta })

/** Runs with an observed model and the embedded PostHog. */
export const within = (
  provider: Provider,
  client: Omit<PosthogConfig.Options, "apiKey"> = {},
  options: PosthogAi.Options = {}
) =>
  Effect.provide(
    Ai.observe(layerModel(provider), options).pipe(
      Layer.provideMerge(layerClient({ flushInterval: "1 day", ...client }))
    )
  )

/** What PostHog has after a flush: the properties of each event. */
export const captured = Effect.zipRight(
  Posthog.flush,
  Effect.flatMap(
    DevServer.DevServer,
    ({ events }) =>
      Effect.map(
        events,
        (events) => events.map(({ event, properties }): Readonly<Record<string, unknown>> => ({ event, ...properties }))
      )
  )
)

/** Of the one event there is. */
export const onlyOne = Effect.flatMap(
  captured,
  ([event, ...more]) =>
    event === undefined || more.length > 0 ? Effect.dieMessage("not one event") : Effect.succeed(event)
)

/** The paths of the requests. */
export const paths = Effect.flatMap(
  DevServer.DevServer,
  ({ requests }) => Effect.map(requests, (requests) => requests.map(({ path }) => path))
)
