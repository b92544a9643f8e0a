/** Messages through a real NATS with JetStream: `NATS_URL`, default nats://127.0.0.1:4222. */
import { assert, describe, it } from "@effect/vitest"
import { AckPolicy, jetstream, jetstreamManager, StorageType } from "@nats-io/jetstream"
import { connect, headers as makeHeaders, type NatsConnection } from "@nats-io/transport-node"
import { Effect, Runtime } from "effect"
import { randomUUID } from "node:crypto"
import { afterAll } from "vitest"
import * as NatsCarrier from "../../src/propagation/queue/NatsCarrier.js"
import { type Broker, consumers, interleaved, isRequired, report } from "./messages.js"

const url = process.env["NATS_URL"] ?? "nats://127.0.0.1:4222"

const connection: NatsConnection | undefined = await connect({ servers: url, timeout: 2000, reconnect: false }).catch(
  () => undefined
)
report(connection !== undefined, "NATS with JetStream", url, "NATS_URL")

afterAll(() => connection?.close())

const durable = "workers"

/** A stream that is gone with the scope. */
const makeBroker = (connection: NatsConnection) =>
  Effect.gen(function*() {
    const stream = `effect-posthog-test-${randomUUID()}`
    const manager = yield* Effect.promise(() => jetstreamManager(connection))
    const client = jetstream(connection)
    yield* Effect.acquireRelease(
      Effect.promise(() => manager.streams.add({ name: stream, subjects: [stream], storage: StorageType.Memory })),
      () => Effect.promise(() => manager.streams.delete(stream))
    )
    yield* Effect.promise(() =>
      manager.consumers.add(stream, { durable_name: durable, ack_policy: AckPolicy.Explicit, max_ack_pending: 1000 })
    )
    const broker: Broker = {
      publish: ({ body, form, headers }) =>
        Effect.promise(() => {
          const target = makeHeaders()
          target.set("form", form)
          return client.publish(stream, body, { headers: NatsCarrier.inject(target, headers) })
        }),
      consume: (handle) =>
        Effect.gen(function*() {
          const runPromise = Runtime.runPromise(yield* Effect.runtime<never>())
          for (let i = 0; i < consumers; i++) {
            const messages = yield* Effect.acquireRelease(
              Effect.promise(async () => (await client.consumers.get(stream, durable)).consume({ max_messages: 10 })),
              (messages) => Effect.promise(() => messages.close())
            )
            const pump = async () => {
              for await (const message of messages) {
                const isDone = await runPromise(handle({
                  form: message.headers?.get("form"),
                  body: message.data,
                  headers: NatsCarrier.extract(message)
                }))
                if (isDone) {
                  message.ack()
                } else {
                  message.nak()
                }
              }
            }
            yield* Effect.forkScoped(Effect.promise(pump))
          }
        })
    }
    return broker
  })

describe.skipIf(connection === undefined && !isRequired)("NATS JetStream", () => {
  it.scopedLive("every message is handled under its own context, poison is refused, redelivery keeps the correlation", () =>
    Effect.flatMap(makeBroker(connection!), (broker) => interleaved("NATS JetStream", broker)))
})

describe("the service NATS", () => {
  it("is there where it has to be", () => {
    assert.isTrue(connection !== undefined || !isRequired, `there is no NATS at ${url}`)
  })
})
