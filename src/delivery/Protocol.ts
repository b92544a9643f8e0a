/**
 * What the wire looks like. A protocol turns a batch into a request's body; how the answer is read and when it is tried
 * again is the same for all of them.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import type { FinishedEvent } from "../event/FinishedEvent.js"

export interface Protocol {
  /** Below the host. */
  readonly path: string
  /** The body for one attempt, made at `now` (ISO 8601). */
  readonly encode: (events: ReadonlyArray<FinishedEvent>, now: string) => string
}

/** `POST /batch/`: `{ api_key, batch, sent_at, historical_migration? }` (CAP-23). */
export const batch = (options: {
  readonly apiKey: Redacted.Redacted
  readonly historicalMigration: boolean
}): Protocol => {
  const head = `{"api_key":${JSON.stringify(Redacted.value(options.apiKey))},${
    options.historicalMigration ? "\"historical_migration\":true," : ""
  }"batch":[`
  return {
    path: "/batch/",
    encode: (events, now) => `${head}${events.map(encodeEvent).join(",")}],"sent_at":"${now}"}`
  }
}

const encodeEvent = (event: FinishedEvent): string =>
  `{"event":${JSON.stringify(event.event)},"distinct_id":${
    JSON.stringify(event.distinctId)
  },"properties":${event.properties},"timestamp":"${event.timestamp}","uuid":"${event.uuid}"}`
