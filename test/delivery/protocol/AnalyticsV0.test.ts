import { assert, describe, it } from "@effect/vitest"
import * as AnalyticsV0 from "../../../src/delivery/protocol/AnalyticsV0.js"
import { attempt, event, options, written } from "./written.js"

const protocol = AnalyticsV0.make(options)

describe("POST /batch/", () => {
  it("CAP-23, HTTP-01: the body holds the key, the events and when it is sent, and no header holds the key", () => {
    assert.strictEqual(protocol.path, "/batch/")
    assert.strictEqual(protocol.contentType, "application/json")
    assert.deepStrictEqual(protocol.headers(attempt), {})
    assert.deepStrictEqual(written(protocol, [event({ event: "a \"b\"", distinctId: "\u2028" }), event()]), {
      api_key: "phc_\"test\"",
      batch: [
        {
          event: "a \"b\"",
          distinct_id: "\u2028",
          properties: { price: 9, $is_server: true, $lib: "effect-posthog", $lib_version: "0.1.0" },
          timestamp: "2025-01-02T03:04:05.678Z",
          uuid: "0198c0de-0000-7000-8000-000000000001"
        },
        {
          event: "bought",
          distinct_id: "alice",
          properties: { price: 9, $is_server: true, $lib: "effect-posthog", $lib_version: "0.1.0" },
          timestamp: "2025-01-02T03:04:05.678Z",
          uuid: "0198c0de-0000-7000-8000-000000000001"
        }
      ],
      sent_at: "2025-01-02T03:04:06.789Z"
    })
  })

  it("CAP-24: a later attempt differs in when it is sent and in nothing else", () => {
    const first = written(protocol, [event()])
    const second = written(protocol, [event()], { number: 2, now: "2025-01-02T03:04:09.000Z" })
    assert.deepStrictEqual(second, { ...first, sent_at: "2025-01-02T03:04:09.000Z" })
  })

  it("CAP-25: what steers PostHog is an ordinary property here", () => {
    const own = "{\"$process_person_profile\":false,\"$session_id\":\"s\",\"$cookieless_mode\":true,\"$set\":{\"a\":1}}"
    assert.deepStrictEqual(written(protocol, [event({ own, shared: "" })]).batch[0]?.["properties"], {
      $process_person_profile: false,
      $session_id: "s",
      $cookieless_mode: true,
      $set: { a: 1 }
    })
  })

  it("a historical import says so at the body's root", () => {
    const body = written(AnalyticsV0.make({ ...options, historicalMigration: true }), [event()])
    assert.strictEqual(body["historical_migration"], true)
    assert.notProperty(written(protocol, [event()]), "historical_migration")
  })

  it("HTTP-02: a 2xx answer is for all events, whatever it says", () => {
    assert.isUndefined(protocol.read)
  })
})
