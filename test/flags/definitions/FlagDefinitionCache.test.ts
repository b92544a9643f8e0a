import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Option, Stream, TestClock } from "effect"
import * as Fault from "../../../src/devserver/Fault.js"
import * as FlagDefinitionCache from "../../../src/flags/definitions/FlagDefinitionCache.js"
import { inWorld, keysOf, rest, secret, set, token, until } from "./support.js"

type CacheError = FlagDefinitionCache.CacheError

const cached = (key: string, more: Record<string, unknown> = {}) => FlagDefinitionCache.fromUnknown(set(key, more))!

const refuses = (operation: CacheError["operation"]) =>
  Effect.fail(new FlagDefinitionCache.CacheError({ operation, reason: "out of order" }))

/** A cache that writes down what is done with it, and whose answers can be set. */
const recorder = () => {
  const calls: Array<string> = []
  const stored: Array<FlagDefinitionCache.CachedDefinitions> = []
  const answers = {
    shouldFetch: Effect.succeed(true) as Effect.Effect<boolean, CacheError>,
    get: Effect.succeedNone as FlagDefinitionCache.Service["get"],
    store: Effect.void as Effect.Effect<void, CacheError>,
    shutdown: Effect.void as Effect.Effect<void, CacheError>
  }
  const noted = <A, E>(call: string, answer: () => Effect.Effect<A, E>) =>
    Effect.suspend(() => {
      calls.push(call)
      return answer()
    })
  const cache: FlagDefinitionCache.Service = {
    shouldFetch: noted("shouldFetch", () => answers.shouldFetch),
    get: noted("get", () => answers.get),
    store: (data) =>
      noted("store", () => {
        stored.push(data)
        return answers.store
      }),
    shutdown: noted("shutdown", () => answers.shutdown)
  }
  return { cache, calls, stored, answers }
}

/** What the cache could be asked and answers never. */
const stuck = Effect.uninterruptible(Effect.never)

