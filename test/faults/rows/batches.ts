/** How much goes into a request: floods of events, and requests that are too large for PostHog. */
import { allReceived, answers, batchSize, failing, must, type Outcome, type Row, take, untouched } from "../row.js"

/** Sizes of the requests before the first 413, and of the last ones. */
const firstAndLast = ({ account: { requests } }: Outcome) => {
  const sizes = requests.map(({ size }) => size)
  const limited = requests.findIndex(({ mode }) => mode === "LimitEvents")
  return { first: sizes.slice(0, limited).slice(0, 6), last: sizes.slice(-6) }
}

export const batchRows: ReadonlyArray<Row> = [
  {
    name: "burst",
    tried: "100,000 captures in one turn, default settings, then shutdown",
    peer: true,
    alone: true,
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
    name: "413",
    tried: "1,000 events/s for 14 s; from second 3 the sink answers 413 to more than 25 events, for 4 s; at the end " +
      "2,000 in one turn",
    peer: true,
    job: { load: { _tag: "Paced", perSecond: 1000, seconds: 14, atEnd: 2000 }, settleSeconds: 20 },
    mode: take,
    env: {},
    script: failing({ _tag: "LimitEvents", events: 25 }, 3, 4),
    check: (outcome) => {
      const largest = Math.max(...firstAndLast(outcome).last)
      return [
        ...allReceived(outcome),
        ...must(answers(outcome.account, "413") > 0, "no request was too large"),
        ...must(largest === batchSize, `at the end no batch was larger than ${largest} events`)
      ]
    },
    show: (outcome) => {
      const { first, last } = firstAndLast(outcome)
      return `events in the first requests ${first.join(", ")}, in the last ${last.join(", ")}`
    }
  },
  {
    name: "413-bytes",
    tried: "10,000 captures in one turn; the sink answers 413 to more than 50 kB, which is some 100 events",
    peer: true,
    job: { load: { _tag: "Burst", count: 10_000 }, settleSeconds: 0 },
    mode: { _tag: "LimitBytes", bytes: 50_000 },
    env: {},
    script: untouched,
    check: (outcome) => [
      ...allReceived(outcome),
      ...must(answers(outcome.account, "413") > 0, "no request was too large")
    ]
  },
  {
    name: "413-all",
    tried: "200 captures; the sink answers 413 to everything: all given up, each reported",
    peer: true,
    job: { load: { _tag: "Burst", count: 200 }, settleSeconds: 0 },
    mode: { _tag: "LimitBytes", bytes: 1 },
    env: {},
    script: untouched,
    check: ({ account, report }) => [
      ...must(account.unique === 0, `${account.unique} events arrived`),
      ...must(report.dropped["tooLarge"] === report.calls, `given up as too large: ${report.dropped["tooLarge"]}`)
    ]
  },
  {
    name: "huge",
    tried: "1,000 captures, one of them with 20 MB: 999 delivered, 1 reported",
    peer: true,
    job: { load: { _tag: "Burst", count: 1000 }, settleSeconds: 0, huge: { n: 500, bytes: 20 * 1024 * 1024 } },
    mode: take,
    env: {},
    script: untouched,
    check: ({ account, report }) => [
      ...must(account.unique === 999, `${account.unique} events arrived`),
      ...must(account.missing(report.calls).join() === "500", "another event than the large one is missing"),
      ...must((report.refused["tooLarge"] ?? 0) + (report.dropped["tooLarge"] ?? 0) === 1, "it was not reported")
    ]
  }
]
