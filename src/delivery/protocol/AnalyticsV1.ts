/**
 * `POST /i/v1/analytics/events`: the key and the library in headers, what steers PostHog beside an event's properties, and
 * an answer for every event (HTTP-30, HTTP-31, HTTP-32).
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import type { FinishedEvent } from "../../event/FinishedEvent.js"
import * as Library from "../../event/Library.js"
import * as LiftedProperties from "./LiftedProperties.js"
import * as PartialResults from "./PartialResults.js"
import type { Protocol } from "./Protocol.js"

export interface Options {
  /** The project's. */
  readonly apiKey: Redacted.Redacted
  /** Marks everything that is sent as imported from the past. */
  readonly historicalMigration: boolean
}

export const make = ({ apiKey, historicalMigration }: Options): Protocol<FinishedEvent> => {
  const authorization = `Bearer ${Redacted.value(apiKey)}`
  const open = historicalMigration ? ",\"historical_migration\":true,\"batch\":[" : ",\"batch\":["
  return {
    path: "/i/v1/analytics/events",
    contentType: "application/json",
    headers: ({ now, number, requestId }) => ({
      Authorization: authorization,
      "PostHog-Sdk-Info": sdkInfo,
      "PostHog-Attempt": String(number),
      "PostHog-Request-Id": requestId,
      "PostHog-Request-Timestamp": now
    }),
    write: (events, { createdAt }, append) => {
      append(`{"created_at":"${createdAt}"${open}`)
      const lift = LiftedProperties.lifter()
      let separator = ""
      for (const event of events) {
        append(separator + textOf(event, lift))
        separator = ","
      }
      append("]}")
    },
    read: PartialResults.read
  }
}

const sdkInfo = `${Library.name}/${Library.version}`

const textOf = (event: FinishedEvent, lift: LiftedProperties.Lift): string => {
  const { options, properties, root } = lift(event.own, event.shared)
  return `{"event":${JSON.stringify(event.event)},"uuid":"${event.uuid}","distinct_id":${
    JSON.stringify(event.distinctId)
  },"timestamp":"${event.timestamp}",${root}"options":{${options}},"properties":{${properties}}}`
}
