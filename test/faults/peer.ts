/** The capturing process with posthog-node in it, for comparison: the same load, its own defaults. */
import { setTimeout as sleep } from "node:timers/promises"
import { callsOf, closeMillis, type Job, properties, type Said } from "./protocol.js"

/** What of posthog-node is used here; its package belongs to the benchmarks. */
interface Client {
  capture(event: { distinctId: string; event: string; properties: object }): void
  on(event: "error", listener: (error: unknown) => void): void
  shutdown(millis?: number): Promise<void>
}

const { PostHog } = await import(new URL("../../bench/peer.mjs", import.meta.url).href) as {
  readonly PostHog: new(apiKey: string, options: { readonly host: string }) => Client
}

const job = JSON.parse(process.argv[2] ?? "") as Job
const client = new PostHog(process.env["POSTHOG_API_KEY"] ?? "", { host: process.env["POSTHOG_HOST"] ?? "" })
client.on("error", () => {})

const say = (said: Said) => new Promise<void>((resolve) => process.send?.(said, () => resolve()))
const seconds = () => performance.now() / 1000

const counts = { calls: 0 }
const captureUntil = (count: number) => {
  while (counts.calls < count) {
    const n = counts.calls++
    client.capture({ distinctId: "user-0042", event: "checkout completed", properties: properties(n, job) })
  }
}

await say({ _tag: "Started" })
const from = seconds()
if (job.load._tag === "Paced") {
  const { perSecond } = job.load
  const total = perSecond * job.load.seconds
  while (counts.calls < total) {
    await sleep(10)
    captureUntil(Math.min(total, Math.floor((seconds() - from) * perSecond)))
  }
}
captureUntil(callsOf(job.load))
const loaded = seconds()
const terminated = new Promise<void>((resolve) => process.once("SIGTERM", () => resolve()))
await say({ _tag: "Loaded" })
const end = job.end ?? { _tag: "Close" }
await (end._tag === "Terminate" ? terminated : sleep(job.settleSeconds * 1000))
const closing = seconds()
if (end._tag !== "Abandon") {
  await client.shutdown(end._tag === "Terminate" ? closeMillis(end) : undefined).catch(() => {})
}
await say({
  _tag: "Done",
  report: {
    calls: counts.calls,
    taken: counts.calls,
    refused: {},
    dropped: {},
    loadSeconds: loaded - from,
    settleSeconds: closing - loaded,
    closeSeconds: seconds() - closing,
    peakMegabytes: process.resourceUsage().maxRSS / 1024
  }
})
process.disconnect()
if (end._tag === "Abandon") {
  process.exit()
}
