import { assert, describe, it } from "@effect/vitest"
import { Array as Arr, Duration, Effect, FastCheck as fc, Fiber, TestClock } from "effect"
import * as Fault from "effect-posthog/devserver/Fault"
import { bodies, encode, protocol, record, warnings, withQueue } from "./records.js"

const texts = (count: number, from = 0): ReadonlyArray<string> =>
  Arr.makeBy(count, (i) => `record ${String(from + i).padStart(4, "0")}`)

describe("when records are sent", () => {
  it.effect("LOG-13 TRACE-28: by the timer, and never sooner than that", () =>
    withQueue({}, ({ queue, server }) =>
      Effect.gen(function*() {
        queue.offer(record("one"))
        yield* TestClock.adjust(2999)
        assert.deepStrictEqual(yield* bodies(server), [])
        assert.strictEqual(queue.stats().pending, 1)
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(yield* bodies(server), ["one"])
        assert.deepStrictEqual(queue.stats(), { accepted: 1, sent: 1, dropped: {}, pending: 0, requests: 1 })
      })))

  it.effect("LOG-13 TRACE-28: at once when so many wait, in batches of the largest size, in order", () =>
    withQueue({ flushThreshold: 5, maxBatchSize: 3 }, ({ queue, server }) =>
      Effect.gen(function*() {
        texts(4).forEach((text) => queue.offer(record(text)))
        yield* TestClock.adjust(10)
        assert.deepStrictEqual(yield* bodies(server), [])
        queue.offer(record("the fifth"))
        yield* TestClock.adjust(0)
        assert.deepStrictEqual(yield* bodies(server), [...texts(4), "the fifth"])
        assert.deepStrictEqual((yield* server.requests).map(({ batchSize }) => batchSize), [3, 2])
      })))

  it.effect("LOG-13 TRACE-28: by a flush, which is done when they are sent", () =>
    withQueue({}, ({ queue, server }) =>
      Effect.gen(function*() {
        texts(7).forEach((text) => queue.offer(record(text)))
        yield* queue.flush
        assert.deepStrictEqual(yield* bodies(server), [...texts(7)])
        yield* queue.flush
        assert.strictEqual(queue.stats().requests, 1)
      })))
})

describe("one flush at a time", () => {
  it.effect("LOG-14 TRACE-29: what comes during a flush waits for a further pass, and a trigger makes that at once", () =>
    withQueue({ flushThreshold: 2 }, ({ queue, server }) =>
      Effect.gen(function*() {
        yield* server.enqueue(Fault.Delay({ duration: "1 second" }), 2)
        queue.offer(record("a"))
        queue.offer(record("b"))
        yield* TestClock.adjust(0)
        queue.offer(record("c"))
        queue.offer(record("d"))
        queue.offer(record("e"))
        yield* TestClock.adjust(500)
        assert.strictEqual(queue.stats().requests, 1)
        assert.strictEqual(queue.stats().pending, 5)
        yield* TestClock.adjust(500)
        assert.deepStrictEqual((yield* server.requests).map(({ batchSize }) => batchSize), [2, 3])
        yield* TestClock.adjust(1000)
        assert.strictEqual(queue.stats().sent, 5)
      })))

  it.effect("LOG-14 TRACE-29: a flush is bounded by what waits when it begins, though more keeps coming", () =>
    withQueue({ maxBatchSize: 2, flushThreshold: 1000 }, ({ queue, server }) =>
      Effect.gen(function*() {
        yield* server.always(Fault.Delay({ duration: "1 second" }))
        texts(4).forEach((text) => queue.offer(record(text)))
        const flush = yield* Effect.fork(queue.flush)
        yield* TestClock.adjust(0)
        for (let i = 0; i < 6; i++) {
          queue.offer(record(`late ${i}`))
        }
        yield* TestClock.adjust(2000)
        assert.strictEqual((yield* Fiber.poll(flush))._tag, "Some")
        assert.strictEqual(queue.stats().sent, 4)
        // they wait no longer than the interval, whatever else is going on
        yield* TestClock.adjust(999)
        assert.strictEqual(queue.stats().requests, 2)
        yield* TestClock.adjust(1)
        assert.strictEqual(queue.stats().requests, 3)
      })))

  it.effect("TRACE-29: each attempt has a deadline of its own", () =>
    withQueue({}, ({ queue, server }) =>
      Effect.gen(function*() {
        yield* server.enqueue(Fault.Stall())
        queue.offer(record("one"))
        yield* TestClock.adjust("13 seconds")
        assert.deepStrictEqual(yield* bodies(server), [])
        // the deadline, and the longest first delay
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* bodies(server), ["one"])
        assert.strictEqual(queue.stats().requests, 2)
      })))
})

