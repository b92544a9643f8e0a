/**
 * Breaks PostHog in every way that happens, with a real process on either side of a real socket, and counts.
 *
 * `ROWS=burst,429` runs only these; `--peer` runs posthog-node as well through the rows that it can be compared in;
 * `--postgres` runs those that need a PostgreSQL at `DATABASE_URL`, and only those.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Array, Effect, Fiber, type Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Database from "./database.js"
import * as Journal from "./journal.js"
import * as Ledger from "./ledger.js"
import { type Run, startRun, startSink } from "./processes.js"
import { callsOf, closeMillis, type End, type Job, type Report, type SinkSettings } from "./protocol.js"
import { answers, must, type Outcome, type Row } from "./row.js"
import { rows as rowsOfAll } from "./rows.js"
import { postgresRows } from "./rows/outbox.js"
import { describe, type Result, table } from "./table.js"

const longest = "2 minutes"

// they mostly wait; more of them at once would have to wait for each other
const atOnce = 6

// they share a disk, and measure how long a commit takes
const storedAtOnce = 2

const now = Effect.sync(() => performance.now() / 1000)

/** Every event is somewhere: the client's own sum. */
const balance = ({ dropped, stats }: Report): ReadonlyArray<string> => {
  const given = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  return stats === undefined ? ["the process ended without a report"] : [
    ...must(
      stats.captured + (stats.recovered ?? 0) ===
        stats.delivered + stats.dropped + stats.pending + (stats.handedOver ?? 0),
      `the sums do not balance: ${JSON.stringify(stats)}`
    ),
    ...must(stats.dropped === given, `${stats.dropped} dropped, ${given} of them with a reason`)
  ]
}

/** And the sink's against it. */
const sums = ({ account, journal, others, report }: Outcome, { job }: Row): ReadonlyArray<string> => {
  const { dropped, stats, taken } = report
  const malformed = answers(account, "400") + answers(account, "404")
  return [
    ...must(malformed === 0, `${malformed} requests were malformed`),
    ...must(account.twins === 0, `${account.twins} events were sent under two uuids`),
    ...must(account.sharedUuids === 0, `${account.sharedUuids} uuids were used for two events`),
    ...job.end?._tag === "Kill" ? [] : balance(report),
    ...others.flatMap(balance),
    ...stats === undefined || journal !== undefined ? [] : [
      ...must(stats.captured - (dropped["bufferFull"] ?? 0) === taken, `${taken} calls returned an id`),
      ...must(account.unique >= stats.delivered, `the sink has ${account.unique} of ${stats.delivered} delivered`),
      ...must(
        account.unique <= stats.delivered + stats.pending + stats.dropped,
        "the sink has more than was captured"
      )
    ]
  ]
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

/** Ends the process as its job says. */
const endOf = (run: Run, end: End | undefined): Effect.Effect<void> => {
  switch (end?._tag) {
    case "Terminate":
      return run.loaded.pipe(
        Effect.zipRight(run.signal("SIGTERM")),
        Effect.zipRight(Effect.sleep(`${end.graceSeconds} seconds`)),
        Effect.zipRight(run.signal("SIGKILL"))
      )
    case "Kill":
      return Effect.zipRight(Effect.sleep(`${end.afterSeconds} seconds`), run.signal("SIGKILL"))
    default:
      return Effect.void
  }
}

const databaseUrl = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/postgres"

const databaseOf = ({ name, outbox }: Row, directory: string) => {
  switch (outbox?.kind) {
    case "sqlite":
      return Effect.succeed(Database.sqlite(directory, name))
    case "postgres":
      return Database.postgres(databaseUrl, name)
    default:
      return Effect.succeed(undefined)
  }
}

const leaseSeconds = 2

const runRow = (row: Row, peer: boolean, directory: string): Effect.Effect<Result, never, Scope.Scope> =>
  Effect.gen(function*() {
    const begin = yield* now
    const path = join(directory, `${row.name}${peer ? "-peer" : ""}`)
    const database = yield* databaseOf(row, directory)
    const outbox = database === undefined || row.outbox === undefined ? {} : {
      outbox: { ...row.outbox, ...database, leaseSeconds, journal: `${path}.journal` }
    }
    const job: Job = { ...row.job, ...outbox }
    const settings: SinkSettings = { port: 0, ledger: path, mode: row.mode }
    const sink = yield* startSink(settings)
    const env = {
      POSTHOG_API_KEY: "phc_faults",
      POSTHOG_HOST: `http://127.0.0.1:${sink.port}`,
      ...job.end?._tag === "Terminate" ? { POSTHOG_SHUTDOWN_TIMEOUT: `${closeMillis(job.end)} millis` } : {},
      ...row.env
    }
    // only works on what it finds
    const second = startRun("./driver.js", {
      load: { _tag: "Burst", count: 0 },
      settleSeconds: job.settleSeconds,
      ...job.outbox === undefined ? {} : { outbox: { ...job.outbox, transactions: false } }
    }, env)
    const run = yield* startRun(peer ? "./peer.js" : "./driver.js", job, env)
    yield* run.started
    const script = yield* Effect.forkScoped(row.script({ sink, settings, run, database }))
    yield* Effect.forkScoped(endOf(run, job.end))
    const along = row.outbox?.second === "along" ? [yield* second] : []
    yield* run.loaded
    const loaded = yield* now
    const report = yield* run.report
    yield* run.ended
    const ended = yield* now
    const after = row.outbox?.second === "after" ? [yield* second] : []
    const others = yield* Effect.forEach([...along, ...after], (other) => Effect.zipLeft(other.report, other.ended))
    yield* Fiber.interrupt(script)
    const outcome: Outcome = {
      report: report ?? unreported(job),
      account: Ledger.read(path),
      ...job.outbox === undefined ? {} : { journal: Journal.read(job.outbox.journal) },
      others: others.map((other) => other ?? unreported(job)),
      endSeconds: ended - loaded
    }
    return {
      ...outcome,
      row,
      peer,
      seconds: (yield* now) - begin,
      complaints: peer ? [] : [...sums(outcome, row), ...row.check(outcome)]
    }
  })

const chosenRows = Effect.suspend(() => {
  // they need a server that not everybody has
  const rows = process.argv.includes("--postgres") ? postgresRows : rowsOfAll
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
    Effect.scoped(runRow(row, peer, directory)).pipe(
      Effect.tap((result) => Effect.sync(() => console.log(describe(result)))),
      Effect.timeoutOption(longest),
      Effect.tap((result) => Effect.sync(() => result._tag === "None" && console.log(`${row.name}: FAILED: no end`)))
    )
  const begin = yield* now
  const alone = yield* Effect.forEach(plan.filter(({ row }) => row.alone), runOne)
  const isWaiting = ({ row }: typeof plan[number]) => !row.alone && row.outbox === undefined
  const together = yield* Effect.forEach(plan.filter(isWaiting), runOne, { concurrency: atOnce })
  const stored = yield* Effect.forEach(plan.filter(({ row }) => row.outbox !== undefined), runOne, {
    concurrency: storedAtOnce
  })
  const results = Array.getSomes([...alone, ...together, ...stored])
  console.log(`\n${table(results)}\n`)
  const seconds = (yield* now) - begin
  const ours = results.filter(({ peer }) => !peer)
  const held = ours.filter(({ complaints }) => complaints.length === 0).map(({ row }) => row)
  const failed = plan.filter(({ peer, row }) => !peer && !held.includes(row))
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
