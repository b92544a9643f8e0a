/** Delivery against the embedded PostHog, exact under a test clock. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, FastCheck as fc, Fiber, Layer, Metric, Option, Scope, TestClock } from "effect"
import { Posthog, type PosthogConfig } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import type { DroppedEvent } from "effect-posthog/domain/DropReason"
import * as DeliveryMetrics from "../../src/delivery/DeliveryMetrics.js"
import { layerClient, warnings, withLines } from "../support/client.js"

const server = DevServer.DevServer

const capture = (event: string) => Posthog.capture(event, { distinctId: "alice" })

const names = Effect.flatMap(server, ({ events }) => Effect.map(events, (events) => events.map(({ event }) => event)))

const requestCount = Effect.flatMap(server, ({ requests }) => Effect.map(requests, (requests) => requests.length))

const status = (status: number, headers?: { readonly [name: string]: string }) =>
  Fault.Status({ status, ...(headers === undefined ? {} : { headers }) })

const fail = (code: number, times?: number) => Effect.flatMap(server, (server) => server.enqueue(status(code), times))

/** Runs an effect while the clock runs as fast as it can be told to, until it is done. */
const whileTimePasses = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(self)
    for (let round = 0; Option.isNone(yield* Fiber.poll(fiber)); round++) {
      assert.isBelow(round, 1000, "time passes and nothing comes of it")
      yield* TestClock.adjust("500 millis")
    }
    return yield* Fiber.join(fiber)
  })

const flush = whileTimePasses(Posthog.flush)

const options: Omit<PosthogConfig.Options, "apiKey"> = { shutdownTimeout: 0, flushInterval: "1 day" }

const within = (more: Omit<PosthogConfig.Options, "apiKey"> = {}) =>
  Effect.provide(layerClient({ ...options, ...more }))

const balanced = Effect.map(Posthog.stats, (stats) => {
  assert.strictEqual(stats.captured, stats.delivered + stats.dropped + stats.pending)
  return stats
})

describe("flush triggers", () => {
  it.effect("BATCH-01, HTTP-02: reaching flushAt sends a batch, and after its 200 the queue is empty", () =>
    Effect.gen(function*() {
      yield* capture("a")
      yield* Effect.yieldNow()
      assert.strictEqual(yield* requestCount, 0)
      yield* capture("b")
      yield* (yield* server).awaitEvents(2)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* requestCount, 1)
      assert.strictEqual((yield* balanced).pending, 0)
    }).pipe(within({ flushAt: 2 })))

  it.effect("BATCH-02, CAP-15: a lone event goes out after flushInterval on the clock, not sooner", () =>
    Effect.gen(function*() {
      yield* capture("a")
      yield* TestClock.adjust("9999 millis")
      assert.strictEqual(yield* requestCount, 0)
      yield* TestClock.adjust("1 millis")
      yield* (yield* server).awaitEvents(1)
    }).pipe(within({ flushInterval: "10 seconds" })))

  it.effect("a batch is sent as soon as maxBatchBytes wait, however few events that are", () =>
    Effect.gen(function*() {
      const big = Posthog.capture("big", { distinctId: "alice", properties: { x: "x".repeat(1000) } })
      yield* big
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* requestCount, 0)
      yield* big
      yield* (yield* server).awaitEvents(2)
    }).pipe(within({ maxBatchBytes: 2000 })))

  it.effect("an idle client makes no request and its clock stands still", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* requestCount, 0)
      assert.strictEqual((yield* TestClock.sleeps()).length, 0)
    }).pipe(within({ flushInterval: "1 second" })))

  it.effect("BATCH-04, BATCH-06: a batch is bounded in events and bytes; the rest follows in further ones, in order", () =>
    Effect.gen(function*() {
      for (let i = 0; i < 5; i++) {
        yield* capture(`e${i}`)
      }
      yield* Posthog.capture("big", { distinctId: "alice", properties: { x: "x".repeat(3000) } })
      yield* capture("last")
      yield* Posthog.flush
      const requests = yield* Effect.flatMap(server, ({ requests }) => requests)
      assert.deepStrictEqual(requests.map(({ batchSize }) => batchSize), [2, 2, 1, 1, 1])
      assert.deepStrictEqual(yield* names, ["e0", "e1", "e2", "e3", "e4", "big", "last"])
    }).pipe(within({ maxBatchSize: 2, maxBatchBytes: 2000 })))
})

