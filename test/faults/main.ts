/**
 * Breaks PostHog in every way that happens, with a real process on either side of a real socket, and counts.
 *
 * `ROWS=burst,429` runs only these; `--peer` runs posthog-node as well through the rows that it can be compared in.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Fiber, type Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Ledger from "./ledger.js"
import { type Run, startRun, startSink } from "./processes.js"
import { callsOf, closeMillis, type Job, type Report, type SinkSettings } from "./protocol.js"
import { answers, type Outcome, type Row } from "./row.js"
import { rows } from "./rows.js"
import { describe, type Result, table } from "./table.js"

// they mostly wait; more of them at once would have to wait for each other
const atOnce = 6

const now = Effect.sync(() => performance.now() / 1000)

/** Every event is somewhere: the client's own sum, and the sink's against it. */
const sums = ({ account, report: { dropped, stats, taken } }: Outcome): ReadonlyArray<string> => {
  const given = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  const malformed = answers(account, "400") + answers(account, "404")
  return [
    malformed === 0 ? [] : [`${malformed} requests were malformed`],
    account.twins === 0 ? [] : [`${account.twins} events were sent under two uuids`],
    account.sharedUuids === 0 ? [] : [`${account.sharedUuids} uuids were used for two events`],
    ...stats === undefined ? [["the process ended without a report"]] : [
      stats.captured === stats.delivered + stats.dropped + stats.pending
        ? []
        : ["captured is not delivered + dropped + pending"],
      stats.dropped === given ? [] : [`${stats.dropped} dropped, ${given} of them with a reason`],
      stats.captured - (dropped["bufferFull"] ?? 0) === taken ? [] : [`${taken} calls returned an id`],
      account.unique >= stats.delivered ? [] : [`the sink has ${account.unique} of ${stats.delivered} delivered`],
      account.unique <= stats.delivered + stats.pending + stats.dropped ? [] : ["the sink has more than was captured"]
    ]
  ].flat()
}

/** What is known of a process that was killed before it could say anything: its load was done. */
const unreported = ({ load }: Job): Report => {
  const calls = callsOf(load)
  return {
    calls,
    taken: calls,
    refused: {},
    dropped: {},
    loadSeconds: load._tag === "Burst" ? 0 : load.seconds,
    settleSeconds: 0,
    closeSeconds: 0,
    peakMegabytes: Number.NaN
  }
}

const terminate = (run: Run, graceSeconds: number) =>
  run.loaded.pipe(
    Effect.zipRight(run.signal("SIGTERM")),
    Effect.zipRight(Effect.sleep(`${graceSeconds} seconds`)),
    Effect.zipRight(run.signal("SIGKILL"))
  )

const runRow = (row: Row, peer: boolean, ledger: string): Effect.Effect<Result, never, Scope.Scope> =>
  Effect.gen(function*() {
    const begin = yield* now
    const { end } = row.job
    const settings: SinkSettings = { port: 0, ledger, mode: row.mode }
    const sink = yield* startSink(settings)
    const run = yield* startRun(peer ? "./peer.js" : "./driver.js", row.job, {
      POSTHOG_API_KEY: "phc_faults",
      POSTHOG_HOST: `http://127.0.0.1:${sink.port}`,
      ...end?._tag === "Terminate" ? { POSTHOG_SHUTDOWN_TIMEOUT: `${closeMillis(end)} millis` } : {},
      ...row.env
    })
    yield* run.started
    const script = yield* Effect.forkScoped(row.script(sink, settings))
    if (end?._tag === "Terminate") {
      yield* Effect.forkScoped(terminate(run, end.graceSeconds))
    }
    yield* run.loaded
    const loaded = yield* now
    const report = yield* run.report
    yield* run.ended
    const ended = yield* now
    yield* Fiber.interrupt(script)
    const outcome: Outcome = {
      report: report ?? unreported(row.job),
      account: Ledger.read(ledger),
      endSeconds: ended - loaded
    }
    return {
      ...outcome,
      row,
      peer,
      seconds: ended - begin,
      complaints: peer ? [] : [...sums(outcome), ...row.check(outcome)]
    }
  })

const chosenRows = Effect.suspend(() => {
  const wanted = process.env["ROWS"]?.split(",").map((name) => name.trim())
  const unknown = wanted?.filter((name) => !rows.some((row) => row.name === name)) ?? []
  return unknown.length > 0
    ? Effect.fail(`no such row: ${unknown.join(", ")}; there are ${rows.map(({ name }) => name).join(", ")}`)
    : Effect.succeed(rows.filter(({ name }) => wanted === undefined || wanted.includes(name)))
})

const main = Effect.gen(function*() {
  const withPeer = process.argv.includes("--peer")
  const plan = (yield* chosenRows).flatMap((row) =>
    withPeer && row.peer ? [{ row, peer: false }, { row, peer: true }] : [{ row, peer: false }]
  )
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-posthog-faults-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
  )
  const runOne = ({ peer, row }: typeof plan[number]) =>
    Effect.scoped(runRow(row, peer, join(directory, `${row.name}${peer ? "-peer" : ""}`))).pipe(
      Effect.timeoutFail({ duration: "2 minutes", onTimeout: () => `row ${row.name} did not end` }),
      Effect.tap((result) => Effect.sync(() => console.log(describe(result))))
    )
  const begin = yield* now
  const alone = yield* Effect.forEach(plan.filter(({ row }) => row.alone), runOne)
  const together = yield* Effect.forEach(plan.filter(({ row }) => !row.alone), runOne, { concurrency: atOnce })
  const results = [...alone, ...together]
  console.log(`\n${table(results)}\n`)
  const seconds = (yield* now) - begin
  const ours = results.filter(({ peer }) => !peer)
  const failed = ours.filter(({ complaints }) => complaints.length > 0)
  return yield* failed.length === 0
    ? Effect.sync(() => console.log(`${ours.length} rows hold what they promise, in ${seconds.toFixed(0)} s`))
    : Effect.fail(`failed: ${failed.map(({ row }) => row.name).join(", ")}`)
}).pipe(
  Effect.scoped,
  Effect.catchAll((message) =>
    Effect.sync(() => {
      console.error(message)
      process.exitCode = 1
    })
  )
)

NodeRuntime.runMain(main)
