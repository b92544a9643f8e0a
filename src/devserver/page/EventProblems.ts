/**
 * What PostHog would complain about in an event that it takes, in plain words.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type { WireEvent } from "../ReceivedEvent.js"
import { problemsOf } from "../ReceivedEvent.js"
import * as ReceivedException from "../ReceivedException.js"

/** Ids that PostHog takes for a mistake: it makes no person of them. Compared without regard to case. */
const nobody: ReadonlySet<string> = new Set([
  "anonymous",
  "guest",
  "distinctid",
  "distinct_id",
  "id",
  "not_authenticated",
  "email",
  "undefined",
  "true",
  "false",
  "null",
  "none",
  "nan",
  "0",
  "[object object]"
])

const longestName = 200
const longestId = 400
const largestEvent = 1024 * 1024
const mostProblems = 20

const identity = ({ distinct_id: id }: WireEvent): ReadonlyArray<string> =>
  nobody.has(id.trim().toLowerCase())
    ? [`distinct_id: ${JSON.stringify(id)} is nobody; PostHog makes no person of it`]
    : id.trim() === ""
    ? ["distinct_id: is blank"]
    : id.length > longestId
    ? [`distinct_id: is longer than ${longestId} characters`]
    : []

const moment = ({ timestamp }: WireEvent, receivedAt: number): ReadonlyArray<string> =>
  Date.parse(timestamp) - receivedAt > 23 * 3_600_000
    ? ["timestamp: is more than 23 hours in the future; PostHog takes the time of arrival instead"]
    : []

/** Other SDKs leave out what the format asks for, and PostHog makes do. */
const exception = ({ event, properties }: WireEvent): ReadonlyArray<string> => {
  if (event !== "$exception") {
    return []
  }
  const decoded = ReceivedException.decode(properties)
  return Either.isLeft(decoded) ?
    problemsOf(decoded.left.issue).map((problem) => `${problem} (PostHog's format of exceptions; taken all the same)`)
    : []
}

const identify = ({ event, properties }: WireEvent): ReadonlyArray<string> =>
  event === "$groupidentify" && (properties["$group_type"] === undefined || properties["$group_key"] === undefined)
    ? ["$groupidentify: needs the properties $group_type and $group_key"]
    : event === "$create_alias" && properties["alias"] === undefined
    ? ["$create_alias: needs the property alias"]
    : []

/** Sentences, each beginning with the place; `remarks` are about what was made good already. */
export const find = (
  event: WireEvent,
  receivedAt: number,
  remarks: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const size = Buffer.byteLength(JSON.stringify(event))
  const found = [
    ...remarks,
    ...identity(event),
    ...moment(event, receivedAt),
    ...(event.event.length > longestName ? [`event: its name is longer than ${longestName} characters`] : []),
    ...(size > largestEvent ? [`the event has ${size} bytes; PostHog refuses more than ${largestEvent}`] : []),
    ...identify(event),
    ...exception(event)
  ]
  return found.length <= mostProblems
    ? found
    : [...found.slice(0, mostProblems), `and ${found.length - mostProblems} more`]
}