describe("what the answer means", () => {
  it.effect("LOG-17 TRACE-31: 413 halves the batch and grows again by one with each good request; none is lost", () =>
    withQueue({ maxBatchSize: 8, flushThreshold: 1000 }, ({ queue, server }) =>
      Effect.gen(function*() {
        yield* server.enqueue(Fault.Status({ status: 413 }), 2)
        texts(20).forEach((text) => queue.offer(record(text)))
        yield* queue.flush
        assert.deepStrictEqual((yield* server.requests).map(({ batchSize }) => batchSize), [8, 4, 2, 3, 4, 5, 6])
        assert.deepStrictEqual(yield* bodies(server), [...texts(20)])
        assert.deepStrictEqual(queue.stats().dropped, {})
      })))

  it.effect("LOG-17 TRACE-31: a single record that is too large is dropped with a warning, and the others go on", () =>
    withQueue({ flushThreshold: 1000 }, ({ lines, queue, server }) =>
      Effect.gen(function*() {
        yield* server.failWhile(
          ({ body }) => JSON.stringify(body).includes("record 0002"),
          Fault.Status({ status: 413 })
        )
        texts(6).forEach((text) => queue.offer(record(text)))
        yield* queue.flush
        yield* TestClock.adjust(0)
        assert.deepStrictEqual(yield* bodies(server), texts(6).filter((text) => text !== "record 0002"))
        assert.deepStrictEqual(queue.stats().dropped, { tooLarge: 1 })
        assert.deepStrictEqual(warnings(lines), ["dropped 1 log records: tooLarge 1"])
      })))

  it.effect("LOG-17 TRACE-31: 413 uses up none of the retries", () =>
    withQueue(
      { flushThreshold: 1000, retry: { maxRetries: 1, baseDelay: Duration.seconds(1), maxDelay: Duration.seconds(1) } },
      ({ queue, server }) =>
        Effect.gen(function*() {
          yield* server.enqueue(Fault.Status({ status: 413 }), 3)
          yield* server.enqueue(Fault.Status({ status: 503 }))
          texts(16).forEach((text) => queue.offer(record(text)))
          const flush = yield* Effect.fork(queue.flush)
          yield* TestClock.adjust("2 seconds")
          yield* Fiber.join(flush)
          assert.strictEqual(queue.stats().sent, 16)
        })
    ))

  for (
    const [name, fault] of [
      ["408", Fault.Status({ status: 408 })],
      ["429", Fault.Status({ status: 429 })],
      ["500", Fault.Status({ status: 500 })],
      ["503", Fault.Status({ status: 503 })],
      ["a reset connection", Fault.Reset()]
    ] as const
  ) {
    it.effect(`after ${name} the same records come again with backoff, once each`, () =>
      withQueue({}, ({ queue, server }) =>
        Effect.gen(function*() {
          yield* server.enqueue(fault, 2)
          texts(3).forEach((text) => queue.offer(record(text)))
          const flush = yield* Effect.fork(queue.flush)
          yield* TestClock.adjust(99)
          assert.strictEqual(queue.stats().requests, 1)
          assert.strictEqual(queue.stats().pending, 3)
          yield* TestClock.adjust("3 seconds")
          yield* Fiber.join(flush)
          assert.deepStrictEqual(yield* bodies(server), [...texts(3)])
          assert.strictEqual(queue.stats().requests, 3)
        })))
  }

  it.effect("LOG-17 TRACE-31: Retry-After is waited for", () =>
    withQueue({}, ({ queue, server }) =>
      Effect.gen(function*() {
        yield* server.enqueue(Fault.Status({ status: 429, headers: { "retry-after": "45" } }))
        queue.offer(record("one"))
        const flush = yield* Effect.fork(queue.flush)
        yield* TestClock.adjust(44_999)
        assert.strictEqual(queue.stats().requests, 1)
        yield* TestClock.adjust(1)
        yield* Fiber.join(flush)
        assert.deepStrictEqual(yield* bodies(server), ["one"])
      })))

  it.effect("LOG-17 TRACE-31: retries are bounded, then the batch is dropped and the next one is sent", () =>
    withQueue({ maxBatchSize: 2, flushThreshold: 1000 }, ({ lines, queue, server }) =>
      Effect.gen(function*() {
        yield* server.enqueue(Fault.Status({ status: 503 }), 4)
        texts(3).forEach((text) => queue.offer(record(text)))
        const flush = yield* Effect.fork(queue.flush)
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(flush)
        assert.deepStrictEqual(yield* bodies(server), ["record 0002"])
        assert.deepStrictEqual(queue.stats(), {
          accepted: 3,
          sent: 1,
          dropped: { retriesExhausted: 2 },
          pending: 0,
          requests: 5
        })
        assert.deepStrictEqual(warnings(lines), ["dropped 2 log records: retriesExhausted 2"])
      })))

  it.effect("LOG-17 TRACE-31: no delay is longer than 30 seconds", () =>
    withQueue(
      { retry: { maxRetries: 12, baseDelay: Duration.seconds(1), maxDelay: Duration.seconds(30) } },
      ({ queue, server }) =>
        Effect.gen(function*() {
          yield* server.always(Fault.Status({ status: 503 }))
          queue.offer(record("one"))
          yield* TestClock.adjust(Duration.seconds(3 + 1 + 2 + 4 + 8 + 16))
          for (let i = 0; i < 7; i++) {
            const before = queue.stats().requests
            assert.isAtMost(before, 13)
            yield* TestClock.adjust("30 seconds")
            assert.isTrue(queue.stats().requests > before || before === 13, `attempt ${before}`)
          }
          assert.deepStrictEqual(queue.stats().dropped, { retriesExhausted: 1 })
        })
    ))

  it.effect("LOG-17 TRACE-31: any other 4xx drops at once", () =>
    withQueue({}, ({ lines, queue, server }) =>
      Effect.gen(function*() {
        yield* server.enqueue(Fault.Status({ status: 400 }))
        yield* server.enqueue(Fault.Status({ status: 401 }))
        queue.offer(record("one"))
        yield* queue.flush
        queue.offer(record("two"))
        yield* queue.flush
        assert.deepStrictEqual(queue.stats().dropped, { "status 400": 1, "status 401": 1 })
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual(warnings(lines), [
          "dropped 1 log records: status 400 1",
          "dropped 1 log records: status 401 1"
        ])
      })))

  it.effect("LOG-09 TRACE-23: any 2xx is success", () =>
    withQueue({}, ({ queue, server }) =>
      Effect.gen(function*() {
        for (const status of [200, 202, 204]) {
          yield* server.enqueue(Fault.Status({ status }))
          queue.offer(record(String(status)))
          yield* queue.flush
        }
        assert.strictEqual(queue.stats().sent, 3)
        assert.strictEqual(queue.stats().requests, 3)
      })))

  it.effect("LOG-17 TRACE-31: during the backoff records are still taken in, and sent after it", () =>
    withQueue({}, ({ queue, server }) =>
      Effect.gen(function*() {
        yield* server.enqueue(Fault.Status({ status: 503, headers: { "retry-after": "20" } }))
        queue.offer(record("first"))
        yield* TestClock.adjust("3 seconds")
        texts(10).forEach((text) => queue.offer(record(text)))
        assert.strictEqual(queue.stats().pending, 11)
        yield* TestClock.adjust("20 seconds")
        yield* queue.flush
        assert.deepStrictEqual(yield* bodies(server), ["first", ...texts(10)])
      })))
})

