/**
 * Hooks that see every log record before it is sent (LOG-16).
 *
 * @since 0.1.0
 */
import { read, unreadable } from "../../domain/GuardedRead.js"
import { isBlank, type Log } from "./Log.js"

/**
 * Returns the record, changed or not, or null to drop it; a record without a body is dropped as well. Unlike the hooks of
 * events and spans, one that throws changes nothing: the record goes on as it was (fail open).
 *
 * The record and its attributes are copies; values within the attributes are the caller's own and must not be changed.
 *
 * @since 0.1.0
 * @category models
 */
export type BeforeSendLog = (log: Log) => Log | null

/** What the hooks leave of the record, each seeing what the one before it returned; `undefined` where one drops it. */
export const run = (hooks: ReadonlyArray<BeforeSendLog>, log: Log): Log | undefined => {
  let current = log
  for (const hook of hooks) {
    const next = runOne(hook, current)
    if (next === undefined || isBlank(next.body)) {
      return undefined
    }
    current = next
  }
  return current
}

const runOne = (hook: BeforeSendLog, log: Log): Log | undefined => {
  try {
    // a hook may return anything, whatever its type says
    const result: unknown = hook({ ...log, attributes: { ...log.attributes } })
    if (result === null || result === undefined) {
      return undefined
    }
    return typeof result === "object" && "body" in result ? copy(result) : log
  } catch {
    return log
  }
}

/** Read once, here: what throws when it is read has failed like a hook that throws. */
const copy = (result: object): Log => {
  const attributes = take(result, "attributes")
  return {
    body: take(result, "body"),
    // whatever is no level is sent as `info`
    level: take(result, "level") as Log["level"],
    attributes: typeof attributes === "object" && attributes !== null ? { ...attributes } : {},
    // what is no id is left out when the record is written
    traceId: take(result, "traceId") as Log["traceId"],
    spanId: take(result, "spanId") as Log["spanId"],
    traceFlags: take(result, "traceFlags") as Log["traceFlags"]
  }
}

const take = (result: object, key: string): unknown => {
  const value = read(result, key)
  if (value === unreadable) {
    throw new TypeError(`${key} of a log record cannot be read`)
  }
  return value
}
