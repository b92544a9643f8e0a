/**
 * What the middleware costs a server: processor time for each request, with a scope, tags, and one captured and delivered
 * event, against the same server without any of it, and against one that makes and sends that event by hand. The sink, the
 * clients and the servers have processes of their own; the servers take turns.
 */
import { median, round, version } from "./figures.js"
import { concurrency, requests, type Route, routes, type Side, sides, start } from "./httpWork.js"

const rounds = Math.max(7, Number(process.env["ROUNDS"] ?? 15))
// what is compared are servers that have been running: a compiler still at work would count for the one with more code
const warmUps = Number(process.env["WARM_UPS"] ?? 20)

/** As much as the server without the middleware may be cheaper. */
const bar = 1.18

interface Row {
  readonly name: string
  /** Microseconds of processor time for each request. */
  readonly ours: number
  readonly peer: number
  readonly unit: "µs"
  /** The other's time by ours, the median over all rounds. */
  readonly ratio: number
}

const names: Readonly<Record<Route, string>> = {
  read: "GET with a small JSON answer",
  place: "POST of a small JSON order"
}

const others = {
  without: "the same server without the middleware",
  byHand: "the same event by hand, without scope or library"
} satisfies Readonly<Record<Exclude<Side, "with">, string>>

const sink = await start("./httpSink.js")
const load = await start("./httpLoad.js")
const serve = (side: Side) => start("./httpServer.js", side, String(sink.first))
const servers = { with: await serve("with"), byHand: await serve("byHand"), without: await serve("without") }

/** Microseconds of one request. */
const measure = async (side: Side, route: Route): Promise<number> => {
  const server = servers[side]
  const before = Number(await server.ask("before"))
  await load.ask({ port: server.first, route })
  const time = Number(await server.ask("after")) - before
  const events = Number(await sink.ask("count"))
  if (events !== (side === "without" ? 0 : requests)) {
    throw new Error(`${side}: ${events} events came of ${requests} requests`)
  }
  return time / requests
}

const rows: Array<Row> = []
const results: Array<string> = []
for (const route of routes) {
  const times: Record<Side, Array<number>> = { with: [], byHand: [], without: [] }
  for (let i = 0; i < warmUps + rounds; i++) {
    // who goes first takes turns as well
    for (let k = 0; k < sides.length; k++) {
      const side = sides[(i + k) % sides.length]!
      const time = await measure(side, route)
      if (i >= warmUps) {
        times[side].push(time)
      }
    }
  }
  const factor = (side: Side, base: Side) => median(times[side].map((time, i) => time / times[base][i]!))
  for (const other of ["without", "byHand"] as const) {
    rows.push({
      name: `${names[route]} vs ${others[other]}`,
      ours: round(median(times.with)),
      peer: round(median(times[other])),
      unit: "µs",
      ratio: round(1 / factor("with", other))
    })
  }
  const measured = factor("with", "without")
  results.push(
    `${measured <= bar ? "reached" : "MISSED "} ${names[route]}: at most ${bar}× the server without it, it is ` +
      `${measured.toFixed(3)}×; an event by hand ${factor("byHand", "without").toFixed(3)}×`
  )
}
for (const server of [...Object.values(servers), load, sink]) {
  server.stop()
}

const width = Math.max(...rows.map(({ name }) => name.length))
const line = (name: string, cells: ReadonlyArray<string>) =>
  console.log(`${name.padEnd(width)}  ${cells.map((cell) => cell.padStart(9)).join(" ")}`)
line("", ["ours µs", "other", "ratio", "factor"])
for (const { name, ours, peer, ratio } of rows) {
  line(name, [ours.toFixed(1), peer.toFixed(1), ratio.toFixed(3), `${(1 / ratio).toFixed(3)}×`])
}
console.log(
  `processor time of the server for each request; medians of ${rounds} rounds in turns, ${requests} requests each, ` +
    `${concurrency} at once`
)
for (const result of results) {
  console.log(result)
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