describe("bounds", () => {
  it.effect("LOG-12: at the bound the oldest goes, with a warning", () =>
    withQueue({ maxQueueSize: 3 }, ({ lines, queue, server }) =>
      Effect.gen(function*() {
        texts(5).forEach((text) => queue.offer(record(text)))
        assert.strictEqual(queue.stats().pending, 3)
        yield* queue.flush
        yield* TestClock.adjust(0)
        assert.deepStrictEqual(yield* bodies(server), [...texts(3, 2)])
        assert.deepStrictEqual(warnings(lines), ["dropped 2 log records: queueFull 2"])
      })))

  it.effect("TRACE-24: where the incoming one goes, those that wait stay", () =>
    withQueue({ maxQueueSize: 3, overflow: "dropNewest" }, ({ queue, server }) =>
      Effect.gen(function*() {
        texts(5).forEach((text) => queue.offer(record(text)))
        yield* queue.flush
        assert.deepStrictEqual(yield* bodies(server), [...texts(3)])
        assert.deepStrictEqual(queue.stats().dropped, { queueFull: 2 })
      })))

  it.effect("the text that waits is bounded as well", () =>
    withQueue(
      { maxQueueBytes: 3 * record("record 0000").length, sizeOf: (text) => text.length },
      ({ queue, server }) =>
        Effect.gen(function*() {
          texts(5).forEach((text) => queue.offer(record(text)))
          assert.strictEqual(queue.stats().pending, 3)
          queue.offer(record("x".repeat(1000)))
          // for nothing: it would have no room even alone
          assert.strictEqual(queue.stats().pending, 3)
          queue.offer(record("record 0005"))
          yield* queue.flush
          assert.deepStrictEqual(yield* bodies(server), ["record 0003", "record 0004", "record 0005"])
          assert.deepStrictEqual(queue.stats().dropped, { queueFull: 4 })
        })
    ))

  it.effect("LIMIT-06: a body never has more than 2 MB; a larger batch is split, a larger record dropped", () =>
    withQueue({ flushThreshold: 1000 }, ({ queue, server }) =>
      Effect.gen(function*() {
        // a two-byte character: the bound counts bytes, not characters
        const large = (name: string, bytes: number) => record(name + "é".repeat(bytes / 2))
        for (let i = 0; i < 5; i++) {
          queue.offer(large(`half ${i}`, 900_000))
        }
        queue.offer(large("huge", 2_000_000))
        queue.offer(record("small"))
        yield* queue.flush
        const requests = yield* server.requests
        assert.isAtMost(Math.max(...requests.map(({ decodedBytes }) => decodedBytes)), 2_000_000)
        assert.deepStrictEqual(requests.map(({ status }) => status), requests.map(() => 200))
        assert.deepStrictEqual(
          (yield* bodies(server)).map((body) => String(body).slice(0, 6)),
          ["half 0", "half 1", "half 2", "half 3", "half 4", "small"]
        )
        assert.deepStrictEqual(queue.stats().dropped, { tooLarge: 1 })
      })))

  it.effect("BATCH-08: a record that cannot be encoded is dropped alone", () =>
    withQueue({
      protocol: protocol({
        write: (records, _, append) => {
          if (records.some((each) => each.includes("hostile"))) {
            throw new Error("no")
          }
          append(encode(records))
        }
      })
    }, ({ queue, server }) =>
      Effect.gen(function*() {
        ;[...texts(3), "hostile", ...texts(3, 3)].forEach((text) => queue.offer(record(text)))
        yield* queue.flush
        assert.deepStrictEqual(yield* bodies(server), [...texts(6)])
        assert.deepStrictEqual(queue.stats().dropped, { unencodable: 1 })
      })))
})

