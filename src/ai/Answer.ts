/**
 * What a model's answer says, noted part by part as it comes.
 *
 * @since 0.1.0
 */
import * as Response from "@effect/ai/Response"
import * as Option from "effect/Option"
import type { AnswerPart } from "./Messages.js"

export class Answer {
  /** Is the content wanted? */
  readonly keepsContent: boolean
  readonly #parts: Array<AnswerPart | Streamed> = []
  /** Texts that are still coming, by their id. */
  readonly #open = new Map<string, Streamed>()
  model: string | undefined
  /** The name under which the model's provider puts what is its own into a part. */
  provider: string | undefined
  usage: Response.Usage | undefined
  stopReason: string | undefined
  /** An error that came as a part of a stream. */
  error: { readonly error: unknown } | undefined

  constructor(keepsContent: boolean) {
    this.keepsContent = keepsContent
  }

  get parts(): ReadonlyArray<AnswerPart> {
    return this.#parts.map((part) => part instanceof Streamed ? part.finish() : part)
  }

  note(part: Response.AnyPart): void {
    // a model of the program's own may leave it out
    this.provider ??= Object.keys(part.metadata ?? {})[0]
    switch (part.type) {
      case "response-metadata":
        this.model = Option.getOrUndefined(part.modelId) ?? this.model
        return
      case "finish":
        this.usage = part.usage
        this.stopReason = part.reason
        return
      case "error":
        this.error = { error: part.error }
        return
      default:
        if (this.keepsContent) {
          this.#noteContent(part)
        }
    }
  }

  #noteContent(part: Response.AnyPart): void {
    switch (part.type) {
      case "text-start":
        this.#start("text", part.id)
        return
      case "reasoning-start":
        this.#start("reasoning", part.id)
        return
      case "text-delta":
        this.#started("text", part.id).text += part.delta
        return
      case "reasoning-delta":
        this.#started("reasoning", part.id).text += part.delta
        return
      case "tool-result":
        // those of the program's own tools are input of the next call
        if (part.providerExecuted) {
          this.#parts.push(part)
        }
        return
      case "text":
      case "reasoning":
      case "file":
      case "source":
      case "tool-call":
        this.#parts.push(part)
    }
  }

  #started(type: Streamed["type"], id: string): Streamed {
    return this.#open.get(`${type} ${id}`) ?? this.#start(type, id)
  }

  #start(type: Streamed["type"], id: string): Streamed {
    const streamed = new Streamed(type)
    this.#open.set(`${type} ${id}`, streamed)
    this.#parts.push(streamed)
    return streamed
  }
}

class Streamed {
  readonly type: "text" | "reasoning"
  text = ""

  constructor(type: "text" | "reasoning") {
    this.type = type
  }

  finish(): AnswerPart {
    return Response.makePart(this.type, { text: this.text })
  }
}

/** Does this part bring a first piece of the answer itself? */
export const isToken = (part: Response.AnyPart): boolean => part.type.endsWith("-delta")
