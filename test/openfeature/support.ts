/** OpenFeature's own client on the provider, and a PostHog in memory behind that. */
import {
  type Client,
  type EvaluationContext,
  type EventDetails,
  OpenFeature,
  type Provider,
  ProviderEvents
} from "@openfeature/server-sdk"
import { Effect, type Scope } from "effect"
import type { FeatureFlags } from "effect-posthog"
import { Posthog } from "effect-posthog"
import * as PosthogProvider from "effect-posthog/openfeature/PosthogProvider"
import { capturedEvents, definitions } from "../support/flags.js"

export const alice: EvaluationContext = { targetingKey: "alice" }

/** Definitions of every kind of flag, on top of those that the flags room shares. */
export const kinds = (() => {
  const everybody = [{ properties: [], rollout_percentage: 100 }]
  const variants = (...keys: ReadonlyArray<string>) => ({
    variants: keys.map((key, index) => ({ key, rollout_percentage: index === 0 ? 100 : 0 }))
  })
  const flag = (key: string, filters: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
    key,
    active: true,
    filters: { groups: everybody, ...filters },
    ...more
  })
  return {
    ...definitions,
    flags: [
      ...definitions.flags,
      flag("page-size", { multivariate: variants("25", "50") }),
      flag("ratio", { multivariate: variants("0.125", "0.5") }),
      flag("limit", { payloads: { true: "42" } }),
      flag("broken", { payloads: { true: `{"steps":` } }),
      flag("list", { payloads: { true: "[1,2]" } }),
      flag("word", { payloads: { true: `"hello"` } }),
      flag("nobody", { groups: [{ properties: [], rollout_percentage: 0 }] }),
      flag("half", { groups: [{ properties: [], rollout_percentage: 99.9999 }] }),
      flag("second", {
        groups: [
          { properties: [{ key: "email", type: "person", operator: "is_set", value: "is_set" }] },
          { properties: [{ key: "plan", type: "person", operator: "exact", value: ["pro"] }] }
        ]
      }),
      flag("by-device", { groups: [{ properties: [], rollout_percentage: 99.9999 }] }, {
        bucketing_identifier: "device_id"
      }),
      flag("malformed", { groups: "everybody" })
    ]
  }
})()

let domains = 0

/** A client of its own domain, bound to the provider and not waited for. */
export const bind = (provider: Provider): { readonly client: Client; readonly bound: Effect.Effect<void> } => {
  const domain = `test-${domains++}`
  return {
    client: OpenFeature.getClient(domain),
    bound: Effect.promise(() => OpenFeature.setProviderAndWait(domain, provider))
  }
}

export const connect = (
  options?: PosthogProvider.Options
): Effect.Effect<Client, never, FeatureFlags | Posthog.Posthog | Scope.Scope> =>
  Effect.gen(function*() {
    const { bound, client } = bind(yield* PosthogProvider.make(options))
    yield* bound
    return client
  })

/** Lets everything happen that needs no time: promises of OpenFeature's and fibers behind them. */
export const settle = Effect.forEach(
  Array.from({ length: 5 }),
  () => Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve))),
  { discard: true }
)

export interface Told {
  readonly event: string
  readonly details: EventDetails | undefined
}

/** What the client is told from now on. */
export const listen = (client: Client): Array<Told> => {
  const told: Array<Told> = []
  for (
    const event of [
      ProviderEvents.Ready,
      ProviderEvents.Stale,
      ProviderEvents.Error,
      ProviderEvents.ConfigurationChanged
    ] as const
  ) {
    client.addHandler(event, (details) => void told.push({ event, details }))
  }
  return told
}

export const called = Effect.zipRight(
  Posthog.flush,
  Effect.map(capturedEvents, (events) => events.filter(({ event }) => event === "$feature_flag_called"))
)