describe("what is said of drops", () => {
  it.effect("TRACE-26: all drops feed one counter; at most one warning in an interval, with count and reasons", () =>
    withQueue(
      { maxQueueSize: 1, overflow: "dropNewest", flushThreshold: 1000 },
      ({ lines, queue }) =>
        Effect.gen(function*() {
          queue.offer(record("kept"))
          queue.offer(record("over"))
          queue.drop("liveSpans", 3)
          yield* TestClock.adjust("3 seconds")
          assert.deepStrictEqual(warnings(lines), ["dropped 4 log records: queueFull 1, liveSpans 3"])
          for (let i = 0; i < 29; i++) {
            queue.drop("hook", 1)
            yield* queue.flush
            yield* TestClock.adjust(100)
          }
          assert.strictEqual(warnings(lines).length, 1)
          yield* TestClock.adjust(3000)
          assert.deepStrictEqual(warnings(lines).slice(1), ["dropped 29 log records: hook 29"])
          yield* TestClock.adjust("1 minute")
          assert.strictEqual(warnings(lines).length, 2)
          assert.deepStrictEqual(queue.stats().dropped, { queueFull: 1, liveSpans: 3, hook: 29 })
          assert.strictEqual(queue.stats().accepted, 34)
        })
    ))

  it.effect("the key is in no line, and every line is marked as the library's own", () =>
    withQueue(
      { protocol: protocol({ headers: () => ({ authorization: "Bearer phc_secret" }) }) },
      ({ lines, queue, server }) =>
        Effect.gen(function*() {
          yield* server.enqueue(Fault.Reset(), 2)
          yield* server.enqueue(Fault.Status({ status: 400 }))
          queue.offer(record("one"))
          const flush = yield* Effect.fork(queue.flush)
          yield* TestClock.adjust("10 seconds")
          yield* Fiber.join(flush)
          assert.isAbove(lines.length, 2)
          assert.deepStrictEqual(lines.filter(({ message }) => message.includes("phc_")), [])
          assert.deepStrictEqual(lines.filter(({ annotations }) => annotations["package"] !== "effect-posthog"), [])
          assert.strictEqual((yield* server.requests)[0]?.headers["user-agent"]?.split("/")[0], "effect-posthog")
          assert.isUndefined((yield* server.requests)[0]?.headers["traceparent"])
        })
    ))
})

