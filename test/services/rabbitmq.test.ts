/** Messages through a real RabbitMQ: `AMQP_URL`, default amqp://127.0.0.1:5672. */
import { assert, describe, it } from "@effect/vitest"
import { type ChannelModel, connect, type ConsumeMessage } from "amqplib"
import { Effect, FiberSet } from "effect"
import { randomUUID } from "node:crypto"
import { afterAll } from "vitest"
import * as AmqpCarrier from "../../src/propagation/queue/AmqpCarrier.js"
import * as PosthogQueue from "../../src/propagation/queue/PosthogQueue.js"
import { fresh } from "../../src/scope/Mode.js"
import { currentScope } from "../../src/scope/ScopeGetters.js"
import { withScope } from "../../src/scope/ScopeRegion.js"
import { type Broker, consumers, interleaved, isRequired, report } from "./messages.js"

const url = process.env["AMQP_URL"] ?? "amqp://127.0.0.1:5672"

const connection: ChannelModel | undefined = await connect(url, { timeout: 2000 }).catch(() => undefined)
connection?.on("error", () => {})
report(connection !== undefined, "RabbitMQ", url, "AMQP_URL")

afterAll(() => connection?.close())

/** A queue that is gone with the scope. */
const makeQueue = (connection: ChannelModel) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const channel = await connection.createConfirmChannel()
      const { queue } = await channel.assertQueue(`effect-posthog-test-${randomUUID()}`, { durable: false })
      return { channel, queue }
    }),
    ({ channel, queue }) => Effect.promise(() => channel.deleteQueue(queue).then(() => channel.close()))
  )

const makeBroker = (connection: ChannelModel) =>
  Effect.gen(function*() {
    const { channel, queue } = yield* makeQueue(connection)
    const broker: Broker = {
      publish: ({ body, form, headers }) =>
        Effect.async((resume) => {
          channel.sendToQueue(
            queue,
            Buffer.from(body),
            AmqpCarrier.inject({ headers: { form } }, headers),
            (error) => resume(error === null ? Effect.void : Effect.die(error))
          )
        }),
      consume: (handle) =>
        Effect.gen(function*() {
          const run = yield* FiberSet.makeRuntime<never>()
          for (let i = 0; i < consumers; i++) {
            const channel = yield* Effect.acquireRelease(
              Effect.promise(() => connection.createChannel()),
              (channel) => Effect.promise(() => channel.close())
            )
            yield* Effect.promise(() => channel.prefetch(1))
            yield* Effect.promise(() =>
              channel.consume(queue, (message) => {
                if (message !== null) {
                  run(Effect.map(handle(deliveryOf(message)), (isDone) => {
                    if (isDone) {
                      channel.ack(message)
                    } else {
                      channel.nack(message, false, true)
                    }
                  }))
                }
              })
            )
          }
        })
    }
    return broker
  })

const deliveryOf = (message: ConsumeMessage) => ({
  form: message.properties.headers?.["form"],
  body: message.content,
  headers: AmqpCarrier.extract(message)
})

describe.skipIf(connection === undefined && !isRequired)("RabbitMQ", () => {
  it.scopedLive("every message is handled under its own context, poison is refused, redelivery keeps the correlation", () =>
    Effect.flatMap(makeBroker(connection!), (broker) => interleaved("RabbitMQ", broker)))

  it.scopedLive("carries any text in its headers, and the native correlation id where there are none", () =>
    Effect.gen(function*() {
      const { channel, queue } = yield* makeQueue(connection!)
      const scope = {
        distinctId: "你好\r\nX: 1",
        correlation: { id: "ä".repeat(200) },
        captureExceptions: false
      } as const
      yield* PosthogQueue.publishWithContext(
        { queue, body: "" },
        ({ body, headers }) =>
          Effect.sync(() => channel.sendToQueue(queue, Buffer.from(body), AmqpCarrier.inject({}, headers)))
      ).pipe(
        withScope(fresh, scope)
      )
      channel.sendToQueue(queue, Buffer.from(""), { correlationId: "native" })
      yield* Effect.promise(() => channel.waitForConfirms())
      const next = Effect.flatMap(
        Effect.promise(() => channel.get(queue, { noAck: true })),
        (message) =>
          PosthogQueue.consumeWithContext({ queue, captureExceptions: false })(() =>
            Effect.map(currentScope, ({ view }) => [view.distinctId, view.sectionProperties["correlation_id"]])
          )({ body: "", headers: AmqpCarrier.extract(message) })
      )
      assert.deepStrictEqual(yield* next, ["你好X: 1", "ä".repeat(200)])
      assert.deepStrictEqual(yield* next, [undefined, "native"])
    }))
})

describe("the service RabbitMQ", () => {
  it("is there where it has to be", () => {
    assert.isTrue(connection !== undefined || !isRequired, `there is no RabbitMQ at ${url}`)
  })
})
