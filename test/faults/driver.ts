/**
 * The capturing process: `PosthogLive` as a user would run it, its settings from the environment. It says when the load
 * begins and, at its end, what became of everything it captured.
 */
import { Effect, Logger, LogLevel, Metric, MetricState } from "effect"
import { Posthog, PosthogLive } from "effect-posthog"
import { type Job, properties, type Report, type Said } from "./protocol.js"

const job = JSON.parse(process.argv[2] ?? "") as Job

const say = (said: Said) =>
  Effect.async<void>((resume) => {
    process.send?.(said, () => resume(Effect.void))
  })

const seconds = Effect.sync(() => performance.now() / 1000)

const counts = { calls: 0, taken: 0 }

const captureOne = () =>
  Posthog.capture("checkout completed", { distinctId: "user-0042", properties: properties(counts.calls++) })

const captureUntil = (count: number) =>
  Effect.whileLoop({
    while: () => counts.calls < count,
    body: captureOne,
    step: ({ _tag }) => {
      counts.taken += _tag === "Captured" ? 1 : 0
    }
  })

const load: Effect.Effect<void, never, Posthog.Posthog> = Effect.gen(function*() {
  const { load } = job
  if (load._tag === "Burst") {
    // Effect would let others run now and then: here nobody does, until the last one is captured
    yield* Effect.withMaxOpsBeforeYield(captureUntil(load.count), Number.MAX_SAFE_INTEGER)
    return
  }
  const total = load.perSecond * load.seconds
  const from = yield* seconds
  while (counts.calls < total) {
    yield* Effect.sleep("10 millis")
    const elapsed = (yield* seconds) - from
    yield* captureUntil(Math.min(total, Math.floor(elapsed * load.perSecond)))
  }
})

const settle = Effect.gen(function*() {
  const until = (yield* seconds) + job.settleSeconds
  while ((yield* Posthog.stats).pending > 0 && (yield* seconds) < until) {
    yield* Effect.sleep("50 millis")
  }
})

/** The client counts what it drops by reason; the counters are read from Effect's own registry. */
const droppedByReason = Effect.map(Metric.snapshot, (pairs) => {
  const dropped: Record<string, number> = {}
  for (const { metricKey, metricState } of pairs) {
    const reason = metricKey.tags.find(({ key }) => key === "reason")?.value
    if (
      metricKey.name === "posthog_events_dropped" && reason !== undefined && MetricState.isCounterState(metricState)
    ) {
      dropped[reason] = Number(metricState.count)
    }
  }
  return dropped
})

const program = Effect.gen(function*() {
  yield* say({ _tag: "Started" })
  const from = yield* seconds
  yield* load
  const loaded = yield* seconds
  yield* settle
  const closing = yield* seconds
  yield* Posthog.shutdown
  const closed = yield* seconds
  const stats = yield* Posthog.stats
  const report: Report = {
    ...counts,
    stats,
    dropped: yield* droppedByReason,
    loadSeconds: loaded - from,
    closeSeconds: closed - closing,
    peakMegabytes: process.resourceUsage().maxRSS / 1024
  }
  yield* say({ _tag: "Done", report })
})

await Effect.runPromise(
  program.pipe(
    Effect.provide(PosthogLive),
    Logger.withMinimumLogLevel(LogLevel.None)
  )
)
// nothing else may keep the process alive: that it ends by itself is part of the test
process.disconnect()
