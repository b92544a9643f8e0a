import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option, Schema, TestClock, type Tracer } from "effect"
import { currentScope, type ExceptionCapture, fresh, Posthog, tag, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Propagation from "effect-posthog/propagation/Propagation"
import * as CeleryCarrier from "effect-posthog/propagation/queue/CeleryCarrier"
import * as Envelope from "effect-posthog/propagation/queue/Envelope"
import * as PosthogQueue from "effect-posthog/propagation/queue/PosthogQueue"
import { currentOperationMetadata, currentOperationName } from "effect-posthog/scope/OperationContext"
import { ProcessService } from "effect-posthog/scope/ProcessService"
import type { TimedOperation } from "effect-posthog/scope/TimedOperation"
import { layerClient } from "../../support/client.js"

const Orders = Envelope.make(Schema.Struct({ order: Schema.Number }))

const shop = {
  distinctId: "ada",
  sessionId: "s-1",
  tags: { plan: "pro" },
  correlation: { id: "corr", parentId: "parent" },
  service: { name: "shop", version: "1.2" },
  operation: { name: "checkout" },
  request: { userId: "u-1" },
  captureExceptions: false
} as const

const policy = { userId: true, tags: "all" } as const

const keep = <B>(message: PosthogQueue.OutgoingMessage<B>) => Effect.succeed(message)

const told = () => {
  const operations: Array<TimedOperation> = []
  return {
    operations,
    onEnd: (operation: TimedOperation) => Effect.sync(() => void operations.push(operation))
  }
}

const quiet = { queue: "orders", captureExceptions: false } as const

const view = Effect.map(currentScope, ({ view }) => view)

class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", { sku: Schema.String }) {
  override get message() {
    return `no ${this.sku}`
  }
}

describe("publishWithContext", () => {
  it.effect("makes an envelope and the headers of the current scope, and times the sending with the seed's notes", () =>
    Effect.gen(function*() {
      const { onEnd, operations } = told()
      const message = yield* PosthogQueue.publishWithContext(
        { queue: "orders", routingKey: "orders.new", envelope: Orders, data: { order: 7 }, policy, onEnd },
        (message) => Effect.as(Effect.delay(Effect.void, "250 millis"), message)
      ).pipe(
        withScope(fresh, shop),
        Effect.fork,
        Effect.tap(TestClock.adjust("250 millis")),
        Effect.flatMap(Fiber.join)
      )
      assert.deepStrictEqual([message.queue, message.routingKey], ["orders", "orders.new"])
      const { context, data, metadata } = yield* Orders.decode(message.body)
      assert.deepStrictEqual(data, { order: 7 })
      assert.deepStrictEqual(
        [context.correlation_id, context.distinct_id, context.operation_name, context.user_id, metadata.publisher],
        ["corr", "ada", "checkout", "u-1", "shop"]
      )
      assert.deepStrictEqual(
        Propagation.extract(message.headers),
        Envelope.propagated(yield* Orders.decode(message.body))
      )
      const [{ duration, metadata: notes, name, outcome } = assert.fail()] = operations
      assert.deepStrictEqual([name, outcome, duration.toString()], ["message_publish", "success", "Duration(250ms)"])
      assert.deepStrictEqual({ ...notes }, {
        queue_name: "orders",
        routing_key: "orders.new",
        publisher: "shop",
        message_size: Buffer.byteLength(message.body)
      })
    }))

  it.effect("leaves a body of the application's own as it is: the context stands in the headers alone", () =>
    Effect.gen(function*() {
      const { onEnd, operations } = told()
      const body = Uint8Array.of(1, 2, 255)
      const message = yield* PosthogQueue.publishWithContext({ queue: "bytes", body, onEnd }, keep).pipe(
        withScope(fresh, shop)
      )
      assert.strictEqual(message.body, body)
      assert.strictEqual(Propagation.extract(message.headers).distinctId, "ada")
      assert.deepStrictEqual([operations[0]?.metadata["message_size"], operations[0]?.metadata["routing_key"]], [
        3,
        "bytes"
      ])
    }))

  it.effect("notes why sending failed, and the failure goes on", () =>
    Effect.gen(function*() {
      const { onEnd, operations } = told()
      const options = { queue: "orders", body: "", onEnd }
      const failure = yield* Effect.flip(
        PosthogQueue.publishWithContext(options, () => Effect.fail(new OutOfStock({ sku: "A-1" })))
      )
      assert.instanceOf(failure, OutOfStock)
      const defect = yield* Effect.exit(PosthogQueue.publishWithContext(options, (): Effect.Effect<void> => {
        throw new Error("closed")
      }))
      assert.isTrue(Exit.isFailure(defect) && Cause.isDie(defect.cause))
      const Tiny = Envelope.make(Schema.String, { maxBytes: 9 })
      const refused = yield* PosthogQueue.publishWithContext({ queue: "orders", envelope: Tiny, data: "", onEnd }, () =>
        Effect.void).pipe(Effect.flip)
      assert.strictEqual(refused.reason, "tooLarge")
      assert.deepStrictEqual(operations.map(({ metadata, outcome }) => [outcome, metadata["publish_error"]]), [
        ["failure", "no A-1"],
        ["defect", "closed"],
        ["failure", refused.message]
      ])
      yield* PosthogQueue.publishWithContext(options, () =>
        Effect.interrupt).pipe(Effect.exit)
      assert.deepStrictEqual([operations[3]?.outcome, operations[3]?.metadata["publish_error"]], [
        "interrupted",
        undefined
      ])
    }))

  it.effect("gives a message a correlation where the scope has none, the same that send sees, unless the policy says no", () =>
    Effect.gen(function*() {
      const send = ({ headers }: PosthogQueue.OutgoingMessage<string>) =>
        Effect.map(view, ({ sectionProperties }) => [
          Propagation.extract(headers).correlation?.id,
          sectionProperties["correlation_id"]
        ])
      const [sent, seen] = yield* PosthogQueue.publishWithContext({ queue: "q", body: "" }, send)
      assert.match(String(sent), /^corr_[0-9a-f]{32}$/)
      assert.strictEqual(sent, seen)
      const none = { queue: "q", body: "", policy: { correlation: false } }
      assert.deepStrictEqual(yield* PosthogQueue.publishWithContext(none, send), [undefined, undefined])
      assert.deepStrictEqual(yield* currentScope.pipe(Effect.map(({ depth }) => depth)), 0)
    }))

  it.effect("names the process's service, and sends the span of the sending as the parent", () =>
    Effect.gen(function*() {
      const { headers, span } = yield* PosthogQueue.publishWithContext(
        { queue: "orders", envelope: Orders, data: { order: 1 } },
        ({ headers }) => Effect.map(Effect.currentSpan, (span) => ({ headers, span }))
      ).pipe(Effect.provideService(ProcessService, { name: "billing", version: "3" }), Effect.orDie)
      assert.deepStrictEqual([span.name, span.kind], ["message_publish", "producer"])
      assert.strictEqual(headers["traceparent"], `00-${span.traceId}-${span.spanId}-01`)
      assert.deepStrictEqual(Propagation.extract(headers).service, { name: "billing", version: "3" })
    }))
})