describe("flush", () => {
  it.effect("FLUSH-01, CAP-16, BATCH-03, BATCH-09: sends what waits at once, in one batch and in order, and the queue is empty", () =>
    Effect.gen(function*() {
      yield* capture("a")
      yield* capture("b")
      yield* capture("c")
      assert.deepStrictEqual(yield* Posthog.flush, { delivered: 3, dropped: 0, pending: 0 })
      assert.strictEqual(yield* requestCount, 1)
      assert.deepStrictEqual(yield* names, ["a", "b", "c"])
      assert.strictEqual((yield* balanced).pending, 0)
    }).pipe(within()))

  it.effect("FLUSH-02: with nothing queued there is no request and no failure", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Posthog.flush, { delivered: 0, dropped: 0, pending: 0 })
      assert.strictEqual(yield* requestCount, 0)
    }).pipe(within()))

  it.effect("FLUSH-03, RETRY-01, CAP-18, HTTP-03: after a 503 flush does not fail and the event stays queued", () =>
    Effect.gen(function*() {
      yield* fail(503)
      yield* capture("a")
      assert.deepStrictEqual(yield* Posthog.flush, { delivered: 0, dropped: 0, pending: 1 })
      assert.strictEqual((yield* balanced).pending, 1)
    }).pipe(within({ maxRetries: 0 })))

  it.effect("FLUSH-04, BATCH-05: concurrent flushes share one drain", () =>
    Effect.gen(function*() {
      yield* capture("a")
      yield* capture("b")
      yield* Effect.all(Array.from({ length: 20 }, () => Posthog.flush), { concurrency: "unbounded" })
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(within()))

  it.effect("FLUSH-05: resolves when the cycle is complete, a send that an automatic flush had started included", () =>
    Effect.gen(function*() {
      yield* Effect.flatMap(server, (server) => server.enqueue(Fault.Delay({ duration: "2 seconds" })))
      yield* capture("a")
      yield* (yield* server).awaitRequests(1)
      const flushing = yield* Effect.fork(Posthog.flush)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.poll(flushing)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(flushing)).pending, 0)
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(within({ flushAt: 1 })))

  it.effect("an interrupted flush leaves delivery to go on", () =>
    Effect.gen(function*() {
      yield* Effect.flatMap(server, (server) => server.enqueue(Fault.Delay({ duration: "2 seconds" })))
      yield* capture("a")
      const flushing = yield* Effect.fork(Posthog.flush)
      yield* (yield* server).awaitRequests(1)
      yield* Fiber.interrupt(flushing)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Posthog.flush).pending, 0)
      assert.strictEqual((yield* balanced).delivered, 1)
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(within()))
})

