/** What never stands in an event, whatever the prompt and the answer are. */
import * as AiError from "@effect/ai/AiError"
import * as LanguageModel from "@effect/ai/LanguageModel"
import type * as Prompt from "@effect/ai/Prompt"
import type * as Response from "@effect/ai/Response"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Encoding, FastCheck as fc, Schema, Stream } from "effect"
import { captured, finish, metadata, type Provider, within } from "./model.js"

const Search = Toolkit.make(
  Tool.make("search", { parameters: { query: Schema.String }, success: Schema.Unknown, failure: Schema.Unknown })
)

/** A case: what is asked, what is answered, and what must not be told of it. */
interface Case {
  readonly prompt: ReadonlyArray<Prompt.MessageEncoded>
  readonly answer: ReadonlyArray<Response.PartEncoded>
  readonly streamed: ReadonlyArray<Response.StreamPartEncoded>
  readonly found: unknown
  readonly failure: string
  readonly hidden: ReadonlyArray<string>
}

/** All three calls, and those that fail: the events as JSON. */
const eventsOf = (each: Case, client: Parameters<typeof within>[1]) => {
  const fails = new AiError.UnknownError({ module: "Acme", method: "call", description: each.failure })
  const call = { type: "tool-call", id: "c-1", name: "search", params: { query: each.failure } } as const
  const good: Provider = {
    generateText: () => Effect.succeed([metadata, ...each.answer, call, finish]),
    streamText: () => Stream.fromIterable([metadata, ...each.streamed, finish])
  }
  const bad: Provider = {
    generateText: () => Effect.fail(fails),
    streamText: () => Stream.concat(Stream.fromIterable(each.streamed), Stream.fail(fails))
  }
  const all = Effect.gen(function*() {
    yield* Effect.exit(LanguageModel.generateText({ prompt: each.prompt, toolkit: Search }))
    yield* Effect.exit(
      LanguageModel.generateObject({ prompt: each.prompt, schema: Schema.Struct({ a: Schema.Number }) })
    )
    yield* Effect.exit(Stream.runDrain(LanguageModel.streamText({ prompt: each.prompt })))
    return yield* captured
  }).pipe(Effect.provide(Search.toLayer({ search: () => Effect.succeed(each.found) })))
  return Effect.zipWith(within(good, client)(all), within(bad, client)(all), (some, more) => {
    const events = [...some, ...more]
    assert.strictEqual(events.length, 6)
    return JSON.stringify(events)
  })
}

/** A case around texts and media; each is used in every place that takes it. */
const makeCase = (texts: readonly [string, ...Array<string>], media: Uint8Array): Case => {
  const base64 = Encoding.encodeBase64(media)
  const url = `data:image/png;base64,${base64}`
  const at = (i: number): string => texts[i % texts.length] ?? texts[0]
  const data = { mimeType: "image/png", data: base64, note: at(1), more: [url, { blob: media, [at(2)]: at(3) }] }
  const answer: ReadonlyArray<Response.PartEncoded> = [
    { type: "text", text: `${at(0)} ${url}` },
    { type: "reasoning", text: at(1) },
    { type: "file", mediaType: "image/png", data: base64 },
    { type: "source", sourceType: "url", id: at(2), title: at(3), url: "https://source.example" }
  ]
  return {
    prompt: [
      { role: "system", content: `${at(0)} ${url}` },
      {
        role: "user",
        content: [
          { type: "text", text: at(1) },
          { type: "file", mediaType: "image/png", fileName: at(2), data: base64 },
          { type: "file", mediaType: "audio/wav", data: media },
          { type: "file", mediaType: "image/png", data: url },
          { type: "file", mediaType: "image/png", data: new URL(url) }
        ]
      },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: at(3) },
          { type: "tool-call", id: at(0), name: at(1), params: data }
        ]
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", id: at(0), name: at(1), isFailure: false, providerExecuted: false, result: data }
        ]
      }
    ],
    answer,
    streamed: [
      { type: "text-delta", id: "t", delta: at(0) },
      { type: "text-delta", id: "t", delta: url.slice(0, 40) },
      { type: "text-delta", id: "t", delta: url.slice(40) },
      { type: "reasoning-delta", id: "t", delta: at(1) },
      { type: "file", mediaType: "image/png", data: base64 },
      { type: "error", error: { message: `${at(2)} ${url}` } }
    ],
    found: data,
    failure: `${at(3)} ${url}`,
    hidden: [...texts, base64, Encoding.encodeBase64(media).slice(0, 40)]
  }
}

/** Texts that no property of ours holds. */
const secret = fc.tuple(fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 0xffffff })).map(
  ([text, n]) => `${text}secret ${n.toString(16).padStart(6, "0")}`
)
const secrets = fc.tuple(secret, secret, secret, secret)
const media = fc.uint8Array({ minLength: 48, maxLength: 3_000 })

/** As it would stand in JSON. */
const inJson = (text: string): string => JSON.stringify(text.toWellFormed()).slice(1, -1)

describe("an event of a call", () => {
  it.effect.prop(
    "CAPAI-14 in privacy mode no string of the prompt or the answer stands anywhere in it",
    [secrets, media, fc.boolean()],
    ([texts, bytes, enableFullAiCapture]) =>
      Effect.gen(function*() {
        const each = makeCase(texts, bytes)
        const events = yield* eventsOf(each, { enableFullAiCapture, aiPrivacyMode: true })
        for (const hidden of each.hidden) {
          assert.notInclude(events, inJson(hidden))
        }
      }),
    { fastCheck: { numRuns: 20 } }
  )

  it.effect.prop(
    "CAPAI-13 with the flag off no base64 of media stands anywhere in it, and the texts do",
    [secrets, media],
    ([texts, bytes]) =>
      Effect.gen(function*() {
        const events = yield* eventsOf(makeCase(texts, bytes), {})
        const base64 = Encoding.encodeBase64(bytes)
        for (let at = 0; at + 40 <= base64.length; at += 40) {
          assert.notInclude(events, base64.slice(at, at + 40))
        }
        for (const text of texts) {
          assert.include(events, inJson(text))
        }
      }),
    { fastCheck: { numRuns: 20 } }
  )

  it.effect.prop(
    "CAPAI-13 with the flag on all texts and all media stand in it",
    [secrets, media],
    ([texts, bytes]) =>
      Effect.gen(function*() {
        const events = yield* eventsOf(makeCase(texts, bytes), { enableFullAiCapture: true })
        for (const text of [...texts, Encoding.encodeBase64(bytes)]) {
          assert.include(events, inJson(text))
        }
      }),
    { fastCheck: { numRuns: 20 } }
  )
})
