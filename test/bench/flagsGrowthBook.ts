/** GrowthBook's side of the flag benchmark: its client for servers, whose checks are synchronous. */
import type { GrowthBookClient } from "@growthbook/growthbook"
import { asked, checkShare, flagKey, lazily, load, names, perCall } from "./flagsWork.js"
import { serve } from "./harness.js"

const rounds = 4

serve({
  [names.growthBook]: lazily(async () => {
    const peer = await load<{ readonly GrowthBookClient: typeof GrowthBookClient }>("@growthbook/growthbook")
    const growthBook = new peer.GrowthBookClient().initSync({
      payload: {
        features: {
          [flagKey]: {
            defaultValue: false,
            rules: [{
              condition: {
                plan: { $in: ["pro", "enterprise"] },
                country: { $in: ["US", "GB", "DE"] },
                age: { $gte: 18 }
              },
              force: true,
              coverage: 0.5,
              hashAttribute: "id"
            }]
          }
        }
      }
    })
    const asks = asked(({ distinctId, properties }) => ({ attributes: { id: distinctId, ...properties } }))
    checkShare(asks.map(({ options }) => growthBook.isOn(flagKey, options)))
    return async () => {
      let on = 0
      const from = performance.now()
      for (let round = 0; round < rounds; round++) {
        for (const { options } of asks) {
          on += growthBook.isOn(flagKey, options) ? 1 : 0
        }
      }
      const time = perCall(from, rounds * asks.length)
      return on > 0 ? time : NaN
    }
  })
})
