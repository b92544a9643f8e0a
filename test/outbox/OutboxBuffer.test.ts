/** What the outbox does beside being a buffer: several processes, leases, a database in trouble. */
import type { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Fiber, FiberRef, Scope, TestClock } from "effect"
import type { OutboxBuffer } from "../../src/outbox/OutboxBuffer.js"
import type { Options } from "../../src/outbox/OutboxOptions.js"
import { item, wide } from "../delivery/buffer/items.js"
import * as databases from "./databases.js"
import { outbox } from "./opening.js"

const all = Number.MAX_SAFE_INTEGER

const claimAll = (buffer: OutboxBuffer) => buffer.claim(10_000, all)

const uuids = (items: ReadonlyArray<{ readonly uuid: string }>) => items.map(({ uuid }) => uuid)

/** Lets what runs beside come to its end: each statement is over within a few turns of the event loop. */
const turns = Effect.promise(async () => {
  for (let i = 0; i < 40; i++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
})

const pass = (millis: number) => Effect.zipRight(TestClock.adjust(millis), turns)

/** Two workers on one file, each with a connection of its own. */
const two = (options: Options = {}) =>
  Effect.gen(function*() {
    const path = yield* databases.file
    const [sqlA, sqlB] = [yield* databases.connect(path), yield* databases.connect(path)]
    const [outboxA, outboxB] = [yield* outbox(sqlA, options), yield* outbox(sqlB, options)]
    return { sqlA, sqlB, outboxA, outboxB, a: yield* outboxA.open(), b: yield* outboxB.open() }
  })

const one = (options: Options = {}) =>
  Effect.gen(function*() {
    const path = yield* databases.file
    const sql = yield* databases.connect(path)
    const other = yield* databases.connect(path)
    const opened = yield* outbox(sql, options)
    return { sql, other, ...opened, buffer: yield* opened.open() }
  })

/** What others see: outside of every transaction. */
const stored = (sql: SqlClient.SqlClient) =>
  Effect.orDie(sql<{ readonly uuid: string }>`SELECT uuid FROM posthog_outbox ORDER BY id`).pipe(
    Effect.map(uuids),
    Effect.locally(FiberRef.currentContext, Context.empty())
  )

/** Nobody else writes while this holds the lock. */
const locked = (sql: SqlClient.SqlClient) =>
  Effect.gen(function*() {
    const isHeld = yield* Deferred.make<void>()
    const end = yield* Deferred.make<void>()
    const fiber = yield* Effect.fork(
      sql.withTransaction(Effect.zipRight(Deferred.succeed(isHeld, undefined), Deferred.await(end)))
    )
    yield* Deferred.await(isHeld)
    return { free: Effect.zipRight(Deferred.succeed(end, undefined), Effect.orDie(Fiber.join(fiber))) }
  })

/** A worker that dies: nothing of it runs any more, and it says no goodbye. */
const dying = (opened: { readonly open: () => Effect.Effect<OutboxBuffer, never, Scope.Scope> }) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    return yield* Scope.extend(opened.open(), scope)
  })

