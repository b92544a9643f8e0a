/** Two services and a queue between them: the context of whoever ordered something travels in the message. */
import { Console, Effect, Fiber, Queue, Schema } from "effect"
import { currentScope, fresh, Posthog, PosthogTest, withScope } from "effect-posthog"
import * as Envelope from "effect-posthog/propagation/queue/Envelope"
import * as PosthogQueue from "effect-posthog/propagation/queue/PosthogQueue"

const Orders = Envelope.make(Schema.Struct({ sku: Schema.String }))

/** With RabbitMQ this would be a channel, and `AmqpCarrier` would put the headers where they belong. */
type Broker = Queue.Queue<PosthogQueue.IncomingMessage>

const order = (broker: Broker, sku: string) =>
  PosthogQueue.publishWithContext(
    { queue: "orders", envelope: Orders, data: { sku }, policy: { tags: ["plan"] } },
    ({ body, headers }) => Queue.offer(broker, { body, headers })
  )

const ship = PosthogQueue.consumeWithContext({ queue: "orders", envelope: Orders })(({ sku }) =>
  Effect.gen(function*() {
    yield* Posthog.capture("order shipped", { properties: { sku } })
    const { view } = yield* currentScope
    return view.metadata["message_size"]
  })
)

const worker = (broker: Broker) =>
  Queue.take(broker).pipe(
    Effect.flatMap(ship),
    Effect.catchTag("EnvelopeError", (error) => Console.log(`refused: ${error.message}`)),
    Effect.repeatN(2)
  )

Effect.gen(function*() {
  const broker = yield* Queue.unbounded<PosthogQueue.IncomingMessage>()
  const running = yield* Effect.fork(worker(broker))
  const shop = { service: { name: "shop", version: "1.2" }, operation: { name: "checkout" } }
  yield* order(broker, "A-1").pipe(
    withScope(fresh, { ...shop, distinctId: "ada", tags: { plan: "pro" }, correlation: { id: "corr_1" } })
  )
  yield* Queue.offer(broker, { body: "{\"data\":{\"sku\":7}}" })
  yield* order(broker, "B-2").pipe(withScope(fresh, { ...shop, distinctId: "grace", tags: { plan: "free" } }))
  yield* Fiber.join(running)
  for (const { distinctId, properties } of yield* PosthogTest.events) {
    const { caller_operation_name, caller_service_name, plan, sku } = properties
    yield* Console.log(
      `${sku} for ${distinctId} (${plan}), asked for by ${caller_service_name} in ${caller_operation_name}`
    )
  }
}).pipe(Effect.provide(PosthogTest.layer), Effect.runPromise)
