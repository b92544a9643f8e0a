import { assert, describe, it } from "@effect/vitest"
import * as AiBatch from "../../../src/delivery/protocol/AiBatch.js"
import * as AnalyticsV0 from "../../../src/delivery/protocol/AnalyticsV0.js"
import { attempt, event, options, written } from "./written.js"

const protocol = AiBatch.make(options)

describe("POST /i/v0/ai/batch/", () => {
  it("CAPAI-03, CAPAI-16: events of AI have an address of their own and the body of the v0 batch", () => {
    assert.strictEqual(protocol.path, "/i/v0/ai/batch/")
    assert.deepStrictEqual(protocol.headers(attempt), {})
    const events = [event({ event: "$ai_generation" })]
    assert.deepStrictEqual(written(protocol, events), written(AnalyticsV0.make(options), events))
  })

  it("CAPAI-10: uuid, timestamp, name and distinct id are the event's own in every attempt", () => {
    const events = [event({ event: "$ai_generation" })]
    const again = written(protocol, events, { number: 2, now: "2025-01-02T03:04:09.000Z" })
    assert.deepStrictEqual(again.batch, written(protocol, events).batch)
    assert.deepInclude(again.batch[0], {
      uuid: "0198c0de-0000-7000-8000-000000000001",
      timestamp: "2025-01-02T03:04:05.678Z",
      event: "$ai_generation",
      distinct_id: "alice"
    })
  })

  it("CAPAI-15: what an event of AI holds leaves as it is, however long", () => {
    const text = `${"data:image/png;base64,".repeat(2)}${"x".repeat(100_000)}`
    const own = JSON.stringify({ $ai_input: [{ role: "user", content: text }] })
    assert.deepStrictEqual(written(protocol, [event({ own, shared: "" })]).batch[0]?.["properties"], {
      $ai_input: [{ role: "user", content: text }]
    })
  })
})
