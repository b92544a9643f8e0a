import { describe, expect, it } from "vitest"
import * as Propagation from "../../../src/propagation/Propagation.js"
import { extract, inject, key } from "../../../src/propagation/queue/BullMqCarrier.js"

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

describe("BullMqCarrier", () => {
  it("puts the headers under one key of the data, in the place of those that a copied job had", () => {
    const data = { order: 7, [key]: { "x-correlation-id": "old", "x-user-id": "somebody else" } }
    expect(inject(data, { "x-correlation-id": "new" })).toEqual({ order: 7, [key]: { "x-correlation-id": "new" } })
    expect(data[key]["x-correlation-id"]).toBe("old")
  })

  it("reads what another sender's telemetry adapter wrote, and what we wrote before that", () => {
    const opts = { telemetry: { metadata: JSON.stringify({ traceparent, "x-correlation-id": "theirs" }) } }
    expect(Propagation.extract(extract({ data: { order: 7 }, opts }))).toEqual({
      correlation: { id: "theirs" },
      trace: { traceparent }
    })
    expect(Propagation.extract(extract({ data: inject({}, { "x-correlation-id": "ours" }), opts })).correlation)
      .toEqual({
        id: "ours"
      })
    expect(extract({ data: "text", opts: { telemetry: { metadata: "no JSON" } } })).toEqual({})
  })
})
