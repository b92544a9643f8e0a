import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Schema, TestClock } from "effect"
import { fresh, withScope } from "effect-posthog"
import * as Propagation from "effect-posthog/propagation/Propagation"
import * as Envelope from "effect-posthog/propagation/queue/Envelope"
import { fields } from "../arbitrary.js"
import { everything, hostile, plain, sent } from "./support.js"

const Order = Schema.Struct({ order: Schema.Number, at: Schema.DateFromString })
const Orders = Envelope.make(Order)
const order = { order: 7, at: new Date(0) }
const Anything = Envelope.make(Schema.Unknown)

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

const full = {
  distinctId: "ada",
  sessionId: "s-1",
  tags: { plan: "pro", secret: "x" },
  correlation: { id: "corr", parentId: "parent" },
  service: { name: "shop", version: "1.2" },
  request: { userId: "u-1", requestId: "r-1" },
  operation: { name: "checkout", startTime: 1000 },
  metadata: { items: 3, card: "4111" },
  trace: { traceparent, tracestate: "congo=1", baggage: "tenant=acme" },
  captureExceptions: false
} as const

const refusal = <A>(decoded: Effect.Effect<A, Envelope.EnvelopeError>) =>
  Effect.map(Effect.flip(decoded), ({ _tag, problem, reason }) => {
    assert.strictEqual(_tag, "EnvelopeError")
    return [reason, problem]
  })

describe("an envelope", () => {
  it.effect("has data, the seed's nine keys of context and its seven of metadata, null where nothing is set", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_000_000)
      assert.deepStrictEqual(JSON.parse(yield* Orders.encode(order)), {
        data: { order: 7, at: "1970-01-01T00:00:00.000Z" },
        context: {
          correlation_id: null,
          parent_correlation_id: null,
          service_name: null,
          service_version: null,
          user_id: null,
          operation_name: null,
          request_id: null,
          operation_start_time: null,
          operation_metadata: null
        },
        metadata: {
          correlation_id: null,
          service_name: null,
          service_version: null,
          user_id: null,
          operation_name: null,
          timestamp: "1970-01-01T00:16:40.000Z",
          publisher: null
        }
      })
    }))

  it.effect("says where it comes from: user, request, tags and notes only as far as the policy lets them", () =>
    Effect.gen(function*() {
      const byDefault = JSON.parse(yield* Orders.encode(order))
      assert.deepStrictEqual(byDefault.context, {
        correlation_id: "corr",
        parent_correlation_id: "parent",
        service_name: "shop",
        service_version: "1.2",
        user_id: null,
        operation_name: "checkout",
        request_id: null,
        operation_start_time: "1970-01-01T00:00:01.000Z",
        operation_metadata: null,
        distinct_id: "ada",
        session_id: "s-1",
        traceparent,
        tracestate: "congo=1",
        baggage: "tenant=acme"
      })
      assert.deepStrictEqual(byDefault.metadata, {
        correlation_id: "corr",
        service_name: "shop",
        service_version: "1.2",
        user_id: null,
        operation_name: "checkout",
        timestamp: "1970-01-01T00:00:00.000Z",
        publisher: "shop"
      })
      const policy = { userId: true, requestId: true, tags: ["plan"], operationMetadata: ["items"] }
      const more = JSON.parse(yield* Orders.encode(order, { policy }))
      assert.deepStrictEqual(
        [more.context.user_id, more.context.request_id, more.context.context_tags, more.context.operation_metadata],
        ["u-1", "r-1", { plan: "pro" }, { items: 3 }]
      )
      assert.strictEqual(more.metadata.user_id, "u-1")
      const less = JSON.parse(yield* Orders.encode(order, { policy: { ...Propagation.minimal, service: false } }))
      assert.deepStrictEqual(
        Object.entries({ ...less.context, ...less.metadata }).filter(([, value]) => value !== null),
        [["correlation_id", "corr"], ["parent_correlation_id", "parent"], ["timestamp", "1970-01-01T00:00:00.000Z"]]
      )
    }).pipe(withScope(fresh, full)))

  it.effect("is decoded from a text, from bytes, and from what somebody parsed", () =>
    Effect.gen(function*() {
      const text = yield* Orders.encode(order, { policy: everything })
      const decoded = yield* Orders.decode(text)
      assert.deepStrictEqual(decoded.data, order)
      assert.deepStrictEqual(plain(decoded.context), JSON.parse(text).context)
      assert.deepStrictEqual(plain(decoded.metadata), JSON.parse(text).metadata)
      for (const form of [Buffer.from(text), new TextEncoder().encode(text), JSON.parse(text)]) {
        assert.deepStrictEqual(plain(yield* Orders.decode(form)), plain(decoded))
      }
      assert.deepStrictEqual(plain(yield* Schema.decode(Orders.schema)(JSON.parse(text))), plain(decoded))
      assert.deepStrictEqual(plain(yield* Schema.encode(Orders.schema)(decoded)), JSON.parse(text))
    }).pipe(withScope(fresh, full)))

  it.effect.prop(
    "gives back the scope's transported fields, whatever they hold",
    [fields],
    ([scopeFields]) =>
      Effect.gen(function*() {
        const { expected } = sent(scopeFields)
        const text = yield* Anything.encode(1, { policy: everything }).pipe(
          withScope(fresh, { ...scopeFields, captureExceptions: false })
        )
        assert.deepStrictEqual(plain(Envelope.propagated(yield* Anything.decode(text))), plain(expected))
      })
  )

  it.effect.prop("gives back the data, whatever it is", [fc.jsonValue()], ([data]) =>
    Effect.gen(function*() {
      const value: unknown = JSON.parse(JSON.stringify(data))
      assert.deepStrictEqual((yield* Anything.decode(yield* Anything.encode(value))).data, value)
    }))
})

