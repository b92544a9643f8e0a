/** A failure that crosses three scopes is one exception, with the tags of the place where it happened. */
import { Console, Data, Effect } from "effect"
import { fresh, inherited, PosthogTest, scoped, tag, withScope } from "effect-posthog"

class PaymentDeclined extends Data.TaggedError("PaymentDeclined")<{ readonly amount: number }> {
  override get message() {
    return `the bank declined ${this.amount} EUR`
  }
}

const pay = scoped(inherited, { tags: { step: "payment" } })((amount: number) =>
  Effect.zipRight(tag("amount", amount), new PaymentDeclined({ amount }))
)

const order = pay(42).pipe(withScope(inherited, { tags: { order: "o-1" } }))

const request = order.pipe(
  withScope(fresh, { distinctId: "user-1", tags: { path: "/checkout" } }),
  Effect.catchTag("PaymentDeclined", (error) => Console.log(`the caller still sees it: ${error.message}`))
)

Effect.gen(function*() {
  yield* request
  const events = yield* PosthogTest.events
  yield* Console.log(`${events.length} event:`)
  for (const { properties } of events) {
    yield* Console.log({
      type: properties["$exception_type"],
      message: properties["$exception_message"],
      path: properties["path"],
      order: properties["order"],
      step: properties["step"],
      amount: properties["amount"]
    })
  }
}).pipe(Effect.provide(PosthogTest.layer), Effect.runPromise)