describe("retries", () => {
  for (const code of [408, 429, 500, 502, 503, 504]) {
    it.effect(`a ${code} is tried again, and a later success delivers the batch once (RETRY-02)`, () =>
      Effect.gen(function*() {
        yield* fail(code)
        yield* capture("a")
        assert.deepStrictEqual(yield* flush, { delivered: 1, dropped: 0, pending: 0 })
        assert.strictEqual(yield* requestCount, 2)
        assert.deepStrictEqual(yield* names, ["a"])
      }).pipe(within()))
  }

  for (const code of [400, 401, 403, 404, 413]) {
    it.effect(`a ${code} is never tried again: the event is dropped, reported, and the next batch goes out`, () => {
      const drops: Array<DroppedEvent> = []
      return Effect.gen(function*() {
        yield* fail(code)
        yield* capture("a")
        assert.deepStrictEqual(yield* flush, { delivered: 0, dropped: 1, pending: 0 })
        yield* capture("b")
        yield* flush
        assert.strictEqual(yield* requestCount, 2)
        assert.deepStrictEqual(yield* names, ["b"])
        assert.deepStrictEqual(
          drops.map(({ event, reason, status }) => ({ event, reason, status })),
          [{ event: "a", reason: code === 413 ? "tooLarge" : "rejected", status: code }]
        )
        yield* balanced
      }).pipe(within({
        onDropped: (dropped) =>
          Effect.sync(() => {
            drops.push(dropped)
          })
      }))
    })
  }

  it.effect("RETRY-06: a cut connection and a stalled answer are tried again", () =>
    Effect.gen(function*() {
      const { enqueue } = yield* server
      yield* enqueue(Fault.Reset())
      yield* enqueue(Fault.Stall())
      yield* enqueue(Fault.Stall({ sendHeaders: true }))
      yield* capture("a")
      assert.strictEqual((yield* flush).delivered, 1)
      assert.strictEqual(yield* requestCount, 4)
    }).pipe(within({ requestTimeout: "3 seconds" })))

  it.effect("RETRY-07: the next attempt waits for Retry-After", () =>
    Effect.gen(function*() {
      yield* Effect.flatMap(server, (server) => server.enqueue(status(429, { "retry-after": "7" })))
      yield* capture("a")
      yield* flush
      const [first, second] = yield* Effect.flatMap(server, ({ requests }) => requests)
      assert.isAtLeast(second!.receivedAt - first!.receivedAt, 7000)
    }).pipe(within()))

  it.effect("RETRY-10: maxRetries 3 means four requests with growing room between them, then silence for the pause", () =>
    Effect.gen(function*() {
      yield* fail(503, 5)
      yield* capture("a")
      assert.deepStrictEqual(yield* flush, { delivered: 0, dropped: 0, pending: 1 })
      assert.strictEqual(yield* requestCount, 4)
      const times = (yield* Effect.flatMap(server, ({ requests }) => requests)).map(({ receivedAt }) => receivedAt)
      assert.isAtLeast(times[1]! - times[0]!, 100)
      yield* TestClock.adjust("19 seconds")
      assert.strictEqual(yield* requestCount, 4)
    }).pipe(within({ maxRetries: 3 })))

  it.effect("CAP-24: uuid and timestamp of an event are the same in every attempt, in the same order", () =>
    Effect.gen(function*() {
      yield* fail(503, 2)
      yield* capture("a")
      yield* TestClock.adjust("1 second")
      yield* capture("b")
      yield* flush
      const requests = yield* Effect.flatMap(server, ({ requests }) => requests)
      assert.strictEqual(requests.length, 3)
      const events = requests.map(({ body }) => JSON.stringify((body as { batch: unknown }).batch))
      assert.strictEqual(new Set(events).size, 1)
      const sentAt = requests.map(({ body }) => (body as { sent_at: string }).sent_at)
      assert.strictEqual(new Set(sentAt).size, 3)
    }).pipe(within()))
})

