import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Duration, Effect, Layer, Redacted, Stream } from "effect"
import { createServer, type Socket } from "node:net"
import { FlagDefinitionCache } from "../../../src/flags/definitions/FlagDefinitionCache.js"
import * as FlagDefinitionCacheRedis from "../../../src/flags/definitions/FlagDefinitionCacheRedis.js"
import { inWorld, keysOf } from "./support.js"

/** A port where nobody listens, or one that takes connections and says nothing. */
const silentPort = (listens: boolean) =>
  Effect.acquireRelease(
    Effect.async<{ readonly port: number; readonly close: Effect.Effect<void> }>((resume) => {
      const sockets = new Set<Socket>()
      const server = createServer((socket) => {
        sockets.add(socket)
        socket.on("error", () => {})
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const close = Effect.async<void>((resume) => {
          sockets.forEach((socket) => socket.destroy())
          server.close(() => resume(Effect.void))
        })
        resume(listens ? Effect.succeed({ port, close }) : Effect.as(close, { port, close: Effect.void }))
      })
    }),
    ({ close }) => close
  )

describe("FlagDefinitionCacheRedis", () => {
  for (const listens of [false, true]) {
    it.scopedLive(
      `FLAGS-DEFS-13 FLAGS-DEFS-15 a Redis that ${
        listens ? "says nothing" : "is down"
      } blocks nobody: PostHog is asked directly`,
      () =>
        inWorld(({ asked, start, warnings }) =>
          Effect.gen(function*() {
            const { port } = yield* silentPort(listens)
            const startedAt = performance.now()
            yield* Effect.scoped(Effect.gen(function*() {
              const cache = yield* FlagDefinitionCacheRedis.make({
                url: `redis://:a-password@127.0.0.1:${port}`,
                keyPrefix: "nowhere",
                commandTimeout: "200 millis"
              })
              const loader = yield* start({ pollInterval: Duration.hours(1) }, cache)
              yield* loader.settled
              assert.deepStrictEqual(keysOf(loader), ["first"])
              assert.strictEqual(yield* loader.definitions.refresh, "unchanged")
            }))
            assert.isBelow(performance.now() - startedAt, 3000)
            assert.strictEqual((yield* asked).length, 2)
            assert.isAtLeast(warnings().length, 1)
            assert.match(warnings()[0] ?? "", /decision/)
            assert.notInclude(JSON.stringify(warnings()), "a-password")
          })
        )
    )
  }

  it.scopedLive("its errors are typed, and say what failed", () =>
    Effect.gen(function*() {
      const { port } = yield* silentPort(false)
      const cache = yield* FlagDefinitionCacheRedis.make({
        redis: { port, host: "127.0.0.1" },
        keyPrefix: "nowhere",
        commandTimeout: "100 millis"
      })
      assert.strictEqual((yield* Effect.flip(cache.shouldFetch)).operation, "shouldFetch")
      assert.strictEqual((yield* Effect.flip(cache.get)).operation, "get")
      const store = cache.store({ flags: [], group_type_mapping: {}, cohorts: {} })
      assert.strictEqual((yield* Effect.flip(store)).operation, "store")
      // it leads nothing, and so has nothing to give up
      yield* cache.shutdown
      const hints = yield* Effect.timeoutOption(Stream.runHead(cache.changes ?? Stream.empty), "100 millis")
      assert.strictEqual(hints._tag, "None")
    }))

  it.effect("an empty prefix is refused: it would be shared with strangers", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.scoped(FlagDefinitionCacheRedis.make({ keyPrefix: " " })))
      assert.deepStrictEqual([error.operation, error.reason], ["connect", "keyPrefix is empty"])
    }))

  it.effect("layerConfig reads what it is told to, and connects to nothing by itself", () =>
    Effect.gen(function*() {
      const layer = FlagDefinitionCacheRedis.layerConfig({
        url: Config.redacted("REDIS_URL"),
        keyPrefix: Config.string("PREFIX"),
        lease: Config.duration("LEASE")
      })
      const build = (entries: ReadonlyArray<readonly [string, string]>) =>
        Effect.either(Effect.scoped(Layer.build(layer))).pipe(
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map(entries)))
        )
      const url = ["REDIS_URL", "redis://127.0.0.1:1"] as const
      assert.strictEqual((yield* build([url, ["PREFIX", "a"], ["LEASE", "5 seconds"]]))._tag, "Right")
      assert.strictEqual((yield* build([url, ["PREFIX", ""], ["LEASE", "5 seconds"]]))._tag, "Left")
      assert.strictEqual((yield* build([url, ["LEASE", "5 seconds"]]))._tag, "Left")
    }))

  it.effect("a layer is the service", () =>
    Effect.gen(function*() {
      const layer = FlagDefinitionCacheRedis.layer({ url: Redacted.make("redis://127.0.0.1:1"), keyPrefix: "a" })
      const service = yield* Effect.provide(FlagDefinitionCache, layer)
      assert.isDefined(service.changes)
    }))
})
