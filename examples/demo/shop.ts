/** A small shop as a real HTTP server: what an application looks like that uses effect-posthog. */
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Data, Effect, Option, Random, Schema } from "effect"
import { fresh, identifyScope, Posthog, setGroup, step, tag, tags, withScope } from "effect-posthog"

export class OutOfStock extends Data.TaggedError("OutOfStock")<{ readonly sku: string }> {
  override get message() {
    return `no ${this.sku} left`
  }
}

export class PaymentDeclined extends Data.TaggedError("PaymentDeclined")<{ readonly amount: number }> {
  override get message() {
    return `the bank declined ${this.amount} EUR`
  }
}

/** One out of so many requests finds the shelf empty, the bank unwilling, or a mistake of the programmer's. */
const outOfStockEvery = 17
const declinedEvery = 23
export const defectEvery = 100

const Order = Schema.Struct({ number: Schema.Number, sku: Schema.String, amount: Schema.Number })

const reserve = (order: typeof Order.Type) =>
  Effect.gen(function*() {
    yield* tag("stock.checked", true)
    yield* Effect.sleep(yield* Random.nextIntBetween(1, 15))
    if (order.number % outOfStockEvery === 0) {
      return yield* new OutOfStock({ sku: order.sku })
    }
    yield* Posthog.capture("stock reserved", { properties: { sku: order.sku } })
  })

const quote = (order: typeof Order.Type) =>
  Effect.gen(function*() {
    yield* Effect.sleep(yield* Random.nextIntBetween(1, 15))
    // a child fiber's tag: it is on the scope of the request once the child is joined
    yield* tag("shipping", order.amount > 100 ? "free" : "4.90")
  })

const pay = (order: typeof Order.Type) =>
  Effect.gen(function*() {
    yield* Effect.sleep(yield* Random.nextIntBetween(1, 10))
    if (order.number % declinedEvery === 0) {
      return yield* new PaymentDeclined({ amount: order.amount })
    }
    yield* Posthog.capture("order paid", { properties: { total: order.amount } })
  }).pipe(withScope("inherited", { tags: { step: "payment" } }))

interface Address {
  readonly city: string
}

const addressOf = (order: typeof Order.Type): Address | undefined =>
  order.number % defectEvery === 0 ? undefined : { city: "London" }

const printLabel = (order: typeof Order.Type) =>
  Effect.gen(function*() {
    yield* step("printing the label", { "order.number": order.number })
    return addressOf(order)!.city.toUpperCase() // the planned defect: not every order has an address
  }).pipe(Effect.withSpan("printLabel"))

const checkout = Effect.gen(function*() {
  const order = yield* HttpServerRequest.schemaBodyJson(Order)
  yield* tags({ "order.number": order.number, "order.sku": order.sku })
  yield* Posthog.capture("checkout started", { properties: { total: order.amount } })
  yield* step("checkout started")
  yield* printLabel(order)
  yield* Effect.all([reserve(order), quote(order)], { concurrency: "unbounded" })
  yield* pay(order).pipe(Effect.timeout("5 seconds"))
  return HttpServerResponse.unsafeJson({ paid: order.amount })
})

/** Every request runs in a fresh scope that knows its customer; a failure in it is captured once, with its tags. */
const inRequestScope = <E, R>(handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const customer = Option.getOrElse(Option.fromNullable(request.headers["x-customer"]), () => "nobody")
    const company = Option.getOrElse(Option.fromNullable(request.headers["x-company"]), () => "none")
    yield* identifyScope(customer)
    yield* setGroup("company", company)
    yield* tags({ customer, "request.path": request.url, "request.id": request.headers["x-request-id"] ?? "" })
    return yield* handler
  }).pipe(
    withScope(fresh, { tags: { shop: "effect-shop" } }),
    Effect.catchAll((error) => Effect.succeed(HttpServerResponse.unsafeJson({ error: String(error) }, { status: 409 })))
  )

export const shop = HttpRouter.empty.pipe(
  HttpRouter.post("/checkout", inRequestScope(checkout)),
  HttpServer.serve()
)
