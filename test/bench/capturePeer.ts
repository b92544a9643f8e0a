/** posthog-node's side of the capture benchmark. */
import type { PostHog } from "posthog-node"
import {
  answerAtOnce,
  batchSize,
  calls,
  check,
  distinctId,
  event,
  host,
  inner,
  middle,
  names,
  outer,
  perCall,
  properties
} from "./captureWork.js"
import { serve, type Work } from "./harness.js"

type Options = NonNullable<ConstructorParameters<typeof PostHog>[1]>

const module = await import(new URL("../../test/bench/peer.mjs", import.meta.url).href) as {
  readonly PostHog: typeof PostHog
}

const make = (options: Options): PostHog =>
  new module.PostHog("phc_bench", {
    host,
    maxBatchSize: batchSize,
    // its default queue of 1,000 would drop most of a round
    maxQueueSize: 1_000_000,
    flushInterval: 0,
    fetch: answerAtOnce as NonNullable<Options["fetch"]>,
    ...options
  })

const loop = (body: (n: number) => void): number => {
  const from = performance.now()
  for (let n = 0; n < calls; n++) {
    body(n)
  }
  return perCall(from)
}

/** Its events reach the queue in promises of their own, which flush does not wait for. */
const queued = () => new Promise((resolve) => setImmediate(resolve))

/** Contexts with what our scopes hold. */
const inContexts = <A>(client: PostHog, f: () => A): A =>
  client.withContext(
    { distinctId: outer.distinctId, sessionId: outer.sessionId, properties: outer.tags },
    () => client.withContext({ properties: middle.tags }, () => client.withContext({ properties: inner.tags }, f)),
    { fresh: true }
  )

const unsent = (work: (client: PostHog) => number, captured: "scoped" | "plain" | "nothing"): () => Work => () => {
  const client = make({ flushAt: calls + 1, disableCompression: true })
  return async () => {
    const time = work(client)
    await queued()
    await client.flush()
    if (captured !== "nothing") {
      check(captured === "scoped")
    }
    return time
  }
}

const whole = (disableCompression: boolean): () => Work => () => {
  const client = make({ flushAt: batchSize, disableCompression })
  return async () => {
    const from = performance.now()
    loop((n) => client.capture({ distinctId, event, properties: properties(n) }))
    await queued()
    await client.flush()
    const time = perCall(from)
    check(false)
    return time
  }
}

const works: Readonly<Record<string, () => Work>> = {
  [names.outside]: unsent(
    (client) => loop((n) => client.capture({ distinctId, event, properties: properties(n) })),
    "plain"
  ),
  [names.inScope]: unsent(
    (client) => inContexts(client, () => loop((n) => client.capture({ event, properties: properties(n) }))),
    "scoped"
  ),
  [names.wholePlain]: whole(true),
  [names.wholeGzip]: whole(false),
  [names.enter]: unsent((client) => loop(() => inContexts(client, () => {})), "nothing"),
  [names.request]: unsent(
    (client) => loop((n) => inContexts(client, () => client.capture({ event, properties: properties(n) }))),
    "scoped"
  )
}

// one client in a process, as a program has it: each costs every promise of the process a little
serve(Object.fromEntries(Object.entries(works).map(([name, work]) => [name, lazily(work)])))

function lazily(make: () => Work): Work {
  let work: Work | undefined
  return () => (work ??= make())()
}
