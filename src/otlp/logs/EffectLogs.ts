/**
 * What a program logs with `Effect.log`, as log records.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as BoundedJson from "../../domain/BoundedJson.js"
import * as BoundedText from "../../domain/BoundedText.js"
import { guarded } from "../../domain/GuardedRead.js"
import { bare } from "../../domain/PlainJson.js"
import * as CurrentScope from "../../scope/CurrentScope.js"
import * as ActiveSpan from "../ActiveSpan.js"
import type { Level } from "./Log.js"
import type { LogIntake } from "./LogIntake.js"

/**
 * A logger whose entries take the same way as `captureLog`. A single message is the body, several are one text. The
 * annotations are attributes, the log spans `logSpan.<label>` in milliseconds, the fiber is `fiber`, and of a cause
 * `exception.type`, `exception.message` and `exception.stacktrace`. Scope and active span are those of the fiber. This
 * library's own entries are passed over: a failed request would otherwise make the next one.
 */
export const make = (intake: LogIntake): Logger.Logger<unknown, void> =>
  Logger.make((entry) => {
    if (isOurs(entry.annotations)) {
      return
    }
    guarded(() =>
      intake({ body: body(entry), level: level(entry.logLevel), attributes: attributes(entry) }, {
        now: entry.date.getTime(),
        scope: CurrentScope.fromRefs(entry.context),
        span: ActiveSpan.fromContext(FiberRefs.getOrDefault(entry.context, FiberRef.currentContext))
      })
    )
  })

const isOurs = (annotations: HashMap.HashMap<string, unknown>): boolean =>
  Option.contains(HashMap.get(annotations, "package"), "effect-posthog")

const levels: { readonly [Tag in LogLevel.LogLevel["_tag"]]: Level } = {
  All: "info",
  Trace: "trace",
  Debug: "debug",
  Info: "info",
  Warning: "warn",
  Error: "error",
  Fatal: "fatal",
  None: "info"
}

const level = ({ _tag }: LogLevel.LogLevel): Level => levels[_tag]

const limits: BoundedJson.Limits = { maxDepth: 8, maxItems: 256, maxTextLength: 16_384, maxBytes: 64 * 1024 }

/** Where there is no message the cause says what happened. */
const body = ({ cause, message }: Logger.Logger.Options<unknown>): unknown => {
  const messages = guarded(() => Array.isArray(message) ? Array.from(message) : [message]) ?? []
  const said = messages.length === 1 ? messages[0] : messages.map(textOf).filter((text) => text !== "").join(" ")
  return said === "" || said === undefined ? exception(cause)?.message : said
}

const textOf = (message: unknown): string => {
  const value = BoundedJson.toJsonValue(message, limits)
  return typeof value === "string" ? value : JSON.stringify(value) ?? ""
}

const attributes = (entry: Logger.Logger.Options<unknown>): Record<string, unknown> => {
  const result = bare<unknown>()
  result["fiber"] = FiberId.threadName(entry.fiberId)
  for (const { label, startTime } of entry.spans) {
    result[`logSpan.${label}`] = entry.date.getTime() - startTime
  }
  const thrown = exception(entry.cause)
  if (thrown !== undefined) {
    result["exception.type"] = thrown.type
    result["exception.message"] = thrown.message
    result["exception.stacktrace"] = thrown.stack
  }
  for (const [key, annotation] of entry.annotations) {
    result[key] = annotation
  }
  return result
}

interface Exception {
  readonly type: string
  readonly message: string
  readonly stack: string
}

/** Of the first failure or defect; an interruption is none. The stack trace is that of the whole cause. */
const exception = (cause: Cause.Cause<unknown>): Exception | undefined => {
  if (Cause.isEmpty(cause) || Cause.isInterruptedOnly(cause)) {
    return undefined
  }
  // errors are the application's: what they answer when they are asked for their message may throw
  return guarded(() => {
    const first = Cause.prettyErrors(cause)[0]
    return first === undefined ? undefined : {
      type: BoundedText.cut(String(first.name), 256),
      message: BoundedText.cut(String(first.message), limits.maxTextLength),
      stack: BoundedText.cut(Cause.pretty(cause, { renderErrorCause: true }), limits.maxTextLength)
    }
  }) ?? unreadable
}

const unreadable: Exception = { type: "Error", message: "[Unreadable]", stack: "[Unreadable]" }
