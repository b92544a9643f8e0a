/** Flag definitions shared over a real Redis by five real processes: `REDIS_URL`, default redis://127.0.0.1:6379. */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Scope } from "effect"
import { Redis } from "ioredis"
import { randomUUID } from "node:crypto"
import { createServer } from "node:http"
import { afterAll } from "vitest"
import * as DevServer from "../../src/devserver/DevServer.js"
import { type CachedDefinitions, fromUnknown } from "../../src/flags/definitions/FlagDefinitionCache.js"
import * as FlagDefinitionCacheRedis from "../../src/flags/definitions/FlagDefinitionCacheRedis.js"
import { bundle, line, start, type Worker } from "./workers.js"

const url = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379"
const run = `effect-posthog-test:${randomUUID()}`
const pollMillis = 2000
const leaseMillis = 2000

const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2000 })
redis.on("error", () => {})
const isThere = await redis.connect().then(() => true, () => false)
if (!isThere) {
  console.log(`These tests need a Redis at ${url}; set REDIS_URL to another one. Without it they are skipped.`)
}

afterAll(async () => {
  if (isThere) {
    const keys = await redis.keys(`{${run}*`)
    if (keys.length > 0) {
      await redis.del(keys)
    }
  }
  redis.disconnect()
})

const set = (key: string) => ({
  flags: [{ key, active: true, filters: { groups: [{ rollout_percentage: 100 }] } }],
  group_type_mapping: {},
  cohorts: {}
})

const median = (numbers: ReadonlyArray<number>) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const figures = (what: string, unit: string, numbers: ReadonlyArray<number>) =>
  console.log(`${what}: median ${median(numbers)} ${unit}, most ${Math.max(...numbers)} ${unit}, of ${numbers.length}`)

const until = (what: string, holds: Effect.Effect<boolean>, millis = 20_000): Effect.Effect<void> =>
  Effect.gen(function*() {
    const deadline = Date.now() + millis
    while (!(yield* holds)) {
      if (Date.now() > deadline) {
        return yield* Effect.dieMessage(`never: ${what}`)
      }
      yield* Effect.sleep(5)
    }
  })

interface Ask {
  readonly name: string
  readonly at: number
}

/** Five processes on one cache, and a PostHog that knows who asked when. */
const five = (over: { readonly redis?: string } = {}) =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const file = yield* bundle
    const httpServer = yield* NodeHttpServer.make(createServer, { port: 0, host: "127.0.0.1" })
    const server = yield* DevServer.make({ definitions: set("first"), recordSecrets: true }).pipe(
      Effect.provideService(HttpServer.HttpServer, httpServer)
    )
    const keyPrefix = `${run}:${randomUUID()}`
    const launch = (name: string) =>
      Scope.extend(
        start(file, { host: server.url, redis: over.redis ?? url, keyPrefix, name, pollMillis, leaseMillis }),
        scope
      )
    const workers = yield* Effect.forEach(["a", "b", "c", "d", "e"], launch)
    const asks = Effect.map(server.requests, (requests): ReadonlyArray<Ask> =>
      requests.map(({ query, receivedAt }) => ({ name: query["token"] ?? "", at: receivedAt })))
    const leader = Effect.map(asks, (asks) =>
      workers.find(({ name }) =>
        name === asks.at(-1)?.name
      )!)
    yield* until("all five are ready", haveSeen(workers, "first"))
    return { server, workers, asks, leader, launch, keyPrefix }
  })

const haveSeen = (workers: ReadonlyArray<Worker>, key: string) =>
  Effect.sync(() => workers.every(({ saw }) => saw.some((each) => each.key === key)))

/** Who asked, one name for each time that somebody took over. */
const reigns = (asks: ReadonlyArray<Ask>) =>
  asks.map(({ name }) => name).filter((name, index, names) => name !== names[index - 1])

const flagOf = (data: Option.Option<CachedDefinitions>) => Option.map(data, ({ flags }) => flags)

