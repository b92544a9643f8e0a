/**
 * The capturing process: `PosthogLive` as a user would run it, its settings from the environment. It says when the load
 * begins and, at its end, what became of everything it captured.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Context, Effect, Layer, Logger, LogLevel, Metric, MetricState } from "effect"
import { Posthog, PosthogLive } from "effect-posthog"
import type { CaptureOutcome } from "effect-posthog/domain/CaptureOutcome"
import { jumping } from "./clock.js"
import { callsOf, type Job, properties, type Report, type Said } from "./protocol.js"

const job = JSON.parse(process.argv[2] ?? "") as Job

const say = (said: Said) =>
  Effect.async<void>((resume) => {
    process.send?.(said, () => resume(Effect.void))
  })

const seconds = Effect.sync(() => performance.now() / 1000)

const counts = { calls: 0, taken: 0 }
const refused: Record<string, number> = {}
const marks = { from: 0, loaded: 0, settled: 0, closing: 0 }
const mark = (name: keyof typeof marks) => Effect.map(seconds, (now) => void (marks[name] = now))

const optionsOf = (n: number) => ({ distinctId: "user-0042", properties: properties(n, job) })

const capturePlain = (n: number) => Posthog.capture("checkout completed", optionsOf(n))

const store = job.outbox === undefined ? undefined : { ...await import("./store.js"), job: job.outbox }

type Capture = (n: number) => Effect.Effect<CaptureOutcome | undefined, never, Posthog.Posthog>

// what the outbox needs is in the context where there is one
const capture = (store?.captureGraded(store.job, capturePlain, optionsOf) ?? capturePlain) as Capture

const captureOne = () => capture(counts.calls++)

const captureUntil = (count: number) =>
  Effect.whileLoop({
    while: () => counts.calls < count,
    body: captureOne,
    // what takes its time tells the journal
    step: (outcome: CaptureOutcome | undefined) => {
      if (outcome === undefined) {
        return
      }
      if (outcome._tag === "Captured") {
        counts.taken++
      } else {
        refused[outcome.reason] = (refused[outcome.reason] ?? 0) + 1
      }
    }
  })

const load: Effect.Effect<void, never, Posthog.Posthog> = Effect.gen(function*() {
  const { load } = job
  // Effect would let others run now and then: here nobody does, until the last one is captured
  const burst = Effect.withMaxOpsBeforeYield(captureUntil(callsOf(load)), Number.MAX_SAFE_INTEGER)
  if (load._tag === "Burst") {
    yield* burst
    return
  }
  const total = load.perSecond * load.seconds
  const from = yield* seconds
  while (counts.calls < total) {
    yield* Effect.sleep("10 millis")
    const elapsed = (yield* seconds) - from
    yield* captureUntil(Math.min(total, Math.floor(elapsed * load.perSecond)))
  }
  yield* burst
})

/** Only looks: nothing here wakes the client. */
const settle = Effect.gen(function*() {
  const until = (yield* seconds) + job.settleSeconds
  const isSettled = store === undefined
    ? Effect.map(Posthog.stats, ({ pending }) => pending === 0)
    : store.settled as Effect.Effect<boolean>
  while (!(yield* isSettled) && (yield* seconds) < until) {
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
      dropped[reason] = (dropped[reason] ?? 0) + Number(metricState.count)
    }
  }
  return dropped
})

const report = (client: Posthog.Service) =>
  Effect.gen(function*() {
    const now = yield* seconds
    const report: Report = {
      ...counts,
      refused,
      stats: yield* client.stats,
      dropped: yield* droppedByReason,
      loadSeconds: marks.loaded - marks.from,
      settleSeconds: marks.settled - marks.loaded,
      closeSeconds: now - marks.closing,
      peakMegabytes: process.resourceUsage().maxRSS / 1024
    }
    yield* say({ _tag: "Done", report })
  })

const work = (client: Posthog.Service) =>
  Effect.gen(function*() {
    yield* say({ _tag: "Started" })
    yield* mark("from")
    if (store !== undefined) {
      yield* Effect.forkScoped(store.fill(store.job) as Effect.Effect<void>)
    }
    yield* load
    yield* mark("loaded")
    yield* say({ _tag: "Loaded" })
    if (job.end?._tag === "Terminate") {
      return yield* Effect.never
    }
    yield* settle
    yield* mark("settled")
    if (job.end?._tag === "Abandon") {
      yield* mark("closing")
      yield* report(client)
      process.exit()
    }
  })

const program = Effect.gen(function*() {
  // finalizers run from the last to the first: when this one does, the client has closed
  let client: Posthog.Service | undefined = undefined
  yield* Effect.addFinalizer(() => Effect.suspend(() => client === undefined ? Effect.void : report(client)))
  const context = yield* Layer.build(store === undefined ? PosthogLive : store.live(store.job))
  client = Context.get(context, Posthog.Posthog)
  yield* Effect.addFinalizer(() => mark("closing"))
  yield* Effect.provide(work(client), context)
}).pipe(
  Effect.scoped,
  Logger.withMinimumLogLevel(LogLevel.None),
  // nothing else may keep the process alive: that it ends by itself is part of the test
  Effect.ensuring(Effect.sync(() => process.disconnect()))
)

NodeRuntime.runMain(job.jumpingClock === true ? Effect.withClock(program, jumping()) : program, {
  disableErrorReporting: true,
  disablePrettyLogger: true
})
