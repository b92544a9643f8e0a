/**
 * From a call to the queue, in one synchronous step through the gates (LOG-04): opted in, a body, the hooks, the rate cap.
 *
 * @since 0.1.0
 */
import type { RecordQueue } from "../../delivery/RecordQueue.js"
import { keys, read } from "../../domain/GuardedRead.js"
import { bare } from "../../domain/PlainJson.js"
import type { EventFlags } from "../../event/EventFlags.js"
import type { PosthogScope } from "../../scope/PosthogScope.js"
import * as ScopeAttributes from "../../scope/ScopeAttributes.js"
import type { SpanIds } from "../ActiveSpan.js"
import * as BeforeSendLog from "./BeforeSendLog.js"
import { isBlank, type Level, type Log } from "./Log.js"
import type { ResolvedLogOptions } from "./LogOptions.js"
import * as LogRecord from "./LogRecord.js"
import * as LogTime from "./LogTime.js"
import * as RateCap from "./RateCap.js"

/** What a call says. */
export interface LogInput {
  readonly body: unknown
  readonly level?: Level | undefined
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
  readonly traceId?: string | undefined
  readonly spanId?: string | undefined
  readonly traceFlags?: number | undefined
  readonly flags?: EventFlags | undefined
}

/** Where and when it was made. */
export interface Origin {
  readonly now: number
  readonly scope: PosthogScope
  readonly span: SpanIds | undefined
}

/** Returns what went beyond int64 and was sent as a text. It never throws. */
export type LogIntake = (input: LogInput, origin: Origin) => ReadonlyArray<string>

const nothing: ReadonlyArray<string> = []

export const make = (settings: {
  readonly queue: RecordQueue<string>
  readonly options: ResolvedLogOptions
  readonly isOptedOut: () => boolean
}): LogIntake => {
  const { isOptedOut, options, queue } = settings
  const rateCap = RateCap.make(options.rateCapMax, options.rateCapWindow)
  const time = LogTime.make()

  const take: LogIntake = (input, origin) => {
    if (isOptedOut() || isBlank(input.body)) {
      return nothing
    }
    const log = BeforeSendLog.run(options.hooks, assemble(input, origin))
    if (log === undefined) {
      return nothing
    }
    const verdict = rateCap(origin.now)
    if (verdict !== "pass") {
      // one warning for each window: the first record that is too many makes it
      queue.drop("rateCap", 1, verdict === "excess")
      return nothing
    }
    const large: Array<string> = []
    const record = LogRecord.write(log, time(origin.now), (digits) => large.push(digits))
    if (record !== undefined) {
      queue.offer(record)
    }
    return large
  }

  return (input, origin) => {
    try {
      return take(input, origin)
    } catch {
      // options that are a revoked proxy, or no object at all
      queue.drop("unreadable", 1)
      return nothing
    }
  }
}

/** The keys of the flags that are on, where a snapshot is given: a scope holds none (LOG-07). */
const featureFlags = (flags: EventFlags | undefined) => {
  const active = flags === undefined ? [] : Array.from(flags.values).filter(([, value]) => value !== false)
  return active.length === 0 ? undefined : { feature_flags: active.map(([key]) => key).toSorted() }
}

const assemble = (input: LogInput, { scope, span }: Origin): Log => {
  const attributes: Record<string, unknown> = bare<unknown>()
  Object.assign(attributes, ScopeAttributes.of(scope), featureFlags(input.flags))
  if (typeof input.attributes === "object" && input.attributes !== null) {
    for (const key of keys(input.attributes)) {
      attributes[key] = read(input.attributes, key)
    }
  }
  const { body, level = "info", spanId, traceFlags, traceId } = input
  return {
    body,
    level,
    attributes,
    // all from the caller or all from the active span: ids of two traces do not belong together
    ...(traceId === undefined && spanId === undefined
      ? { traceId: span?.traceId, spanId: span?.spanId, traceFlags: traceFlags ?? span?.traceFlags }
      : { traceId, spanId, traceFlags })
  }
}
