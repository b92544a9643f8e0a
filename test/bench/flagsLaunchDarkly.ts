/** LaunchDarkly's side of the flag benchmark: its test data in place of its service, and no events. */
import type * as LaunchDarkly from "@launchdarkly/node-server-sdk"
import type * as Integrations from "@launchdarkly/node-server-sdk/integrations"
import { asked, checkShare, flagKey, lazily, load, names, perCall } from "./flagsWork.js"
import { serve } from "./harness.js"

const clause = (attribute: string, op: string, values: ReadonlyArray<unknown>) => ({
  attribute,
  op,
  values,
  negate: false,
  contextKind: "user"
})

const rounds = 4

serve({
  [names.launchDarkly]: lazily(async () => {
    const { default: peer } = await load<{ readonly default: typeof LaunchDarkly }>("@launchdarkly/node-server-sdk")
    const { default: integrations } = await load<{ readonly default: typeof Integrations }>(
      "@launchdarkly/node-server-sdk/integrations"
    )
    const testData = new integrations.TestData()
    await testData.usePreconfiguredFlag({
      key: flagKey,
      version: 1,
      on: true,
      variations: [true, false],
      offVariation: 1,
      fallthrough: { variation: 1 },
      salt: "bench",
      targets: [],
      contextTargets: [],
      prerequisites: [],
      rules: [{
        id: "rule",
        clauses: [
          clause("plan", "in", ["pro", "enterprise"]),
          clause("country", "in", ["US", "GB", "DE"]),
          clause("age", "greaterThanOrEqual", [18])
        ],
        rollout: {
          contextKind: "user",
          variations: [{ variation: 0, weight: 50_000 }, { variation: 1, weight: 50_000 }]
        }
      }]
    })
    const client = peer.init("sdk-bench", {
      updateProcessor: testData.getFactory(),
      sendEvents: false,
      diagnosticOptOut: true,
      logger: peer.basicLogger({ level: "none" })
    })
    await client.waitForInitialization({ timeout: 10 })
    const asks = asked(({ distinctId, properties }) => ({ kind: "user", key: distinctId, ...properties }))
    checkShare(await Promise.all(asks.map(({ options }) => client.variation(flagKey, options, "nothing"))))
    return async () => {
      const from = performance.now()
      for (let round = 0; round < rounds; round++) {
        for (const { options } of asks) {
          await client.variation(flagKey, options, false)
        }
      }
      return perCall(from, rounds * asks.length)
    }
  })
})
