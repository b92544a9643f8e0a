/**
 * Memory of an import: the highest resident set of the tool while it imports a large file, and one ten times as large, each
 * into a sink in a process of its own.
 *
 *   npm run bench:import      SMALL (100), LARGE (1000): MB; ROUNDS (1)
 */
import { fork, spawn } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Received } from "./importSink.js"

const rounds = Number(process.env["ROUNDS"] ?? 1)
const megabytes = { small: Number(process.env["SMALL"] ?? 100), large: Number(process.env["LARGE"] ?? 1000) }
/** How much more the large file may take. */
const bar = 1.2

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "import-bench-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))

const plans = ["free", "team", "scale", "enterprise"]

/** A line as PostHog exports them: some of them short, some of them long. */
const line = (i: number): string =>
  JSON.stringify({
    event: i % 3 === 0 ? "$pageview" : "order paid",
    distinct_id: `user-${i % 100_000}`,
    timestamp: new Date(1_680_000_000_000 + i * 1000).toISOString(),
    properties: {
      $current_url: `https://shop.example/products/${i}?ref=${(i * 2_654_435_761) % 1_000_003}`,
      plan: plans[i % plans.length],
      total: (i % 9973) / 100,
      items: Array.from({ length: i % 5 }, (_, n) => ({ sku: `sku-${i}-${n}`, count: n + 1 })),
      note: "x".repeat(i % 200)
    }
  })

/** Writes lines until there are so many bytes; how many lines that is. */
const generate = (path: string, bytes: number): number => {
  const file = openSync(path, "w")
  let written = 0
  let lines = 0
  while (written < bytes) {
    const many = Array.from({ length: 5000 }, () => line(lines++))
    written += writeSync(file, `${many.join("\n")}\n`)
  }
  closeSync(file)
  return lines
}

const sink = fork(fileURLToPath(new URL("./importSink.js", import.meta.url)), { execArgv: [] })
const heard = <A>() =>
  new Promise<A>((resolve, reject) => {
    sink.once("exit", () => reject(new Error("the sink ended")))
    // what these processes say to each other is written down in importSink
    sink.once("message", (message) => resolve(message as A))
  })
const host = `http://127.0.0.1:${await heard<number>()}`

interface Imported {
  /** MiB. */
  readonly peak: number
  readonly seconds: number
}

/** Linux keeps the highest resident set of a process as long as that lives. */
const highWater = (pid: number): number => {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

const importing = async (path: string, lines: number): Promise<Imported> => {
  const from = performance.now()
  const child = spawn(process.execPath, [main, "import", path], {
    env: { ...process.env, POSTHOG_HOST: host, POSTHOG_API_KEY: "phc_bench" },
    stdio: ["ignore", "ignore", "inherit"]
  })
  let peak = 0
  const looking = setInterval(() => {
    peak = Math.max(peak, highWater(child.pid ?? 0))
  }, 20)
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve))
  clearInterval(looking)
  const seconds = (performance.now() - from) / 1000
  sink.send("what")
  const { events, historical } = await heard<Received>()
  if (code !== 0 || events !== lines || !historical) {
    throw new Error(
      `code ${code}, ${events} of ${lines} events arrived${historical ? "" : ", not marked as historical"}`
    )
  }
  rmSync(`${path}.import.json`)
  console.log(
    `${(statSync(path).size / 1e6).toFixed(0).padStart(6)} MB, ${lines} events: peak RSS ${peak.toFixed(1)} MiB, ` +
      `${seconds.toFixed(1)} s, ${Math.round(lines / seconds)} events/s`
  )
  return { peak, seconds }
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const paths = { small: join(folder, "small.ndjson"), large: join(folder, "large.ndjson") }
const lines = {
  small: generate(paths.small, megabytes.small * 1e6),
  large: generate(paths.large, megabytes.large * 1e6)
}
const peaks: Record<keyof typeof paths, Array<number>> = { small: [], large: [] }
for (let round = 0; round < rounds; round++) {
  for (const size of ["small", "large"] as const) {
    peaks[size].push((await importing(paths[size], lines[size])).peak)
  }
}
sink.disconnect()

const growth = median(peaks.large) / median(peaks.small)
const rows = [{
  name: `peak RSS, ${megabytes.large} MB vs ${megabytes.small} MB`,
  ours: Number(median(peaks.large).toFixed(1)),
  peer: Number(median(peaks.small).toFixed(1)),
  unit: "MiB",
  ratio: Number((1 / growth).toPrecision(3))
}]
console.log(`the large file takes ${growth.toFixed(3)} times the memory of the small one; the bar is ${bar}`)
console.log(JSON.stringify({ bench: "import", rows, node: process.version, versions: {} }))
process.exitCode = growth <= bar ? 0 : 1