describe("after the retries are used up", () => {
  it.effect("a flush during the pause settles at once and sends nothing", () =>
    Effect.gen(function*() {
      yield* fail(503)
      yield* capture("a")
      yield* Posthog.flush
      yield* capture("b")
      assert.deepStrictEqual(yield* Posthog.flush, { delivered: 0, dropped: 0, pending: 2 })
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(within({ maxRetries: 0 })))

  it.effect("RETRY-02: delivery goes on by itself when the pause is over, with a single probe", () =>
    Effect.gen(function*() {
      yield* fail(503, 2)
      yield* capture("a")
      yield* capture("b")
      yield* Posthog.flush
      yield* TestClock.adjust("20 seconds")
      yield* (yield* server).awaitRequests(2)
      yield* TestClock.adjust("19 seconds")
      assert.strictEqual(yield* requestCount, 2)
      yield* TestClock.adjust("1 second")
      yield* (yield* server).awaitEvents(2)
      assert.deepStrictEqual(yield* names, ["a", "b"])
    }).pipe(within({ maxRetries: 0, maxBatchSize: 1, maxConcurrentRequests: 1 })))

  it.effect("RETRY-02: while one request is in trouble no other is begun, and those beside it wait for it", () =>
    Effect.gen(function*() {
      const { always, deliveries, requests } = yield* server
      yield* always(status(503))
      yield* Effect.forEach(["a", "b", "c", "d", "e", "f"], capture)
      const flush = yield* Effect.fork(Posthog.flush)
      yield* TestClock.adjust("1 millis")
      // four at once; three of them give way to the first one that fails
      assert.strictEqual((yield* requests).length, 4)
      yield* TestClock.adjust("5 seconds")
      // it is repeated three times, each after a delay that is drawn
      const repeated = (yield* requests).length - 4
      assert.isTrue(repeated >= 2 && repeated <= 3, `${repeated} repetitions`)
      yield* always(Fault.Pass())
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(flush)
      assert.deepStrictEqual((yield* names).toSorted(), ["a", "b", "c", "d", "e", "f"])
      assert.isTrue(Array.from((yield* deliveries).values()).every((times) => times === 1))
    }).pipe(within({ maxBatchSize: 1 })))

  it.effect("RETRY-04: what is captured while a full queue is in flight stays queued and goes out with the next flush", () =>
    Effect.gen(function*() {
      yield* Effect.flatMap(server, (server) => server.enqueue(Fault.Delay({ duration: "1 second" })))
      yield* capture("a")
      yield* capture("b")
      yield* (yield* server).awaitRequests(1)
      yield* capture("c")
      yield* TestClock.adjust("1 second")
      yield* Posthog.flush
      assert.deepStrictEqual(yield* names, ["a", "b", "c"])
      assert.strictEqual(yield* requestCount, 2)
    }).pipe(within({ flushAt: 2 })))

  it.effect("a pause that began at a fraction of a millisecond ends (found by the law below)", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("0.108123 millis")
      yield* fail(503)
      yield* capture("a")
      yield* Posthog.flush
      yield* TestClock.adjust("500 millis")
      // wakes the sender, whose remaining wait then falls short of the end by less than the clock can tell
      yield* Posthog.flush
      yield* TestClock.adjust("21 seconds")
      yield* (yield* server).awaitEvents(1)
    }).pipe(within({ maxRetries: 0 })))

  it.effect("a pause is no shorter than what Retry-After asks for", () =>
    Effect.gen(function*() {
      yield* Effect.flatMap(server, (server) => server.enqueue(status(503, { "retry-after": "60" })))
      yield* capture("a")
      yield* Posthog.flush
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* requestCount, 1)
      yield* TestClock.adjust("1 second")
      yield* (yield* server).awaitEvents(1)
    }).pipe(within({ maxRetries: 0 })))
})

describe("413", () => {
  it.effect("BATCH-07: a batch that is too large is halved down to the event that is, and nothing else is lost", () => {
    const drops: Array<string> = []
    return Effect.gen(function*() {
      const { failWhile } = yield* server
      yield* failWhile(({ body }) => JSON.stringify(body).includes("heavy"), status(413))
      for (let i = 0; i < 8; i++) {
        yield* capture(i === 5 ? "heavy" : `e${i}`)
      }
      assert.deepStrictEqual(yield* flush, { delivered: 7, dropped: 1, pending: 0 })
      assert.deepStrictEqual(drops, ["heavy:tooLarge"])
      assert.deepStrictEqual((yield* names).toSorted(), ["e0", "e1", "e2", "e3", "e4", "e6", "e7"])
      yield* balanced
    }).pipe(within({
      onDropped: ({ event, reason }) =>
        Effect.sync(() => {
          drops.push(`${event}:${reason}`)
        })
    }))
  })

  it.effect("the batch size recovers afterwards, step by step", () =>
    Effect.gen(function*() {
      yield* fail(413)
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 8; i++) {
          yield* capture(`e${i}`)
        }
        yield* flush
      }
      const requests = yield* Effect.flatMap(server, ({ requests }) => requests)
      assert.deepStrictEqual(requests.map(({ batchSize }) => batchSize), [8, 4, 4, 6, 2, 8])
    }).pipe(within({ maxBatchSize: 8 })))
})

