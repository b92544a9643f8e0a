/** What of input and output an event holds: steered by `enableFullAiCapture` and `aiPrivacyMode`. */
import * as AiError from "@effect/ai/AiError"
import * as LanguageModel from "@effect/ai/LanguageModel"
import type * as Prompt from "@effect/ai/Prompt"
import type * as Response from "@effect/ai/Response"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Encoding, Schema } from "effect"
import { Posthog } from "effect-posthog"
import { layerClient } from "../support/client.js"
import { answering, finish, onlyOne, paths, text, within } from "./model.js"

const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 7) % 256)
const base64 = Encoding.encodeBase64(bytes)
const long = "hedgehogs are small ".repeat(10_000)

const file = (mediaType: string, data: string | Uint8Array | URL): Prompt.FilePartEncoded => ({
  type: "file",
  mediaType,
  data
})

const prompt: ReadonlyArray<Prompt.MessageEncoded> = [
  { role: "system", content: long },
  {
    role: "user",
    content: [
      { type: "text", text: `look: data:image/gif;base64,${base64} and data:image/svg+xml,%3Csvg%3E` },
      file("image/png", base64),
      file("image/jpeg", bytes),
      file("application/pdf", new URL(`data:application/pdf;base64,${base64}`)),
      file("image/webp", new URL("https://pictures.example/hedgehog.webp")),
      file("image/webp", "https://pictures.example/hedgehog.webp")
    ]
  },
  {
    role: "tool",
    content: [{
      type: "tool-result",
      id: "c-1",
      name: "camera",
      isFailure: false,
      providerExecuted: false,
      result: { content: [{ type: "image", data: base64, mimeType: "image/png" }, `data:audio/wav;base64,${base64}`] }
    }]
  }
]

const answer: ReadonlyArray<Response.PartEncoded> = [
  text(long),
  { type: "file", mediaType: "audio/mp3", data: base64 },
  finish
]

const Fact = Schema.Struct({ spines: Schema.Number })
const ask = LanguageModel.generateText({ prompt })
const model = answering(...answer)

const whole = {
  $ai_input: [
    { role: "system", content: long },
    {
      role: "user",
      content: [
        { type: "text", text: `look: data:image/gif;base64,${base64} and data:image/svg+xml,%3Csvg%3E` },
        { type: "image", mediaType: "image/png", image: base64 },
        { type: "image", mediaType: "image/jpeg", image: base64 },
        { type: "file", mediaType: "application/pdf", file: `data:application/pdf;base64,${base64}` },
        { type: "image", mediaType: "image/webp", image: "https://pictures.example/hedgehog.webp" },
        { type: "image", mediaType: "image/webp", image: "https://pictures.example/hedgehog.webp" }
      ]
    },
    {
      role: "tool",
      content: [{
        type: "tool-result",
        id: "c-1",
        name: "camera",
        isFailure: false,
        result: { content: [{ type: "image", data: base64, mimeType: "image/png" }, `data:audio/wav;base64,${base64}`] }
      }]
    }
  ],
  $ai_output_choices: [{
    role: "assistant",
    content: [{ type: "text", text: long }, { type: "file", mediaType: "audio/mp3", file: base64 }]
  }]
}

const cut = `${long.slice(0, 49_974)}… [150,026 characters cut]`

const reduced = {
  $ai_input: [
    { role: "system", content: cut },
    {
      role: "user",
      content: [
        { type: "text", text: "look: [image/gif, 300 bytes] and [image/svg+xml, 5 bytes]" },
        { type: "image", mediaType: "image/png", image: "[image/png, 300 bytes]" },
        { type: "image", mediaType: "image/jpeg", image: "[image/jpeg, 300 bytes]" },
        { type: "file", mediaType: "application/pdf", file: "[application/pdf, 300 bytes]" },
        { type: "image", mediaType: "image/webp", image: "https://pictures.example/hedgehog.webp" },
        { type: "image", mediaType: "image/webp", image: "https://pictures.example/hedgehog.webp" }
      ]
    },
    {
      role: "tool",
      content: [{
        type: "tool-result",
        id: "c-1",
        name: "camera",
        isFailure: false,
        result: {
          content: [
            { type: "image", data: "[image/png, 300 bytes]", mimeType: "image/png" },
            "[audio/wav, 300 bytes]"
          ]
        }
      }]
    }
  ],
  $ai_output_choices: [{
    role: "assistant",
    content: [{ type: "text", text: cut }, { type: "file", mediaType: "audio/mp3", file: "[audio/mp3, 300 bytes]" }]
  }]
}

const contentOf = ({ $ai_input, $ai_output_choices }: Readonly<Record<string, unknown>>) => ({
  $ai_input,
  $ai_output_choices
})

const contentPartsOf = (event: Readonly<Record<string, unknown>>) =>
  Schema.decodeUnknownSync(
    Schema.Tuple(Schema.Struct({ content: Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown })) }))
  )(event["$ai_input"])[0].content