describe("a message that is no envelope is refused with the reason", () => {
  it.effect("notJson: a text or bytes that cannot be read; the error does not quote them", () =>
    Effect.gen(function*() {
      for (const message of ["", "secret", "{\"data\":", "[".repeat(100_000), "\ufeff{\"data\":1}"]) {
        const [reason, problem] = yield* refusal(Orders.decode(message))
        assert.deepStrictEqual([reason, problem], ["notJson", `a text of ${message.length} characters`])
      }
      const invalid = Uint8Array.of(0x22, 0xff, 0x22)
      assert.deepStrictEqual(yield* refusal(Anything.decode(invalid)), ["notJson", "no UTF-8"])
    }))

  it.effect("notAnEnvelope: JSON without data", () =>
    Effect.gen(function*() {
      for (
        const [message, problem] of [
          ["null", "null"],
          ["42", "number"],
          ["\"data\"", "string"],
          ["[{\"data\":1}]", "an array"],
          ["{\"context\":{},\"metadata\":{}}", "an object without data"],
          [undefined, "undefined"],
          [Object.create({ data: 1 }), "an object without data"]
        ]
      ) {
        assert.deepStrictEqual(yield* refusal(Anything.decode(message)), ["notAnEnvelope", problem])
      }
    }))

  it.effect("invalidData: data that its schema does not take, named by its place and not by its content", () =>
    Effect.gen(function*() {
      const message = { data: { order: "secret", at: "secret" } }
      const error = yield* Effect.flip(Orders.decode(message))
      assert.deepStrictEqual([error.reason, error.problem], ["invalidData", "data.order"])
      assert.strictEqual(error.message, "The envelope's data is invalid: data.order")
      assert.deepStrictEqual(yield* refusal(Orders.decode({ data: null })), ["invalidData", "data"])
      const Throwing = Envelope.make(Schema.transform(Schema.String, Schema.String, {
        decode: () => {
          throw new Error("secret")
        },
        encode: () => {
          throw new Error("secret")
        }
      }))
      assert.deepStrictEqual(yield* refusal(Throwing.decode({ data: "" })), ["invalidData", "it cannot be converted"])
      assert.deepStrictEqual(yield* refusal(Throwing.encode("")), ["invalidData", "it cannot be converted"])
    }))

  it.effect("invalidData: data to send that is no data, or for which JSON has no place", () =>
    Effect.gen(function*() {
      const circular: Array<unknown> = []
      circular.push(circular)
      for (const data of [undefined, () => {}, Symbol("s")]) {
        assert.deepStrictEqual(yield* refusal(Anything.encode(data)), [
          "invalidData",
          `JSON has no place for a value of ${typeof data}`
        ])
      }
      for (const data of [1n, circular]) {
        assert.deepStrictEqual(yield* refusal(Anything.encode(data)), ["invalidData", "it cannot be converted"])
      }
      const Positive = Envelope.make(Schema.Struct({ data: Schema.Positive }))
      assert.deepStrictEqual(yield* refusal(Positive.encode({ data: -1 })), ["invalidData", "data.data"])
    }))

  it.effect("tooLarge: more bytes than it may have, both ways, 8 MiB by default", () =>
    Effect.gen(function*() {
      const small = Envelope.make(Schema.String, { maxBytes: 1000 })
      const fits = (yield* small.encode("")).length
      const widest = "ä".repeat((1000 - fits) / 2)
      const text = yield* small.encode(widest)
      assert.isAtMost(Buffer.byteLength(text), 1000)
      assert.strictEqual((yield* small.decode(text)).data, widest)
      assert.strictEqual((yield* small.decode(Buffer.from(text))).data, widest)
      const [reason, problem] = yield* refusal(small.encode(`${widest}äa`))
      assert.deepStrictEqual([reason, problem?.endsWith("of at most 1000")], ["tooLarge", true])
      assert.deepStrictEqual(yield* refusal(small.decode("ä".repeat(501))), ["tooLarge", "1002 bytes, of at most 1000"])
      assert.deepStrictEqual(yield* refusal(small.decode(new Uint8Array(1001))), [
        "tooLarge",
        "1001 bytes, of at most 1000"
      ])
      assert.strictEqual(Envelope.defaultMaxBytes, 8 * 1024 * 1024)
      assert.strictEqual((yield* refusal(Anything.decode(new Uint8Array(8 * 1024 * 1024 + 1))))[0], "tooLarge")
    }))
})

