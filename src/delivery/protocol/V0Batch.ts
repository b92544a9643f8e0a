/**
 * The body that PostHog's v0 endpoints take: the key and the events in one object, `{ api_key, historical_migration?,
 * batch, sent_at }` (CAP-23, HTTP-01). Any 2xx answer means that all of it is taken.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import type { FinishedEvent } from "../../event/FinishedEvent.js"
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
      const event = quoted()
      const distinctId = quoted()
      let separator = ""
      for (const { distinctId: id, event: name, own, shared, timestamp, uuid } of events) {
        append(
          `${separator}{"event":${event(name)},"distinct_id":${
            distinctId(id)
          },"timestamp":"${timestamp}","uuid":"${uuid}","properties":`
        )
        // piece by piece: joined into one text first, each of them would be copied once more
        if (shared === "") {
          append(own)
        } else {
          append(own.slice(0, -1))
          if (own !== "{}") {
            append(",")
          }
          append(shared)
          append("}")
        }
        append("}")
        separator = ","
      }
      append(`],"sent_at":"${now}"}`)
    }
  }
}

const none = {}

/** A text as JSON. Events that follow on each other often have their name, or their person, in common. */
const quoted = () => {
  let last = ""
  let json = "\"\""
  return (text: string): string => {
    if (text !== last) {
      last = text
      json = JSON.stringify(text)
    }
    return json
  }
}
