import { describe, expect, it } from "vitest"
import * as Propagation from "../../../src/propagation/Propagation.js"
import { extract, inject } from "../../../src/propagation/queue/RedisStreamsCarrier.js"

describe("RedisStreamsCarrier", () => {
  it("keeps the application's fields, Buffers and repeated ones too, before its own", () => {
    const body = Buffer.from([0xff, 0])
    expect(inject(["body", body, "n", 1, "n", 2], { traceparent: "00" })).toEqual(
      ["body", body, "n", 1, "n", 2, "traceparent", "00"]
    )
    expect(inject([Buffer.from("X-Correlation-Id"), "old"], { "x-correlation-id": "new" })).toEqual(
      ["x-correlation-id", "new"]
    )
  })

  it("reads an entry, a list of fields, and an object of them", () => {
    const fields = ["body", "{}", "x-correlation-id", "corr"]
    const read = { body: "{}", "x-correlation-id": "corr" }
    expect(extract(["1-0", fields])).toEqual(read)
    expect(extract(fields)).toEqual(read)
    expect(extract({ id: "1-0", message: read })).toEqual(read)
    expect(extract(["body", "{}"])).toEqual({ body: "{}" })
  })

  it("gives all values of a field that is there several times, and leaves a name without a value out", () => {
    expect(extract(["a", "1", "a", "2", "a", "3", "b"])).toEqual({ a: ["1", "2", "3"] })
    expect(Propagation.extract(extract(["1-0", ["x-correlation-id", " ", "x-correlation-id", "corr"]]))).toEqual({
      correlation: { id: "corr" }
    })
  })

  it("finds nothing in an entry that was deleted", () => {
    expect(Propagation.extract(extract(["1-0", null]))).toEqual({})
    expect(extract(null)).toEqual({})
  })
})
