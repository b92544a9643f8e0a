/** What a protocol writes, as a JSON parser reads it. */
import { Redacted } from "effect"
import type { Attempt, Protocol } from "../../../src/delivery/protocol/Protocol.js"
import type { FinishedEvent } from "../../../src/event/FinishedEvent.js"

export const options = { apiKey: Redacted.make("phc_\"test\""), historicalMigration: false }

export const attempt: Attempt = {
  requestId: "0198c0de-aaaa-7000-8000-000000000001",
  createdAt: "2025-01-02T03:04:05.000Z",
  number: 1,
  now: "2025-01-02T03:04:06.789Z"
}

export const event = (over: Partial<FinishedEvent> = {}): FinishedEvent => ({
  uuid: "0198c0de-0000-7000-8000-000000000001",
  event: "bought",
  distinctId: "alice",
  timestamp: "2025-01-02T03:04:05.678Z",
  own: "{\"price\":9}",
  shared: "\"$is_server\":true,\"$lib\":\"effect-posthog\",\"$lib_version\":\"0.1.0\"",
  isAi: false,
  ...over
})

export interface Body {
  readonly [name: string]: unknown
  readonly batch: ReadonlyArray<Readonly<Record<string, unknown>>>
}

export const written = (
  protocol: Protocol<FinishedEvent>,
  events: ReadonlyArray<FinishedEvent>,
  over: Partial<Attempt> = {}
): Body => {
  let text = ""
  protocol.write(events, { ...attempt, ...over }, (piece) => {
    text += piece
  })
  // the protocols' own form: what is in it is what the tests are about
  return JSON.parse(text) as Body
}
