/** A failure that crosses three scopes is one exception: with the tags, the steps and the line of where it happened. */
import { Console, Data, Effect } from "effect"
import { ExceptionCapture, fresh, inherited, PosthogTest, scoped, step, tag, withScope } from "effect-posthog"

class BankUnreachable extends Error {
  override readonly name = "BankUnreachable"
}

class PaymentDeclined extends Data.TaggedError("PaymentDeclined")<{
  readonly amount: number
  readonly password: string
  readonly cause: unknown
}> {
  override get message() {
    return `the bank declined ${this.amount} EUR, asked at https://shop:${this.password}@bank.example`
  }
}

const askBank = (amount: number) =>
  Effect.gen(function*() {
    yield* step("asking the bank", { amount })
    const cause = new BankUnreachable("no answer")
    return yield* new PaymentDeclined({ amount, password: "s3cr3t-s3cr3t", cause })
  }).pipe(Effect.withSpan("askBank"))

const pay = scoped(inherited, { tags: { step: "payment" } })((amount: number) =>
  Effect.zipRight(tag("amount", amount), askBank(amount))
)

const order = Effect.zipRight(step("order was placed"), pay(42)).pipe(
  withScope(inherited, { tags: { order: "o-1" } }),
  ExceptionCapture.captureFailures() // seen before it leaves the scopes: still one event
)

const request = order.pipe(
  withScope(fresh, { distinctId: "user-1", tags: { path: "/checkout" } }),
  Effect.catchTag("PaymentDeclined", ({ amount }) => Console.log(`the caller still sees it: ${amount} EUR declined`))
)

interface Entry {
  readonly type: string
  readonly value: string
  readonly mechanism: { readonly source?: string }
  readonly stacktrace?: {
    readonly frames: ReadonlyArray<
      { readonly in_app: boolean; readonly filename: string; readonly lineno?: number; readonly context_line?: string }
    >
  }
}

Effect.gen(function*() {
  yield* request
  const events = yield* PosthogTest.events
  yield* Console.log(`${events.length} event:`)
  for (const { properties } of events) {
    // the client has written it in this form
    const list = properties["$exception_list"] as unknown as ReadonlyArray<Entry>
    for (const { mechanism, stacktrace, type, value } of list) {
      const site = stacktrace?.frames.findLast((frame) => frame.in_app && frame.context_line !== undefined)
      yield* Console.log(`${mechanism.source ?? "exception"}: ${type}: ${value}`)
      yield* Console.log(`    ${site?.filename}:${site?.lineno}  ${site?.context_line?.trim()}`)
    }
    yield* Console.log({
      path: properties["path"],
      order: properties["order"],
      step: properties["step"],
      amount: properties["amount"],
      steps: properties["$exception_steps"]
    })
  }
}).pipe(Effect.provide(PosthogTest.layer), Effect.runPromise)