describe("bounds", () => {
  it.effect("RETRY-03, CAP-14: a full buffer drops the newest, warns once, counts and reports each", () => {
    const drops: Array<DroppedEvent> = []
    return withLines((lines) =>
      Effect.gen(function*() {
        const outcomes = yield* Effect.forEach(["a", "b", "c", "d"], capture)
        assert.deepStrictEqual(outcomes.map(({ _tag }) => _tag), ["Captured", "Captured", "Refused", "Refused"])
        assert.deepStrictEqual(drops.map(({ event, reason }) => `${event}:${reason}`), ["c:bufferFull", "d:bufferFull"])
        assert.deepStrictEqual(warnings(lines), ["the event buffer is full"])
        assert.strictEqual((yield* balanced).pending, 2)
        yield* flush
        assert.deepStrictEqual(yield* names, ["a", "b"])
      }).pipe(within({
        maxBufferedEvents: 2,
        onDropped: (dropped) =>
          Effect.sync(() => {
            drops.push(dropped)
          })
      }))
    )
  })

  it.effect("CAP-14: with dropOldest the oldest goes, but never one that is on its way", () =>
    Effect.gen(function*() {
      yield* Effect.flatMap(server, (server) => server.enqueue(Fault.Delay({ duration: "1 second" })))
      yield* capture("a")
      yield* (yield* server).awaitRequests(1)
      yield* Effect.forEach(["b", "c", "d"], capture)
      yield* TestClock.adjust("1 second")
      yield* flush
      assert.deepStrictEqual(yield* names, ["a", "d"])
      assert.deepStrictEqual(
        yield* Effect.map(balanced, ({ delivered, dropped }) => ({ delivered, dropped })),
        { delivered: 2, dropped: 2 }
      )
    }).pipe(within({ maxBufferedEvents: 2, overflow: "dropOldest", flushAt: 1 })))

  it.effect("the buffer is bounded in bytes as well", () =>
    Effect.gen(function*() {
      const big = Posthog.capture("big", { distinctId: "alice", properties: { x: "x".repeat(1000) } })
      const outcomes = yield* Effect.all([big, big, big])
      assert.deepStrictEqual(outcomes.map(({ _tag }) => _tag), ["Captured", "Captured", "Refused"])
    }).pipe(within({ maxBufferedBytes: 3000 })))
})