describe("consumeWithContext", () => {
  const publish = PosthogQueue.publishWithContext(
    { queue: "orders", envelope: Orders, data: { order: 7 }, policy },
    keep
  ).pipe(withScope(fresh, shop))

  it.effect("handles a message in a fresh scope with exactly what came with it", () =>
    Effect.gen(function*() {
      const { body } = yield* publish
      const seen = yield* PosthogQueue.consumeWithContext({ ...quiet, envelope: Orders })((data, { envelope }) =>
        Effect.map(view, (view) => ({ data, publisher: envelope.metadata.publisher, view }))
      )({ body }).pipe(withScope(fresh, {
        distinctId: "consumer",
        deviceId: "d",
        tags: { loop: 1 },
        groups: { company: "acme" },
        captureExceptions: false
      }))
      assert.deepStrictEqual([seen.data, seen.publisher], [{ order: 7 }, "shop"])
      const { distinctId, deviceId, groups, sectionProperties, sessionId, tags } = seen.view
      assert.deepStrictEqual([distinctId, sessionId, deviceId, { ...tags }, { ...groups }], [
        "ada",
        "s-1",
        undefined,
        { plan: "pro" },
        {}
      ])
      assert.deepStrictEqual({ ...sectionProperties }, {
        caller_operation_name: "checkout",
        caller_service_name: "shop",
        caller_service_version: "1.2",
        correlation_id: "corr",
        parent_correlation_id: "parent",
        operation_name: "message_processing",
        user_id: "u-1"
      })
    }))

  it.effect("times the handling with the seed's notes, also what the handler notes itself", () =>
    Effect.gen(function*() {
      const { onEnd, operations } = told()
      const { body, headers } = yield* publish
      yield* PosthogQueue.consumeWithContext({ ...quiet, envelope: Orders, onEnd })(() => Effect.void)({ body })
      yield* PosthogQueue.consumeWithContext({ ...quiet, onEnd })((body: Buffer) => Effect.succeed(body.length))({
        body: Buffer.from("12345"),
        headers
      })
      yield* PosthogQueue.consumeWithContext({ ...quiet, onEnd })(() => Effect.fail(new OutOfStock({ sku: "A-1" })))({
        body: { parsed: true }
      }).pipe(Effect.flip)
      const notes = { queue_name: "orders", publisher: "shop", processing_success: true }
      assert.deepStrictEqual(
        operations.map(({ metadata, name, outcome }) => ({ name, outcome, notes: { ...metadata } })),
        [
          {
            name: "message_processing",
            outcome: "success",
            notes: { ...notes, message_size: Buffer.byteLength(body) }
          },
          { name: "message_processing", outcome: "success", notes: { ...notes, message_size: 5 } },
          {
            name: "message_processing",
            outcome: "failure",
            notes: { queue_name: "orders", processing_success: false, processing_error: "no A-1" }
          }
        ]
      )
    }))

  it.effect("refuses what is no envelope before the handler runs, and touches nothing", () =>
    Effect.gen(function*() {
      const { onEnd, operations } = told()
      const { headers } = yield* publish
      let handled = 0
      const consume = PosthogQueue.consumeWithContext({ queue: "orders", envelope: Orders, onEnd })(() =>
        Effect.sync(() => handled++)
      )
      const before = yield* currentScope
      const reasons = yield* Effect.forEach(
        ["", "{", "[]", "{\"context\":{}}", "{\"data\":{\"order\":\"7\"}}", Uint8Array.of(255)],
        (body) => Effect.map(Effect.flip(consume({ body, headers })), ({ reason }) => reason)
      )
      assert.deepStrictEqual(reasons, [
        "notJson",
        "notJson",
        "notAnEnvelope",
        "notAnEnvelope",
        "invalidData",
        "notJson"
      ])
      assert.strictEqual(yield* currentScope, before)
      yield* Posthog.flush
      assert.deepStrictEqual([handled, operations, yield* (yield* DevServer.DevServer).events], [0, [], []])
    }).pipe(Effect.provide(layerClient())))

  it.effect("captures what the handler fails with for whoever the message is of, and the failure goes on", () =>
    Effect.gen(function*() {
      const { body } = yield* publish
      const consume = PosthogQueue.consumeWithContext({ queue: "orders", envelope: Orders })(() =>
        Effect.zipRight(tag("step", 2), Effect.fail(new OutOfStock({ sku: "A-1" })))
      )
      const error = yield* Effect.flip(consume({ body }))
      assert.instanceOf(error, OutOfStock)
      yield* Posthog.flush
      const [event, ...others] = yield* (yield* DevServer.DevServer).events
      assert.deepStrictEqual([others, event?.event, event?.distinct_id], [[], "$exception", "ada"])
      assert.deepStrictEqual(
        [
          event?.properties["correlation_id"],
          event?.properties["$session_id"],
          event?.properties["caller_service_name"]
        ],
        ["corr", "s-1", "shop"]
      )
    }).pipe(Effect.provide(layerClient())))

  it("says in its type whether it captures", () => {
    const handler = PosthogQueue.consumeWithContext({ queue: "q" })(() => Effect.void)
    const silent = PosthogQueue.consumeWithContext({ queue: "q", captureExceptions: false })(() => Effect.void)
    const needs: Effect.Effect<void, never, ExceptionCapture.ExceptionCapture> = handler({ body: "" })
    const nothing: Effect.Effect<void> = silent({ body: "" })
    type Needs<A> = A extends Effect.Effect<unknown, unknown, infer R> ? R : never
    const silentNeeds: [Needs<ReturnType<typeof silent>>] extends [never] ? true : false = true
    const handlerNeeds: [Needs<ReturnType<typeof handler>>] extends [never] ? true : false = false
    assert.isTrue([needs, nothing].every(Effect.isEffect))
    assert.deepStrictEqual([silentNeeds, handlerNeeds], [true, false])
  })

  it.effect("keeps the correlation when a message is delivered again", () =>
    Effect.gen(function*() {
      const correlations: Array<unknown> = []
      const note = Effect.flatMap(view, ({ sectionProperties }) =>
        Effect.sync(() => correlations.push(sectionProperties["correlation_id"])))
      const { body } = yield* PosthogQueue.publishWithContext(
        { queue: "q", envelope: Orders, data: { order: 1 } },
        keep
      )
      const consume = PosthogQueue.consumeWithContext({ ...quiet, envelope: Orders })(() =>
        note
      )
      yield* Effect.repeatN(consume({ body }), 2)
      assert.strictEqual(new Set(correlations).size, 1)
      // of others: the broker's id stands for it
      const raw = PosthogQueue.consumeWithContext(quiet)(() => note)
      yield* Effect.repeatN(raw({ body: "", id: "1-0" }), 1)
      yield* Effect.repeatN(raw({ body: "" }), 1)
      assert.deepStrictEqual(correlations.slice(3, 5), ["1-0", "1-0"])
      assert.strictEqual(new Set(correlations).size, 4)
    }))

  it.effect("can give what it does a correlation of its own, a child of the message's", () =>
    Effect.gen(function*() {
      const { headers } = yield* publish
      const consume = PosthogQueue.consumeWithContext({ ...quiet, correlation: "child" })(() => view)
      const { sectionProperties } = yield* consume({ body: "", headers, id: "1-0" })
      assert.match(String(sectionProperties["correlation_id"]), /^corr_[0-9a-f]{32}$/)
      assert.strictEqual(sectionProperties["parent_correlation_id"], "corr")
    }))

  it.effect("takes from the headers what the envelope does not say, never half of one correlation", () =>
    Effect.gen(function*() {
      const headers = {
        "x-correlation-id": "of the headers",
        "x-parent-correlation-id": "of the headers",
        "x-posthog-session-id": "s-9"
      }
      const consume = PosthogQueue.consumeWithContext({ ...quiet, envelope: Orders })((_, { propagated }) =>
        Effect.succeed(propagated)
      )
      const body = JSON.stringify({ data: { order: 1 }, context: { correlation_id: "corr", distinct_id: "ada" } })
      assert.deepStrictEqual(yield* consume({ body, headers }), {
        correlation: { id: "corr" },
        distinctId: "ada",
        sessionId: "s-9"
      })
    }))

  it.effect("goes on in the sender's trace, or links to it", () =>
    Effect.gen(function*() {
      const { headers } = yield* publish
      const sender = Option.getOrThrow(Option.fromNullable(Propagation.remoteSpan(Propagation.extract(headers))))
      const inner = Effect.zip(Effect.currentSpan, Effect.currentSpan.pipe(Effect.withSpan("within"))).pipe(
        Effect.orDie
      )
      const [span] = yield* PosthogQueue.consumeWithContext(quiet)(() => inner)({ body: "", headers })
      assert.deepStrictEqual([span.name, span.kind, span.traceId], ["message_processing", "consumer", sender.traceId])
      assert.strictEqual(Option.getOrThrow(span.parent).spanId, sender.spanId)
      assert.lengthOf(span.links, 0)
      const [linked, within] = yield* PosthogQueue.consumeWithContext({ ...quiet, trace: "link" })(() => inner)({
        body: "",
        headers
      })
      assert.notStrictEqual(linked.traceId, sender.traceId)
      assert.deepStrictEqual([linked.parent, within.links], [Option.none(), []])
      assert.deepStrictEqual(
        linked.links.map(({ span }: Tracer.SpanLink) => [span.traceId, span.spanId]),
        [[sender.traceId, sender.spanId]]
      )
      const [alone] = yield* PosthogQueue.consumeWithContext({ ...quiet, trace: "link" })(() => inner)({ body: "" })
      assert.deepStrictEqual(alone.links, [])
    }))

  it.effect("of the consumer's own tags those that came with the message win, as in posthog-python", () =>
    Effect.gen(function*() {
      const headers = {
        id: "7f",
        task: "mail.send",
        headers: {
          "X-POSTHOG-DISTINCT-ID": "ada",
          "X-POSTHOG-SESSION-ID": "s-1",
          "X-POSTHOG-CONTEXT-TAGS": "{\"plan\": \"pro\", \"celery_state\": \"mine\"}"
        }
      }
      const consume = PosthogQueue.consumeWithContext({
        ...quiet,
        tags: { celery_state: "started", celery_task_name: "mail.send" }
      })(() => view)
      const { distinctId, sessionId, tags } = yield* consume({ body: "", headers: CeleryCarrier.extract(headers) })
      assert.deepStrictEqual([distinctId, sessionId, { ...tags }], ["ada", "s-1", {
        celery_state: "mine",
        celery_task_name: "mail.send",
        plan: "pro"
      }])
    }))

  it.effect("keeps messages apart that are handled at the same time", () =>
    Effect.gen(function*() {
      const consume = PosthogQueue.consumeWithContext({ ...quiet, envelope: Orders })(({ order }) =>
        Effect.gen(function*() {
          yield* tag("order", order)
          yield* Effect.sleep(`${order % 7} millis`)
          const { distinctId, metadata, tags } = yield* view
          return [order, distinctId, tags["order"], metadata["queue_name"], yield* currentOperationName]
        })
      )
      const bodies = yield* Effect.forEach(Array.from({ length: 100 }, (_, i) => i), (order) =>
        PosthogQueue.publishWithContext({ queue: "orders", envelope: Orders, data: { order } }, keep).pipe(
          withScope(fresh, { distinctId: `user-${order}`, captureExceptions: false })
        ))
      const running = yield* Effect.fork(Effect.forEach(bodies, consume, { concurrency: 16 }))
      yield* TestClock.adjust("1 second")
      const seen = yield* Fiber.join(running)
      assert.deepStrictEqual(
        seen,
        seen.map((_, i) => [i, `user-${i}`, i, "orders", Option.some("message_processing")])
      )
      assert.deepStrictEqual({ ...(yield* currentOperationMetadata) }, {})
    }))
})
