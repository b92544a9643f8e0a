import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, type Scope, Stream } from "effect"
import * as AtExit from "effect-posthog/delivery/AtExit"
import * as AnalyticsV0 from "effect-posthog/delivery/protocol/AnalyticsV0"
import type { FinishedEvent } from "effect-posthog/event/FinishedEvent"
import { Worker } from "node:worker_threads"

// in a thread of its own: the one that sends stands still meanwhile; answers with the statuses it is given, then 200
const code = `
const { createServer } = require("node:http")
const { parentPort, workerData } = require("node:worker_threads")
const { gunzipSync } = require("node:zlib")
const statuses = [...workerData]
const server = createServer((request, response) => {
  const chunks = []
  request.on("data", (chunk) => chunks.push(chunk))
  request.on("end", () => {
    const body = Buffer.concat(chunks)
    const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body
    parentPort.postMessage(JSON.parse(text.toString()).batch.map(({ event }) => event))
    const status = statuses.shift() ?? 200
    if (status === "hang") return
    response.statusCode = status
    response.end("{}")
  })
})
server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port))
`

type Message = number | ReadonlyArray<string>

const serve = (statuses: ReadonlyArray<number | "hang">) =>
  Effect.gen(function*() {
    const worker = yield* Effect.acquireRelease(
      Effect.sync(() => new Worker(code, { eval: true, workerData: statuses })),
      (worker) => Effect.promise(() => worker.terminate())
    )
    const messages: Stream.Stream<Message, never, never> = Stream.async((emit) => {
      worker.on("message", (message: Message) => void emit.single(message))
    })
    // its messages wait in the thread's port while this thread stands still
    return yield* Stream.toPull(messages)
  })

const event = (name: string): FinishedEvent => ({
  uuid: "00000000-0000-7000-8000-000000000000",
  event: name,
  distinctId: "alice",
  timestamp: "2025-01-02T03:04:05.000Z",
  own: "{}",
  shared: "",
  isAi: false
})

/** What arrives of these events when they are sent two at a time. */
const arrived = (
  names: ReadonlyArray<string>,
  statuses: ReadonlyArray<number | "hang">,
  expected: number,
  timeoutMillis = 10_000
): Effect.Effect<ReadonlyArray<Message>, unknown, Scope.Scope> =>
  Effect.gen(function*() {
    const pull = yield* serve(statuses)
    const received: Array<Message> = []
    const next = Effect.map(pull, (chunk) => received.push(...chunk))
    yield* next
    yield* AtExit.send(
      {
        host: `http://127.0.0.1:${String(received.shift())}`,
        protocol: AnalyticsV0.make({ apiKey: Redacted.make("phc_exit"), historicalMigration: false }),
        compression: "gzip",
        requestId: () => "00000000-0000-7000-8000-000000000000",
        maxBatchSize: 2,
        maxBatchBytes: 100_000
      },
      names.map(event),
      timeoutMillis
    )
    yield* Effect.repeat(next, { while: () => received.length < expected })
    return received
  })

describe("the last events of a process", () => {
  it.scopedLive("are sent in batches, the newest first: an exception is among them", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* arrived(["a", "b", "c", "d", "$exception"], [], 3), [
        ["d", "$exception"],
        ["b", "c"],
        ["a"]
      ])
    }))

  it.scopedLive("are given up where PostHog fails or does not answer: nobody waits for what cannot arrive", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* arrived(["a", "b", "c"], [503], 1), [["b", "c"]])
      assert.deepStrictEqual(yield* arrived(["a", "b", "c"], ["hang"], 1, 2000), [["b", "c"]])
    }))
})