describe("captureImmediate", () => {
  it.effect("CAP-17: bypasses the queue and tells that PostHog has the event", () =>
    Effect.gen(function*() {
      yield* capture("waiting")
      const outcome = yield* Posthog.captureImmediate("now", { distinctId: "alice" })
      assert.strictEqual(outcome._tag, "Delivered")
      assert.deepStrictEqual(yield* names, ["now"])
      assert.strictEqual((yield* balanced).pending, 1)
    }).pipe(within()))

  it.effect("an event that could not be delivered is kept in the buffer, and the outcome says so", () =>
    Effect.gen(function*() {
      yield* fail(503)
      const outcome = yield* Posthog.captureImmediate("now", { distinctId: "alice" })
      assert.strictEqual(outcome._tag, "Pending")
      assert.strictEqual((yield* balanced).pending, 1)
      yield* Posthog.flush
      assert.deepStrictEqual(yield* names, ["now"])
    }).pipe(within({ maxRetries: 0 })))

  it.effect("a final answer is told as dropped", () =>
    Effect.gen(function*() {
      yield* fail(401)
      const outcome = yield* Posthog.captureImmediate("now", { distinctId: "alice" })
      assert.strictEqual(outcome._tag === "Dropped" ? outcome.reason : "", "rejected")
      yield* balanced
    }).pipe(within()))

  it.effect("an interrupted one is kept as well", () =>
    Effect.gen(function*() {
      yield* Effect.flatMap(server, (server) => server.enqueue(Fault.Stall()))
      const fiber = yield* Effect.fork(Posthog.captureImmediate("now", { distinctId: "alice" }))
      yield* (yield* server).awaitRequests(1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual((yield* balanced).pending, 1)
      yield* Posthog.flush
      assert.deepStrictEqual(yield* names, ["now"])
    }).pipe(within()))
})

describe("shutdown", () => {
  const layer = (more: Omit<PosthogConfig.Options, "apiKey"> = {}) => layerClient({ flushInterval: "1 day", ...more })

  it.effect("SHUT-01: flushes what is queued, and a later capture enqueues nothing", () =>
    Effect.gen(function*() {
      yield* capture("a")
      assert.deepStrictEqual(yield* Posthog.shutdown, { delivered: 1, dropped: 0, pending: 0 })
      const late = yield* capture("late")
      assert.strictEqual(late._tag === "Refused" ? late.reason : "", "closed")
      assert.strictEqual((yield* Posthog.captureImmediate("late"))._tag, "Refused")
      yield* Posthog.flush
      yield* TestClock.adjust("2 days")
      assert.deepStrictEqual(yield* names, ["a"])
      assert.strictEqual((yield* TestClock.sleeps()).length, 0)
      yield* balanced
    }).pipe(Effect.provide(layer())))

  it.effect("SHUT-02, SHUT-05: is idempotent; concurrent calls share one drain and one report", () =>
    Effect.gen(function*() {
      yield* capture("a")
      const reports = yield* Effect.all([Posthog.shutdown, Posthog.shutdown, Posthog.shutdown], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(new Set(reports.map(({ delivered }) => delivered)), new Set([1]))
      yield* Posthog.shutdown
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(Effect.provide(layer())))

  it.effect("SHUT-03: a 503 in the final drain does not fail; a delivery warning is logged and the loss reported", () => {
    const drops: Array<DroppedEvent> = []
    return withLines((lines) =>
      Effect.gen(function*() {
        yield* (yield* server).always(status(503))
        yield* capture("a")
        assert.deepStrictEqual(yield* whileTimePasses(Posthog.shutdown), { delivered: 0, dropped: 1, pending: 0 })
        assert.deepStrictEqual(warnings(lines), ["closed with 1 events undelivered: status 503"])
        assert.deepStrictEqual(drops.map(({ event, reason }) => `${event}:${reason}`), ["a:shutdown"])
        yield* balanced
      }).pipe(Effect.provide(layer({
        maxRetries: 0,
        onDropped: (dropped) =>
          Effect.sync(() => {
            drops.push(dropped)
          })
      })))
    )
  })

  it.effect("SHUT-04: a hanging server cannot hold it longer than its deadline; what is left is reported", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        yield* Effect.flatMap(server, (server) => server.always(Fault.Stall()))
        yield* capture("a")
        yield* capture("b")
        const closing = yield* Effect.fork(Posthog.shutdown)
        yield* (yield* server).awaitRequests(1)
        yield* TestClock.adjust("4999 millis")
        assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(yield* Fiber.join(closing), { delivered: 0, dropped: 2, pending: 0 })
        assert.isTrue(warnings(lines).some((line) => line.includes("2 events undelivered")))
        yield* balanced
      }).pipe(Effect.provide(layer({ shutdownTimeout: "5 seconds", requestTimeout: "1 hour" })))
    ))

  it.effect("SHUT-07, SHUT-01: the end of the layer's scope is a shutdown, in or out of a pause", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const world = yield* Layer.buildWithScope(DevServer.layerInMemory(), yield* Scope.make())
      const client = yield* Posthog.make({
        apiKey: (yield* Effect.promise(() => import("../support/client.js"))).apiKey,
        compression: "none",
        maxRetries: 0
      }).pipe(Scope.extend(scope), Effect.provide(world))
      yield* fail(503).pipe(Effect.provide(world))
      yield* client.capture("a", { distinctId: "alice" })
      assert.strictEqual((yield* client.flush).pending, 1)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* names.pipe(Effect.provide(world)), ["a"])
    }))

  it.effect("with a deadline of zero it drops what is queued at once and sends nothing", () =>
    Effect.gen(function*() {
      yield* capture("a")
      assert.deepStrictEqual(yield* Posthog.shutdown, { delivered: 0, dropped: 1, pending: 0 })
      assert.strictEqual(yield* requestCount, 0)
    }).pipe(Effect.provide(layer({ shutdownTimeout: 0 }))))

  it.effect("shutdown goes on with the drain after a batch that PostHog refused", () =>
    Effect.gen(function*() {
      yield* fail(400)
      yield* Effect.forEach(["a", "b", "c"], capture)
      assert.deepStrictEqual(yield* Posthog.shutdown, { delivered: 2, dropped: 1, pending: 0 })
      assert.deepStrictEqual(yield* names, ["b", "c"])
    }).pipe(Effect.provide(layer({ maxBatchSize: 1 }))))
})

