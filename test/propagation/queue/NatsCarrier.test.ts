import { headers } from "@nats-io/transport-node"
import { describe, expect, it } from "vitest"
import * as Propagation from "../../../src/propagation/Propagation.js"
import { extract, inject } from "../../../src/propagation/queue/NatsCarrier.js"

describe("NatsCarrier", () => {
  it("reads headers in whatever case they were sent, though for NATS it matters", () => {
    const sent = headers()
    sent.set("X-CORRELATION-ID", "corr")
    expect(sent.get("x-correlation-id")).toBe("")
    expect(Propagation.extract(extract({ headers: sent }))).toEqual({ correlation: { id: "corr" } })
  })

  it("takes the first of several values of which something remains", () => {
    const sent = headers()
    sent.append("x-posthog-distinct-id", "  ")
    sent.append("x-posthog-distinct-id", "user-1")
    sent.append("x-posthog-distinct-id", "user-2")
    expect(extract({ headers: sent })).toEqual({ "x-posthog-distinct-id": ["", "user-1", "user-2"] })
    expect(Propagation.extract(extract({ headers: sent }))).toEqual({ distinctId: "user-1" })
  })

  it("leaves out a header on which NATS throws, and sends the others", () => {
    const target = headers()
    expect(() => target.set("a", "1\r\nb: 2")).toThrow()
    expect(inject(target, { a: "1\r\nb: 2", "no name": "1", c: "3" })).toBe(target)
    expect([...target]).toEqual([["c", ["3"]]])
  })

  it("finds nothing in a message without headers", () => {
    expect(extract({ subject: "a", headers: undefined })).toEqual({})
  })
})