describe("several workers on one outbox", () => {
  it.scoped("get different events, each in order", () =>
    Effect.gen(function*() {
      const { a, b } = yield* two()
      const items = Array.from({ length: 20 }, () => item())
      items.forEach((each) => a.offer(each))
      const claims = [yield* a.claim(5, all), yield* b.claim(5, all), yield* b.claim(5, all), yield* a.claim(5, all)]
      assert.deepStrictEqual(claims.flatMap((claim) => uuids(claim.items)), uuids(items))
      assert.deepStrictEqual([...(yield* claimAll(a)).items, ...(yield* claimAll(b)).items], [])
    }))

  it.scoped("balance: what one delivers for the other is recovered here and handed over there", () =>
    Effect.gen(function*() {
      const { a, b } = yield* two()
      for (let i = 0; i < 10; i++) {
        a.offer(item())
      }
      const ours = yield* a.claim(2, all)
      const theirs = yield* b.claim(5, all)
      assert.deepStrictEqual([b.length(), b.exchange()], [5, { adopted: 5, handedOver: 0 }])
      yield* b.remove(theirs, theirs.items.slice(0, 3), "delivered")
      yield* b.remove(theirs, theirs.items.slice(3, 4), "rejected")
      assert.deepStrictEqual([b.length(), b.exchange()], [1, { adopted: 5, handedOver: 0 }])
      yield* b.release(theirs)
      assert.deepStrictEqual([b.length(), b.exchange()], [0, { adopted: 4, handedOver: 0 }])
      yield* a.remove(ours, ours.items, "delivered")
      assert.deepStrictEqual([a.length(), a.settled()], [8, 2])
      yield* pass(1000)
      assert.deepStrictEqual([a.length(), a.settled(), a.exchange()], [4, 6, { adopted: 0, handedOver: 4 }])
      const rest = yield* claimAll(a)
      assert.strictEqual(rest.items.length, 4)
      yield* a.remove(rest, rest.items, "delivered")
      assert.deepStrictEqual([a.length(), a.settled(), a.offered()], [0, 10, 10])
    }))

  it.scoped("tell a buffer that the events of a flush have left elsewhere", () =>
    Effect.gen(function*() {
      let arrivals = 0
      const path = yield* databases.file
      const [sqlA, sqlB] = [yield* databases.connect(path), yield* databases.connect(path)]
      const a = yield* (yield* outbox(sqlA)).open({ onArrival: () => arrivals++ })
      const b = yield* (yield* outbox(sqlB)).open()
      a.offer(item())
      yield* pass(5)
      const claim = yield* claimAll(b)
      yield* b.remove(claim, claim.items, "delivered")
      const before = arrivals
      yield* pass(1000)
      assert.deepStrictEqual([a.settled(), arrivals > before], [1, true])
    }))

  it.scoped("find within a poll what others stored", () =>
    Effect.gen(function*() {
      let arrivals = 0
      const path = yield* databases.file
      const [sqlA, sqlB] = [yield* databases.connect(path), yield* databases.connect(path)]
      const a = yield* (yield* outbox(sqlA)).open()
      const b = yield* (yield* outbox(sqlB)).open({ onArrival: () => arrivals++ })
      const each = item()
      a.offer(each)
      yield* pass(5)
      yield* pass(999)
      assert.deepStrictEqual([b.waiting(), b.waitingBytes(), arrivals], [1, wide.sizeOf(each), 1])
      assert.deepStrictEqual((yield* claimAll(b)).items, [each])
    }))

  it.scoped("give back what a worker held when its lease ends, and not before", () =>
    Effect.gen(function*() {
      const path = yield* databases.file
      const [sqlA, sqlB] = [yield* databases.connect(path), yield* databases.connect(path)]
      const opened = yield* outbox(sqlA, { lease: "30 seconds" })
      const worker = yield* Effect.forkDaemon(Effect.scoped(Effect.gen(function*() {
        const a = yield* opened.open()
        a.offer(item())
        a.offer(item())
        yield* a.claim(2, all)
        return yield* Effect.never
      })))
      yield* turns
      const b = yield* (yield* outbox(sqlB, { lease: "30 seconds" })).open()
      assert.deepStrictEqual((yield* claimAll(b)).items, [])
      // as if it were killed: the claim is as old as it was
      yield* Effect.orDie(sqlB`UPDATE posthog_outbox SET claimed_by = 'one that is gone'`)
      yield* pass(29_999)
      assert.deepStrictEqual((yield* claimAll(b)).items, [])
      yield* pass(1)
      const claim = yield* claimAll(b)
      assert.strictEqual(claim.items.length, 2)
      yield* Fiber.interrupt(worker)
    }))

  it.scoped("keep what they hold for as long as they live", () =>
    Effect.gen(function*() {
      const { a, b } = yield* two({ lease: "30 seconds" })
      a.offer(item())
      const claim = yield* claimAll(a)
      for (let i = 0; i < 8; i++) {
        yield* pass(10_000)
        assert.deepStrictEqual((yield* claimAll(b)).items, [])
      }
      yield* a.release(claim)
      assert.deepStrictEqual((yield* claimAll(b)).items, claim.items)
    }))

  it.scoped("have at once what a worker held that closed", () =>
    Effect.gen(function*() {
      const { a, b } = yield* two()
      const items = Array.from({ length: 5 }, () => item())
      items.forEach((each) => a.offer(each))
      yield* a.claim(3, all)
      a.offer(item())
      assert.deepStrictEqual(yield* a.close, [])
      assert.deepStrictEqual(a.offer(items[0]!), items.slice(0, 1))
      assert.deepStrictEqual(uuids((yield* claimAll(b)).items).slice(0, 5), uuids(items))
    }))

  it.scopedLive("may start at the same time", () =>
    Effect.gen(function*() {
      const path = yield* databases.file
      const opened = yield* Effect.all(
        Array.from({ length: 4 }, () => Effect.flatMap(databases.connect(path, {}), (sql) => outbox(sql))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual((yield* opened[3]!.outbox.status).waiting, 0)
    }))
})

describe("what a worker does not survive", () => {
  it.scoped("is tried alone after two deaths, and set aside after maxClaims", () =>
    Effect.gen(function*() {
      const path = yield* databases.file
      const sql = yield* databases.connect(path)
      const opened = yield* outbox(sql, { maxClaims: 4, lease: "10 seconds" })
      const first = yield* opened.open()
      const items = Array.from({ length: 3 }, () => item())
      items.forEach((each) => first.offer(each))
      yield* pass(5)
      yield* first.close
      const claimed: Array<number> = []
      // each of them claims what it can get and dies of the first event
      for (let i = 0; i < 4; i++) {
        const worker = yield* dying(opened)
        claimed.push((yield* claimAll(worker)).items.length)
        yield* Effect.orDie(sql`UPDATE posthog_outbox SET claimed_until = 0, claimed_by = 'one that is gone'
WHERE claimed_by IS NOT NULL`)
      }
      assert.deepStrictEqual(claimed, [3, 3, 1, 1])
      const survivor = yield* opened.open()
      assert.deepStrictEqual(uuids((yield* claimAll(survivor)).items), uuids(items.slice(1, 2)))
      assert.deepStrictEqual(uuids((yield* claimAll(survivor)).items), uuids(items.slice(2)))
      const aside = yield* opened.outbox.setAside(10)
      assert.deepStrictEqual(
        aside.map(({ event, reason, uuid }) => ({ event, reason, uuid })),
        [{ event: "order paid", reason: "unanswered", uuid: items[0]!.uuid }]
      )
    }))

  it.scoped("is not what a worker gives back alive, however often", () =>
    Effect.gen(function*() {
      const { buffer } = yield* one({ maxClaims: 2 })
      const each = item()
      buffer.offer(each)
      for (let i = 0; i < 10; i++) {
        const claim = yield* claimAll(buffer)
        assert.deepStrictEqual(claim.items, [each])
        yield* buffer.release(claim)
      }
    }))
})

describe("writing", () => {
  it.scoped("happens when writeInterval has passed, not before", () =>
    Effect.gen(function*() {
      const { buffer, other } = yield* one({ writeInterval: "20 millis" })
      const items = [item(), item()]
      buffer.offer(items[0]!)
      yield* pass(19)
      assert.deepStrictEqual(yield* stored(other), [])
      buffer.offer(items[1]!)
      yield* pass(1)
      assert.deepStrictEqual(yield* stored(other), uuids(items))
      assert.deepStrictEqual(buffer.unsaved(), [])
    }))

  it.scoped("of an event whose uuid is there already does nothing, and the sums know it", () =>
    Effect.gen(function*() {
      const { buffer, other } = yield* one()
      const each = item()
      buffer.offer(each)
      buffer.offer({ ...each, event: "another" })
      yield* pass(5)
      buffer.offer({ ...each, event: "a third" })
      yield* pass(5)
      assert.deepStrictEqual(yield* stored(other), [each.uuid])
      assert.deepStrictEqual([buffer.length(), buffer.exchange()], [1, { adopted: 0, handedOver: 2 }])
      const claim = yield* claimAll(buffer)
      yield* buffer.remove(claim, claim.items, "delivered")
      assert.deepStrictEqual([buffer.offered(), buffer.settled(), buffer.length()], [3, 3, 0])
    }))
})

describe("a database that is locked", () => {
  it.scoped("does not keep events from being taken, and gets them when it is free", () =>
    Effect.gen(function*() {
      let arrivals = 0
      const path = yield* databases.file
      const [sql, other] = [yield* databases.connect(path), yield* databases.connect(path)]
      const buffer = yield* (yield* outbox(sql)).open({ onArrival: () => arrivals++ })
      const { free } = yield* locked(other)
      const items = Array.from({ length: 5 }, () => item())
      items.forEach((each) => assert.deepStrictEqual(buffer.offer(each), []))
      yield* pass(5)
      assert.deepStrictEqual((yield* claimAll(buffer)).items, [])
      assert.deepStrictEqual([buffer.unsaved(), buffer.waiting(), buffer.length()], [items, 5, 5])
      yield* free
      const before = arrivals
      yield* pass(5000)
      assert.deepStrictEqual(yield* stored(other), uuids(items))
      assert.isAbove(arrivals, before)
      assert.deepStrictEqual((yield* claimAll(buffer)).items, items)
    }))

  it.scoped("is told again of what was delivered until it knows", () =>
    Effect.gen(function*() {
      const { buffer, other, sql } = yield* one()
      const items = [item(), item()]
      items.forEach((each) => buffer.offer(each))
      const claim = yield* claimAll(buffer)
      const { free } = yield* locked(other)
      const removing = yield* Effect.fork(
        buffer.remove(claim, claim.items.slice(0, 1), "delivered")
      )
      yield* turns
      assert.deepStrictEqual([buffer.length(), yield* stored(sql)], [1, uuids(items)])
      // it does not hold up the one who says it for long
      yield* pass(1000)
      yield* Fiber.join(removing)
      yield* free
      yield* pass(5000)
      assert.deepStrictEqual(yield* stored(sql), uuids(items.slice(1)))
    }))

  it.scoped("makes close return what could not be written, after its last attempts", () =>
    Effect.gen(function*() {
      const { buffer, other, sql } = yield* one()
      const { free } = yield* locked(other)
      const items = [item(), item()]
      items.forEach((each) => buffer.offer(each))
      const closing = yield* Effect.fork(buffer.close)
      yield* turns
      yield* pass(5000)
      assert.deepStrictEqual(yield* Fiber.join(closing), items)
      assert.strictEqual(buffer.length(), 0)
      yield* free
      assert.deepStrictEqual(yield* stored(sql), [])
    }))
})

describe("a database that is full", () => {
  it.scoped("loses nothing: what fits no more waits in memory until there is room", () =>
    Effect.gen(function*() {
      const { buffer, sql } = yield* one()
      yield* Effect.orDie(sql`PRAGMA max_page_count = 40`)
      const items = Array.from({ length: 300 }, () => item(1000))
      items.forEach((each) => assert.deepStrictEqual(buffer.offer(each), []))
      yield* pass(5)
      assert.strictEqual(buffer.unsaved().length, 300)
      assert.strictEqual(buffer.length(), 300)
      yield* Effect.orDie(sql`PRAGMA max_page_count = 100000`)
      yield* pass(5000)
      assert.deepStrictEqual(buffer.unsaved(), [])
      assert.deepStrictEqual((yield* claimAll(buffer)).items, items)
    }))

  it.scoped("of maxRows: what is new waits, and goes at the bounds of memory", () =>
    Effect.gen(function*() {
      const { open, other } = yield* one({ maxRows: 3 })
      const buffer = yield* open({ bounds: { ...wide, maxItems: 2 } })
      const items = Array.from({ length: 6 }, () => item())
      for (const each of items.slice(0, 3)) {
        buffer.offer(each)
        yield* pass(5)
      }
      assert.deepStrictEqual(items.slice(3).map((each) => buffer.offer(each).length), [0, 0, 1])
      yield* pass(5)
      assert.deepStrictEqual(yield* stored(other), uuids(items.slice(0, 3)))
      const claim = yield* claimAll(buffer)
      yield* buffer.remove(claim, claim.items, "delivered")
      yield* pass(5000)
      assert.deepStrictEqual(yield* stored(other), uuids(items.slice(3, 5)))
    }))

  it.scoped("of maxRows: the oldest that nobody holds go, and are told with the next offer", () =>
    Effect.gen(function*() {
      const { open, other } = yield* one({ maxRows: 3 })
      const buffer = yield* open({ bounds: { ...wide, evict: "oldest" } })
      const items = Array.from({ length: 6 }, () => item())
      for (const each of items.slice(0, 3)) {
        buffer.offer(each)
        yield* pass(5)
      }
      const claim = yield* buffer.claim(1, all)
      items.slice(3, 5).forEach((each) => buffer.offer(each))
      yield* pass(5)
      assert.deepStrictEqual(yield* stored(other), uuids([items[0]!, ...items.slice(3, 5)]))
      assert.strictEqual(buffer.length(), 5)
      assert.deepStrictEqual(uuids(buffer.offer(items[5]!)), uuids(items.slice(1, 3)))
      assert.deepStrictEqual([buffer.length(), buffer.settled()], [4, 0])
      yield* buffer.remove(claim, claim.items, "delivered")
      assert.deepStrictEqual([buffer.length(), buffer.settled()], [3, 3])
    }))
})

describe("a durable event", () => {
  it.scoped("is committed when the call returns; calls at the same time share a commit", () =>
    Effect.gen(function*() {
      const { buffer, other } = yield* one()
      const items = Array.from({ length: 100 }, () => item())
      yield* Effect.forEach(
        items,
        (each) =>
          Effect.zipRight(
            buffer.durable(each),
            Effect.map(stored(other), (there) => {
              assert.include(there, each.uuid)
            })
          ),
        { concurrency: "unbounded", discard: true }
      )
      const [times] = yield* Effect.orDie(
        other<{ readonly claims: number }>`SELECT count(*) AS claims FROM posthog_outbox WHERE grade = 'durable'`
      )
      assert.strictEqual(times?.claims, 100)
      // they are recovered by whoever delivers them, and a flush waits for them
      assert.deepStrictEqual([buffer.length(), buffer.offered(), buffer.settled()], [0, 100, 0])
      const claim = yield* claimAll(buffer)
      assert.deepStrictEqual(uuids(claim.items), uuids(items))
      assert.deepStrictEqual([buffer.length(), buffer.exchange().adopted], [100, 100])
      yield* buffer.remove(claim, claim.items, "delivered")
      assert.deepStrictEqual([buffer.length(), buffer.exchange().adopted, buffer.settled()], [0, 100, 100])
    }))

  it.scoped("fails where the database stays away for durableTimeout, and is not stored later", () =>
    Effect.gen(function*() {
      const { buffer, other } = yield* one({ durableTimeout: "3 seconds" })
      const { free } = yield* locked(other)
      const fiber = yield* Effect.fork(Effect.exit(buffer.durable(item())))
      yield* turns
      yield* pass(3000)
      const exit = yield* Fiber.join(fiber)
      assert.deepInclude(Exit.isFailure(exit) && exit.cause._tag === "Fail" ? exit.cause.error : {}, {
        _tag: "OutboxError",
        reason: "unavailable"
      })
      yield* free
      yield* pass(10_000)
      assert.deepStrictEqual([yield* stored(other), buffer.offered(), buffer.settled()], [[], 1, 1])
    }))

  it.scoped("whose caller was interrupted before it was written is not stored", () =>
    Effect.gen(function*() {
      const { buffer, other } = yield* one()
      const { free } = yield* locked(other)
      const fiber = yield* Effect.fork(buffer.durable(item()))
      yield* turns
      yield* Fiber.interrupt(fiber)
      yield* free
      yield* pass(10_000)
      assert.deepStrictEqual([yield* stored(other), buffer.settled()], [[], 1])
    }))

  it.scoped("fails when the buffer has closed", () =>
    Effect.gen(function*() {
      const { buffer } = yield* one()
      yield* buffer.close
      assert.strictEqual((yield* Effect.flip(buffer.durable(item()))).reason, "closed")
    }))
})

describe("the outbox as a service", () => {
  it.scoped("writes in the caller's transaction: with its rows, or not at all", () =>
    Effect.gen(function*() {
      const { buffer, other, outbox, sql } = yield* one()
      yield* Effect.orDie(sql`CREATE TABLE orders (id TEXT PRIMARY KEY)`)
      const [kept, lost] = [item(), item()]
      yield* Effect.orDie(sql.withTransaction(Effect.gen(function*() {
        yield* sql`INSERT INTO orders VALUES ('kept')`
        yield* outbox.transactional(kept)
        assert.deepStrictEqual(yield* stored(other), [])
      })))
      yield* Effect.exit(sql.withTransaction(Effect.gen(function*() {
        yield* sql`INSERT INTO orders VALUES ('lost')`
        yield* outbox.transactional(lost)
        return yield* Effect.fail("no")
      })))
      assert.deepStrictEqual(yield* stored(other), [kept.uuid])
      assert.deepStrictEqual(yield* Effect.orDie(other`SELECT id FROM orders`), [{ id: "kept" }])
      // the next look comes at once, not with the next poll
      yield* pass(50)
      assert.strictEqual(buffer.waiting(), 1)
      const claim = yield* claimAll(buffer)
      assert.deepStrictEqual([claim.items, buffer.exchange().adopted], [[kept], 1])
    }))

  it.scoped("fails outside of a transaction, and with a durable event inside of one", () =>
    Effect.gen(function*() {
      const { other, outbox, sql } = yield* one()
      assert.strictEqual((yield* Effect.flip(outbox.transactional(item()))).reason, "noTransaction")
      const error = yield* Effect.orDie(sql.withTransaction(Effect.flip(outbox.durable(item()))))
      assert.strictEqual(error.reason, "inTransaction")
      assert.deepStrictEqual(yield* stored(other), [])
    }))

  it.scoped("counts what is in it, lists what was set aside, and has it tried again", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_700_000_000_000)
      const { buffer, outbox } = yield* one()
      const items = Array.from({ length: 4 }, () => item())
      items.forEach((each) => buffer.offer(each))
      const claim = yield* buffer.claim(3, all)
      yield* buffer.remove(claim, claim.items.slice(0, 1), "rejected")
      yield* buffer.remove(claim, claim.items.slice(1, 2), "delivered")
      assert.deepStrictEqual(yield* outbox.status, {
        waiting: 1,
        claimed: 1,
        setAside: 1,
        oldest: new Date(1_700_000_000_000)
      })
      const at = new Date(1_700_000_000_000)
      const { event, uuid } = items[0]!
      assert.deepStrictEqual(yield* outbox.setAside(10), [
        { uuid, event, lane: "analytics", reason: "rejected", at, storedAt: at, claims: 1 }
      ])
      assert.strictEqual(yield* outbox.retry([uuid, items[3]!.uuid, "unknown"]), 1)
      assert.deepStrictEqual(uuids((yield* claimAll(buffer)).items), [uuid, items[3]!.uuid])
      // it was dropped once and is another's now: the sums go up on both sides
      assert.deepStrictEqual([buffer.length(), buffer.exchange()], [3, { adopted: 1, handedOver: 0 }])
    }))

  it.scoped("forgets what was set aside: after keepSetAside, and beyond maxSetAside", () =>
    Effect.gen(function*() {
      const { buffer, outbox } = yield* one({ maxSetAside: 2, keepSetAside: "1 hour", pollInterval: "1 minute" })
      for (let i = 0; i < 4; i++) {
        buffer.offer(item())
        const claim = yield* claimAll(buffer)
        yield* buffer.remove(claim, claim.items, "tooLarge")
        yield* TestClock.adjust(1)
      }
      yield* turns
      const before = yield* outbox.setAside(10)
      assert.strictEqual(before.length, 4)
      yield* pass(60_000)
      assert.deepStrictEqual(yield* outbox.setAside(10), before.slice(0, 2))
      yield* pass(3_600_000)
      assert.deepStrictEqual(yield* outbox.setAside(10), [])
    }))
})
