/** Jobs of a real BullMQ on Redis: `REDIS_URL`, default redis://127.0.0.1:6379. */
import { assert, describe, it } from "@effect/vitest"
import { type Job, Queue, type Telemetry, Worker } from "bullmq"
import { Effect, Runtime } from "effect"
import { Redis } from "ioredis"
import { randomUUID } from "node:crypto"
import { afterAll } from "vitest"
import * as DevServer from "../../src/devserver/DevServer.js"
import * as Posthog from "../../src/Posthog.js"
import * as BullMqCarrier from "../../src/propagation/queue/BullMqCarrier.js"
import * as PosthogQueue from "../../src/propagation/queue/PosthogQueue.js"
import { checkEvents, client, isRequired, makeWorker, publish, report, until, Work } from "./messages.js"

const url = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379"

const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2000 })
redis.on("error", () => {})
const isThere = await redis.connect().then(() => true, () => false)
report(isThere, "a Redis", url, "REDIS_URL")

afterAll(() => redis.disconnect())

/** An adapter that writes metadata of its own, as OpenTelemetry's does. */
const telemetry = (written: Array<string>): Telemetry<object> => {
  const span = {
    setSpanOnContext: (context: object) => context,
    setAttribute: () => {},
    setAttributes: () => {},
    addEvent: () => {},
    recordException: () => {},
    end: () => {}
  }
  return {
    tracer: { startSpan: () => span },
    contextManager: {
      with: (_, f) => f(),
      active: () => ({}),
      getMetadata: () => {
        const metadata = JSON.stringify({ "x-correlation-id": "of the adapter", "x-posthog-distinct-id": "adapter" })
        written.push(metadata)
        return metadata
      },
      fromMetadata: () => ({})
    }
  }
}

const jobs = 400

/** Jobs of a hundred contexts, by sixteen at a time; one in ten is tried twice, and some are no jobs. */
const interleaved = (adapter: Telemetry<object> | undefined) =>
  Effect.gen(function*() {
    const options = {
      connection: { url, maxRetriesPerRequest: null },
      prefix: "effect-posthog-test",
      ...(adapter === undefined ? {} : { telemetry: adapter })
    }
    const queue = yield* Effect.acquireRelease(
      Effect.sync(() => new Queue(randomUUID(), options)),
      (queue) => Effect.promise(() => queue.obliterate({ force: true }).then(() => queue.close()))
    )
    const { deliveries, handled, work, wrong } = makeWorker()
    const reasons: Array<string> = []
    const isAgain = (n: number) => n % 10 === 3 || n % 10 === 4
    const quiet = { queue: "work", captureExceptions: false } as const
    const enveloped = PosthogQueue.consumeWithContext({ ...quiet, envelope: Work })(({ n }) => work(n, isAgain))
    const plain = PosthogQueue.consumeWithContext(quiet)((data: { readonly n: number }) => work(data.n, isAgain))
    const runPromise = Runtime.runPromise(yield* Effect.runtime<Posthog.Posthog>())
    const handle = (job: Job) => {
      const message = {
        body: job.data,
        headers: BullMqCarrier.extract(job),
        ...(job.id === undefined ? {} : { id: job.id })
      }
      return (job.name === "envelope" ? enveloped(message) : plain(message)).pipe(
        Effect.catchTag("EnvelopeError", ({ reason }) => Effect.sync(() => void reasons.push(reason))),
        runPromise
      )
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const worker = new Worker(queue.name, handle, { ...options, concurrency: 16 })
        worker.on("error", () => {})
        return worker
      }),
      (worker) => Effect.promise(() => worker.close())
    )
    yield* Effect.forEach(Array.from({ length: jobs }, (_, n) => n), (n) =>
      Effect.zipRight(
        publish(n, ({ body, form, headers }) =>
          Effect.promise(() =>
            // the envelope is the job's data; data of the application's own gets the headers beside it
            queue.add(form, form === "envelope" ? JSON.parse(String(body)) : BullMqCarrier.inject({ n }, headers), {
              attempts: 2
            })
          )),
        n % 4 === 0
          ? Effect.promise(() => queue.add("envelope", n % 8 === 0 ? { context: {} } : { data: { n: "7" } }))
          : Effect.void
      ), { concurrency: 16, discard: true })
    yield* until("all are handled", () => handled.size === jobs && reasons.length === jobs / 4, 60_000)
    assert.deepStrictEqual(wrong, [])
    const again = Array.from(deliveries).filter(([, correlations]) => correlations.length > 1)
    assert.strictEqual(again.length, jobs / 5)
    for (const [n, correlations] of again) {
      assert.deepStrictEqual(new Set(correlations), new Set([`corr-${n % 100}`]))
    }
    assert.deepStrictEqual(
      [reasons.filter((reason) => reason === "notAnEnvelope").length, reasons.length],
      [jobs / 8, jobs / 4]
    )
    yield* Posthog.flush
    const { events } = yield* DevServer.DevServer
    checkEvents(yield* events, jobs)
    console.log(`BullMQ: ${jobs} jobs of 100 contexts, ${again.length} tried twice, ${reasons.length} refused`)
  }).pipe(Effect.scoped, Effect.provide(client))

describe.skipIf(!isThere && !isRequired)("BullMQ", () => {
  it.live("every job is handled under its own context, malformed ones are refused, a retry keeps the correlation", () =>
    interleaved(undefined))

  it.live("so it is beside a telemetry adapter, which writes its own metadata when a job is added and tried again", () =>
    Effect.suspend(() => {
      const written: Array<string> = []
      return Effect.zipRight(
        interleaved(telemetry(written)),
        Effect.sync(() => assert.isAbove(written.length, jobs))
      )
    }))
})
