/** Flags without a registry: checked in pipelines, total with a default, evaluated here, and explained. */
import { Console, Effect, Layer, Option, Redacted } from "effect"
import { Flags, fresh, Posthog, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"

// what PostHog serves for the project; here the one that is embedded
const definitions = {
  flags: [
    {
      key: "dark-mode",
      active: true,
      filters: {
        groups: [{
          properties: [{ key: "plan", type: "person", operator: "exact", value: ["pro"] }],
          rollout_percentage: 100
        }]
      }
    },
    {
      key: "theme",
      active: true,
      filters: {
        groups: [{ properties: [] }],
        multivariate: {
          variants: [{ key: "sea", rollout_percentage: 50 }, { key: "wood", rollout_percentage: 50 }]
        }
      }
    }
  ]
}

const Client = Posthog.layer({ apiKey: Redacted.make("phc_example"), secretKey: Redacted.make("phs_example") }).pipe(
  Layer.provideMerge(DevServer.layerInMemory({ definitions }))
)

const visit = Effect.gen(function*() {
  const dark = yield* Flags.isEnabled("dark-mode", { default: false })
  const theme = yield* Flags.variant("theme", { default: "plain" })
  const banner = yield* Effect.succeed("you have the dark side").pipe(Flags.whenEnabled("dark-mode"))
  // nobody knows this one: a typed error, unless a default is given
  const unknown = yield* Flags.isEnabled("no-such-flag").pipe(
    Effect.catchAll((error) => Effect.succeed(error._tag))
  )
  return { dark, theme, banner: Option.getOrElse(banner, () => "it is bright here"), unknown }
})

const asPerson = (distinctId: string, plan: string) =>
  withScope(fresh, { distinctId, personProperties: { plan }, captureExceptions: false })

Effect.gen(function*() {
  for (const [distinctId, plan] of [["ada", "pro"], ["alan", "free"]] as const) {
    yield* Console.log(distinctId, yield* visit.pipe(asPerson(distinctId, plan)))
  }
  const why = yield* Flags.explain("dark-mode").pipe(asPerson("alan", "free"))
  yield* Console.log(Option.map(why, Flags.renderExplanation).pipe(Option.getOrThrow))
  yield* Posthog.flush
  const { events } = yield* DevServer.DevServer
  for (const { distinct_id, properties } of yield* events) {
    yield* Console.log(
      `${distinct_id} was told ${properties["$feature_flag"]}: ${properties["$feature_flag_response"]}`
    )
  }
}).pipe(Effect.provide(Client), Effect.runPromise)
