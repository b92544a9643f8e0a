// these programs are never run: what is asked is whether they compile
// @effect-diagnostics floatingEffect:off
// @effect-diagnostics missingEffectError:off
/**
 * What a typed registry lets through the compiler and what not: checked by `npm run check`, run by nobody.
 */
import type { Option } from "effect"
import { Context, Effect, Schema } from "effect"
import type { FlagPayloadInvalid } from "effect-posthog/flags/evaluation/FlagError"
import type { FeatureFlags } from "effect-posthog/flags/FeatureFlags"
import * as Flag from "effect-posthog/flags/registry/Flag"
import { registry } from "effect-posthog/flags/registry/FlagRegistry"
import { type Equals, isTrue } from "./Equals.js"

class Database extends Context.Tag("Database")<Database, { readonly query: Effect.Effect<number, "lost"> }>() {}
class Mailer extends Context.Tag("Mailer")<Mailer, { readonly send: Effect.Effect<Date, "bounced"> }>() {}

const query = Effect.flatMap(Database, ({ query }) => query)
const send = Effect.flatMap(Mailer, ({ send }) => send)

const ShopFlags = registry({
  "new-checkout": Flag.boolean({ default: false }),
  "banner": Flag.boolean({
    default: true,
    payload: Schema.Struct({ text: Schema.String, until: Schema.DateFromString }),
    defaultPayload: { text: "", until: new Date(0) }
  }),
  "layout": Flag.variants(["wide", "narrow"], { default: "wide" }),
  "pricing": Flag.variants(["control", "low", "high"], {
    default: "control",
    payload: Schema.Struct({ price: Schema.NumberFromString })
  })
})

// --- what is inferred

isTrue<
  Equals<typeof ShopFlags.keys, ReadonlyArray<"new-checkout" | "banner" | "layout" | "pricing">>
>()
isTrue<
  Equals<
    typeof ShopFlags.definitions,
    {
      readonly "new-checkout": Flag.BooleanFlag
      readonly banner: Flag.BooleanFlag<{ readonly text: string; readonly until: Date }>
      readonly layout: Flag.VariantsFlag<"wide" | "narrow">
      readonly pricing: Flag.VariantsFlag<
        "control" | "low" | "high",
        { readonly price: number },
        FlagPayloadInvalid
      >
    }
  >
>()

const enabled = ShopFlags.isEnabled("banner", { distinctId: "user-1" })
isTrue<Equals<typeof enabled, Effect.Effect<boolean, never, FeatureFlags>>>()

const variant = ShopFlags.variant("pricing")
isTrue<Equals<typeof variant, Effect.Effect<"control" | "low" | "high", never, FeatureFlags>>>()

const piped = query.pipe(ShopFlags.whenEnabled("new-checkout"))
isTrue<Equals<typeof piped, Effect.Effect<Option.Option<number>, "lost", FeatureFlags | Database>>>()

const direct = ShopFlags.whenDisabled(query, "new-checkout", { onlyEvaluateLocally: true })
isTrue<Equals<typeof direct, Effect.Effect<Option.Option<number>, "lost", FeatureFlags | Database>>>()

const either = ShopFlags.ifEnabled("new-checkout", { onTrue: query, onFalse: send })
isTrue<
  Equals<typeof either, Effect.Effect<number | Date, "lost" | "bounced", FeatureFlags | Database | Mailer>>
>()

const matched = ShopFlags.match("pricing", { control: query, low: send, high: Effect.succeed("free") })
isTrue<
  Equals<typeof matched, Effect.Effect<number | Date | string, "lost" | "bounced", FeatureFlags | Database | Mailer>>
>()

const payload = ShopFlags.payload("pricing")
isTrue<Equals<typeof payload, Effect.Effect<{ readonly price: number }, FlagPayloadInvalid, FeatureFlags>>>()

// with a default payload there is nothing left to fail
const totalPayload = ShopFlags.payload("banner")
isTrue<
  Equals<typeof totalPayload, Effect.Effect<{ readonly text: string; readonly until: Date }, never, FeatureFlags>>
>()

// a snapshot needs no service, and is asked the same way
export const snapshot = Effect.gen(function*() {
  const view = yield* ShopFlags.evaluate({ distinctId: "user-1" })
  const price = view.payload("pricing")
  isTrue<Equals<typeof price, Effect.Effect<{ readonly price: number }, FlagPayloadInvalid>>>()
  const layout = view.match("layout", { wide: query, narrow: send })
  isTrue<Equals<typeof layout, Effect.Effect<number | Date, "lost" | "bounced", Database | Mailer>>>()
  // @ts-expect-error: whom it is about was said when it was made
  yield* view.isEnabled("banner", { distinctId: "user-2" })
})

// --- what does not compile

// @ts-expect-error: no such flag
ShopFlags.isEnabled("new-chekout")
// @ts-expect-error: a flag of variants is not on or off
ShopFlags.isEnabled("pricing")
// @ts-expect-error: a flag that is on or off has no variants
ShopFlags.variant("banner")
// @ts-expect-error: no such flag
query.pipe(ShopFlags.whenEnabled("pricing"))
// @ts-expect-error: no such option
ShopFlags.isEnabled("banner", { distinctID: "user-1" })

// @ts-expect-error: `high` is missing
ShopFlags.match("pricing", { control: query, low: send })
// @ts-expect-error: `highest` is no variant
ShopFlags.match("pricing", { control: query, low: send, high: send, highest: send })
// @ts-expect-error: a branch is an Effect
ShopFlags.match("layout", { wide: 1, narrow: send })
// @ts-expect-error: a flag that is on or off has no variants
ShopFlags.match("banner", { true: query, false: send })

// @ts-expect-error: the flag declares no payload
ShopFlags.payload("new-checkout")
// @ts-expect-error: the flag declares no payload
ShopFlags.payload("layout")
// @ts-expect-error: a price is a number
Effect.map(ShopFlags.payload("pricing"), ({ price }) => price.length)
// @ts-expect-error: its payload has no discount
Effect.map(ShopFlags.payload("pricing"), ({ discount }) => discount)
// @ts-expect-error: it may fail with FlagPayloadInvalid
export const careless: Effect.Effect<{ readonly price: number }, never, FeatureFlags> = ShopFlags.payload("pricing")

// @ts-expect-error: the default is not among the variants
Flag.variants(["control", "test"], { default: "low" })
// @ts-expect-error: a flag of variants has at least one
Flag.variants([], { default: "control" })
// @ts-expect-error: a default is needed
Flag.variants(["control", "test"], {})
// @ts-expect-error: which variants there are must be known
Flag.variants(["control", "test"] as Array<string>, { default: "control" })
// @ts-expect-error: on or off
Flag.boolean({ default: "on" })
// @ts-expect-error: the default payload is not one
Flag.boolean({ default: false, payload: Schema.Struct({ text: Schema.String }), defaultPayload: { text: 1 } })
// @ts-expect-error: a default payload of what?
Flag.boolean({ default: false, defaultPayload: { text: "" } })
declare const NeedsDatabase: Schema.Schema<number, number, Database>
// @ts-expect-error: decoding must need nothing
Flag.boolean({ default: false, payload: NeedsDatabase })
// @ts-expect-error: a registry holds flags
registry({ "new-checkout": true })
