/** What a row of the fault table is: what is captured, what happens meanwhile, and what must come of it. */
import { Effect, type Scope } from "effect"
import type { Database } from "./database.js"
import { type Journal, withWord, type Word } from "./journal.js"
import type { Account } from "./ledger.js"
import type { Run, Sink } from "./processes.js"
import type { Job, Mode, OutboxJob, Report, SinkSettings } from "./protocol.js"

export interface Outcome {
  readonly report: Report
  readonly account: Account
  /** Where there is an outbox: what was captured into it, and what its other processes said at their end. */
  readonly journal?: Journal
  readonly others: ReadonlyArray<Report>
  /** From the end of the load until the process had ended. */
  readonly endSeconds: number
}

/** What happens during a row is told from here. */
export interface Stage {
  readonly sink: Sink
  readonly settings: SinkSettings
  readonly run: Run
  /** Of a row with an outbox. */
  readonly database: Database | undefined
}

export interface OutboxPlan extends Pick<OutboxJob, "transactions" | "full"> {
  readonly kind: "sqlite" | "postgres"
  /** A second process on the same outbox, which captures nothing: at the same time, or after the first one's end. */
  readonly second: "along" | "after" | "none"
}

export interface Row {
  readonly name: string
  readonly tried: string
  /** Can posthog-node do it? */
  readonly peer: boolean
  /** Nothing else runs meanwhile. */
  readonly alone?: true
  readonly job: Job
  readonly outbox?: OutboxPlan
  /** The sink's behaviour until `script` changes it. */
  readonly mode: Mode
  /** Settings other than the defaults. */
  readonly env: Readonly<Record<string, string>>
  /** What happens, from the moment that the load begins. */
  readonly script: (stage: Stage) => Effect.Effect<void, never, Scope.Scope>
  /** What must be true besides the sum, as complaints. */
  readonly check: (outcome: Outcome) => ReadonlyArray<string>
  /** What else is worth showing. */
  readonly show?: (outcome: Outcome) => string
}

export const take: Mode = { _tag: "Take" }

export const untouched: Row["script"] = () => Effect.void

/** Takes for so long, then fails for so long, then takes again. */
export const failing = (mode: Mode, afterSeconds: number, forSeconds: number): Row["script"] => ({ sink }) =>
  Effect.sleep(`${afterSeconds} seconds`).pipe(
    Effect.zipRight(sink.set(mode)),
    Effect.zipRight(Effect.sleep(`${forSeconds} seconds`)),
    Effect.zipRight(sink.set(take))
  )

export const must = (holds: boolean, complaint: string): ReadonlyArray<string> => holds ? [] : [complaint]

/** How many events were captured: what was rolled back, or was under way when its process was killed, was not. */
export const sent = ({ journal, report }: Outcome): number =>
  journal === undefined ? report.calls : withWord(journal, "plain", "durable", "committed", "failed").length

/** How many of them the client did not take or gave up, as it says itself. */
export const reported = ({ journal, report }: Outcome): number => {
  if (journal !== undefined) {
    return withWord(journal, "failed").length
  }
  const { dropped, refused, stats } = report
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, n) => all + n, 0)
  // a new event that had no room is counted in both
  return sum(refused) + sum(dropped) - Math.min(refused["bufferFull"] ?? 0, dropped["bufferFull"] ?? 0) +
    (stats?.pending ?? 0)
}

/** Those that were taken with this word, and never came. */
export const missingWith = ({ account, journal }: Outcome, ...words: ReadonlyArray<Word>) =>
  journal === undefined ? [] : withWord(journal, ...words).filter((n) => !account.has(n))

/** Events that are neither in PostHog nor accounted for. */
export const lost = (outcome: Outcome): number =>
  outcome.journal === undefined
    ? Math.max(0, outcome.account.missing(outcome.report.calls).length - reported(outcome))
    : missingWith(outcome, "plain", "durable", "committed").length

/** Nothing lost; and nothing twice, unless an answer was lost on its way. */
export const allReceived = ({ account, report }: Outcome, duplicatesAllowed = 0): ReadonlyArray<string> => {
  const missing = account.missing(report.calls).length
  return [
    ...must(report.taken === report.calls, `${report.calls - report.taken} captures were refused`),
    ...must(missing === 0, `${missing} events never arrived`),
    ...must(
      account.duplicates <= duplicatesAllowed,
      `${account.duplicates} events arrived again, at most ${duplicatesAllowed} may`
    ),
    ...must(report.stats?.delivered === report.calls, `the client counts ${report.stats?.delivered} delivered`)
  ]
}

export const answers = (account: Account, how: string): number => account.answers.get(how) ?? 0

/** How many requests came while the sink behaved like this. */
export const during = (account: Account, mode: Mode["_tag"]): number =>
  account.requests.filter((request) => request.mode === mode).length

/** No request is larger than this by default, so neither is what one lost answer repeats. */
export const batchSize = 500

/** The time from each refusal to the next request, in milliseconds. */
export const gapsAfter = ({ requests }: Account, mode: Mode["_tag"]): ReadonlyArray<number> =>
  requests.flatMap((request, i) => {
    const next = requests[i + 1]
    return request.mode === mode && next !== undefined ? [next.arrivedAt - request.decidedAt] : []
  })
