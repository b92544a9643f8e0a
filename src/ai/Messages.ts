/**
 * Prompts and answers as the lists of messages that PostHog shows.
 *
 * @since 0.1.0
 */
import * as Prompt from "@effect/ai/Prompt"
import type * as Response from "@effect/ai/Response"
import type { Content } from "./Content.js"

/** The messages of a prompt; `undefined` for an iterator, which only the model may read. */
export const ofPrompt = (input: Prompt.RawInput, content: Content): unknown => {
  if (typeof input === "string") {
    return [{ role: "user", content: [{ type: "text", text: input }] }]
  }
  if (Prompt.isPrompt(input)) {
    return input.content.map((message) => ofMessage(message, content))
  }
  const isIterator: boolean = Object.is(input[Symbol.iterator](), input)
  return isIterator ? undefined : Array.from(input, (message) => ofMessage(message, content))
}

const ofMessage = (message: Prompt.Message | Prompt.MessageEncoded, content: Content): unknown => ({
  role: message.role,
  content: typeof message.content === "string"
    ? message.content
    : message.content.map((part) => ofPart(part, content))
})

/** The parts of an answer that are content; a streamed one has been put together before. */
export type AnswerPart = Response.TextPart | Response.ReasoningPart | Response.FilePart | AnswerTool | AnswerSource
type AnswerTool = Response.ToolCallPart<string, unknown> | Response.ToolResultPart<string, unknown, unknown>
type AnswerSource = Response.DocumentSourcePart | Response.UrlSourcePart

/** One choice: the models of `@effect/ai` give no more. */
export const ofAnswer = (parts: ReadonlyArray<AnswerPart>, content: Content): unknown =>
  parts.length === 0 ? [] : [{ role: "assistant", content: parts.map((part) => ofPart(part, content)) }]

const ofPart = (part: AnswerPart | Prompt.Part | Prompt.PartEncoded, content: Content): unknown => {
  switch (part.type) {
    case "text":
    case "reasoning":
      return { type: part.type, text: part.text }
    case "file": {
      const data = content.media(part.data, part.mediaType)
      const name = "fileName" in part ? { fileName: part.fileName } : {}
      return part.mediaType.startsWith("image/")
        ? { type: "image", mediaType: part.mediaType, ...name, image: data }
        : { type: "file", mediaType: part.mediaType, ...name, file: data }
    }
    case "tool-call":
      return { type: "function", id: part.id, function: { name: part.name, arguments: part.params } }
    case "tool-result":
      return {
        type: "tool-result",
        id: part.id,
        name: part.name,
        isFailure: part.isFailure,
        result: "encodedResult" in part ? part.encodedResult : part.result
      }
    case "source": {
      const { id, sourceType, title } = part
      return { type: "source", sourceType, id, title, ...(part.sourceType === "url" ? { url: part.url.href } : {}) }
    }
  }
}
