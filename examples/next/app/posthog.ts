/** The client of this process. Where PostHog is, and the key, are said by the environment. */
import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"

// each route's bundle evaluates this file; the client is one
const shared = globalThis as { posthog?: PosthogPromise.Service }

export const posthog = shared.posthog ??= PosthogPromise.make({
  apiKey: process.env["POSTHOG_API_KEY"] ?? "",
  host: process.env["POSTHOG_HOST"],
  flushInterval: "1 second"
})
