import { describe, expect, it } from "vitest"
import {
  attributeNames,
  body,
  extract,
  inject,
  maxAttributes,
  packedName
} from "../../../src/propagation/queue/SqsCarrier.js"

const text = (StringValue: string) => ({ DataType: "String" as const, StringValue })

const own = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`own-${i}`, { DataType: "Number", StringValue: "1" }]))

const headers = { "x-correlation-id": "corr", "x-posthog-distinct-id": "ada" }

describe("SqsCarrier", () => {
  it("writes an attribute each as long as there are at most ten", () => {
    expect(inject(own(8), headers)).toEqual({
      ...own(8),
      "x-correlation-id": text("corr"),
      "x-posthog-distinct-id": text("ada")
    })
  })

  it("packs all headers into one attribute where ten would not do, never some of them", () => {
    const packed = inject(own(9), headers)
    expect(packed).toEqual({ ...own(9), [packedName]: text(JSON.stringify(headers)) })
    expect(Object.keys(packed)).toHaveLength(maxAttributes)
    expect(extract({ MessageAttributes: packed })).toMatchObject(headers)
  })

  it("leaves the application's ten as they are", () => {
    expect(inject(own(10), headers)).toEqual(own(10))
    expect(inject(own(12), headers)).toEqual(own(12))
  })

  it("replaces what an earlier sender packed, and writes no empty attribute, which SQS would refuse", () => {
    expect(inject({ [packedName]: text("{}") }, { ...headers, tracestate: "" })).toEqual({
      "x-correlation-id": text("corr"),
      "x-posthog-distinct-id": text("ada")
    })
  })

  it("names every attribute that it writes, for the receiver to ask for", () => {
    const all = Object.fromEntries(attributeNames.filter((name) => name !== packedName).map((name) => [name, "1"]))
    for (const message of [inject(undefined, all), inject(undefined, { traceparent: "1" })]) {
      expect(attributeNames).toEqual(expect.arrayContaining(Object.keys(message)))
    }
    expect(Object.keys(inject(undefined, all))).toEqual([packedName])
  })

  it("reads them as Lambda names them", () => {
    const messageAttributes = { "x-correlation-id": { dataType: "String", stringValue: "corr" } }
    expect(extract({ body: "{}", messageAttributes })).toEqual({ "x-correlation-id": "corr" })
  })

  it("reads a notification of SNS in the body, and its body", () => {
    const Body = JSON.stringify({
      Type: "Notification",
      MessageId: "7f",
      TopicArn: "arn:aws:sns:eu-central-1:1:orders",
      Message: "{\"order\":7}",
      MessageAttributes: { "x-correlation-id": { Type: "String", Value: "corr" } }
    })
    expect(extract({ Body })).toEqual({ "x-correlation-id": "corr" })
    expect(extract({ body: Body, messageAttributes: {} })).toEqual({ "x-correlation-id": "corr" })
    expect(body({ Body })).toBe("{\"order\":7}")
    expect(body({ Body: "{\"Type\":\"Order\",\"Message\":\"Notification\"}" })).toBe(
      "{\"Type\":\"Order\",\"Message\":\"Notification\"}"
    )
    expect(body({ Body: "\"Notification\"" })).toBe("\"Notification\"")
    expect(body({})).toBe(undefined)
  })
})
