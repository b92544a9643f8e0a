/** The process has to end while there is still something to deliver. */
import { allReceived, during, failing, lost, must, type Row, take, untouched } from "../row.js"

const leftInTime = (endSeconds: number, graceSeconds: number): ReadonlyArray<string> =>
  must(endSeconds < graceSeconds, `the process was there ${endSeconds.toFixed(1)} s after SIGTERM`)

export const endRows: ReadonlyArray<Row> = [
  {
    name: "sigterm",
    tried: "1,000 events/s for 8 s, every answer takes 200 ms, then SIGTERM and 5 s to leave",
    peer: true,
    job: {
      load: { _tag: "Paced", perSecond: 1000, seconds: 8 },
      settleSeconds: 0,
      end: { _tag: "Terminate", graceSeconds: 5 }
    },
    mode: { _tag: "Slow", millis: 200 },
    env: {},
    script: untouched,
    check: (outcome) => [...allReceived(outcome), ...leftInTime(outcome.endSeconds, 5)]
  },
  {
    name: "sigterm-503",
    tried: "1,000 events/s for 8 s, from second 3 the sink answers 503, then SIGTERM and 5 s to leave: each reported",
    peer: true,
    job: {
      load: { _tag: "Paced", perSecond: 1000, seconds: 8 },
      settleSeconds: 0,
      end: { _tag: "Terminate", graceSeconds: 5 }
    },
    mode: take,
    env: {},
    script: failing({ _tag: "Status", status: 503 }, 3, 60),
    check: (outcome) => [
      ...must(lost(outcome) === 0, `${lost(outcome)} events vanished`),
      ...must(
        outcome.account.unique + (outcome.report.dropped["shutdown"] ?? 0) === outcome.report.calls,
        `${outcome.report.dropped["shutdown"]} reported as given up by the shutdown`
      ),
      ...must(during(outcome.account, "Status") > 1, "the outage was not noticed"),
      ...leftInTime(outcome.endSeconds, 5)
    ]
  },
  {
    name: "shutdown",
    tried: "1,000 captures, the sink never answers, 2 s to close in: closed in time, all reported, the process ends",
    peer: false,
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
  }
]
