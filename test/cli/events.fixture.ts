/** A catalogue to be documented, with what wants to break out of a table. */
import { Schema } from "effect"
import * as EventCatalog from "effect-posthog/catalog/EventCatalog"

const { property } = EventCatalog

export const Accounts = EventCatalog.make({
  "signed up": Schema.Struct({
    email: Schema.String.annotations(property({ pii: "drop", description: "As it was typed" })),
    phone: Schema.optional(Schema.String).annotations(property({ pii: "hash" })),
    plan: Schema.propertySignature(Schema.Literal("free", "pro")).pipe(Schema.fromKey("plan_name")),
    seats: Schema.Int.annotations(property({ owner: "sales" })),
    joinedAt: Schema.Date,
    referrer: Schema.optionalWith(Schema.String, { default: () => "" }).annotations(
      property({ deprecated: "use utm_source" })
    ),
    address: Schema.Struct({
      street: Schema.String.annotations(property({ pii: true })),
      "zip code": Schema.optional(Schema.NumberFromString)
    }),
    labels: Schema.Record({ key: Schema.String, value: Schema.Boolean })
  }).annotations(EventCatalog.event({ description: "An account was made", owner: "accounts" })),
  "left": Schema.Union(
    Schema.Struct({ reason: Schema.Literal("price"), wanted: Schema.Number }),
    Schema.Struct({ reason: Schema.Literal("other") })
  ).annotations(EventCatalog.event({ deprecated: true })),
  "opened": Schema.Struct({}, Schema.Record({ key: Schema.String, value: Schema.Number }))
})

export const Hostile = EventCatalog.make({
  "<script>alert(1)</script> | # `x`": Schema.Struct({
    "a|b`c": Schema.Literal("x|y", "`\n|")
  }).annotations(
    EventCatalog.event({
      description: "# no heading\n\n| no | table |\n<b>no</b> [no](https://link.example) \u202e*no*"
    })
  )
})

export const All = EventCatalog.merge(Accounts, Hostile)
