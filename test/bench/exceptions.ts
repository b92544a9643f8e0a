/**
 * What capturing an exception costs, ours and posthog-node's: four chained exceptions of twenty frames each, with seven
 * lines of source on either side, 200 different ones in rotation. Nothing is sent. Each exception is captured when the
 * one before it has arrived in the buffer. Before they are measured both sides show that their events say it all.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { write } from "./exceptionsSources.js"
import { manyCalls, names } from "./exceptionsWork.js"
import { compare, memory, print, type Row, weigh } from "./harness.js"

const sides = { ours: "./exceptionsOurs.js", peer: "./exceptionsPeer.js" }

/** How many times faster we mean to be. */
const bars: ReadonlyMap<string, number> = new Map([[names.waits, 8], [names.whole, 3], [names.nearEnd, 15]])

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const root = realpathSync(mkdtempSync(join(tmpdir(), "bench-exceptions-")))
const start = process.cwd()
const rows: Array<Row> = []
try {
  write(root)
  // the processes of both sides are started in the program's own folder
  process.chdir(root)
  for (const name of [names.waits, names.whole, names.nearEnd, names.thrown, names.manyFiles]) {
    rows.push(await compare(name, sides))
  }
  rows.push(await compare(names.enqueued, sides, { ourWork: names.whole }))
  for (const name of [names.held, names.resident]) {
    const ours: Array<number> = []
    const peer: Array<number> = []
    // a process grows once: of five on each side the median counts
    for (let i = 0; i < 5; i++) {
      ours.push(await weigh(sides.ours, name, []))
      peer.push(await weigh(sides.peer, name, []))
    }
    rows.push(memory(name, median(ours), median(peer)))
  }
  const cached = await weigh(sides.ours, names.caches, [])
  console.log(`our caches hold ${(cached / 1024 / 1024).toFixed(1)} MiB of at most 96 after ${manyCalls} exceptions`)
} finally {
  process.chdir(start)
  rmSync(root, { recursive: true, force: true })
}
for (const { name, ratio } of rows) {
  const bar = bars.get(name)
  if (bar !== undefined) {
    console.log(`${ratio >= bar ? "reached" : "MISSED "} ${bar}×, it is ${ratio.toFixed(2)}×: ${name}`)
  }
}
print("exceptions", rows)
