/** What holds of every carrier: what goes in comes out, and nothing that arrives can do harm. */
import { headers as natsHeaders } from "@nats-io/transport-node"
import * as fc from "effect/FastCheck"
import { describe, expect, it } from "vitest"
import * as Propagation from "../../../src/propagation/Propagation.js"
import * as AmqpCarrier from "../../../src/propagation/queue/AmqpCarrier.js"
import * as BullMqCarrier from "../../../src/propagation/queue/BullMqCarrier.js"
import * as CeleryCarrier from "../../../src/propagation/queue/CeleryCarrier.js"
import * as KafkaCarrier from "../../../src/propagation/queue/KafkaCarrier.js"
import * as NatsCarrier from "../../../src/propagation/queue/NatsCarrier.js"
import * as RedisStreamsCarrier from "../../../src/propagation/queue/RedisStreamsCarrier.js"
import * as SqsCarrier from "../../../src/propagation/queue/SqsCarrier.js"
import { fields as scopeFields } from "../arbitrary.js"
import { hostileMessage, plain, sent } from "./support.js"

type Headers = Readonly<Record<string, string>>

/** Through the sender's carrier, the form in which the broker's client delivers it, and the receiver's carrier. */
const ways: { readonly [carrier: string]: { readonly through: (headers: Headers) => unknown } & Extracts } = {
  AmqpCarrier: {
    extract: AmqpCarrier.extract,
    through: (headers) => ({ properties: { ...AmqpCarrier.inject({ headers: { own: 1 } }, headers) } })
  },
  NatsCarrier: {
    extract: NatsCarrier.extract,
    through: (headers) => ({ headers: NatsCarrier.inject(natsHeaders(), headers) })
  },
  KafkaCarrier: {
    extract: KafkaCarrier.extract,
    through: (headers) => ({
      headers: Object.fromEntries(
        Object.entries(KafkaCarrier.inject({ value: "{}" }, headers).headers).map(([name, value]) => [
          name,
          Buffer.from(value)
        ])
      )
    })
  },
  "RedisStreamsCarrier with texts": {
    extract: RedisStreamsCarrier.extract,
    through: (headers) => ["1-0", RedisStreamsCarrier.inject(["body", "{}"], headers)]
  },
  "RedisStreamsCarrier with Buffers": {
    extract: RedisStreamsCarrier.extract,
    through: (headers) => [
      Buffer.from("1-0"),
      RedisStreamsCarrier.inject(["body", "{}"], headers).map((item) => Buffer.from(String(item)))
    ]
  },
  BullMqCarrier: {
    extract: BullMqCarrier.extract,
    through: (headers) => ({ data: plain(BullMqCarrier.inject({ order: 7 }, headers)), opts: {} })
  },
  SqsCarrier: {
    extract: SqsCarrier.extract,
    through: (headers) => ({ Body: "{}", MessageAttributes: SqsCarrier.inject(undefined, headers) })
  },
  "SqsCarrier by way of SNS": {
    extract: SqsCarrier.extract,
    through: (headers) => ({
      Body: JSON.stringify({
        Type: "Notification",
        Message: "{}",
        MessageAttributes: Object.fromEntries(
          Object.entries(SqsCarrier.inject({}, headers)).map(([name, { DataType, StringValue }]) => [
            name,
            { Type: DataType, Value: StringValue }
          ])
        )
      })
    })
  },
  CeleryCarrier: {
    extract: CeleryCarrier.extract,
    through: (headers) => ({ properties: { headers: plain(CeleryCarrier.inject({ task: "mail.send" }, headers)) } })
  }
}

interface Extracts {
  readonly extract: (message: unknown) => Readonly<Record<string, unknown>>
}

describe.each(Object.entries(ways))("%s", (_, { extract, through }) => {
  it("gives back exactly what of a scope was sent", () => {
    let fields = 0
    fc.assert(
      fc.property(scopeFields, (scope) => {
        const { expected, headers } = sent(scope)
        fields += Object.keys(expected).length
        expect(plain(Propagation.extract(extract(through(headers))))).toEqual(plain(expected))
      }),
      { numRuns: 200 }
    )
    expect(fields).toBeGreaterThan(200)
  })

  it("extracts from whatever arrives, without failing", () => {
    fc.assert(
      fc.property(hostileMessage, (message) => {
        const headers = extract(message)
        expect(typeof headers).toBe("object")
        expect(typeof Propagation.extract(headers)).toBe("object")
      }),
      { numRuns: 300 }
    )
  })

  it("says nothing where nothing was sent", () => {
    expect(Propagation.extract(extract(through({})))).toEqual({})
    expect(Propagation.extract(extract({}))).toEqual({})
  })
})

describe("headers that are there already", () => {
  const old = { "X-Correlation-ID": "old", Own: "kept", Traceparent: "old", TraceState: "old=1" }
  const headers = { "x-correlation-id": "new", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }
  const after = { Own: "kept", ...headers }

  it("give way to those of the same name in any case, a tracestate to a traceparent, and nothing that was given changes", () => {
    const before = structuredClone(old)
    expect(AmqpCarrier.inject({ headers: old, correlationId: "mine" }, headers)).toEqual({
      headers: after,
      correlationId: "mine"
    })
    expect(KafkaCarrier.inject({ value: "{}", headers: old }, headers)).toEqual({ value: "{}", headers: after })
    expect(RedisStreamsCarrier.inject(Object.entries(old).flat(), headers)).toEqual(Object.entries(after).flat())
    const attributes = Object.fromEntries(
      Object.entries(old).map(([name, StringValue]) => [name, { DataType: "String", StringValue }])
    )
    expect(Object.keys(SqsCarrier.inject(attributes, headers)).toSorted()).toEqual(Object.keys(after).toSorted())
    const hdrs = natsHeaders()
    for (const [name, value] of Object.entries(old)) {
      hdrs.append(name, value)
    }
    NatsCarrier.inject(hdrs, headers)
    expect(Object.fromEntries(hdrs.keys().map((name) => [name, hdrs.values(name)]))).toEqual(
      Object.fromEntries(Object.entries(after).map(([name, value]) => [name, [value]]))
    )
    expect(old).toEqual(before)
  })
})
