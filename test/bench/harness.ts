/**
 * Measures two ways to do the same work, in turns, and prints what came of it. Each side of each row has a process of its
 * own: what one leaves behind in the heap, the compiler or the runtime's hooks must not slow the other.
 */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { median, round, version } from "./figures.js"

/** Does the work once and says how many microseconds, or bytes, one unit of it took. */
export type Work = () => Promise<number>

/** One row: the work, and the peer it is compared with. */
export interface Row {
  readonly name: string
  readonly ours: number
  readonly peer: number
  readonly unit: "µs" | "bytes"
  /** The peer's time by ours, the median over all rounds: above 1 we are faster. */
  readonly ratio: number
}

/** What differs from two processes that do the work that the row is called by. */
export interface Variation {
  readonly ourWork?: string
  readonly peerWork?: string
  /** How many units of the peer's work are compared with one of ours. Default 1. */
  readonly peerUnits?: number
}

const rounds = Math.max(7, Number(process.env["ROUNDS"] ?? 41))
// half a second and more of each side's own work: what is compared is a server that has been running
const warmUps = 100

/** The process of one side: does the work it was started for, whenever it is asked to. */
export const serve = (works: Readonly<Record<string, Work>>): void => {
  const work = works[process.argv[2] ?? ""]
  const { gc } = globalThis
  if (work === undefined || gc === undefined) {
    throw new Error("no such work, or no --expose-gc")
  }
  process.on("message", () => {
    // of the young only: a full collection also forgets what the compiler has learned
    Promise.resolve(gc({ type: "minor" })).then(work).then(
      (micros) => process.send?.(micros),
      (error) => {
        console.error(error)
        process.exit(1)
      }
    )
  })
  process.on("disconnect", () => process.exit())
  process.send?.("ready")
}

const start = async (file: string, work: string, room: ReadonlyArray<string> = []) => {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [work], {
    execArgv: ["--expose-gc", ...room],
    stdio: ["ignore", "ignore", "inherit", "ipc"]
  })
  const next = () =>
    new Promise<unknown>((resolve, reject) => {
      const failed = (code: number | null) => reject(new Error(`${file} ${work} ended with code ${code}`))
      child.once("exit", failed)
      child.once("message", (message) => {
        child.off("exit", failed)
        resolve(message)
      })
    })
  await next()
  return {
    measure: async () => {
      child.send("go")
      return Number(await next())
    },
    stop: () => child.disconnect()
  }
}

/** `ours` and `peer` are the modules whose processes know the work of this name. */
export const compare = async (
  name: string,
  sides: { readonly ours: string; readonly peer: string },
  { ourWork = name, peerUnits = 1, peerWork = name }: Variation = {}
): Promise<Row> => {
  const ours = { ...await start(sides.ours, ourWork), units: 1, times: [] as Array<number> }
  const peer = { ...await start(sides.peer, peerWork), units: peerUnits, times: [] as Array<number> }
  for (let i = 0; i < warmUps + rounds; i++) {
    // who goes first takes turns as well
    for (const side of i % 2 === 0 ? [ours, peer] : [peer, ours]) {
      const time = await side.measure()
      if (i >= warmUps) {
        side.times.push(time * side.units)
      }
    }
  }
  ours.stop()
  peer.stop()
  return {
    name,
    ours: round(median(ours.times)),
    peer: round(median(peer.times)),
    unit: "µs",
    ratio: round(median(peer.times.map((time, i) => time / ours.times[i]!)))
  }
}

/** What one unit of a work allocates, in bytes: the median of seven rounds, in a process with `room` for all of it. */
export const weigh = async (file: string, work: string, room: ReadonlyArray<string>): Promise<number> => {
  const process = await start(file, work, room)
  const weights: Array<number> = []
  for (let i = 0; i < 7; i++) {
    weights.push(await process.measure())
  }
  process.stop()
  return median(weights)
}

export const memory = (name: string, ours: number, peer: number): Row => ({
  name,
  ours: round(ours),
  peer: round(peer),
  unit: "bytes",
  ratio: round(peer / ours)
})

/** A table for people, and as the last line one JSON object. */
export const print = (
  bench: string,
  rows: ReadonlyArray<Row>,
  peers: ReadonlyArray<string> = ["posthog-node"]
): void => {
  const width = Math.max(...rows.map(({ name }) => name.length))
  const line = (name: string, cells: ReadonlyArray<string>) =>
    console.log(`${name.padEnd(width)}  ${cells.map((cell) => cell.padStart(9)).join(" ")}`)
  rows.forEach(({ name, ours, peer, ratio, unit }, i) => {
    if (unit !== rows[i - 1]?.unit) {
      line("", unit === "µs" ? ["ours µs", "peer µs", "ratio"] : ["ours B", "peer B", "ratio"])
    }
    line(name, [ours, peer, ratio].map((value) => value.toFixed(2)))
  })
  console.log(`medians of ${rounds} rounds each, in turns; ratio: peer by ours, above 1 we are faster\n`)
  console.log(JSON.stringify({
    bench,
    rows,
    node: process.version,
    versions: {
      "effect-posthog": version("../../package.json"),
      effect: version("../../node_modules/effect/package.json"),
      ...Object.fromEntries(
        peers.map((peer) => [peer, version(`../../test/bench/node_modules/${peer}/package.json`)])
      )
    }
  }))
}
