/**
 * Breaks PostHog in every way that happens, with a real process on either side of a real socket, and counts.
 *
 * `ROWS=burst,503` runs only these; `--peer` runs posthog-node through the rows that it can be compared in.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Fiber, type Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Ledger from "./ledger.js"
import { startRun, startSink } from "./processes.js"
import type { SinkSettings } from "./protocol.js"
import { type Outcome, type Row, rows } from "./rows.js"

const peerRows = ["burst", "503"]

interface Result extends Outcome {
  readonly row: Row
  readonly peer: boolean
  readonly seconds: number
  readonly complaints: ReadonlyArray<string>
}

const now = Effect.sync(() => performance.now() / 1000)

/** Every event is somewhere: the client's own sum, and the sink's against it. */
const sums = ({ account, report: { dropped, stats, taken } }: Outcome): ReadonlyArray<string> => {
  if (stats === undefined) {
    return []
  }
  const given = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  return [
    stats.captured === stats.delivered + stats.dropped + stats.pending
      ? []
      : ["captured is not delivered + dropped + pending"],
    stats.dropped === given ? [] : [`${stats.dropped} dropped, ${given} of them with a reason`],
    stats.captured - (dropped["bufferFull"] ?? 0) === taken ? [] : [`${taken} calls returned an id`],
    account.received >= stats.delivered ? [] : [`the sink has ${account.received} of ${stats.delivered} delivered`],
    account.received <= stats.delivered + stats.pending + stats.dropped ? [] : ["the sink has more than was captured"],
    account.twins === 0 ? [] : [`${account.twins} events were sent under two uuids`]
  ].flat()
}

const runRow = (row: Row, peer: boolean, ledger: string): Effect.Effect<Result, string, Scope.Scope> =>
  Effect.gen(function*() {
    const begin = yield* now
    const settings: SinkSettings = { port: 0, ledger, mode: row.mode }
    const sink = yield* startSink(settings)
    const run = yield* startRun(peer ? "./peer.js" : "./driver.js", row.job, {
      POSTHOG_API_KEY: "phc_faults",
      POSTHOG_HOST: `http://127.0.0.1:${sink.port}`,
      ...row.env
    })
    yield* run.started
    const from = yield* now
    const script = yield* Effect.forkScoped(row.script(sink, settings))
    const report = yield* run.report
    yield* Fiber.interrupt(script)
    yield* run.ended
    const end = yield* now
    const outcome: Outcome = { report, account: Ledger.read(ledger), endSeconds: end - from - report.loadSeconds }
    return {
      ...outcome,
      row,
      peer,
      seconds: end - begin,
      complaints: peer ? [] : [...sums(outcome), ...row.check(outcome)]
    }
  })

const columns = [
  "row",
  "captured",
  "received",
  "lost",
  "again",
  "dropped",
  "pending",
  "peak RSS",
  "load",
  "close",
  "all"
]

const cells = ({ account, peer, report, row, seconds }: Result): ReadonlyArray<string> => [
  peer ? `${row.name}, posthog-node` : row.name,
  String(report.calls),
  String(account.received),
  String(account.missing(report.calls)),
  String(account.again),
  report.stats === undefined
    ? "?"
    : Object.entries(report.dropped).map(([reason, count]) => `${count} ${reason}`).join(", ") || "0",
  report.stats === undefined ? "?" : String(report.stats.pending),
  `${report.peakMegabytes.toFixed(0)} MB`,
  `${report.loadSeconds.toFixed(2)} s`,
  `${report.closeSeconds.toFixed(2)} s`,
  `${seconds.toFixed(1)} s`
]

const table = (lines: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()).join("\n")
}

const describe = (result: Result): string => {
  const answers = [...result.account.answers].map(([how, count]) => `${count} × ${how}`).join(", ")
  const verdict = result.peer
    ? ""
    : result.complaints.length === 0
    ? "  ok"
    : `  FAILED: ${result.complaints.join("; ")}`
  return `${cells(result)[0]}: ${result.row.tried}\n  requests: ${answers || "none"}${verdict}`
}

const main = Effect.gen(function*() {
  const wanted = process.env["ROWS"]?.split(",").map((name) => name.trim())
  const unknown = wanted?.filter((name) => !rows.some((row) => row.name === name)) ?? []
  if (unknown.length > 0) {
    return yield* Effect.fail(
      `no such row: ${unknown.join(", ")}; there are ${rows.map(({ name }) => name).join(", ")}`
    )
  }
  const chosen = rows.filter(({ name }) => wanted === undefined || wanted.includes(name))
  const plan = process.argv.includes("--peer")
    ? chosen.flatMap((row) =>
      peerRows.includes(row.name) ? [{ row, peer: false }, { row, peer: true }] : [{ row, peer: false }]
    )
    : chosen.map((row) => ({ row, peer: false }))
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-posthog-faults-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
  )
  const results = yield* Effect.forEach(
    plan,
    ({ peer, row }, index) =>
      Effect.scoped(runRow(row, peer, join(directory, `${index}`))).pipe(
        Effect.timeoutFail({ duration: "90 seconds", onTimeout: () => `row ${row.name} did not end` }),
        Effect.tap((result) => Effect.sync(() => console.log(describe(result))))
      )
  )
  console.log(`\n${table([columns, ...results.map(cells)])}\n`)
  const failed = results.filter(({ complaints }) => complaints.length > 0)
  return yield* failed.length === 0
    ? Effect.sync(() => console.log(`${results.length} rows: captured = delivered + dropped + pending in every one`))
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
