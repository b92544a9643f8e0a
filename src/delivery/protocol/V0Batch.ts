/**
 * The body that PostHog's v0 endpoints take: the key and the events in one object, `{ api_key, historical_migration?,
 * batch, sent_at }` (CAP-23, HTTP-01). Any 2xx answer means that all of it is taken.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import { type FinishedEvent, properties } from "../../event/FinishedEvent.js"
import type { Protocol } from "./Protocol.js"

export interface Options {
  /** The project's. */
  readonly apiKey: Redacted.Redacted
  /** Marks everything that is sent as imported from the past. */
  readonly historicalMigration: boolean
}

export const make = (path: string, { apiKey, historicalMigration }: Options): Protocol<FinishedEvent> => {
  const open = `{"api_key":${JSON.stringify(Redacted.value(apiKey))},${
    historicalMigration ? "\"historical_migration\":true," : ""
  }"batch":[`
  return {
    path,
    contentType: "application/json",
    headers: () => none,
    write: (events, { now }, append) => {
      append(open)
      let separator = ""
      for (const event of events) {
        append(separator + textOf(event))
        separator = ","
      }
      append(`],"sent_at":"${now}"}`)
    }
  }
}

const none = {}

const textOf = (event: FinishedEvent): string =>
  `{"event":${JSON.stringify(event.event)},"distinct_id":${JSON.stringify(event.distinctId)},"properties":${
    properties(event)
  },"timestamp":"${event.timestamp}","uuid":"${event.uuid}"}`