describe("FlagDefinitionCache", () => {
  it.scoped("FLAGS-DEFS-09 FLAGS-DEFS-11 told to fetch: the decision comes before every request, the store after memory", () =>
    inWorld(({ asked, server, start }) =>
      Effect.gen(function*() {
        const { answers, cache, calls, stored } = recorder()
        let loadedAtStore: ReadonlyArray<string> | undefined
        let requestsAtDecision = -1
        const loader = yield* start({}, cache)
        yield* loader.settled
        assert.deepStrictEqual(calls, ["shouldFetch", "store"])
        answers.shouldFetch = Effect.map(asked, (requests) => {
          requestsAtDecision = requests.length
          return true
        })
        answers.store = Effect.sync(() => {
          loadedAtStore = keysOf(loader)
        })
        yield* server.setDefinitions(set("second"))
        assert.strictEqual(yield* loader.definitions.refresh, "updated")
        assert.deepStrictEqual(calls, ["shouldFetch", "store", "shouldFetch", "store"])
        assert.strictEqual(requestsAtDecision, 1)
        assert.deepStrictEqual(loadedAtStore, ["second"])
        assert.deepStrictEqual(stored.map(({ flags }) => flags), [set("first").flags, set("second").flags])
        yield* loader.close
        assert.deepStrictEqual(calls.slice(4), ["shutdown"])
      })
    ))

  it.scoped("FLAGS-DEFS-10 FLAGS-DEFS-27 FLAGS-TRACK-14 what is stored: flags, group types, cohorts, gate, and all else unchanged", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        const { cache, stored } = recorder()
        const body = {
          flags: [{
            key: "held",
            active: true,
            filters: { groups: [], holdout: { id: 727, exclusion_percentage: 20 }, from_the_future: [null, { a: 1 }] }
          }],
          group_type_mapping: { "0": "company" },
          cohorts: { "7": { type: "OR", values: [{ key: "plan", value: ["pro"], negation: false }] } },
          minimal_flag_called_events: true,
          property_matching_version: 2,
          something_new: { deep: [1, 2.5, "x"] }
        }
        yield* server.setDefinitions(body)
        const leader = yield* start({}, cache)
        yield* leader.settled
        assert.deepStrictEqual(stored, [body])

        // and back: through JSON, as caches do it
        const reader = recorder()
        reader.answers.get = Effect.sync(() => Option.some(JSON.parse(JSON.stringify(stored[0]))))
        const follower = yield* start({ secretKey: undefined }, reader.cache)
        yield* follower.settled
        assert.deepStrictEqual(follower.current().flags?.definitions.raw, body)
        assert.isTrue(follower.current().flags?.definitions.minimalFlagCalledEvents)
        assert.isTrue(follower.current().flags?.definitions.explicitMatching)
        assert.deepStrictEqual(yield* follower.definitions.refresh, "unchanged")
        assert.isTrue(follower.current().flags?.definitions.minimalFlagCalledEvents)
      })
    ))

  it.scoped("FLAGS-DEFS-10 a body without group types and cohorts is stored with empty ones", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        const { cache, stored } = recorder()
        yield* server.setDefinitions({ flags: [] })
        yield* (yield* start({}, cache)).settled
        assert.deepStrictEqual(stored, [{ flags: [], group_type_mapping: {}, cohorts: {} }])
      })
    ))

  it.scoped("FLAGS-DEFS-27 whole numbers that were spelled as floats are told as such to who reads the cache", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        const { cache, stored } = recorder()
        yield* server.enqueue(Fault.Status({ status: 200, body: `{"flags":[],"cohorts":{"1":{"value":34.0}}}` }))
        const leader = yield* start({}, cache)
        yield* leader.settled
        assert.isTrue(leader.current().flags?.definitions.ambiguousIntegers)
        const reader = recorder()
        reader.answers.get = Effect.succeedSome(stored[0]!)
        const follower = yield* start({ secretKey: undefined }, reader.cache)
        yield* follower.settled
        assert.isTrue(follower.current().flags?.definitions.ambiguousIntegers)
      })
    ))

  it.scoped("FLAGS-DEFS-11 FLAGS-DEFS-12 told not to fetch by a synchronous cache: its definitions, and no request", () =>
    inWorld(({ asked, start }) =>
      Effect.gen(function*() {
        const { answers, cache, calls } = recorder()
        answers.shouldFetch = Effect.sync(() => false)
        answers.get = Effect.sync(() => Option.some(cached("of the cache")))
        const loader = yield* start({}, cache)
        yield* loader.settled
        assert.deepStrictEqual(keysOf(loader), ["of the cache"])
        assert.strictEqual(yield* loader.definitions.refresh, "unchanged")
        answers.get = Effect.sync(() => Option.some(cached("of the cache, later")))
        assert.strictEqual(yield* loader.definitions.refresh, "updated")
        assert.deepStrictEqual(keysOf(loader), ["of the cache, later"])
        assert.deepStrictEqual(calls, ["shouldFetch", "get", "shouldFetch", "get", "shouldFetch", "get"])
        assert.deepStrictEqual(yield* asked, [])
      })
    ))

  it.scoped("FLAGS-DEFS-13 a slow cache is waited for before the refresh ends; a stuck one is not waited for longer than its time", () =>
    inWorld(({ asked, start, warnings }) =>
      Effect.gen(function*() {
        const { answers, cache } = recorder()
        answers.shouldFetch = Effect.as(Effect.sleep("2 seconds"), false)
        answers.get = Effect.as(Effect.sleep("2 seconds"), Option.some(cached("slow")))
        const loader = yield* start({}, cache)
        const settled = yield* Effect.fork(loader.settled)
        yield* rest
        yield* TestClock.adjust("2 seconds")
        yield* rest
        yield* TestClock.adjust("1999 millis")
        yield* rest
        assert.isTrue(Option.isNone(yield* Fiber.poll(settled)))
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(settled)
        assert.deepStrictEqual(keysOf(loader), ["slow"])
        assert.deepStrictEqual(yield* asked, [])
        assert.deepStrictEqual(warnings(), [])

        answers.shouldFetch = Effect.succeed(false)
        answers.get = stuck
        const refresh = yield* Effect.fork(loader.definitions.refresh)
        yield* rest
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual(yield* Fiber.join(refresh), "failed")
        assert.deepStrictEqual(keysOf(loader), ["slow"])
        assert.deepStrictEqual(warnings(), ["the cache of flag definitions failed (read): no answer in time"])
      })
    ))

  it.scoped("FLAGS-DEFS-13 FLAGS-DEFS-15 a decision and a store that never come end in their time", () =>
    inWorld(({ start, warnings }) =>
      Effect.gen(function*() {
        const { answers, cache } = recorder()
        answers.store = stuck
        const loader = yield* start({}, cache)
        yield* rest
        assert.isFalse(loader.current().attempted)
        yield* TestClock.adjust("3 seconds")
        yield* loader.settled
        assert.deepStrictEqual(keysOf(loader), ["first"])
        answers.shouldFetch = stuck
        const refresh = yield* Effect.fork(loader.definitions.refresh)
        yield* rest
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual(yield* Fiber.join(refresh), "unchanged")
        assert.deepStrictEqual(warnings(), [
          "the cache of flag definitions failed (store): no answer in time",
          "the cache of flag definitions failed (decision): no answer in time"
        ])
      })
    ))

  it.scoped("FLAGS-DEFS-14 a failing read keeps what is loaded, and is one warning", () =>
    inWorld(({ asked, logs, start, warnings }) =>
      Effect.gen(function*() {
        const { answers, cache } = recorder()
        answers.shouldFetch = Effect.succeed(false)
        answers.get = Effect.succeedSome(cached("loaded"))
        const loader = yield* start({}, cache)
        yield* loader.settled
        for (const failure of [refuses("get"), Effect.die(new Error("broken")), Effect.interrupt]) {
          answers.get = failure
          assert.strictEqual(yield* loader.definitions.refresh, "failed")
          assert.deepStrictEqual(keysOf(loader), ["loaded"])
          assert.isTrue(yield* loader.definitions.isStale)
        }
        assert.deepStrictEqual(warnings(), [
          "the cache of flag definitions failed (read): The cache of flag definitions failed to get: out of order"
        ])
        answers.get = Effect.succeedSome(cached("loaded"))
        assert.strictEqual(yield* loader.definitions.refresh, "unchanged")
        assert.isFalse(yield* loader.definitions.isStale)
        assert.deepInclude(logs, { level: "INFO", text: "the cache of flag definitions works again (read)" })
        assert.deepStrictEqual(yield* asked, [])
      })
    ))

  it.scoped("FLAGS-DEFS-15 a failing decision falls back to a request of one's own, with a warning, and is not stored", () =>
    inWorld(({ asked, start, warnings }) =>
      Effect.gen(function*() {
        const { answers, cache, calls } = recorder()
        answers.shouldFetch = refuses("shouldFetch")
        const loader = yield* start({}, cache)
        yield* loader.settled
        assert.deepStrictEqual(keysOf(loader), ["first"])
        assert.strictEqual((yield* asked).length, 1)
        assert.strictEqual(warnings().length, 1)
        assert.match(warnings()[0] ?? "", /decision/)
        assert.deepStrictEqual(calls, ["shouldFetch"])
        // once it may, the cache gets what it lacks, although PostHog has nothing new
        answers.shouldFetch = Effect.succeed(true)
        assert.strictEqual(yield* loader.definitions.refresh, "unchanged")
        assert.deepStrictEqual(calls, ["shouldFetch", "shouldFetch", "store"])
      })
    ))

  it.scoped("FLAGS-DEFS-15 without a secret key there is no decision to ask for and no request to fall back to", () =>
    inWorld(({ asked, start }) =>
      Effect.gen(function*() {
        const { answers, cache, calls } = recorder()
        answers.shouldFetch = refuses("shouldFetch")
        const loader = yield* start({ secretKey: undefined }, cache)
        yield* loader.settled
        assert.isFalse(yield* loader.definitions.isReady)
        answers.get = Effect.succeedSome(cached("read"))
        yield* TestClock.adjust("30 seconds")
        yield* until("the poll reads", () => keysOf(loader)?.[0] === "read")
        assert.deepStrictEqual(calls, ["get", "get"])
        assert.deepStrictEqual(yield* asked, [])
      })
    ))

  it.scoped("FLAGS-DEFS-16 a failing store leaves the fresh definitions usable, and is tried again", () =>
    inWorld(({ start, warnings }) =>
      Effect.gen(function*() {
        const { answers, cache, stored } = recorder()
        answers.store = Effect.die("no place")
        const loader = yield* start({}, cache)
        yield* loader.settled
        assert.deepStrictEqual(keysOf(loader), ["first"])
        assert.isFalse(yield* loader.definitions.isStale)
        assert.deepStrictEqual(warnings(), ["the cache of flag definitions failed (store): no place"])
        answers.store = Effect.void
        yield* loader.definitions.refresh
        yield* loader.definitions.refresh
        assert.strictEqual(stored.length, 2)
      })
    ))

  const closes = (shutdown: Effect.Effect<void, FlagDefinitionCache.CacheError>) =>
    inWorld(({ start, warnings }) =>
      Effect.gen(function*() {
        const { answers, cache, calls } = recorder()
        answers.shutdown = shutdown
        const open = yield* Deferred.make<void>()
        const closing = yield* Effect.fork(Effect.scoped(Effect.gen(function*() {
          yield* (yield* start({}, cache)).settled
          yield* Deferred.succeed(open, undefined)
        })))
        yield* Deferred.await(open)
        yield* rest
        yield* TestClock.adjust("3 seconds")
        yield* Fiber.join(closing)
        assert.deepStrictEqual(calls, ["shouldFetch", "store", "shutdown"])
        assert.strictEqual(warnings().length, 1)
        assert.match(warnings()[0] ?? "", /shutdown/)
      })
    )

  it.scoped("FLAGS-DEFS-17: closing shuts the cache down, and one whose shutdown fails is a warning", () =>
    closes(refuses("shutdown")))

  it.scoped("FLAGS-DEFS-17: one whose shutdown dies is a warning", () => closes(Effect.die(new Error("broken"))))

  it.scoped("FLAGS-DEFS-17: one whose shutdown never ends is a warning, and nobody waits for it", () => closes(stuck))

  it.scoped("FLAGS-DEFS-18 an empty cache keeps what is loaded", () =>
    inWorld(({ asked, start, warnings }) =>
      Effect.gen(function*() {
        const { answers, cache } = recorder()
        answers.shouldFetch = Effect.succeed(false)
        answers.get = Effect.succeedSome(cached("loaded"))
        const loader = yield* start({}, cache)
        yield* loader.settled
        answers.get = Effect.succeedNone
        assert.strictEqual(yield* loader.definitions.refresh, "unchanged")
        assert.deepStrictEqual(keysOf(loader), ["loaded"])
        assert.deepStrictEqual(yield* asked, [])
        assert.deepStrictEqual(warnings(), [])
      })
    ))

  it.scoped("FLAGS-DEFS-19 an empty cache, nothing loaded and a key: PostHog is asked all the same, once", () =>
    inWorld(({ asked, start }) =>
      Effect.gen(function*() {
        const { answers, cache, calls } = recorder()
        answers.shouldFetch = Effect.succeed(false)
        const loader = yield* start({}, cache)
        yield* loader.settled
        assert.deepStrictEqual(keysOf(loader), ["first"])
        assert.strictEqual(yield* loader.definitions.refresh, "unchanged")
        assert.strictEqual((yield* asked).length, 1)
        assert.deepStrictEqual(calls, ["shouldFetch", "get", "shouldFetch", "get"])
      })
    ))

  for (
    const [what, data] of [
      ["null", null],
      ["a text", "flags"],
      ["no list of flags", { flags: { a: 1 } }],
      ["a body that throws", {
        get flags() {
          throw new Error("a trap")
        }
      }],
      ["no flags but a prototype's", Object.create({ flags: [] })]
    ] as const
  ) {
    it.scoped(`FLAGS-DEFS-20 malformed cache data (${what}) is a warning and erases nothing`, () =>
      inWorld(({ asked, start, warnings }) =>
        Effect.gen(function*() {
          const { answers, cache } = recorder()
          answers.shouldFetch = Effect.succeed(false)
          answers.get = Effect.succeedSome(cached("loaded"))
          const loader = yield* start({}, cache)
          yield* loader.settled
          // what a cache of somebody's own returns need not be what its type says
          answers.get = Effect.succeed(Option.some(data as never))
          assert.strictEqual(yield* loader.definitions.refresh, "failed")
          yield* loader.definitions.refresh
          assert.deepStrictEqual(keysOf(loader), ["loaded"])
          assert.strictEqual(warnings().length, 1)
          assert.match(warnings()[0] ?? "", /malformed/)
          assert.deepStrictEqual(yield* asked, [])
        })
      ))
  }

  it.scoped("FLAGS-DEFS-20 malformed cache data, nothing loaded and a key: PostHog is asked", () =>
    inWorld(({ start }) =>
      Effect.gen(function*() {
        const { answers, cache } = recorder()
        answers.shouldFetch = Effect.succeed(false)
        answers.get = Effect.succeed(undefined as never)
        const loader = yield* start({}, cache)
        yield* loader.settled
        assert.deepStrictEqual(keysOf(loader), ["first"])
      })
    ))

  it.scoped("who may fetch and cannot, and has nothing, reads what others stored before", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        const { answers, cache } = recorder()
        answers.get = Effect.succeedSome(cached("of yesterday"))
        yield* server.always(Fault.Status({ status: 503 }))
        const loader = yield* start({}, cache)
        yield* loader.settled
        assert.deepStrictEqual(keysOf(loader), ["of yesterday"])
      })
    ))

  it.scoped("FLAGS-DEFS-06 what a refusal cleared does not come back from the cache while PostHog is left alone", () =>
    inWorld(({ asked, server, start }) =>
      Effect.gen(function*() {
        const { answers, cache } = recorder()
        const loader = yield* start({}, cache)
        yield* loader.settled
        answers.get = Effect.succeedSome(cached("of yesterday"))
        yield* server.always(Fault.Status({ status: 402 }))
        assert.strictEqual(yield* loader.definitions.refresh, "quotaLimited")
        yield* TestClock.adjust("50 seconds")
        yield* rest
        assert.isUndefined(keysOf(loader))
        assert.strictEqual((yield* asked).length, 2)
      })
    ))

  it.scoped("what was read from the cache has no ETag: the next request asks for everything", () =>
    inWorld(({ asked, start }) =>
      Effect.gen(function*() {
        const { answers, cache } = recorder()
        const loader = yield* start({}, cache)
        yield* loader.settled
        answers.shouldFetch = Effect.succeed(false)
        answers.get = Effect.succeedSome(cached("newer"))
        yield* loader.definitions.refresh
        assert.deepStrictEqual(keysOf(loader), ["newer"])
        answers.shouldFetch = Effect.succeed(true)
        assert.strictEqual(yield* loader.definitions.refresh, "updated")
        assert.deepStrictEqual(yield* asked, [{ status: 200, etag: undefined }, { status: 200, etag: undefined }])
      })
    ))

  it.scoped("a hint is a reason to look at once, but never the cause of a storm", () =>
    inWorld(({ asked, start }) =>
      Effect.gen(function*() {
        const { answers, cache, calls } = recorder()
        const loader = yield* start({}, {
          ...cache,
          changes: Stream.repeatEffect(Effect.as(Effect.yieldNow(), undefined))
        })
        yield* loader.settled
        answers.shouldFetch = Effect.succeed(false)
        answers.get = Effect.succeedSome(cached("told"))
        yield* TestClock.adjust("250 millis")
        yield* until("the hint is followed", () => keysOf(loader)?.[0] === "told")
        yield* rest
        assert.deepStrictEqual(calls, ["shouldFetch", "store", "shouldFetch", "get"])
        assert.strictEqual((yield* asked).length, 1)
      })
    ))

  it.scoped("changes that break off are a warning, and polling goes on", () =>
    inWorld(({ start, warnings }) =>
      Effect.gen(function*() {
        const { cache, calls } = recorder()
        const loader = yield* start({}, { ...cache, changes: Stream.die("gone") })
        yield* loader.settled
        yield* rest
        assert.deepStrictEqual(warnings(), ["the cache of flag definitions tells no changes any more: gone"])
        yield* TestClock.adjust("30 seconds")
        yield* until("the poll", () => calls.length > 2)
      })
    ))

  it.scoped("keys do not reach the cache or the log", () =>
    inWorld(({ logs, server, start }) =>
      Effect.gen(function*() {
        const { answers, cache, stored } = recorder()
        const loader = yield* start({}, cache)
        yield* loader.settled
        answers.shouldFetch = refuses("shouldFetch")
        for (const status of [401, 402, 429, 503]) {
          yield* server.enqueue(Fault.Status({ status }))
          yield* loader.definitions.refresh
        }
        const text = JSON.stringify([logs, stored])
        assert.notInclude(text, secret)
        assert.notInclude(text, token)
      })
    ))
})

