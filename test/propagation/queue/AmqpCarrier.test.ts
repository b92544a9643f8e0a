import { describe, expect, it } from "vitest"
import { extract, inject } from "../../../src/propagation/queue/AmqpCarrier.js"

describe("AmqpCarrier", () => {
  it("leaves headers absent where there are none", () => {
    expect(inject({ persistent: true }, {})).toEqual({ persistent: true })
    expect(extract({ properties: {} })).toEqual({})
    expect(extract({ properties: { headers: undefined } })).toEqual({})
  })

  it("sets the native correlation id in the text that it stands for, unless the application did or it does not fit", () => {
    expect(inject({}, { "x-correlation-id": "UTF-8''%C3%A4" }).correlationId).toBe("ä")
    expect(inject({ correlationId: "rpc-7" }, { "x-correlation-id": "corr" }).correlationId).toBe("rpc-7")
    expect(inject({}, { "x-correlation-id": "c".repeat(255) }).correlationId).toBe("c".repeat(255))
    expect(inject({}, { "x-correlation-id": "c".repeat(256) })).not.toHaveProperty("correlationId")
    expect(inject({}, { "x-correlation-id": `UTF-8''${"%C3%A4".repeat(128)}` })).not.toHaveProperty("correlationId")
  })

  it("takes the native correlation id only where no header says it", () => {
    const message = (headers: object | undefined) => ({ properties: { headers, correlationId: "native" } })
    expect(extract(message(undefined))).toEqual({ "x-correlation-id": "native" })
    expect(extract(message({ "X-Correlation-Id": "header" }))).toEqual({ "X-Correlation-Id": "header" })
    expect(extract(message({ correlation_id: "plain" }))).toEqual({ correlation_id: "plain" })
  })
})
