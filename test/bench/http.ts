/**
 * What the middleware costs a server: processor time for each request, with a scope, tags, and one captured and delivered
 * event, against the same server without any of it. The sink, the clients and both servers have processes of their own;
 * the servers take turns.
 */
import { median, round, version } from "./figures.js"
import { concurrency, requests, type Route, routes, start } from "./httpWork.js"

const rounds = Math.max(7, Number(process.env["ROUNDS"] ?? 15))
const warmUps = Number(process.env["WARM_UPS"] ?? 6)

/** As much as the server without the middleware may be cheaper. */
const bar = 1.18

interface Row {
  readonly name: string
  /** Microseconds of processor time for each request. */
  readonly ours: number
  readonly peer: number
  readonly unit: "µs"
  /** The time without by the time with it, the median over all rounds. */
  readonly ratio: number
}

const names: Readonly<Record<Route, string>> = {
  read: "GET with a small JSON answer vs the same server without the middleware",
  place: "POST of a small JSON order vs the same server without the middleware"
}

const sink = await start("./httpSink.js")
const load = await start("./httpLoad.js")
const ours = await start("./httpServer.js", "with", String(sink.first))
const peer = await start("./httpServer.js", "without", String(sink.first))

/** Microseconds of one request. */
const measure = async (server: typeof ours, route: Route): Promise<number> => {
  const before = Number(await server.ask("before"))
  await load.ask({ port: server.first, route })
  const time = Number(await server.ask("after")) - before
  const events = Number(await sink.ask("count"))
  if (events !== (server === ours ? requests : 0)) {
    throw new Error(`${events} events came of ${requests} requests`)
  }
  return time / requests
}

const rows: Array<Row> = []
for (const route of routes) {
  const times = { ours: [] as Array<number>, peer: [] as Array<number> }
  for (let i = 0; i < warmUps + rounds; i++) {
    // who goes first takes turns as well
    for (const side of i % 2 === 0 ? ["ours", "peer"] as const : ["peer", "ours"] as const) {
      const time = await measure(side === "ours" ? ours : peer, route)
      if (i >= warmUps) {
        times[side].push(time)
      }
    }
  }
  rows.push({
    name: names[route],
    ours: round(median(times.ours)),
    peer: round(median(times.peer)),
    unit: "µs",
    ratio: round(median(times.peer.map((time, i) => time / times.ours[i]!)))
  })
}
for (const server of [ours, peer, load, sink]) {
  server.stop()
}

const width = Math.max(...rows.map(({ name }) => name.length))
const line = (name: string, cells: ReadonlyArray<string>) =>
  console.log(`${name.padEnd(width)}  ${cells.map((cell) => cell.padStart(9)).join(" ")}`)
line("", ["with µs", "without", "ratio", "factor"])
for (const { name, ours, peer, ratio } of rows) {
  line(name, [ours.toFixed(1), peer.toFixed(1), ratio.toFixed(3), `${(1 / ratio).toFixed(3)}×`])
}
console.log(
  `processor time of the server for each request; medians of ${rounds} rounds in turns, ${requests} requests each, ` +
    `${concurrency} at once`
)
for (const { name, ours, peer, ratio } of rows) {
  console.log(
    `${1 / ratio <= bar ? "reached" : "MISSED "} at most ${bar}×, it is ${(1 / ratio).toFixed(3)}× ` +
      `(+${(ours - peer).toFixed(1)} µs): ${name}`
  )
}
console.log()
console.log(JSON.stringify({
  bench: "http",
  rows,
  node: process.version,
  versions: {
    "effect-posthog": version("../../package.json"),
    ...Object.fromEntries(
      ["effect", "@effect/platform", "@effect/platform-node"].map((name) => [
        name,
        version(`../../node_modules/${name}/package.json`)
      ])
    )
  }
}))
