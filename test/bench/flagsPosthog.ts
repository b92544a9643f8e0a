/** posthog-node's side of the flag benchmark. */
import type { PostHog } from "posthog-node"
import { bytes } from "./flagsBytes.js"
import {
  type Ask,
  asked,
  checkCalled,
  checkDecisions,
  checkFlags,
  flagKey,
  lazily,
  load,
  names,
  people,
  perCall,
  receiver
} from "./flagsWork.js"
import { serve, type Work } from "./harness.js"

type Options = NonNullable<ConstructorParameters<typeof PostHog>[1]>

const client = async (flags: number): Promise<PostHog> => {
  const peer = await load<{ readonly PostHog: typeof PostHog }>("posthog-node")
  const posthog = new peer.PostHog("phc_bench", {
    host: "http://127.0.0.1:9",
    secretKey: "phs_bench",
    // no refresh while it is measured
    featureFlagsPollingInterval: null,
    disableCompression: true,
    maxQueueSize: 1_000_000,
    fetch: receiver(flags) as NonNullable<Options["fetch"]>
  })
  if (!await posthog.waitForLocalEvaluationReady()) {
    throw new Error("posthog-node has no definitions")
  }
  return posthog
}

/** One flag of one person after the other; checked, and ready to be repeated. */
const one = async (sendFeatureFlagEvents: boolean) => {
  const posthog = await client(1)
  const asks = asked(({ properties }) => ({
    personProperties: properties,
    onlyEvaluateLocally: true,
    sendFeatureFlagEvents
  }))
  const decisions: Array<unknown> = []
  for (const { distinctId, options } of asks) {
    decisions.push(await posthog.getFeatureFlag(flagKey, distinctId, options))
  }
  checkDecisions(flagKey, decisions)
  const reported = async () => {
    if (sendFeatureFlagEvents) {
      // its events reach the queue in promises of their own, which flush does not wait for
      await new Promise((resolve) => setImmediate(resolve))
      await posthog.flush()
      checkCalled()
    }
  }
  await reported()
  const loop = async (calls: number) => {
    for (let n = 0; n < calls; n++) {
      const { distinctId, options } = asks[n % people.length]!
      await posthog.getFeatureFlag(flagKey, distinctId, options)
    }
  }
  return { loop, reported }
}

const single = (sendFeatureFlagEvents: boolean): Work =>
  lazily(async () => {
    const { loop, reported } = await one(sendFeatureFlagEvents)
    return async () => {
      const from = performance.now()
      await loop(people.length)
      const time = perCall(from, people.length)
      await reported()
      return time
    }
  })

/** Fewer than ours: each takes that much more. */
const allocating = (sendFeatureFlagEvents: boolean): Work =>
  lazily(async () => {
    const { loop, reported } = await one(sendFeatureFlagEvents)
    return bytes(20_000, loop, reported)
  })

type AllOptions = { readonly personProperties: Record<string, unknown>; readonly onlyEvaluateLocally: true }

/** Many flags of one person, of a few people a round. */
const many = <A>(
  flags: number,
  calls: number,
  evaluate: (posthog: PostHog, ask: Ask<AllOptions>) => Promise<A>,
  values: (evaluated: A) => Readonly<Record<string, unknown>>
): Work =>
  lazily(async () => {
    const posthog = await client(flags)
    const asks = asked<AllOptions>(({ properties }) => ({ personProperties: properties, onlyEvaluateLocally: true }))
    for (const ask of asks.slice(0, 8)) {
      checkFlags(flags, ask.distinctId, values(await evaluate(posthog, ask)))
    }
    let next = 0
    return async () => {
      const from = performance.now()
      for (let n = 0; n < calls; n++) {
        await evaluate(posthog, asks[next++ % people.length]!)
      }
      return perCall(from, calls)
    }
  })

const snapshot = (flags: number, calls: number): Work =>
  many(
    flags,
    calls,
    (posthog, { distinctId, options }) => posthog.evaluateFlags(distinctId, options),
    (evaluated) =>
      Object.fromEntries(
        evaluated.keys.map((key) => [key, evaluated.getFlag(key, { sendFeatureFlagEvents: false })])
      )
  )

const all = (flags: number, calls: number): Work =>
  many(
    flags,
    calls,
    (posthog, { distinctId, options }) => posthog.getAllFlags(distinctId, options),
    (values) => values
  )

serve({
  [names.off]: single(false),
  [names.on]: single(true),
  [names.snapshot100]: snapshot(100, 4),
  [names.all100]: all(100, 4),
  [names.snapshot1000]: snapshot(1000, 1),
  [names.all1000]: all(1000, 1),
  [names.bytesWithLoopOff]: allocating(false),
  [names.bytesWithLoopOn]: allocating(true)
})
