/** PostHog is away for a while, in every way that a server is away. */
import { Effect } from "effect"
import { startSink } from "../processes.js"
import type { Mode } from "../protocol.js"
import { allReceived, answers, batchSize, during, failing, gapsAfter, must, type Row, take } from "../row.js"

const unavailable: Mode = { _tag: "Status", status: 503 }

const noticed = (times: number): ReadonlyArray<string> => must(times > 1, "the outage was not noticed")

const outage503 = (perSecond: number): Row => ({
  name: `503-${perSecond}`,
  tried: `${perSecond} events/s for 16 s; from second 2 the sink answers 503 for 10 s`,
  peer: true,
  job: { load: { _tag: "Paced", perSecond, seconds: 16 }, settleSeconds: 30 },
  mode: take,
  env: {},
  script: failing(unavailable, 2, 10),
  check: (outcome) => [...allReceived(outcome), ...noticed(answers(outcome.account, "503"))]
})

const askedToWaitMillis = 3000

export const outageRows: ReadonlyArray<Row> = [
  {
    name: "503-25s",
    tried: "200 events/s for 30 s; from second 2 the sink answers 503 for 25 s",
    peer: true,
    job: { load: { _tag: "Paced", perSecond: 200, seconds: 30 }, settleSeconds: 40 },
    mode: take,
    env: {},
    script: failing(unavailable, 2, 25),
    check: (outcome) => [...allReceived(outcome), ...noticed(answers(outcome.account, "503"))]
  },
  {
    name: "resets",
    tried: "200 events/s for 3 s, every connection is reset until second 25; nothing is captured or flushed after " +
      "second 3, and the client is never closed",
    peer: true,
    job: { load: { _tag: "Paced", perSecond: 200, seconds: 3 }, settleSeconds: 60, end: { _tag: "Abandon" } },
    mode: { _tag: "Reset" },
    env: {},
    script: failing({ _tag: "Reset" }, 0, 25),
    check: (outcome) => [...allReceived(outcome), ...noticed(answers(outcome.account, "reset"))]
  },
  outage503(200),
  outage503(2000),
  {
    name: "429",
    tried: "200 events/s for 16 s; from second 2 the sink answers 429 with Retry-After: 3 for 10 s",
    peer: true,
    job: { load: { _tag: "Paced", perSecond: 200, seconds: 16 }, settleSeconds: 30 },
    mode: take,
    env: {},
    script: failing({ _tag: "Status", status: 429, retryAfterSeconds: askedToWaitMillis / 1000 }, 2, 10),
    check: (outcome) => [
      ...allReceived(outcome),
      ...noticed(answers(outcome.account, "429")),
      ...neverEarly(gapsAfter(outcome.account, "Status"))
    ],
    show: ({ account }) => `asked to wait 3000 ms, waited ${gapsAfter(account, "Status").join(", ")}`
  },
  {
    name: "hang",
    tried: "200 events/s for 16 s; from second 2 the sink reads requests and never answers, for 10 s",
    peer: true,
    job: { load: { _tag: "Paced", perSecond: 200, seconds: 16 }, settleSeconds: 40 },
    mode: take,
    env: {},
    script: failing({ _tag: "Hang" }, 2, 10),
    check: (outcome) => [...allReceived(outcome), ...must(during(outcome.account, "Hang") > 0, "nothing hung")]
  },
  {
    name: "stall",
    tried:
      "200 events/s for 16 s, 3 s for an answer; from second 2 every answer stops in the middle of its body, for 10 s",
    peer: false,
    job: { load: { _tag: "Paced", perSecond: 200, seconds: 16 }, settleSeconds: 40 },
    mode: take,
    env: { POSTHOG_REQUEST_TIMEOUT: "3 seconds" },
    script: failing({ _tag: "Stall" }, 2, 10),
    check: (outcome) => [...allReceived(outcome), ...must(during(outcome.account, "Stall") > 0, "nothing stalled")]
  },
  {
    name: "cut",
    tried:
      "2,000 events/s for 5 s; a quarter of the requests is cut before it is read, a quarter before it is answered",
    peer: true,
    job: { load: { _tag: "Paced", perSecond: 2000, seconds: 5 }, settleSeconds: 20 },
    mode: { _tag: "Cut" },
    env: { POSTHOG_RETRY_DELAY: "200 millis", POSTHOG_RETRY_PAUSE: "2 seconds" },
    script: ({ sink }) => Effect.zipRight(Effect.sleep("8 seconds"), sink.set(take)),
    check: (outcome) => [
      ...allReceived(outcome, answers(outcome.account, "cut unanswered") * batchSize),
      ...must(answers(outcome.account, "cut unread") > 1, "no request was cut before it was read"),
      ...must(answers(outcome.account, "cut unanswered") > 1, "no request was cut before it was answered")
    ]
  },
  {
    name: "slow",
    tried: "2,000 events/s for 5 s; every answer takes 400 ms",
    peer: true,
    job: { load: { _tag: "Paced", perSecond: 2000, seconds: 5 }, settleSeconds: 20 },
    mode: { _tag: "Slow", millis: 400 },
    env: {},
    script: () => Effect.void,
    check: (outcome) => [
      ...allReceived(outcome),
      ...must(outcome.report.loadSeconds < 6, `the load took ${outcome.report.loadSeconds.toFixed(1)} s`)
    ]
  },
  {
    name: "restart",
    tried: "2,000 events/s for 8 s; the sink is killed at second 2 and is back on its port at second 5 (pause 3 s)",
    peer: true,
    job: { load: { _tag: "Paced", perSecond: 2000, seconds: 8 }, settleSeconds: 20 },
    mode: take,
    env: { POSTHOG_RETRY_PAUSE: "3 seconds" },
    script: ({ settings, sink }) =>
      Effect.sleep("2 seconds").pipe(
        Effect.zipRight(sink.kill),
        Effect.zipRight(Effect.sleep("3 seconds")),
        Effect.zipRight(startSink({ ...settings, port: sink.port })),
        Effect.asVoid
      ),
    // what was taken when the sink was killed, its answer on the way
    check: (outcome) => allReceived(outcome, 4 * batchSize)
  },
  {
    name: "clock",
    tried: "200 events/s for 14 s under a clock that jumps an hour ahead and an hour behind every 0.7 s, one request " +
      "at a time; from second 2 the sink answers 503 for 6 s (pause 3 s)",
    peer: false,
    job: { load: { _tag: "Paced", perSecond: 200, seconds: 14 }, settleSeconds: 30, jumpingClock: true },
    mode: take,
    env: { POSTHOG_RETRY_PAUSE: "3 seconds", POSTHOG_MAX_CONCURRENT_REQUESTS: "1" },
    script: failing(unavailable, 2, 6),
    check: (outcome) => [
      ...allReceived(outcome),
      ...must(outcome.account.order.every((n, i) => n === i), "the events came out of order"),
      ...must(outcome.report.settleSeconds < 7, `delivered only ${outcome.report.settleSeconds} s after the load`),
      ...backoffHolds(gapsAfter(outcome.account, "Status"))
    ],
    show: ({ account }) => `after a 503 it waited ${gapsAfter(account, "Status").join(", ")} ms`
  }
]

function neverEarly(gaps: ReadonlyArray<number>): ReadonlyArray<string> {
  const early = gaps.filter((gap) => gap < askedToWaitMillis)
  return must(early.length === 0, `${early.length} requests came earlier than asked: after ${early.join(", ")} ms`)
}

/** At least the shortest delay there is, at most the pause and what a machine may be late. */
function backoffHolds(gaps: ReadonlyArray<number>): ReadonlyArray<string> {
  return [
    ...must(gaps.length > 1, "the outage was not noticed"),
    ...must(gaps.every((gap) => gap >= 100 && gap <= 4500), `the backoff was ${gaps.join(", ")} ms`)
  ]
}
