/**
 * What the wire looks like. A protocol turns a batch into a request's body; how the answer is read and when it is tried
 * again is the same for all of them.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import { type FinishedEvent, properties } from "../event/FinishedEvent.js"

export interface Protocol {
  /** Below the host. */
  readonly path: string
  /** What stands before the events of a body, and what after them in an attempt made at `now` (ISO 8601). */
  readonly open: string
  readonly close: (now: string) => string
  readonly event: (event: FinishedEvent) => string
}

/** `POST /batch/`: `{ api_key, batch, sent_at, historical_migration? }` (CAP-23). */
export const batch = (options: {
  readonly apiKey: Redacted.Redacted
  readonly historicalMigration: boolean
}): Protocol => ({
  path: "/batch/",
  open: `{"api_key":${JSON.stringify(Redacted.value(options.apiKey))},${
    options.historicalMigration ? "\"historical_migration\":true," : ""
  }"batch":[`,
  close: (now) => `],"sent_at":"${now}"}`,
  event: (event) =>
    `{"event":${JSON.stringify(event.event)},"distinct_id":${JSON.stringify(event.distinctId)},"properties":${
      properties(event)
    },"timestamp":"${event.timestamp}","uuid":"${event.uuid}"}`
})