describe("the end", () => {
  it.effect("LOG-13 TRACE-30: shutdown sends what waits, and nothing is taken in after it", () =>
    withQueue({}, ({ queue, server }) =>
      Effect.gen(function*() {
        texts(3).forEach((text) => queue.offer(record(text)))
        yield* queue.shutdown(Duration.seconds(2))
        assert.deepStrictEqual(yield* bodies(server), [...texts(3)])
        queue.offer(record("late"))
        yield* queue.flush
        assert.deepStrictEqual(queue.stats().dropped, { shutdown: 1 })
        assert.strictEqual(queue.stats().pending, 0)
      })))

  it.effect("LOG-13 TRACE-30: shutdown is bounded; what is left is dropped, counted and said", () =>
    withQueue({ maxBatchSize: 2, flushThreshold: 1000 }, ({ lines, queue, server }) =>
      Effect.gen(function*() {
        yield* server.always(Fault.Stall())
        texts(5).forEach((text) => queue.offer(record(text)))
        const ending = yield* Effect.fork(Effect.uninterruptible(queue.shutdown(Duration.seconds(2))))
        yield* TestClock.adjust(1999)
        assert.strictEqual((yield* Fiber.poll(ending))._tag, "None")
        yield* TestClock.adjust(1)
        yield* Fiber.join(ending)
        assert.deepStrictEqual(queue.stats(), {
          accepted: 5,
          sent: 0,
          dropped: { shutdown: 5 },
          pending: 0,
          requests: 1
        })
        assert.deepStrictEqual(warnings(lines), ["dropped 5 log records: shutdown 5"])
      })))

  it.effect("a flush that waits ends with the queue", () =>
    withQueue({}, ({ queue, server }) =>
      Effect.gen(function*() {
        yield* server.always(Fault.Stall())
        queue.offer(record("one"))
        const flush = yield* Effect.fork(queue.flush)
        yield* TestClock.adjust(0)
        yield* queue.shutdown(Duration.zero)
        yield* Fiber.join(flush)
        assert.strictEqual(queue.stats().pending, 0)
      })))
})

