/**
 * Captures the causes that are logged (EXCMETA-27, EXCMETA-35).
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as HashSet from "effect/HashSet"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as BoundedJson from "../../domain/BoundedJson.js"
import * as BoundedText from "../../domain/BoundedText.js"
import * as ExceptionBoundary from "../../domain/ExceptionBoundary.js"
import type { JsonValue } from "../../domain/JsonValue.js"
import { ExceptionCapture, type Service } from "../../scope/ExceptionCapture.js"
import * as AsFiber from "./AsFiber.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The lowest level whose entries are captured. Default: `LogLevel.Error`. */
  readonly minimumLevel?: LogLevel.LogLevel | undefined
}

/**
 * Adds a logger beside those there are: an entry at the level or above that carries a cause with a failure or a defect is
 * captured, and so is the first `Error` among the messages of an entry without a cause. Interruptions are not.
 *
 * The event has the entry's level, the scope and the span of where the entry was logged, the other messages as
 * `log.message` and the annotations as `log.<key>`. It counts as handled, at the level `fatal` too: who logs it goes on. An
 * error that has already been captured makes no second event. This library's own entries are passed over.
 *
 * @example
 * import { Effect, Layer } from "effect"
 * import { ExceptionLogger, Posthog } from "effect-posthog"
 *
 * const PosthogLive = ExceptionLogger.layer().pipe(
 *   Layer.provideMerge(Posthog.PosthogLive)
 * )
 *
 * const program = Effect.fail(new Error("no stock")).pipe(
 *   Effect.catchAllCause((cause) => Effect.logError("the order was put off", cause)),
 *   Effect.provide(PosthogLive)
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<never, never, ExceptionCapture> =>
  Logger.addEffect(Effect.map(ExceptionCapture, (service) => make(service, options.minimumLevel ?? LogLevel.Error)))

const make = (service: Service, minimumLevel: LogLevel.LogLevel): Logger.Logger<unknown, void> => {
  const logger: Logger.Logger<unknown, void> = Logger.make((entry) => {
    if (LogLevel.lessThan(entry.logLevel, minimumLevel) || isOurs(entry.annotations)) {
      return
    }
    const logged = read(entry)
    if (logged !== undefined) {
      AsFiber.capture(
        entry.context,
        service,
        logged.exception,
        {
          boundary: ExceptionBoundary.logger,
          level: entry.logLevel.label,
          properties: properties(logged.messages, entry.annotations)
        },
        // what is logged while capturing is not captured
        Effect.locallyWith(FiberRef.currentLoggers, HashSet.remove(logger))
      )
    }
  })
  return logger
}

const isOurs = (annotations: HashMap.HashMap<string, unknown>): boolean =>
  Option.contains(HashMap.get(annotations, "package"), "effect-posthog")

interface Logged {
  readonly exception: unknown
  readonly messages: ReadonlyArray<unknown>
}

const read = ({ cause, message }: Logger.Logger.Options<unknown>): Logged | undefined => {
  const messages = messagesOf(message)
  if (!Cause.isEmpty(cause)) {
    return Cause.isFailure(cause) || Cause.isDie(cause) ? { exception: cause, messages } : undefined
  }
  const index = messages.findIndex(isError)
  return index === -1 ? undefined : { exception: messages[index], messages: messages.toSpliced(index, 1) }
}

/** `Effect.log` passes a list of messages; whoever calls the fiber's log itself may pass anything. */
const messagesOf = (message: unknown): ReadonlyArray<unknown> => {
  try {
    return Array.isArray(message) ? Array.from(message) : [message]
  } catch {
    return []
  }
}

const isError = (message: unknown): boolean => {
  try {
    return message instanceof Error
  } catch {
    return false
  }
}

/** The text of all messages together, and bounds for each value that is no text. */
const maxTextLength = 1024
const limits: BoundedJson.Limits = { maxDepth: 4, maxItems: 32, maxTextLength, maxBytes: 4096 }

const properties = (
  messages: ReadonlyArray<unknown>,
  annotations: HashMap.HashMap<string, unknown>
): { readonly [name: string]: JsonValue } => {
  const result: Record<string, JsonValue> = {}
  for (const [key, annotation] of annotations) {
    const value = BoundedJson.toJsonValue(annotation, limits)
    if (value !== undefined) {
      result[`log.${key}`] = value
    }
  }
  const text = messages.slice(0, limits.maxItems).map(textOf).filter((text) => text !== "").join(" ")
  if (text !== "") {
    result["log.message"] = BoundedText.cut(text, maxTextLength)
  }
  return result
}

const textOf = (message: unknown): string => {
  const value = BoundedJson.toJsonValue(message, limits)
  return typeof value === "string" ? value : JSON.stringify(value) ?? ""
}
