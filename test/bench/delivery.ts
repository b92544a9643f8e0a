/**
 * What delivering costs, ours and posthog-node's side by side: to the same sink, which has a process of its own, as each
 * client of each round has. Every round is counted: all events, each of them once, as they were captured.
 */
import {
  type ClientQuestion,
  type Mode,
  modes,
  perScope,
  type SinkQuestion,
  type Spent,
  turn,
  type Verified,
  window
} from "./deliveryWork.js"
import { median, round, version } from "./figures.js"
import { start } from "./httpWork.js"

type Side = "ours" | "peer"

interface Row {
  readonly name: string
  readonly ours: number
  readonly peer: number
  readonly unit: "events/s" | "µs" | "MB" | "×"
  /** Of the medians, so that above 1 we are better. */
  readonly ratio: number
}

interface Run extends Spent {
  /** What capturing took before the run, where that is apart from it. */
  readonly captured: Spent | undefined
  /** The part of one core that the sink used meanwhile. */
  readonly sink: number
  readonly verified: Verified
}

const number = (name: string, fallback: number): number => Number(process.env[name] ?? fallback)

const events = number("EVENTS", 100_000)
const rounds = Math.max(7, number("ROUNDS", 7))
const few = 10_000
const many = number("MANY", 400_000)
// of posthog-node's: each of its rounds takes minutes
const manyRoundsOfPeer = number("MANY_ROUNDS_OF_PEER", 1)
// sent before anything is measured. Paced is a server that has been running for some seconds; a burst, or PostHog away, may
// come early
const warmUps: Readonly<Record<Mode, number>> = { paced: number("WARM_UP", 300_000), drain: 100_000, burst: 100_000 }
const parts = (process.env["PARTS"] ?? [...modes, "growth"].join(",")).split(",")

const bars = { throughput: 4, memory: 4, growth: 1.25 }

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const sink = await start("./deliverySink.js", "sink")
const ask = (question: SinkQuestion) => sink.ask(question)

const verify = async (side: Side, expected: number): Promise<Verified> => {
  const verified = await ask("verify") as Verified
  // twice is no loss: posthog-node gives a request up after ten seconds and sends it again
  if (verified.unique !== expected) {
    throw new Error(`${side}: of ${expected} events ${verified.unique} came, in ${verified.events}`)
  }
  return verified
}

/** A fresh client, warmed up, and then the same run so many times in it. */
const measure = async (side: Side, mode: Mode, count: number, times = 1): Promise<ReadonlyArray<Run>> => {
  const client = await start(
    side === "ours" ? "./deliveryOurs.js" : "./deliveryPeer.js",
    `${side}-${mode}`,
    String(sink.first),
    count > events ? "larger" : "default"
  )
  const request = async (question: ClientQuestion) => await client.ask(question) as Spent
  const warmUp = warmUps[mode]
  await request({ _tag: "run", mode: "paced", events: warmUp })
  await verify(side, warmUp)
  const runs: Array<Run> = []
  for (let i = 0; i < times; i++) {
    let captured: Spent | undefined
    if (mode === "drain") {
      await ask("hold")
      captured = await request({ _tag: "capture", events: count })
    }
    await ask("begin")
    const [spent] = await Promise.all([
      request({ _tag: "run", mode, events: count }),
      ...(mode === "drain" ? [ask("open")] : [])
    ])
    const used = await ask("end") as number
    runs.push({ ...spent, captured, sink: used, verified: await verify(side, count) })
  }
  client.stop()
  return runs
}

const sides: ReadonlyArray<Side> = ["ours", "peer"]

const note = (text: string) => console.error(text)

const megabytes = (bytes: number) => bytes / 1024 / 1024

const rows: Array<Row> = []
const results: Array<readonly [reached: boolean, text: string]> = []
const says: Array<string> = []

const width = 52
const line = (name: string, cells: ReadonlyArray<string>) =>
  console.log(`${name.padEnd(width)}  ${cells.map((cell) => cell.padStart(12)).join(" ")}`)

const add = (row: Row) => {
  const rounded = { ...row, ours: round(row.ours), peer: round(row.peer), ratio: round(row.ratio) }
  rows.push(rounded)
  line(row.name, [String(rounded.ours), String(rounded.peer), row.unit, row.ratio.toFixed(2)])
}

line("", ["ours", "posthog-node", "", "ratio"])

