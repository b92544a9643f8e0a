/** posthog-node's side: its public API, local evaluation only, definitions served in the process. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import { type Case, type Verdict, verdictOf } from "./Case.js"

interface PostHog {
  readonly getFeatureFlag: (key: string, distinctId: string, options: object) => Promise<unknown>
  readonly reloadFeatureFlags: () => Promise<void>
  readonly shutdown: () => Promise<void>
}

const require = createRequire(new URL("../../bench/package.json", import.meta.url))

/** The version that the benchmarks are pinned to as well. */
export const version = (): string => {
  const manifest = new URL("../../bench/node_modules/posthog-node/package.json", import.meta.url)
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version
}

export const make = async () => {
  const peer = await import(pathToFileURL(require.resolve("posthog-node")).href) as {
    readonly PostHog: new(key: string, options: object) => PostHog
  }
  let served = "{\"flags\":[]}"
  const client = new peer.PostHog("phc_deep", {
    host: "http://127.0.0.1:9",
    secretKey: "phs_deep",
    featureFlagsPollingInterval: null,
    fetch: (url: string) =>
      url.includes("/flags/definitions")
        ? Promise.resolve(new Response(served, { headers: { "content-type": "application/json" } }))
        : Promise.reject(new Error(`a request for ${url}`))
  })
  return {
    evaluate: async ({ definitions, who }: Case, keys: ReadonlyArray<string>): Promise<Map<string, Verdict>> => {
      served = JSON.stringify(definitions)
      await client.reloadFeatureFlags()
      const verdicts = new Map<string, Verdict>()
      for (const key of keys) {
        verdicts.set(
          key,
          await client.getFeatureFlag(key, who.distinctId, {
            personProperties: who.personProperties,
            groups: who.groups,
            groupProperties: who.groupProperties,
            onlyEvaluateLocally: true,
            sendFeatureFlagEvents: false
          }).then(verdictOf, () => "throws")
        )
      }
      return verdicts
    },
    close: () => client.shutdown()
  }
}
