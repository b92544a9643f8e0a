/**
 * Events per second through an outbox, end to end: two workers on one database capture, write, claim and deliver to a sink
 * in a process of its own. From the first capture until nothing is left in the database.
 *
 *   npm run bench:outbox      ROUNDS (7), EVENTS (20,000), DATABASE_URL
 */
import { fork } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Job, Kind, Received, Said } from "./outboxWork.js"

const rounds = Number(process.env["ROUNDS"] ?? 7)
const events = Number(process.env["EVENTS"] ?? 20_000)
const bar = 5000
const workers = 2
const databaseUrl = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test"

const start = (file: string, ...args: ReadonlyArray<string>) => {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args)
  const waiting: Array<(message: unknown) => void> = []
  const messages: Array<unknown> = []
  child.on("message", (message) => {
    const resolve = waiting.shift()
    if (resolve === undefined) {
      messages.push(message)
    } else {
      resolve(message)
    }
  })
  child.on("exit", (code) => {
    if (code !== 0 && code !== null) {
      throw new Error(`${file} ended with code ${code}`)
    }
  })
  return {
    next: async <A>(): Promise<A> =>
      // what these processes say to each other is written down in outboxWork
      (messages.length > 0 ? messages.shift() : await new Promise<unknown>((resolve) => waiting.push(resolve))) as A,
    say: (word: string) => child.send(word),
    stop: () => child.disconnect()
  }
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const folder = mkdtempSync(join(tmpdir(), "outbox-bench-"))
const sink = start("./outboxSink.js")
const host = `http://127.0.0.1:${await sink.next<number>()}`

const round = async (kind: Kind, number: number): Promise<number> => {
  const table = `outbox_bench_${process.pid}_${number}`
  const database = kind === "SQLite" ? join(folder, `${number}.db`) : databaseUrl
  const started: Array<ReturnType<typeof start>> = []
  for (let worker = 0; worker < workers; worker++) {
    const job: Job = { kind, database, table, host, worker, count: events / workers }
    const child = start("./outboxWorker.js", JSON.stringify(job))
    await child.next()
    started.push(child)
  }
  const from = performance.now()
  started.forEach((child) => child.say("go"))
  const said = await Promise.all(started.map((child) => child.next<Said>()))
  const seconds = (performance.now() - from) / 1000
  started.forEach((child) => child.say("end"))
  sink.say("what")
  const { events: received, unique } = await sink.next<Received>()
  const perSecond = events / seconds
  console.log(
    `${kind.padEnd(10)} ${Math.round(perSecond).toString().padStart(6)} events/s, lost ${events - unique}, ` +
      `sent twice ${received - unique}, by worker ${
        said.map(({ delivered, recovered }) => `${delivered} (${recovered} of the other)`).join(" + ")
      }`
  )
  if (unique !== events) {
    throw new Error(`${events - unique} events lost`)
  }
  return perSecond
}

const rates: Record<Kind, Array<number>> = { SQLite: [], PostgreSQL: [] }
for (let number = 0; number < rounds; number++) {
  for (const kind of ["SQLite", "PostgreSQL"] as const) {
    rates[kind].push(await round(kind, number))
  }
}
sink.stop()
rmSync(folder, { recursive: true, force: true })

const rows = (["SQLite", "PostgreSQL"] as const).map((kind) => {
  const ours = Math.round(median(rates[kind]))
  return {
    name: `${kind}, two workers, vs the bar`,
    ours,
    peer: bar,
    unit: "events/s",
    ratio: Number((ours / bar).toPrecision(3))
  }
})
rows.forEach(({ name, ours, peer, ratio }) => console.log(`${name.padEnd(40)} ${ours} ${peer} ${ratio}`))
console.log(JSON.stringify({ bench: "outbox", rows, node: process.version, versions: { libsql: "0.5.29" } }))
process.exit()