describe("what can be seen", () => {
  it.effect("CROSS-02: queue, requests, retries and the last error are in stats", () =>
    Effect.gen(function*() {
      yield* fail(503)
      yield* capture("a")
      yield* flush
      yield* fail(500)
      yield* capture("b")
      yield* Effect.fork(Posthog.flush)
      yield* (yield* server).awaitRequests(3)
      // the answer has been read when the sender waits for its next attempt, which is a hundred milliseconds off at least
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Posthog.stats, {
        captured: 2,
        delivered: 1,
        dropped: 0,
        pending: 1,
        requests: 3,
        retries: 1,
        lastError: "status 500",
        droppedBy: {},
        refused: 0,
        recovered: 0,
        handedOver: 0
      })
    }).pipe(within()))

  it.effect("metrics count what was captured, delivered, dropped by reason, refused by reason and tried again", () =>
    Effect.gen(function*() {
      const read = Effect.all({
        captured: Metric.value(DeliveryMetrics.captured),
        delivered: Metric.value(DeliveryMetrics.delivered),
        rejected: Metric.value(DeliveryMetrics.dropped.pipe(Metric.tagged("reason", "rejected"))),
        refused: Metric.value(DeliveryMetrics.refused.pipe(Metric.tagged("reason", "invalidEvent"))),
        retries: Metric.value(DeliveryMetrics.retries)
      })
      const before = yield* read
      yield* fail(503)
      yield* capture("a")
      yield* capture("")
      yield* flush
      yield* fail(400)
      yield* capture("b")
      yield* flush
      const after = yield* read
      const grown = (key: keyof typeof after) => Number(after[key].count) - Number(before[key].count)
      assert.deepStrictEqual(
        { captured: grown("captured"), delivered: grown("delivered"), rejected: grown("rejected") },
        { captured: 2, delivered: 1, rejected: 1 }
      )
      assert.deepStrictEqual({ refused: grown("refused"), retries: grown("retries") }, { refused: 1, retries: 1 })
    }).pipe(within()))

  it.effect("the key is in no log line, whatever goes wrong", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const { enqueue } = yield* server
        yield* enqueue(Fault.Reset())
        yield* enqueue(status(503))
        yield* enqueue(status(400, { "x-echo": "phc_test" }))
        yield* capture("a")
        yield* flush
        yield* capture("")
        assert.isAbove(lines.length, 3)
        for (const { message } of lines) {
          assert.notInclude(message, "phc_test")
        }
      }).pipe(within())
    ))
})

describe("whatever PostHog answers", () => {
  const answers = fc.array(
    fc.constantFrom(200, 200, 200, 400, 401, 408, 413, 429, 500, 503, "reset" as const),
    { maxLength: 30 }
  )

  it.effect.prop(
    "CROSS-03: every captured event is delivered once, dropped with a reason, or pending; the sums balance; one request at a time keeps the order",
    [
      answers,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 0, max: 2 }),
      fc.constantFrom(1, 1, 4)
    ],
    ([answers, count, maxBatchSize, maxRetries, maxConcurrentRequests]) => {
      const drops: Array<string> = []
      return Effect.gen(function*() {
        const { deliveries, enqueue } = yield* server
        for (const answer of answers) {
          yield* enqueue(answer === "reset" ? Fault.Reset() : answer === 200 ? Fault.Pass() : status(answer))
        }
        for (let i = 0; i < count; i++) {
          yield* capture(`e${i}`)
          if (i % 7 === 6) {
            yield* Effect.fork(Posthog.flush)
          }
        }
        yield* flush
        for (let round = 0; round < 40 && (yield* balanced).pending > 0; round++) {
          yield* TestClock.adjust("21 seconds")
          yield* flush
        }
        const stats = yield* balanced
        assert.strictEqual(stats.captured, count)
        assert.strictEqual(stats.pending, 0)
        const received = yield* names
        assert.strictEqual(received.length, stats.delivered)
        assert.deepStrictEqual(
          [...received, ...drops].toSorted(),
          Array.from({ length: count }, (_, i) => `e${i}`).toSorted()
        )
        if (maxConcurrentRequests === 1) {
          assert.deepStrictEqual(received, received.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))))
        }
        assert.isTrue(Array.from((yield* deliveries).values()).every((times) => times === 1))
      }).pipe(within({
        maxBatchSize,
        maxRetries,
        maxConcurrentRequests,
        onDropped: ({ event }) =>
          Effect.sync(() => {
            drops.push(event)
          })
      }))
    },
    { fastCheck: { numRuns: 60 }, timeout: 60_000 }
  )
})
