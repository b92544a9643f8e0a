/** What the server remembers: duplicates, bounds, waiting, forgetting, and many requests at once. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, Fiber, Option } from "effect"
import * as BoundedLog from "../../src/devserver/BoundedLog.js"
import { DevServer } from "../../src/devserver/DevServer.js"
import { Status } from "../../src/devserver/Fault.js"
import { batch, event, events, post, postV1, transports, uuid } from "./support.js"

const send = (list: ReadonlyArray<unknown>) => post("/batch/", batch(list))

for (const { layer, transport } of transports) {
  describe(`memory ${transport}`, () => {
    it.effect("a uuid that comes again is not stored again, on any endpoint, in any case", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* send([event(10), event(11)])
        yield* send([event(10, { uuid: uuid(10).toUpperCase() }), event(12), event(12)])
        yield* postV1([event(11), event(10)])
        assert.deepStrictEqual((yield* server.events).map(({ uuid }) => uuid), [uuid(10), uuid(11), uuid(12)])
        const { conflicts, duplicates, events } = yield* server.stats
        assert.deepStrictEqual({ events, duplicates, conflicts }, { events: 3, duplicates: 4, conflicts: 0 })
        assert.deepStrictEqual(Array.from(yield* server.deliveries), [[uuid(10), 3], [uuid(11), 2], [uuid(12), 2]])
      }).pipe(Effect.provide(layer())))

    it.effect("a duplicate that is another event, person or time is a conflict; other properties are not", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* send([event(1)])
        yield* send([event(1, { properties: { other: true } })])
        assert.strictEqual((yield* server.stats).conflicts, 0)
        yield* send([event(1, { event: "other" })])
        yield* send([event(1, { distinct_id: "other" })])
        yield* send([event(1, { timestamp: "2025-01-02T03:04:05.679Z" })])
        assert.strictEqual((yield* server.stats).conflicts, 3)
        assert.deepStrictEqual((yield* server.events).map(({ properties }) => properties), [{ n: 1 }])
      }).pipe(Effect.provide(layer())))

    it.effect("maxEvents: the oldest events are forgotten, totals stay, and a forgotten uuid is new again", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        for (let i = 0; i < 10; i++) {
          yield* send(events(i * 10, 10))
        }
        assert.deepStrictEqual(
          (yield* server.events).map(({ uuid }) => uuid),
          Array.from({ length: 25 }, (_, i) => uuid(75 + i))
        )
        const stats = yield* server.stats
        assert.strictEqual(stats.events, 100)
        assert.strictEqual(stats.forgottenEvents, 75)
        assert.strictEqual((yield* server.deliveries).size, 25)
        yield* send([event(0), event(99)])
        assert.strictEqual((yield* server.stats).duplicates, 1)
        assert.strictEqual((yield* server.events).at(-1)?.uuid, uuid(0))
      }).pipe(Effect.provide(layer({ maxEvents: 25 }))))

    it.effect("maxRequests bounds requests and malformed requests", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        for (let i = 0; i < 12; i++) {
          yield* send(i % 2 === 0 ? [event(i)] : [i])
        }
        assert.deepStrictEqual((yield* server.requests).map(({ index }) => index), [7, 8, 9, 10, 11])
        assert.deepStrictEqual((yield* server.invalid).map(({ index }) => index), [3, 5, 7, 9, 11])
        const stats = yield* server.stats
        assert.strictEqual(stats.requests, 12)
        assert.strictEqual(stats.invalid, 6)
        assert.strictEqual(stats.forgottenRequests, 7)
      }).pipe(Effect.provide(layer({ maxRequests: 5 }))))

    it.effect("maxRetainedBytes bounds the bodies of the kept requests; the newest is kept in any case", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        const large = (n: number) => event(n, { properties: { fill: "x".repeat(4_000) } })
        for (let i = 0; i < 6; i++) {
          yield* send([large(i)])
        }
        assert.deepStrictEqual((yield* server.requests).map(({ index }) => index), [4, 5])
        yield* send([event(6, { properties: { fill: "x".repeat(20_000) } })])
        assert.deepStrictEqual((yield* server.requests).map(({ index }) => index), [6])
        assert.strictEqual((yield* server.events).length, 7)
      }).pipe(Effect.provide(layer({ maxRetainedBytes: 10_000 }))))

    it.effect("awaitEvents answers at once when they are there, else when the last of them comes", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        const three = yield* Effect.fork(server.awaitEvents(3))
        const four = yield* Effect.fork(server.awaitEvents(4))
        yield* send(events(1, 2))
        yield* Effect.yieldNow()
        assert.isTrue(Option.isNone(yield* Fiber.poll(three)))
        yield* send([event(2), event(3)])
        assert.strictEqual((yield* Fiber.join(three)).length, 3)
        assert.isTrue(Option.isNone(yield* Fiber.poll(four)))
        assert.strictEqual((yield* server.awaitEvents(1)).length, 3)
        yield* send([event(4)])
        assert.strictEqual((yield* Fiber.join(four)).length, 4)
      }).pipe(Effect.provide(layer())))

    it.effect("awaitRequests counts faulted and malformed requests as well; an interrupted wait is gone", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        const interrupted = yield* Effect.fork(server.awaitRequests(1))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(interrupted)
        const wait = yield* Effect.fork(server.awaitRequests(3))
        yield* server.enqueue(Status({ status: 503 }))
        yield* send([event(1)])
        yield* send([7])
        yield* send([event(1)])
        assert.deepStrictEqual((yield* Fiber.join(wait)).map(({ status }) => status), [503, 400, 200])
      }).pipe(Effect.provide(layer())))

    it.effect("clear forgets everything but faults and flags", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* server.setFlags({ a: true })
        yield* send([event(1), event(1)])
        yield* send([7])
        yield* server.enqueue(Status({ status: 503 }))
        yield* server.clear
        assert.deepStrictEqual(yield* server.events, [])
        assert.deepStrictEqual(yield* server.requests, [])
        assert.deepStrictEqual(yield* server.invalid, [])
        assert.strictEqual((yield* server.deliveries).size, 0)
        assert.isTrue(Object.values(yield* server.stats).every((count) => count === 0))
        assert.strictEqual((yield* send([event(1)])).status, 503)
        yield* send([event(1)])
        assert.deepStrictEqual((yield* server.requests).map(({ index }) => index), [0, 1])
        assert.strictEqual((yield* server.stats).duplicates, 0)
        const flags = yield* post("/flags/?v=2", { token: "phc_test", distinct_id: "u" })
        assert.deepStrictEqual(Object.keys(flags.json.flags), ["a"])
      }).pipe(Effect.provide(layer())))

    it.effect("what was given out does not change with what comes later", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* send([event(1)])
        const before = [
          yield* server.events,
          yield* server.requests,
          yield* server.deliveries,
          yield* server.stats
        ] as const
        yield* send([event(1), event(2)])
        yield* server.clear
        assert.strictEqual(before[0].length, 1)
        assert.strictEqual(before[1].length, 1)
        assert.deepStrictEqual(Array.from(before[2]), [[uuid(1), 1]])
        assert.strictEqual(before[3].events, 1)
      }).pipe(Effect.provide(layer())))

    it.effect("300 requests at once, each batch twice: every event is stored once, in whole batches", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* Effect.forEach(
          Array.from({ length: 300 }, (_, i) => i),
          (i) => send(events((i % 150) * 10, 10)),
          { concurrency: "unbounded", discard: true }
        )
        const stored = yield* server.events
        assert.strictEqual(stored.length, 1500)
        assert.strictEqual(new Set(stored.map(({ uuid }) => uuid)).size, 1500)
        for (let i = 0; i < stored.length; i += 10) {
          const requests = new Set(stored.slice(i, i + 10).map(({ requestIndex }) => requestIndex))
          assert.strictEqual(requests.size, 1)
        }
        const stats = yield* server.stats
        assert.strictEqual(stats.duplicates, 1500)
        assert.strictEqual(stats.requests, 300)
        assert.deepStrictEqual(
          (yield* server.requests).map(({ index }) => index),
          Array.from({ length: 300 }, (_, i) => i)
        )
        assert.isTrue(Array.from((yield* server.deliveries).values()).every((count) => count === 2))
      }).pipe(Effect.provide(layer())))

    it.effect("of many requests at once exactly as many take a fault as were queued", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* server.enqueue(Status({ status: 503 }), 17)
        const answers = yield* Effect.forEach(
          Array.from({ length: 100 }, (_, i) => i),
          (i) => send([event(i)]),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(answers.filter(({ status }) => status === 503).length, 17)
        const refused = (yield* server.requests).filter(({ status }) => status === 503).flatMap(({ uuids }) => uuids)
        const stored = (yield* server.events).map(({ uuid }) => uuid)
        assert.strictEqual(new Set([...refused, ...stored]).size, 100)
        assert.strictEqual(stored.length, 83)
      }).pipe(Effect.provide(layer())))
  })
}

describe("BoundedLog", () => {
  it.prop(
    "keeps the longest end of the list that fits, and forgets the rest in order, once",
    {
      capacity: FastCheck.integer({ min: 1, max: 30 }),
      maxWeight: FastCheck.integer({ min: 0, max: 300 }),
      weights: FastCheck.array(FastCheck.integer({ min: 0, max: 40 }), { maxLength: 3000, size: "max" })
    },
    ({ capacity, maxWeight, weights }) => {
      const forgotten: Array<number> = []
      const log = BoundedLog.make<{ readonly id: number; readonly weight: number }>({
        capacity,
        maxWeight,
        weigh: ({ weight }) => weight,
        onForget: ({ id }) => forgotten.push(id)
      })
      const all = weights.map((weight, id) => ({ id, weight }))
      all.forEach(log.push)
      let from = all.length
      let weight = 0
      while (from > 0 && all.length - from < capacity) {
        weight += all[from - 1]!.weight
        if (weight > maxWeight && from < all.length) {
          break
        }
        from--
      }
      assert.deepStrictEqual(log.toArray(), all.slice(from))
      assert.strictEqual(log.size(), all.length - from)
      assert.deepStrictEqual(forgotten, all.slice(0, from).map(({ id }) => id))
    }
  )

  it("many entries through a small list", () => {
    const log = BoundedLog.make<number>({ capacity: 3 })
    for (let i = 0; i < 100_000; i++) {
      log.push(i)
    }
    assert.deepStrictEqual(log.toArray(), [99_997, 99_998, 99_999])
    log.clear()
    assert.deepStrictEqual(log.toArray(), [])
  })
})
