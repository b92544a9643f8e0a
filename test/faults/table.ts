/** How results are printed. */
import type { Account } from "./ledger.js"
import { lost, type Outcome, reported, type Row, sent } from "./row.js"

export interface Result extends Outcome {
  readonly row: Row
  readonly peer: boolean
  readonly seconds: number
  readonly complaints: ReadonlyArray<string>
}

const columns: ReadonlyArray<readonly [heading: string, cell: (result: Result) => string]> = [
  ["row", ({ peer, row }) => peer ? `${row.name}, posthog-node` : row.name],
  ["sent", (result) => String(sent(result))],
  ["received", ({ account }) => String(account.received)],
  ["unique", ({ account }) => String(account.unique)],
  ["duplicates", ({ account }) => String(account.duplicates)],
  ["reported", (result) => result.peer ? "-" : String(reported(result))],
  ["lost", (result) => String(lost(result))],
  ["requests", ({ account }) => String(account.requests.length)],
  ["peak RSS", ({ report }) => Number.isNaN(report.peakMegabytes) ? "-" : `${report.peakMegabytes.toFixed(0)} MB`],
  ["load", ({ report }) => `${report.loadSeconds.toFixed(1)} s`],
  ["end", ({ endSeconds }) => `${endSeconds.toFixed(1)} s`]
]

export const table = (results: ReadonlyArray<Result>): string => {
  const lines = [
    columns.map(([heading]) => heading),
    ...results.map((result) => columns.map(([, cell]) => cell(result)))
  ]
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines
    .map((line) => line.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  "))
    .join("\n")
}

const counted = (counts: Iterable<readonly [string, number]>): string =>
  [...counts].map(([what, count]) => `${count} × ${what}`).join(", ") || "none"

const answersOf = (account: Account) => counted(account.answers)

export const describe = (result: Result): string => {
  const { account, complaints, peer, report, row } = result
  const given = [...Object.entries(report.refused), ...Object.entries(report.dropped)]
  return [
    `${peer ? `${row.name}, posthog-node` : row.name}: ${row.tried}`,
    `  answers: ${answersOf(account)}`,
    ...given.length === 0 ? [] : [`  refused or dropped: ${counted(given)}`],
    ...row.show === undefined ? [] : [`  ${row.show(result)}`],
    ...peer
      ? [`  lost ${lost(result)} of ${sent(result)}`]
      : complaints.length === 0
      ? ["  ok"]
      : [`  FAILED: ${complaints.join("; ")}`]
  ].join("\n")
}
