/** The faults, one row each: what is captured, what the sink does meanwhile, and what must come of it. */
import { Effect, type Scope } from "effect"
import type { Account } from "./ledger.js"
import { type Sink, startSink } from "./processes.js"
import type { Job, Mode, Report, SinkSettings } from "./protocol.js"

export interface Outcome {
  readonly report: Report
  readonly account: Account
  /** From the end of the load until the process had ended. */
  readonly endSeconds: number
}

export interface Row {
  readonly name: string
  readonly tried: string
  readonly job: Job
  /** The sink's behaviour until `script` changes it. */
  readonly mode: Mode
  /** Settings other than the defaults. */
  readonly env: Readonly<Record<string, string>>
  /** What happens to the sink, from the moment that the load begins. */
  readonly script: (sink: Sink, settings: SinkSettings) => Effect.Effect<void, never, Scope.Scope>
  /** What must be true besides the sum, as complaints. */
  readonly check: (outcome: Outcome) => ReadonlyArray<string>
}

const take: Mode = { _tag: "Take" }

const untouched: Row["script"] = () => Effect.void

const must = (holds: boolean, complaint: string): ReadonlyArray<string> => holds ? [] : [complaint]

/** Nothing lost; and nothing twice, unless an answer was lost on its way. */
const allReceived = ({ account, report }: Outcome, againAllowed = 0): ReadonlyArray<string> => [
  ...must(report.taken === report.calls, `${report.calls - report.taken} captures were refused`),
  ...must(account.missing(report.calls) === 0, `${account.missing(report.calls)} events never arrived`),
  ...must(account.again <= againAllowed, `${account.again} events arrived again, at most ${againAllowed} may`),
  ...must(report.stats?.delivered === report.calls, `the client counts ${report.stats?.delivered} delivered`)
]

const answers = (account: Account, how: string): number => account.answers.get(how) ?? 0

/** No request is larger than this by default, so neither is what one lost answer repeats. */
const batchSize = 500

export const rows: ReadonlyArray<Row> = [
  {
    name: "burst",
    tried: "100,000 captures in one turn, default settings, then shutdown",
    job: { load: { _tag: "Burst", count: 100_000 }, settleSeconds: 0 },
    mode: take,
    env: {},
    script: untouched,
    check: (outcome) => [
      ...allReceived(outcome),
      ...must(outcome.report.peakMegabytes < 300, `peak RSS ${outcome.report.peakMegabytes.toFixed(0)} MB`)
    ]
  },
  {
    name: "503",
    tried: "2,000 events/s for 20 s, default settings; from second 3 the sink answers 503 for 10 s",
    job: { load: { _tag: "Paced", perSecond: 2000, seconds: 20 }, settleSeconds: 30 },
    mode: take,
    env: {},
    script: (sink) =>
      Effect.sleep("3 seconds").pipe(
        Effect.zipRight(sink.set({ _tag: "Status", status: 503 })),
        Effect.zipRight(Effect.sleep("10 seconds")),
        Effect.zipRight(sink.set(take))
      ),
    check: (outcome) => [
      ...allReceived(outcome),
      ...must(answers(outcome.account, "503") > 1, "the outage was not noticed")
    ]
  },
  {
    name: "reset",
    tried: "2,000 events/s for 5 s; half of the requests have their connection reset, halfway in or before the answer",
    job: { load: { _tag: "Paced", perSecond: 2000, seconds: 5 }, settleSeconds: 20 },
    mode: { _tag: "Cut" },
    env: { POSTHOG_RETRY_DELAY: "200 millis" },
    script: untouched,
    check: (outcome) => [
      ...allReceived(outcome, answers(outcome.account, "cut unanswered") * batchSize),
      ...must(answers(outcome.account, "cut unread") > 1, "no request was cut before it was read"),
      ...must(answers(outcome.account, "cut unanswered") > 1, "no request was cut before it was answered")
    ]
  },
  {
    name: "slow",
    tried: "2,000 events/s for 5 s; every answer takes 400 ms, so the sink takes no more than 1,250 events/s",
    job: { load: { _tag: "Paced", perSecond: 2000, seconds: 5 }, settleSeconds: 20 },
    mode: { _tag: "Slow", millis: 400 },
    env: {},
    script: untouched,
    check: (outcome) => [
      ...allReceived(outcome),
      ...must(outcome.report.loadSeconds < 6, `the load took ${outcome.report.loadSeconds.toFixed(1)} s`)
    ]
  },
  {
    name: "413",
    tried: "10,000 captures in one turn; the sink answers 413 to more than 50 kB, which is some 100 events",
    job: { load: { _tag: "Burst", count: 10_000 }, settleSeconds: 0 },
    mode: { _tag: "Limit", bytes: 50_000 },
    env: {},
    script: untouched,
    check: (outcome) => [
      ...allReceived(outcome),
      ...must(answers(outcome.account, "413") > 0, "no request was too large")
    ]
  },
  {
    name: "413 for all",
    tried: "200 captures; the sink answers 413 to everything: all given up, each reported",
    job: { load: { _tag: "Burst", count: 200 }, settleSeconds: 0 },
    mode: { _tag: "Limit", bytes: 1 },
    env: {},
    script: untouched,
    check: ({ account, report }) => [
      ...must(account.received === 0, `${account.received} events arrived`),
      ...must(report.dropped["tooLarge"] === report.calls, `given up as too large: ${report.dropped["tooLarge"]}`)
    ]
  },
  {
    name: "shutdown",
    tried: "1,000 captures, the sink never answers, 2 s to close in: closed in time, all reported, the process ends",
    job: { load: { _tag: "Burst", count: 1000 }, settleSeconds: 0 },
    mode: { _tag: "Hang" },
    env: { POSTHOG_SHUTDOWN_TIMEOUT: "2 seconds" },
    script: untouched,
    check: ({ endSeconds, report }) => [
      ...must(
        report.closeSeconds > 1.9 && report.closeSeconds < 2.5,
        `closing took ${report.closeSeconds.toFixed(2)} s`
      ),
      ...must(endSeconds < 4, `the process ended ${endSeconds.toFixed(1)} s after its load`),
      ...must(
        report.dropped["shutdown"] === report.calls,
        `given up by the shutdown: ${report.dropped["shutdown"]}`
      )
    ]
  },
  {
    name: "restart",
    tried: "2,000 events/s for 8 s; the sink is killed at second 2 and is back on its port at second 5 (pause 3 s)",
    job: { load: { _tag: "Paced", perSecond: 2000, seconds: 8 }, settleSeconds: 20 },
    mode: take,
    env: { POSTHOG_RETRY_PAUSE: "3 seconds" },
    script: (sink, settings) =>
      Effect.sleep("2 seconds").pipe(
        Effect.zipRight(sink.kill),
        Effect.zipRight(Effect.sleep("3 seconds")),
        Effect.zipRight(startSink({ ...settings, port: sink.port })),
        Effect.asVoid
      ),
    // the batch that was taken when the sink was killed, its answer on the way
    check: (outcome) => allReceived(outcome, batchSize)
  }
]