describe.skipIf(!isThere && process.env["CI"] !== "true")("flag definitions over Redis", () => {
  it.scopedLive("FLAGS-DEFS-11 of five processes that start at once exactly one polls, and every one sees a change within one interval", () =>
    Effect.gen(function*() {
      const { asks, server, workers } = yield* five()
      const seen: Array<number> = []
      for (let round = 0; round < 6; round++) {
        // at any moment of the interval
        yield* Effect.sleep((round * 337) % pollMillis)
        const changedAt = Date.now()
        yield* server.setDefinitions(set(`round ${round}`))
        yield* until("everybody sees the change", haveSeen(workers, `round ${round}`))
        for (const { saw } of workers) {
          seen.push(saw.find(({ key }) => key === `round ${round}`)!.at - changedAt)
        }
      }
      const requests = yield* asks
      figures(`a change is seen by five processes at an interval of ${pollMillis} ms after`, "ms", seen)
      console.log(`${requests.length} requests by ${new Set(requests.map(({ name }) => name)).size} of 5 processes`)
      assert.strictEqual(reigns(requests).length, 1)
      assert.isAtMost(Math.max(...seen), pollMillis)
    }))

  it.scopedLive("a leader that is killed has a successor within the lease, one at a time", () =>
    Effect.gen(function*() {
      const { asks, leader, server, workers } = yield* five()
      const taken: Array<number> = []
      const killed: Array<string> = []
      for (let round = 0; round < 4; round++) {
        // at any moment between two renewals
        yield* Effect.sleep(300 + 170 * round)
        const victim = yield* leader
        yield* victim.kill
        const killedAt = Date.now()
        killed.push(victim.name)
        yield* until("there is a successor", Effect.map(asks, (asks) => asks.at(-1)?.name !== victim.name))
        taken.push((yield* asks).find(({ at, name }) => at >= killedAt && name !== victim.name)!.at - killedAt)
        yield* server.setDefinitions(set(`after ${round}`))
        yield* until(
          "the others see what the successor fetched",
          haveSeen(workers.filter(({ name }) => !killed.includes(name)), `after ${round}`)
        )
      }
      figures(`a leader that was killed has a successor at a lease of ${leaseMillis} ms after`, "ms", taken)
      assert.deepStrictEqual(reigns(yield* asks).slice(0, 4), killed)
      assert.strictEqual(reigns(yield* asks).length, 5)
      assert.isAtMost(Math.max(...taken), leaseMillis)
    }))

  it.scopedLive("FLAGS-DEFS-17 a leader that ends gives its place up at once", () =>
    Effect.gen(function*() {
      const { asks, leader } = yield* five()
      const last = yield* leader
      const endsAt = Date.now()
      assert.strictEqual(yield* last.stop, 0)
      yield* until("there is a successor", Effect.map(asks, (asks) => asks.at(-1)?.name !== last.name))
      const took = (yield* asks).at(-1)!.at - endsAt
      figures("a leader that ended has a successor after", "ms", [took])
      assert.isBelow(took, 500)
      assert.strictEqual(reigns(yield* asks).length, 2)
    }))

  it.scopedLive("a leader that stood still for longer than its lease follows when it goes on", () =>
    Effect.gen(function*() {
      const { asks, leader, server, workers } = yield* five()
      const sleeper = yield* leader
      yield* sleeper.freeze
      yield* until("there is a successor", Effect.map(asks, (asks) => asks.at(-1)?.name !== sleeper.name))
      yield* Effect.sleep(2 * pollMillis)
      yield* sleeper.thaw
      yield* server.setDefinitions(set("while it stood"))
      yield* until("all see it, the sleeper too", haveSeen(workers, "while it stood"))
      yield* Effect.sleep(2 * pollMillis)
      assert.strictEqual(reigns(yield* asks).length, 2)
    }))

  it.scopedLive("what Redis forgets is stored again, and a newcomer reads it without asking PostHog", () =>
    Effect.gen(function*() {
      const { asks, keyPrefix, launch } = yield* five()
      const key = `{${keyPrefix}}:definitions`
      assert.strictEqual(yield* Effect.promise(() => redis.del(key)), 1)
      yield* until("it is stored again", Effect.map(Effect.promise(() => redis.exists(key)), (count) => count === 1))
      const newcomer = yield* launch("newcomer")
      yield* until("the newcomer has it", haveSeen([newcomer], "first"))
      assert.strictEqual(reigns(yield* asks).length, 1)
    }))

  it.scopedLive("FLAGS-DEFS-15 without Redis every process asks for itself; when it is back, one does", () =>
    Effect.gen(function*() {
      const { cut, mend, url: way } = yield* line(new URL(url))
      const { asks, server, workers } = yield* five({ redis: way })
      yield* cut
      yield* server.setDefinitions(set("without Redis"))
      yield* until("everybody sees a change", haveSeen(workers, "without Redis"))
      assert.strictEqual(new Set((yield* asks).map(({ name }) => name)).size, 5)
      yield* mend
      yield* Effect.sleep(4 * pollMillis)
      yield* server.clear
      yield* server.setDefinitions(set("with Redis"))
      yield* until("everybody sees a change", haveSeen(workers, "with Redis"))
      yield* Effect.sleep(2 * pollMillis)
      assert.strictEqual(reigns(yield* asks).length, 1)
    }))

  it.scopedLive("a leader that lost its lease stores nothing", () =>
    Effect.gen(function*() {
      const keyPrefix = `${run}:${randomUUID()}`
      const make = FlagDefinitionCacheRedis.make({ url, keyPrefix, lease: "30 seconds" })
      const [one, two] = [yield* make, yield* make]
      const [older, newer] = [fromUnknown(set("older"))!, fromUnknown(set("newer"))!]
      assert.isTrue(yield* one.shouldFetch)
      assert.isTrue(yield* one.shouldFetch)
      assert.isFalse(yield* two.shouldFetch)
      // as if the lease had run out
      yield* Effect.promise(() => redis.del(`{${keyPrefix}}:leader`))
      assert.isTrue(yield* two.shouldFetch)
      yield* two.store(newer)
      const refused = yield* Effect.flip(one.store(older))
      assert.deepStrictEqual([refused.operation, refused.reason], ["store", "another process leads by now"])
      assert.deepStrictEqual(flagOf(yield* one.get), Option.some(newer.flags))
      // nor does it give up what is another's
      yield* one.shutdown
      assert.isFalse(yield* one.shouldFetch)
      yield* two.shutdown
      assert.isTrue(yield* one.shouldFetch)
    }))

  it.scopedLive("FLAGS-DEFS-20 what is no definitions is a CacheError; FLAGS-DEFS-27 what is comes back unchanged", () =>
    Effect.gen(function*() {
      const keyPrefix = `${run}:${randomUUID()}`
      const make = FlagDefinitionCacheRedis.make({ url, keyPrefix, patience: "100 millis" })
      const [one, two] = [yield* make, yield* make]
      assert.deepStrictEqual(yield* one.get, Option.none())
      assert.isTrue(yield* one.shouldFetch)
      const data = fromUnknown({
        ...set("held"),
        flags: [{ key: "held", filters: { holdout: { id: 727, exclusion_percentage: 20 }, text: "ä\u2028" } }],
        minimal_flag_called_events: true,
        property_matching_version: 2,
        of_the_future: [null]
      })!
      yield* one.store(data)
      assert.deepStrictEqual(yield* two.get, Option.some(data))
      assert.deepStrictEqual(yield* two.get, Option.some(data))
      for (const body of ["{", "[]", "{\"flags\":7}"]) {
        yield* Effect.promise(() => redis.hset(`{${keyPrefix}}:definitions`, { revision: body, body }))
        assert.strictEqual((yield* Effect.flip(two.get)).reason, "what is stored is malformed")
      }
      yield* Effect.promise(() => redis.set(`{${keyPrefix}}:definitions`, "of another type"))
      assert.strictEqual((yield* Effect.flip(two.get)).operation, "get")
    }))
})

describe("the service", () => {
  it("is there where it has to be", () => {
    assert.isTrue(isThere || process.env["CI"] !== "true", `there is no Redis at ${url}`)
  })
})
