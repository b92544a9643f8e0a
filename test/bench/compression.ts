/**
 * What each way to compress a request's body costs and saves, level by level: the figures behind the levels in
 * src/delivery/Compression.ts. The bodies are what the library sends for 100 and for 500 events of a shop.
 */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, Logger, LogLevel, Redacted } from "effect"
import { fresh, Posthog, withScope } from "effect-posthog"
import * as Zlib from "node:zlib"
import { distinctId, event, perScope, properties, sessionId, tags } from "./deliveryWork.js"

const rounds = Number(process.env["ROUNDS"] ?? 60)

/** The body of one request with so many events. */
const bodyOf = async (events: number): Promise<Buffer> => {
  const bodies: Array<Buffer> = []
  const keep = async (_: unknown, options?: { readonly body?: unknown }): Promise<Response> => {
    // a copy: the sender may use its memory again
    bodies.push(Buffer.from(options?.body as Uint8Array))
    return new Response("{\"status\":1}")
  }
  await Effect.gen(function*() {
    for (let n = 0; n < events; n++) {
      yield* Posthog.capture(event, { properties: properties(n) }).pipe(
        withScope(fresh, { distinctId: distinctId(n), sessionId: sessionId(n), tags: tags(n - n % perScope) })
      )
    }
    yield* Posthog.flush
  }).pipe(
    Effect.provide(
      Posthog.layer({
        apiKey: Redacted.make("phc_bench"),
        host: "http://127.0.0.1:9",
        flushAt: events,
        maxBatchSize: events,
        compression: "none"
      }).pipe(
        Layer.provide(FetchHttpClient.layer),
        Layer.provide(Layer.succeed(FetchHttpClient.Fetch, keep as typeof fetch)),
        Layer.provide(Logger.minimumLogLevel(LogLevel.None))
      )
    ),
    Effect.runPromise
  )
  const [body] = bodies
  if (body === undefined || bodies.length > 1) {
    throw new Error(`${bodies.length} requests in place of one`)
  }
  return body
}

interface Way {
  readonly kind: string
  readonly level: number
  readonly compress: (body: Buffer) => Buffer
}

const levels = (kind: string, from: number, to: number, compress: (body: Buffer, level: number) => Buffer) =>
  Array.from({ length: to - from + 1 }, (_, i): Way => ({
    kind,
    level: from + i,
    compress: (body) => compress(body, from + i)
  }))

const { BROTLI_MODE_TEXT, BROTLI_PARAM_MODE, BROTLI_PARAM_QUALITY, ZSTD_c_compressionLevel } = Zlib.constants

const ways = [
  ...levels("gzip", 1, 9, (body, level) => Zlib.gzipSync(body, { level })),
  ...levels("deflate", 1, 9, (body, level) => Zlib.deflateSync(body, { level })),
  ...levels("br", 0, 9, (body, quality) =>
    Zlib.brotliCompressSync(body, {
      params: { [BROTLI_PARAM_QUALITY]: quality, [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT }
    })),
  // absent before Node 22.15, whatever the types say
  ...(typeof Zlib.zstdCompressSync === "function"
    ? levels(
      "zstd",
      1,
      12,
      (body, level) => Zlib.zstdCompressSync(body, { params: { [ZSTD_c_compressionLevel]: level } })
    )
    : [])
]

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const rows: Array<{ kind: string; level: number; events: number; bytes: number; compressed: number; micros: number }> =
  []

for (const events of [100, 500]) {
  const body = await bodyOf(events)
  console.log(`${events} events, ${body.length} bytes`)
  const times = ways.map((): Array<number> => [])
  // in turns: what slows the machine for a while slows all of them
  for (let i = -10; i < rounds; i++) {
    ways.forEach(({ compress }, way) => {
      const from = performance.now()
      compress(body)
      if (i >= 0) {
        times[way]!.push((performance.now() - from) * 1000)
      }
    })
  }
  ways.forEach(({ compress, kind, level }, way) => {
    const micros = Math.round(median(times[way]!))
    const compressed = compress(body).length
    rows.push({ kind, level, events, bytes: body.length, compressed, micros })
    const share = (100 * compressed / body.length).toFixed(1)
    console.log(
      `${kind.padEnd(8)} ${String(level).padStart(2)} ${String(micros).padStart(7)} µs ${share.padStart(5)} %`
    )
  })
}

console.log(JSON.stringify({ bench: "compression", rounds, rows, node: process.version }))
