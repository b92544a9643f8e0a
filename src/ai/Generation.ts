/**
 * The properties of an `$ai_generation` event.
 *
 * @since 0.1.0
 */
import type * as Prompt from "@effect/ai/Prompt"
import * as Tool from "@effect/ai/Tool"
import * as GuardedRead from "../domain/GuardedRead.js"
import type { JsonValue } from "../domain/Json.js"
import type { Answer } from "./Answer.js"
import type { Content } from "./Content.js"
import * as Failure from "./Failure.js"
import * as Messages from "./Messages.js"

/** What was asked of the model. */
export interface Request {
  readonly method: "generateText" | "generateObject" | "streamText"
  readonly prompt: Prompt.RawInput
  readonly toolkit?: unknown
}

/** What is known of a call when it has ended. */
export interface Generation {
  readonly request: Request
  readonly traceId: string
  readonly model: string | undefined
  readonly provider: string | undefined
  readonly answer: Answer
  readonly failure: Failure.Failure | undefined
  readonly wasInterrupted: boolean
  /** Seconds. */
  readonly latency: number
  /** Seconds; only of a stream that got so far. */
  readonly timeToFirstToken: number | undefined
}

/** `content` is `undefined` where nothing of input and output may be told (CAPAI-14). */
export const properties = (
  generation: Generation,
  content: Content | undefined,
  redact: (text: string) => string
): Record<string, JsonValue | undefined> => {
  const { answer, failure, request } = generation
  return {
    $ai_trace_id: generation.traceId,
    $ai_span_name: request.method,
    $ai_model: generation.model,
    $ai_provider: generation.provider,
    $ai_input: content?.json(Messages.ofPrompt(request.prompt, content), 0.5),
    // a call that failed has no answer, where it is not a stream that broke off
    $ai_output_choices: content?.json(Messages.ofAnswer(answer.parts, content), 0.4),
    $ai_tools: content?.json(toolsOf(request.toolkit), 0.1),
    $ai_input_tokens: answer.usage?.inputTokens,
    $ai_output_tokens: answer.usage?.outputTokens,
    $ai_reasoning_tokens: answer.usage?.reasoningTokens,
    $ai_cache_read_input_tokens: answer.usage?.cachedInputTokens,
    $ai_stop_reason: generation.wasInterrupted ? "interrupted" : answer.stopReason,
    $ai_latency: generation.latency,
    $ai_stream: request.method === "streamText",
    $ai_time_to_first_token: generation.timeToFirstToken,
    $ai_is_error: failure !== undefined,
    $ai_http_status: failure?.status,
    $ai_error: failure === undefined
      ? undefined
      : content === undefined
      ? Failure.kindOf(failure.error)
      : content.text(redact(Failure.textOf(failure.error)))
  }
}

/** The tools of a toolkit, in the form that models are told of them; one that is an effect of the program's is not run. */
const toolsOf = (toolkit: unknown): unknown => {
  const tools = GuardedRead.isObject(toolkit) ? GuardedRead.read(toolkit, "tools") : undefined
  return typeof tools !== "object" || tools === null
    ? undefined
    : Object.values(tools as Record<string, Tool.Any>).map((tool) => ({ // as every toolkit has it
      type: "function",
      function: {
        name: tool.name,
        description: tool.description,
        parameters: GuardedRead.guarded(() => Tool.getJsonSchemaFromSchemaAst(tool.parametersSchema.ast))
      }
    }))
}
