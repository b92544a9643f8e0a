/** Flags that are evaluated here: declared once, checked in pipelines, attached to an event, and explained. */
import { Console, Effect, Layer, Option, Redacted, Schema } from "effect"
import { Flag, Flags, fresh, Posthog, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"

const ShopFlags = Flags.registry({
  "new-checkout": Flag.boolean({ default: false }),
  "pricing": Flag.variants(["control", "low", "high"], {
    default: "control",
    payload: Schema.Struct({ price: Schema.Number }),
    defaultPayload: { price: 10 }
  })
})

const visit = Effect.gen(function*() {
  const steps = yield* Effect.succeed("three steps").pipe(ShopFlags.whenEnabled("new-checkout"))
  const offer = yield* ShopFlags.match("pricing", {
    control: Effect.succeed("the usual price"),
    low: Effect.map(ShopFlags.payload("pricing"), ({ price }) => `only ${price}`),
    high: Effect.succeed("our best")
  })
  const flags = yield* ShopFlags.evaluate()
  yield* Posthog.capture("checkout opened", { flags })
  return `${Option.getOrElse(steps, () => "the old checkout")}, ${offer}`
})

// what PostHog serves for the project; here the one that is embedded
const definitions = {
  flags: [
    {
      id: 1,
      key: "new-checkout",
      active: true,
      filters: {
        groups: [{
          properties: [{ key: "plan", type: "person", operator: "exact", value: ["pro"] }],
          rollout_percentage: 90
        }]
      }
    },
    {
      id: 2,
      key: "pricing",
      active: true,
      filters: {
        groups: [{ properties: [] }],
        multivariate: {
          variants: [
            { key: "control", rollout_percentage: 34 },
            { key: "low", rollout_percentage: 33 },
            { key: "high", rollout_percentage: 33 }
          ]
        },
        payloads: { low: `{"price":7}` }
      }
    }
  ],
  group_type_mapping: {},
  cohorts: {}
}

const Client = Posthog.layer({ apiKey: Redacted.make("phc_example"), secretKey: Redacted.make("phs_example") }).pipe(
  Layer.provideMerge(DevServer.layerInMemory({ definitions }))
)

const asPerson = (distinctId: string, plan: string) =>
  withScope(fresh, { distinctId, personProperties: { plan }, captureExceptions: false })

Effect.gen(function*() {
  for (const [distinctId, plan] of [["ada", "pro"], ["grace", "pro"], ["alan", "free"], ["edsger", "free"]] as const) {
    yield* Console.log(`${distinctId}: ${yield* visit.pipe(asPerson(distinctId, plan))}`)
  }
  const explanation = yield* Flags.explain("new-checkout").pipe(asPerson("ada", "pro"))
  yield* Console.log(Option.map(explanation, Flags.renderExplanation).pipe(Option.getOrThrow))
  yield* Posthog.flush
  const server = yield* DevServer.DevServer
  const events = yield* server.events
  for (const { distinct_id, event, properties } of events.filter(({ event }) => event === "checkout opened")) {
    yield* Console.log(event, distinct_id, properties["$feature/pricing"], properties["$active_feature_flags"])
  }
  const asked = (yield* server.requests).filter(({ method, path }) => method === "POST" && path.startsWith("/flags"))
  yield* Console.log(`${events.length} events, ${asked.length} requests for flag values`)
}).pipe(Effect.provide(Client), Effect.runPromise)
