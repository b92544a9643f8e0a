/** Definitions that the tests of the flags room share, and a client that evaluates them. */
import { Effect, Redacted } from "effect"
import { Flags, type PosthogConfig } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { layerClient } from "./client.js"

export const secretKey = Redacted.make("phs_secret")

const everybody = [{ properties: [], rollout_percentage: 100 }]

/** `pricing` is `low` for everybody, `pro-only` needs a plan, `off` is not active, `team-beta` is about a company. */
export const definitions = {
  flags: [
    {
      id: 1,
      key: "new-checkout",
      active: true,
      version: 3,
      has_experiment: false,
      filters: { groups: everybody, payloads: { true: `{"steps":3}` } }
    },
    { id: 2, key: "off", active: false, filters: { groups: everybody } },
    {
      id: 3,
      key: "pricing",
      active: true,
      has_experiment: true,
      filters: {
        groups: everybody,
        multivariate: {
          variants: [
            { key: "control", rollout_percentage: 0 },
            { key: "low", rollout_percentage: 100 }
          ]
        },
        payloads: { low: `{"price":9}` }
      }
    },
    {
      id: 4,
      key: "pro-only",
      active: true,
      filters: { groups: [{ properties: [{ key: "plan", type: "person", operator: "exact", value: ["pro"] }] }] }
    },
    { id: 5, key: "team-beta", active: true, filters: { aggregation_group_type_index: 0, groups: everybody } }
  ],
  group_type_mapping: { "0": "company" },
  cohorts: {}
}

/** A client with definitions of its own, asked for at its start. */
export const layerLocal = (
  options: Omit<PosthogConfig.Options, "apiKey"> = {},
  server: DevServer.Options = {}
) => layerClient({ secretKey, ...options }, { definitions, ...server })

/** A client without a secret key: every evaluation asks. */
export const layerRemote = layerClient

/** The requests to one path so far. */
export const requestsTo = (path: string) =>
  Effect.flatMap(
    DevServer.DevServer,
    ({ requests }) => Effect.map(requests, (requests) => requests.filter((request) => request.path.startsWith(path)))
  )

export const flagRequests = Effect.map(
  requestsTo("/flags"),
  (requests) => requests.filter(({ method }) => method === "POST")
)

/** Everything that was captured and has arrived. */
export const capturedEvents = Effect.flatMap(DevServer.DevServer, ({ events }) => events)

/** Definitions are loaded: the next request is not the one for them. */
export const ready = Flags.awaitReady("1 minute")
