import { describe, expect, it } from "vitest"
import * as Propagation from "../../../src/propagation/Propagation.js"
import { extract, inject } from "../../../src/propagation/queue/KafkaCarrier.js"

describe("KafkaCarrier", () => {
  it("keeps what the message has, its own headers in the form that they have", () => {
    const message = { key: "k", value: Buffer.from("{}"), headers: { own: [Buffer.from("a"), "b"] } }
    expect(inject(message, { traceparent: "00" })).toEqual({
      key: "k",
      value: Buffer.from("{}"),
      headers: { own: [Buffer.from("a"), "b"], traceparent: "00" }
    })
  })

  it("reads Buffers, texts and several of either", () => {
    expect(Propagation.extract(extract({
      headers: {
        "X-Correlation-Id": Buffer.from("corr"),
        "x-posthog-distinct-id": [Buffer.from(" "), Buffer.from("ädä")],
        "x-posthog-session-id": "s-1",
        "x-service-name": undefined
      }
    }))).toEqual({ correlation: { id: "corr" }, distinctId: "ädä", sessionId: "s-1" })
    expect(extract({ value: null })).toEqual({})
  })
})
