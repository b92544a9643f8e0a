/** The application that the examples of testing test. */
import { Effect, Schema } from "effect"
import { Flag, Flags } from "effect-posthog"
import * as EventCatalog from "effect-posthog/catalog/EventCatalog"

export const ShopFlags = Flags.registry({
  "express-checkout": Flag.boolean({ default: false }),
  "pricing": Flag.variants(["control", "low"], { default: "control" })
})

export const ShopEvents = EventCatalog.make({
  "checkout started": Schema.Struct({ total: Schema.Number, express: Schema.Boolean }),
  "checkout paid": Schema.Struct({ total: Schema.Number })
})

export const checkout = (distinctId: string, total: number) =>
  Effect.gen(function*() {
    const express = yield* ShopFlags.isEnabled("express-checkout", { distinctId })
    const price = (yield* ShopFlags.variant("pricing", { distinctId })) === "low" ? total * 0.5 : total
    yield* ShopEvents.capture("checkout started", { total: price, express }, { distinctId })
    yield* Effect.sleep(express ? "1 second" : "1 minute")
    yield* ShopEvents.capture("checkout paid", { total: price }, { distinctId })
    return price
  })
