/** Events wait in a database: what a process takes to its grave, and what it cannot. */
import { Effect } from "effect"
import { withWord, type Word } from "../journal.js"
import { during, failing, lost, missingWith, must, type Outcome, type Row, take, untouched } from "../row.js"

/** A plain event may wait in memory for 5 ms and for two commits: one that is under way, and the one that writes it. */
const longestWindow = ({ journal }: Outcome): number => Math.min(1000, 50 + 2 * (journal?.longestCommit ?? 0))

/** How long before the process was killed the oldest of the plain events was captured that never came. */
const windowOf = (outcome: Outcome): number => {
  const { journal } = outcome
  const ages = missingWith(outcome, "plain").map((n) => (journal?.last ?? 0) - (journal?.words.get(n)?.at ?? 0))
  return Math.max(0, ...ages)
}

const promisesKept = (outcome: Outcome): ReadonlyArray<string> => {
  const { account, journal } = outcome
  const unreal = journal === undefined ? [] : withWord(journal, "rolledBack").filter(account.has)
  return [
    ...must(
      missingWith(outcome, "durable").length === 0,
      `${missingWith(outcome, "durable").length} durable ones lost`
    ),
    ...must(
      missingWith(outcome, "committed").length === 0,
      `${missingWith(outcome, "committed").length} committed ones lost`
    ),
    ...must(unreal.length === 0, `${unreal.length} events of transactions that were rolled back were delivered`)
  ]
}

const nothingLost = (outcome: Outcome): ReadonlyArray<string> => [
  ...promisesKept(outcome),
  ...must(lost(outcome) === 0, `${lost(outcome)} events lost`)
]

const countOf = (outcome: Outcome, ...words: ReadonlyArray<Word>) =>
  outcome.journal === undefined ? 0 : withWord(outcome.journal, ...words).length

const grades = (outcome: Outcome): string =>
  `plain ${countOf(outcome, "plain")}, durable ${countOf(outcome, "durable")}, ` +
  `in a transaction ${countOf(outcome, "committed")}, rolled back ${countOf(outcome, "rolledBack")}, ` +
  `refused with an error ${countOf(outcome, "failed")}, unknown ${countOf(outcome, "begun")}`

type Kind = "sqlite" | "postgres"

const killed = (kind: Kind, prefix: string): Row => ({
  name: `${prefix}-kill`,
  tried: `${kind} outbox, 500 events/s, every answer takes 100 ms; kill -9 at second 5, then a new process`,
  peer: false,
  job: {
    load: { _tag: "Paced", perSecond: 500, seconds: 10 },
    settleSeconds: 40,
    end: { _tag: "Kill", afterSeconds: 5 }
  },
  outbox: { kind, transactions: true, second: "after" },
  mode: { _tag: "Slow", millis: 100 },
  env: {},
  script: untouched,
  check: (outcome) => [
    ...promisesKept(outcome),
    ...must(countOf(outcome, "durable") > 100 && countOf(outcome, "committed") > 50, "little was promised"),
    ...must(windowOf(outcome) <= longestWindow(outcome), `a plain event of ${windowOf(outcome)} ms before was lost`)
  ],
  show: (outcome) =>
    `${grades(outcome)}; ${missingWith(outcome, "plain").length} plain ones lost, the oldest captured ` +
    `${windowOf(outcome)} ms before the end; the longest commit took ${outcome.journal?.longestCommit} ms`
})

const twoWorkers = (kind: Kind, prefix: string): Row => ({
  ...killed(kind, prefix),
  name: `${prefix}-workers`,
  tried: `${kind} outbox, two processes, 500 events/s captured by one of them, every answer takes 1 s; that one is ` +
    "killed at second 5, holding leases of 2 s",
  outbox: { kind, transactions: true, second: "along" },
  mode: { _tag: "Slow", millis: 1000 },
  check: (outcome) => [
    ...killed(kind, prefix).check(outcome),
    ...must(
      outcome.account.duplicates > 0,
      "nothing came twice, so it had claimed nothing when it was killed"
    ),
    ...must((outcome.others[0]?.stats?.recovered ?? 0) > 0, "the other one delivered nothing")
  ],
  show: (outcome) =>
    `${grades(outcome)}; the other process delivered ${outcome.others[0]?.stats?.delivered}, ` +
    `${outcome.account.duplicates} of them once more after their lease had ended`
})

const terminated = (kind: Kind, prefix: string): Row => ({
  name: `${prefix}-sigterm-503`,
  tried: `${kind} outbox, 1,000 events/s for 8 s, from second 3 the sink answers 503, SIGTERM and 5 s to leave; then ` +
    "the sink takes again, and a new process",
  peer: false,
  job: {
    load: { _tag: "Paced", perSecond: 1000, seconds: 8 },
    settleSeconds: 40,
    end: { _tag: "Terminate", graceSeconds: 5 }
  },
  outbox: { kind, transactions: false, second: "after" },
  mode: take,
  env: {},
  script: ({ run, sink }) =>
    Effect.sleep("3 seconds").pipe(
      Effect.zipRight(sink.set({ _tag: "Status", status: 503 })),
      Effect.zipRight(run.ended),
      Effect.zipRight(sink.set(take))
    ),
  check: (outcome) => [
    ...nothingLost(outcome),
    ...must(during(outcome.account, "Status") > 1, "the outage was not noticed")
  ],
  show: grades
})

const gone = (kind: Kind, prefix: string): Row => ({
  name: `${prefix}-gone`,
  tried: `${kind} outbox, 500 events/s for 16 s; from second 3 nobody can reach the database, for 10 s`,
  peer: false,
  job: { load: { _tag: "Paced", perSecond: 500, seconds: 16 }, settleSeconds: 40 },
  outbox: { kind, transactions: true, second: "none" },
  mode: take,
  env: {},
  script: ({ database }) => Effect.zipRight(Effect.sleep("3 seconds"), database?.goneFor(10) ?? Effect.void),
  check: (outcome) => [
    ...nothingLost(outcome),
    ...must(countOf(outcome, "failed") > 0, "no promise was refused, so the database was there")
  ],
  show: grades
})

const full: Row = {
  name: "outbox-full",
  tried:
    "sqlite outbox, 500 events/s for 16 s, PostHog answers 503 until second 14; from second 3 the database may not " +
    "grow (max_page_count), for 8 s",
  peer: false,
  job: { load: { _tag: "Paced", perSecond: 500, seconds: 16 }, settleSeconds: 40 },
  outbox: {
    kind: "sqlite",
    transactions: false,
    second: "none",
    full: { afterSeconds: 3, forSeconds: 8, morePages: 20 }
  },
  mode: { _tag: "Status", status: 503 },
  env: {},
  script: failing({ _tag: "Status", status: 503 }, 0, 14),
  check: (outcome) => [
    ...nothingLost(outcome),
    ...must(countOf(outcome, "failed") > 0, "no promise was refused, so the database was not full")
  ],
  show: grades
}

export const outboxRows: ReadonlyArray<Row> = [
  killed("sqlite", "outbox"),
  twoWorkers("sqlite", "outbox"),
  terminated("sqlite", "outbox"),
  gone("sqlite", "outbox"),
  full
]

/** They need a PostgreSQL. */
export const postgresRows: ReadonlyArray<Row> = [
  killed("postgres", "pg"),
  twoWorkers("postgres", "pg"),
  terminated("postgres", "pg"),
  gone("postgres", "pg")
]