describe("compression", () => {
  it.live("LOG-10 TRACE-23: gzip whatever the size, and said so in the header", () =>
    withQueue({ compression: "gzip" }, ({ queue, server }) =>
      Effect.gen(function*() {
        queue.offer(record("one"))
        yield* queue.flush
        const [request] = yield* server.requests
        assert.strictEqual(request?.headers["content-encoding"], "gzip")
        assert.strictEqual(request?.headers["content-type"], "application/json")
        assert.deepStrictEqual(yield* bodies(server), ["one"])
      })))

  it.effect("TRACE-23: raw bodies have no such header", () =>
    withQueue({}, ({ queue, server }) =>
      Effect.gen(function*() {
        queue.offer(record("one"))
        yield* queue.flush
        assert.isUndefined((yield* server.requests)[0]?.headers["content-encoding"])
      })))
})

const faults = [
  Fault.Pass(),
  Fault.Status({ status: 413 }),
  Fault.Status({ status: 503 }),
  Fault.Status({ status: 400 }),
  Fault.Reset(),
  Fault.Stall(),
  Fault.Delay({ duration: "4 seconds" })
]

const step = fc.oneof(
  fc.record({ _tag: fc.constant("offer" as const), count: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ _tag: fc.constant("fail" as const), fault: fc.integer({ min: 0, max: faults.length - 1 }) }),
  fc.record({ _tag: fc.constant("wait" as const), millis: fc.integer({ min: 0, max: 20_000 }) }),
  fc.record({ _tag: fc.constant("flush" as const) })
)

describe("whatever PostHog answers", () => {
  it.effect.prop(
    "TRACE-26 TRACE-32: each record is sent once, dropped with a reason, or waits; the sums balance; order holds",
    [fc.array(step, { maxLength: 25 }), fc.constantFrom("dropOldest" as const, "dropNewest" as const)],
    ([steps, overflow]) =>
      withQueue(
        { overflow, maxQueueSize: 12, maxBatchSize: 4, flushThreshold: 6 },
        ({ queue, server }) =>
          Effect.gen(function*() {
            let offered = 0
            for (const each of steps) {
              switch (each._tag) {
                case "offer": {
                  texts(each.count, offered).forEach((text) => queue.offer(record(text)))
                  offered += each.count
                  break
                }
                case "fail": {
                  yield* server.enqueue(faults[each.fault]!)
                  break
                }
                case "wait": {
                  yield* TestClock.adjust(each.millis)
                  break
                }
                case "flush": {
                  yield* Effect.fork(queue.flush)
                  yield* TestClock.adjust(0)
                  break
                }
              }
              const { accepted, dropped, pending, sent } = queue.stats()
              assert.strictEqual(accepted, offered)
              assert.strictEqual(
                sent + pending + Object.values(dropped).reduce((sum, count) => sum + count, 0),
                offered
              )
              assert.isAtMost(pending, 12 + 4)
            }
            yield* server.heal
            const flush = yield* Effect.fork(queue.flush)
            yield* TestClock.adjust("10 minutes")
            yield* Fiber.join(flush)
            assert.strictEqual(queue.stats().pending, 0)
            const stored = (yield* bodies(server)).map(String)
            // an answer that came too late, or never, leaves records there that are sent again
            assert.deepStrictEqual(Arr.dedupe(stored), Arr.dedupe(stored).toSorted())
            assert.isAtLeast(stored.length, queue.stats().sent)
          })
      ),
    { fastCheck: { numRuns: 60 } }
  )
})
