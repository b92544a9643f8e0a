/** Events declared once: names and properties are checked by the compiler, personal data never leaves, docs come along. */
import { Console, Effect, Schema } from "effect"
import { Posthog, PosthogTest } from "effect-posthog"
import * as EventCatalog from "effect-posthog/catalog/EventCatalog"
import * as EventValidation from "effect-posthog/catalog/EventValidation"

const { event, property } = EventCatalog

const Accounts = EventCatalog.make({
  "signed up": Schema.Struct({
    email: Schema.String.annotations(property({ pii: "hash", description: "As it was typed" })),
    name: Schema.String.annotations(property({ pii: "drop" })),
    plan: Schema.Literal("free", "pro"),
    joinedAt: Schema.Date
  }).annotations(event({ description: "An account was made", owner: "accounts" }))
})

const Orders = EventCatalog.make({
  "order paid": Schema.Struct({ total: Schema.Positive, currency: Schema.optional(Schema.String) })
})

export const Shop = EventCatalog.merge(Accounts, Orders)

const show = Effect.gen(function*() {
  for (const { event, properties } of yield* PosthogTest.events) {
    const own = Object.entries(properties).filter(([key]) => !key.startsWith("$"))
    yield* Console.log(`  ${event}`, Object.fromEntries(own))
  }
  yield* PosthogTest.clear
})

const program = Effect.gen(function*() {
  yield* Console.log("captured with the catalogue:")
  yield* Shop.capture("signed up", { email: "ada@lovelace.dev", name: "Ada", plan: "pro", joinedAt: new Date(0) })
  yield* Effect.succeed({ total: 42, weight: 3 }).pipe(Effect.tap(Shop.capture("order paid")))
  yield* show

  yield* Console.log("captured otherwise, and redacted by the hook:")
  yield* Posthog.capture("signed up", { properties: { email: "ada@lovelace.dev", name: "Ada", plan: "pro" } })
  yield* show

  // -1 is a number to the compiler; only the schema knows better
  const refused = yield* Shop.capture("order paid", { total: -1 })
  yield* Console.log("where events are checked:", refused)
  const sent = yield* Shop.capture("order paid", { total: -1 }).pipe(Effect.provide(EventValidation.layer("off")))
  yield* Console.log("where they are not:", sent._tag)

  yield* Console.log("declared:")
  for (const { name, properties } of Shop.describe()) {
    yield* Console.log(`  ${name}: ${properties.map(({ name, type }) => `${name}: ${type}`).join(", ")}`)
  }
})

await program.pipe(
  Effect.provide(PosthogTest.layerWith({ beforeSend: EventCatalog.beforeSend(Shop) })),
  Effect.runPromise
)