describe("full capture", () => {
  it.effect("CAPAI-12 enableFullAiCapture is off by default: the event goes by capture, reduced", () =>
    Effect.gen(function*() {
      yield* ask
      assert.deepStrictEqual(contentOf(yield* onlyOne), reduced)
      assert.deepStrictEqual(yield* paths, ["/batch/"])
    }).pipe(within(model)))

  it.effect("CAPAI-12 with enableFullAiCapture the event goes by captureAi", () =>
    Effect.gen(function*() {
      yield* ask
      yield* onlyOne
      assert.deepStrictEqual(yield* paths, ["/i/v0/ai/batch/"])
    }).pipe(within(model, { enableFullAiCapture: true })))

  it.effect("CAPAI-12 what is passed to Posthog.captureAi directly is not altered by either option", () =>
    Effect.gen(function*() {
      for (const enableFullAiCapture of [false, true]) {
        for (const aiPrivacyMode of [false, true]) {
          const event = yield* Effect.zipRight(
            Posthog.captureAi("$ai_generation", { distinctId: "alice", properties: whole }),
            onlyOne
          ).pipe(Effect.provide(layerClient({ flushInterval: "1 day", enableFullAiCapture, aiPrivacyMode })))
          assert.deepStrictEqual(contentOf(event), whole)
        }
      }
    }))

  it.effect("CAPAI-13 with the flag off, media is a placeholder of its type and size, and a long text is cut", () =>
    Effect.gen(function*() {
      yield* ask
      const event = yield* onlyOne
      assert.deepStrictEqual(contentOf(event), reduced)
      assert.notInclude(JSON.stringify(event), base64)
    }).pipe(within(model, { enableFullAiCapture: false })))

  it.effect("CAPAI-13 with the flag on, media is unmodified and nothing is truncated", () =>
    Effect.gen(function*() {
      yield* ask
      assert.deepStrictEqual(contentOf(yield* onlyOne), whole)
    }).pipe(within(model, { enableFullAiCapture: true })))

  it.effect("CAPAI-13 with the flag on, five MiB of media and half a surrogate pair are no reason to truncate", () =>
    Effect.gen(function*() {
      const large = Encoding.encodeBase64(new Uint8Array(5 * 1024 * 1024).fill(7))
      yield* LanguageModel.generateText({
        prompt: [{
          role: "user",
          content: [{ type: "text", text: "a\ud83d" }, file("video/mp4", large), file("a/b", "tail")]
        }]
      })
      const [, video, tail] = contentPartsOf(yield* onlyOne)
      assert.isTrue(video?.["file"] === large)
      assert.strictEqual(tail?.["file"], "tail")
    }).pipe(within(model, { enableFullAiCapture: true })))

  it.effect("CAPAI-13 a long list of long texts is cut to what an event may hold, with the flag off", () =>
    Effect.gen(function*() {
      yield* LanguageModel.generateText({
        prompt: Array.from({ length: 40 }, () => ({ role: "user" as const, content: long }))
      })
      const input = JSON.stringify((yield* onlyOne)["$ai_input"])
      assert.isBelow(input.length, 384 * 1024)
      assert.isAbove(input.length, 300 * 1024)
    }).pipe(within(model)))

  it.effect("CAPAI-13 the message of an error has no media with the flag off", () =>
    Effect.gen(function*() {
      yield* Effect.ignore(ask)
      assert.strictEqual(
        (yield* onlyOne)["$ai_error"],
        "UnknownError: Acme.generateText: refused [image/png, 300 bytes]"
      )
    }).pipe(within({
      generateText: () =>
        Effect.fail(
          new AiError.UnknownError({
            module: "Acme",
            method: "generateText",
            description: `refused data:image/png;base64,${base64}`
          })
        )
    })))
})

describe("privacy mode", () => {
  for (const enableFullAiCapture of [false, true]) {
    it.effect(`CAPAI-14 privacy mode wins, with enableFullAiCapture ${enableFullAiCapture}: no input, no output`, () =>
      Effect.gen(function*() {
        yield* ask
        const event = yield* onlyOne
        assert.notProperty(event, "$ai_input")
        assert.notProperty(event, "$ai_output_choices")
        assert.notProperty(event, "$ai_tools")
        assert.strictEqual(event["$ai_output_tokens"], 7)
        assert.notInclude(JSON.stringify(event), "hedgehog")
      }).pipe(within(model, { enableFullAiCapture, aiPrivacyMode: true })))
  }

  it.effect("CAPAI-14 it may be asked for one model, and never be lifted for one", () =>
    Effect.gen(function*() {
      const inputOf = (aiPrivacyMode: boolean, privacyMode: boolean) =>
        Effect.zipRight(ask, onlyOne).pipe(
          Effect.map((event) => "$ai_input" in event),
          within(model, { aiPrivacyMode, enableFullAiCapture: true }, { privacyMode })
        )
      assert.isTrue(yield* inputOf(false, false))
      assert.isFalse(yield* inputOf(false, true))
      assert.isFalse(yield* inputOf(true, false))
    }))

  it.effect("CAPAI-14 an error is told by its kind alone: its message may quote what was asked or answered", () =>
    Effect.gen(function*() {
      yield* Effect.ignore(LanguageModel.generateObject({ prompt: "secret", schema: Fact }))
      const event = yield* onlyOne
      assert.deepStrictEqual([event["$ai_is_error"], event["$ai_error"]], [true, "MalformedOutput"])
      assert.notInclude(JSON.stringify(event), "secret")
    }).pipe(within(answering(text("secret"), finish), { aiPrivacyMode: true })))
})