for (const mode of modes.filter((mode) => parts.includes(mode))) {
  const runs: Record<Side, Array<Run>> = { ours: [], peer: [] }
  for (let i = 0; i < rounds; i++) {
    // who goes first takes turns as well
    for (const side of i % 2 === 0 ? sides : sides.toReversed()) {
      const [run] = await measure(side, mode, events)
      runs[side].push(run!)
      note(
        `${mode} ${i + 1}/${rounds} ${side}: ${Math.round(events / run!.micros * 1e6)} events/s, ` +
          `${(run!.processor / events).toFixed(2)} µs, ${megabytes(run!.peak).toFixed(0)} MB`
      )
    }
  }
  const of = (side: Side, read: (run: Run) => number) => median(runs[side].map(read))
  const both = (read: (run: Run) => number) => ({ ours: of("ours", read), peer: of("peer", read) })
  const speed = both(({ micros }) => events / micros * 1e6)
  const processor = both(({ processor }) => processor / events)
  const memory = both(({ peak }) => megabytes(peak))
  const share = both(({ sink }) => sink * 100)
  const size = both(({ verified }) => verified.text / events)
  const batch = both(({ verified }) => events / verified.requests)
  const throughput = speed.ours / speed.peer
  const less = memory.peer / memory.ours
  add({ name: `${mode}: throughput vs posthog-node`, ...speed, unit: "events/s", ratio: throughput })
  add({
    name: `${mode}: processor time per event vs posthog-node`,
    ...processor,
    unit: "µs",
    ratio: processor.peer / processor.ours
  })
  add({ name: `${mode}: peak memory above imports vs posthog-node`, ...memory, unit: "MB", ratio: less })
  results.push(
    [
      throughput >= bars.throughput,
      `${mode}: at least ${bars.throughput}× the events/s, it is ${throughput.toFixed(2)}×`
    ],
    [less >= bars.memory, `${mode}: at most 1/${bars.memory} of the memory, it is 1/${less.toFixed(2)}`]
  )
  says.push(
    `${mode}: the sink used ${share.ours.toFixed(0)} % of a core with ours and ${share.peer.toFixed(0)} % with ` +
      `posthog-node; ${batch.ours.toFixed(0)} and ${batch.peer.toFixed(0)} events a request, of ` +
      `${size.ours.toFixed(0)} and ${size.peer.toFixed(0)} bytes an event`
  )
}

if (parts.includes("growth")) {
  const runs: Record<Side, Record<"few" | "many", Array<Run>>> = {
    ours: { few: [], many: [] },
    peer: { few: [], many: [] }
  }
  for (let i = 0; i < rounds; i++) {
    for (const side of sides.filter((side) => side === "ours" || i < manyRoundsOfPeer)) {
      // as many events in all, so that both processes are as warm
      const short = await measure(side, "drain", few, Math.round(many / few))
      const long = await measure(side, "drain", many)
      runs[side].few.push(...short)
      runs[side].many.push(...long)
      note(
        `growth ${i + 1}/${rounds} ${side}: ${(mean(short.map(({ micros }) => micros)) / few).toFixed(2)} µs, ` +
          `${(long[0]!.micros / many).toFixed(2)} µs`
      )
    }
  }
  const growth = (read: (run: Run) => number) => {
    const of = (side: Side) => mean(runs[side].many.map(read)) / many / (mean(runs[side].few.map(read)) / few)
    return { ours: of("ours"), peer: of("peer") }
  }
  const grown: ReadonlyArray<readonly [string, (run: Run) => number]> = [
    ["time to send", ({ micros }) => micros],
    ["processor time to send", ({ processor }) => processor],
    ["time to capture and send", ({ captured, micros }) => micros + (captured?.micros ?? 0)]
  ]
  for (const [name, read] of grown) {
    const factor = growth(read)
    add({
      name: `${many / 1000}k queued by ${few / 1000}k: ${name}`,
      ...factor,
      unit: "×",
      ratio: factor.peer / factor.ours
    })
    results.push([
      factor.ours <= bars.growth,
      `${name}, of one event with ${many} queued: at most ${bars.growth}× that with ${few}, it is ` +
      `${factor.ours.toFixed(2)}× (posthog-node: ${factor.peer.toFixed(2)}×)`
    ])
  }
  for (const side of sides) {
    const each = (count: number, runs: ReadonlyArray<Run>) =>
      (mean(runs.map(({ micros }) => micros)) / count).toFixed(2)
    says.push(
      `growth, ${side}: ${each(few, runs[side].few)} µs to send an event with ${few} queued (${
        runs[side].few.length
      } ` +
        `runs), ${each(many, runs[side].many)} µs with ${many} (${runs[side].many.length})`
    )
  }
}
sink.stop()

console.log(`
medians of ${rounds} rounds in turns (growth: means), ratio of the medians; ${events} events a round, each round in a fresh process
that has sent ${warmUps.paced} (paced) or ${warmUps.drain} events before; every event of every round came once, with what it was captured with
paced: ${turn} events a turn, a scope for every ${perScope}; the producer waits while more than ${window} are pending; then flush
drain: ${events} captured while the sink answers nobody; timed from when it answers until flush is done
burst: ${events} captured in one synchronous turn, then shutdown, all of it timed
settings: defaults and gzip; ours: flushAt 100, at most 500 events a request${
  process.env["HTTP_CLIENT"] === "fetch" ? ", fetch" : ", undici"
}; posthog-node: flushAt 20, at most
100 events a request, fetch, but maxQueueSize 1,000,000 so that it loses nothing; processor time: all threads of the client
`)
for (const text of says) {
  console.log(text)
}
console.log()
for (const [reached, text] of results) {
  console.log(`${reached ? "reached" : "MISSED "} ${text}`)
}
console.log()

console.log(JSON.stringify({
  bench: "delivery",
  rows,
  node: process.version,
  versions: {
    "effect-posthog": version("../../package.json"),
    effect: version("../../node_modules/effect/package.json"),
    "@effect/platform": version("../../node_modules/@effect/platform/package.json"),
    "posthog-node": version("../../test/bench/node_modules/posthog-node/package.json")
  }
}))
