/** Unleash's side of the flag benchmark: definitions in its start data, and neither refreshes nor metrics. */
import { Agent } from "node:http"
import type * as UnleashClient from "unleash-client"
import { asked, checkShare, flagKey, lazily, load, names, perCall } from "./flagsWork.js"
import { serve } from "./harness.js"

/** Its one request at the start goes nowhere. */
class Nowhere extends Agent {
  override createConnection(): never {
    throw new Error("no network")
  }
}

const constraint = (contextName: string, operator: string, given: object) => ({
  contextName,
  operator,
  inverted: false,
  values: [],
  ...given
})

const feature = {
  name: flagKey,
  type: "release",
  enabled: true,
  stale: false,
  impressionData: false,
  project: "default",
  variants: [],
  strategies: [{
    name: "flexibleRollout",
    parameters: { rollout: "50", stickiness: "userId", groupId: flagKey },
    constraints: [
      constraint("plan", "IN", { values: ["pro", "enterprise"] }),
      constraint("country", "IN", { values: ["US", "GB", "DE"] }),
      constraint("age", "NUM_GTE", { value: "18" })
    ]
  }]
}

const rounds = 4

serve({
  [names.unleash]: lazily(async () => {
    const { default: peer } = await load<{ readonly default: typeof UnleashClient }>("unleash-client")
    const unleash = new peer.Unleash({
      appName: "bench",
      url: "http://127.0.0.1:9/api/",
      refreshInterval: 0,
      disableMetrics: true,
      httpOptions: { agent: () => new Nowhere() },
      storageProvider: new peer.InMemStorageProvider(),
      // the type wants the whole of what its service sends
      bootstrap: { data: [feature] as never }
    })
    await new Promise<void>((resolve) => {
      unleash.on("ready", resolve)
      unleash.on("error", () => {})
      unleash.on("warn", () => {})
    })
    const asks = asked(({ distinctId, properties }) => ({ userId: distinctId, properties }))
    checkShare(asks.map(({ options }) => unleash.isEnabled(flagKey, options)))
    return async () => {
      let on = 0
      const from = performance.now()
      for (let round = 0; round < rounds; round++) {
        for (const { options } of asks) {
          on += unleash.isEnabled(flagKey, options) ? 1 : 0
        }
      }
      const time = perCall(from, rounds * asks.length)
      return on > 0 ? time : NaN
    }
  })
})
