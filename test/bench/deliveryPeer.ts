/** posthog-node's side of the delivery benchmark: the defaults, but for a queue that loses nothing. */
import type { PostHog } from "posthog-node"
import { serveClient } from "./deliveryClient.js"
import { distinctId, event, perScope, properties, sessionId, tags } from "./deliveryWork.js"

const module = await import(new URL("../../test/bench/peer.mjs", import.meta.url).href) as {
  readonly PostHog: typeof PostHog
}

serveClient((host) => {
  const client = new module.PostHog("phc_bench", {
    host,
    maxQueueSize: 1_000_000,
    // time to queue 400,000 events while the first request is held
    ...(process.argv[4] === "larger" ? { requestTimeout: 300_000 } : {})
  })
  // its queue is kept under this name, an array that is typed as anything
  const queue = "queue" as Parameters<PostHog["getPersistedProperty"]>[0]
  return {
    capture: (from, count) => {
      for (let n = from; n < from + count; n += perScope) {
        client.withContext(
          { distinctId: distinctId(n), sessionId: sessionId(n), properties: tags(n) },
          () => {
            for (let i = n; i < Math.min(n + perScope, from + count); i++) {
              client.capture({ event, properties: properties(i) })
            }
          },
          { fresh: true }
        )
      }
    },
    pending: () => (client.getPersistedProperty(queue) as ReadonlyArray<unknown> | undefined)?.length ?? 0,
    flush: () => client.flush(),
    // its default of 30 seconds may be too short for what is queued here
    shutdown: () => client.shutdown(300_000)
  }
})
