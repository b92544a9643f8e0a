/**
 * A durable workflow of @effect/workflow: its engine runs it in fibers of its own, perhaps in another process, perhaps
 * tomorrow. So the scope of whoever started it travels in the payload, as data, and each activity enters it again. An
 * activity is executed once, however often the workflow is resumed: so are its captures.
 */
import { Activity, DurableDeferred, Workflow, WorkflowEngine } from "@effect/workflow"
import { Console, Effect, Either, Exit, Layer, Schema } from "effect"
import { currentScope, fresh, Posthog, PosthogTest, ScopeData, withScope } from "effect-posthog"

const Shipping = Workflow.make({
  name: "Shipping",
  payload: { order: Schema.String, scope: Schema.Unknown },
  success: Schema.String,
  idempotencyKey: ({ order }) => order
})

const Packed = DurableDeferred.make("packed", { success: Schema.String })

/** An activity in the scope that came with the payload; what came is not believed to be one. */
const activity = (name: string, scope: unknown, event: string, order: string) =>
  Activity.make({
    name,
    execute: Effect.asVoid(Posthog.capture(event, { properties: { order } })).pipe(
      withScope(fresh, {
        ...Either.getOrElse(ScopeData.decode(scope), () => ({})),
        operation: { name: `Shipping/${name}` },
        captureExceptions: false
      })
    )
  })

const ShippingLive = Shipping.toLayer(({ order, scope }) =>
  Effect.gen(function*() {
    yield* Console.log(`the workflow of ${order} runs`)
    yield* activity("reserve", scope, "stock reserved", order)
    // the workflow is put away here, and begins anew when somebody has packed
    const by = yield* DurableDeferred.await(Packed)
    yield* activity("send", scope, "parcel sent", order)
    return `packed by ${by}`
  })
)

/** A request: it starts the workflow and does not wait. */
const orderFor = (user: string, order: string) =>
  Effect.gen(function*() {
    const scope = ScopeData.fromScope(yield* currentScope)
    // what is durable is JSON
    return yield* Shipping.execute({ order, scope: JSON.parse(JSON.stringify(scope)) }, { discard: true })
  }).pipe(withScope(fresh, { distinctId: user, tags: { plan: "pro" }, correlation: { id: `corr-of-${user}` } }))

const program = Effect.gen(function*() {
  const ids = yield* Effect.all([orderFor("ada", "o-1"), orderFor("bob", "o-2")])
  for (const executionId of ids) {
    while ((yield* Shipping.poll(executionId))?._tag !== "Suspended") {
      yield* Effect.sleep("5 millis")
    }
    const token = DurableDeferred.tokenFromExecutionId(Packed, { workflow: Shipping, executionId })
    yield* DurableDeferred.done(Packed, { token, exit: Exit.succeed("Grace") })
  }
  for (const executionId of ids) {
    let result = yield* Shipping.poll(executionId)
    for (; result?._tag !== "Complete"; result = yield* Shipping.poll(executionId)) {
      yield* Effect.sleep("5 millis")
    }
    yield* Console.log(result.exit.toString())
  }
  for (const { distinctId, event, properties } of yield* PosthogTest.events) {
    const { correlation_id, operation_name, order, plan } = properties
    yield* Console.log(`${event} of ${distinctId}:`, { order, plan, operation_name, correlation_id })
  }
})

program.pipe(
  Effect.provide(
    ShippingLive.pipe(Layer.provideMerge(WorkflowEngine.layerMemory), Layer.provideMerge(PosthogTest.layer))
  ),
  Effect.runPromise
)
