/** A catalogue with something of everything. */
import { Schema } from "effect"
import * as EventCatalog from "effect-posthog/catalog/EventCatalog"

const personal = EventCatalog.property

export const Shop = EventCatalog.make({
  "checkout started": Schema.Struct({ total: Schema.Number }),
  "checkout paid": Schema.Struct({
    method: Schema.Literal("card", "invoice"),
    paidAt: Schema.Date,
    coupon: Schema.optional(Schema.String)
  }),
  "signed up": Schema.Struct({
    email: Schema.String.annotations(personal({ pii: "drop", description: "As it was typed" })),
    phone: Schema.optional(Schema.String).annotations(personal({ pii: "hash" })),
    nickname: Schema.String.annotations(personal({ pii: "keep" })),
    plan: Schema.propertySignature(Schema.String).pipe(Schema.fromKey("plan_name")),
    address: Schema.Struct({
      street: Schema.String.annotations(personal({ pii: true })),
      city: Schema.String
    })
  }).annotations(EventCatalog.event({ description: "An account was made", owner: "accounts" })),
  "app opened": Schema.Struct({})
})