describe("context and metadata are never a reason to refuse", () => {
  it.effect("what is malformed is missing, and the rest stands", () =>
    Effect.gen(function*() {
      const { context, metadata } = yield* Anything.decode({
        data: 1,
        context: {
          correlation_id: { $ne: null },
          parent_correlation_id: " p\u0000arent ",
          service_name: ["", "shop"],
          user_id: 42,
          operation_start_time: "yesterday",
          operation_metadata: [],
          distinct_id: "",
          context_tags: "no JSON",
          traceparent: "00-zz",
          tracestate: "congo=1"
        },
        metadata: { correlation_id: 7, publisher: "sh\r\nop", timestamp: "2025-09-18T10:11:12.123456" }
      })
      assert.deepStrictEqual(plain(context), {
        correlation_id: null,
        parent_correlation_id: "parent",
        service_name: "shop",
        service_version: null,
        user_id: "42",
        operation_name: null,
        request_id: null,
        operation_start_time: null,
        operation_metadata: null
      })
      assert.deepStrictEqual(metadata, {
        correlation_id: null,
        service_name: null,
        service_version: null,
        user_id: null,
        operation_name: null,
        // Python's isoformat: UTC without saying so
        timestamp: "2025-09-18T10:11:12.123Z",
        publisher: "shop"
      })
    }))

  it.effect.prop(
    "whatever stands there",
    [hostile, hostile, fields],
    ([context, metadata, scopeFields]) =>
      Effect.gen(function*() {
        const decoded = yield* Anything.decode({ data: 1, context, metadata })
        assert.strictEqual(decoded.data, 1)
        assert.lengthOf(Object.keys(decoded.metadata), 7)
        // half of an envelope that is right
        const text = yield* Anything.encode(1, { policy: everything }).pipe(
          withScope(fresh, { ...scopeFields, captureExceptions: false })
        )
        const half = yield* Anything.decode({ ...JSON.parse(text), metadata })
        assert.deepStrictEqual(plain(half.context), JSON.parse(text).context)
      })
  )

  it.effect("the metadata's correlation counts where the context has none", () =>
    Effect.gen(function*() {
      const ids = (context: unknown, metadata: unknown) =>
        Effect.map(
          Anything.decode({ data: 1, context, metadata }),
          (decoded) => Envelope.propagated(decoded).correlation
        )
      assert.deepStrictEqual(yield* ids({}, { correlation_id: "m" }), { id: "m" })
      assert.deepStrictEqual(yield* ids(undefined, { correlation_id: "m" }), { id: "m" })
      assert.deepStrictEqual(yield* ids({ correlation_id: "c" }, { correlation_id: "m" }), { id: "c" })
      assert.strictEqual(yield* ids({}, {}), undefined)
    }))
})

describe("decode", () => {
  it.effect.prop(
    "is total: on any bytes it gives an envelope or the typed error",
    [fc.uint8Array({ maxLength: 200 })],
    ([bytes]) =>
      Effect.gen(function*() {
        for (const input of [bytes, Buffer.from(bytes).toString("latin1")]) {
          const result = yield* Effect.either(Orders.decode(input))
          if (result._tag === "Left") {
            assert.instanceOf(result.left, Envelope.EnvelopeError)
          }
        }
      })
  )

  it.effect.prop("is total: on anything in memory too", [hostile], ([input]) =>
    Effect.gen(function*() {
      const result = yield* Effect.either(Anything.decode({ data: input }))
      const whole = yield* Effect.either(Anything.decode(input))
      assert.isTrue(result._tag === "Right")
      assert.isTrue(whole._tag === "Right" || whole.left instanceof Envelope.EnvelopeError)
    }))

  it.effect("survives data that is nested deeper than a stack", () =>
    Effect.gen(function*() {
      interface Tree extends ReadonlyArray<Tree> {}
      const Tree: Schema.Schema<Tree> = Schema.Array(Schema.suspend((): Schema.Schema<Tree> => Tree))
      const deep = `{"data":${"[".repeat(200_000)}${"]".repeat(200_000)}}`
      const error = yield* Effect.flip(Envelope.make(Tree).decode(deep))
      assert.include(["invalidData", "notJson"], error.reason)
    }))
})