describe("layerMemory", () => {
  it.scoped("of several clients one fetches; the others have its definitions at once", () =>
    inWorld(({ asked, server, start }) =>
      Effect.gen(function*() {
        const cache = yield* FlagDefinitionCache.FlagDefinitionCache
        const leader = yield* start({}, cache)
        yield* leader.settled
        const others = [yield* start({}, cache), yield* start({}, cache)]
        for (const other of others) {
          yield* other.settled
          assert.deepStrictEqual(keysOf(other), ["first"])
        }
        assert.strictEqual((yield* asked).length, 1)
        yield* rest
        yield* server.setDefinitions(set("second"))
        yield* TestClock.adjust("30 seconds")
        for (const client of [leader, ...others]) {
          yield* until("everybody has it", () => keysOf(client)?.[0] === "second")
        }
        assert.strictEqual((yield* asked).length, 2)
      }).pipe(Effect.provide(FlagDefinitionCache.layerMemory({ every: "20 seconds" })))
    ))
})

describe("fromProvider", () => {
  it.scoped("FLAGS-DEFS-12 FLAGS-DEFS-25 a provider of posthog-node is used, by value or by promise, in both spellings", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        const received: Array<Record<string, unknown>> = []
        let closed = 0
        let fetches = true
        yield* server.setDefinitions(set("first", { minimal_flag_called_events: true, property_matching_version: 2 }))
        const cache = FlagDefinitionCache.fromProvider({
          shouldFetchFlagDefinitions: () => fetches,
          getFlagDefinitions: async () => ({
            flags: set("of node").flags,
            groupTypeMapping: { "1": "team" },
            cohorts: {},
            minimalFlagCalledEvents: true,
            propertyMatchingVersion: 2
          }),
          onFlagDefinitionsReceived: async (data) => {
            received.push(data)
          },
          shutdown: () => {
            closed++
          }
        })
        const loader = yield* start({}, cache)
        yield* loader.settled
        assert.deepStrictEqual(received, [{
          ...set("first", { minimal_flag_called_events: true, property_matching_version: 2 }),
          groupTypeMapping: { "0": "company" },
          minimalFlagCalledEvents: true,
          propertyMatchingVersion: 2
        }])
        fetches = false
        assert.strictEqual(yield* loader.definitions.refresh, "updated")
        const definitions = loader.current().flags?.definitions
        assert.deepStrictEqual(keysOf(loader), ["of node"])
        assert.deepStrictEqual(definitions?.raw["group_type_mapping"], { "1": "team" })
        assert.isTrue(definitions?.minimalFlagCalledEvents)
        assert.isTrue(definitions?.explicitMatching)
        yield* loader.close
        assert.strictEqual(closed, 1)
      })
    ))

  it.effect("FLAGS-DEFS-14 FLAGS-DEFS-20 what throws, rejects or is malformed is a CacheError; nothing there is nothing", () =>
    Effect.gen(function*() {
      const make = (get: () => unknown) =>
        FlagDefinitionCache.fromProvider({
          getFlagDefinitions: get,
          shouldFetchFlagDefinitions: () => {
            throw new Error("no decision")
          },
          onFlagDefinitionsReceived: () => Promise.reject(new Error("no place"))
        })
      assert.deepStrictEqual(yield* make(() => undefined).get, Option.none())
      assert.deepStrictEqual(yield* make(async () => null).get, Option.none())
      const malformed = yield* Effect.flip(make(() => ({ flags: 1 })).get)
      assert.deepStrictEqual([malformed.operation, malformed.reason], ["get", "what is cached is malformed"])
      const { shouldFetch, shutdown, store } = make(() => Promise.reject(new Error("no")))
      assert.strictEqual((yield* Effect.flip(shouldFetch)).reason, "no decision")
      assert.strictEqual((yield* Effect.flip(store(cached("a")))).reason, "no place")
      yield* shutdown
    }))
})

describe("fromUnknown", () => {
  it.effect("PostHog's spelling counts where both are there; keys of a prototype's name are keys like any other", () =>
    Effect.sync(() => {
      const text =
        `{"flags":[],"group_type_mapping":{"0":"a"},"groupTypeMapping":{"0":"b"},"__proto__":{"x":1},"constructor":2}`
      const data = FlagDefinitionCache.fromUnknown(JSON.parse(text))
      assert.deepStrictEqual(data?.group_type_mapping, { "0": "a" })
      assert.deepStrictEqual(
        JSON.parse(JSON.stringify(data)),
        JSON.parse(`{"flags":[],"group_type_mapping":{"0":"a"},"cohorts":{},"__proto__":{"x":1},"constructor":2}`)
      )
    }))

  it.effect("a layer of one's own is the service", () =>
    Effect.gen(function*() {
      const { cache } = recorder()
      const service = yield* Effect.provide(
        FlagDefinitionCache.FlagDefinitionCache,
        Layer.fresh(FlagDefinitionCache.layer(cache))
      )
      assert.strictEqual(service, cache)
    }))
})
