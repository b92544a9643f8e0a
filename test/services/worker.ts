/** One process of many: a loader of flag definitions on the shared cache. It tells every set that it gets. */
import { FetchHttpClient } from "@effect/platform"
import { DateTime, Deferred, Duration, Effect, Layer, Logger, LogLevel, Redacted, Stream } from "effect"
import * as DefinitionLoader from "../../src/flags/definitions/DefinitionLoader.js"
import * as FlagDefinitionCacheRedis from "../../src/flags/definitions/FlagDefinitionCacheRedis.js"
import type { Job, Saw } from "./protocol.js"

const job: Job = JSON.parse(process.argv[2] ?? "{}")

const tell = (key: string | undefined) =>
  Effect.sync(() => {
    const saw: Saw = { key: key ?? "", at: Date.now() }
    process.send?.(saw)
  })

const main = Effect.gen(function*() {
  const loader = yield* DefinitionLoader.make({
    host: job.host,
    token: Redacted.make(job.name),
    secretKey: Redacted.make("phs_secret"),
    pollInterval: Duration.millis(job.pollMillis),
    requestTimeout: Duration.seconds(5),
    cacheTimeout: Duration.seconds(3),
    initialDefinitions: undefined,
    definitionsFile: undefined,
    offline: false,
    timeZone: DateTime.zoneMakeOffset(0),
    evaluationContexts: undefined
  })
  yield* Effect.forkScoped(Stream.runForEach(loader.definitions.changes, ({ flags }) => tell(flags[0]?.key)))
  yield* loader.settled
  yield* tell(loader.current().flags?.keys[0])
  const stop = yield* Deferred.make<void>()
  process.once("message", () => Deferred.unsafeDone(stop, Effect.void))
  yield* Deferred.await(stop)
}).pipe(
  Effect.scoped,
  Effect.provide(Layer.merge(
    FlagDefinitionCacheRedis.layer({
      url: job.redis,
      keyPrefix: job.keyPrefix,
      lease: Duration.millis(job.leaseMillis)
    }),
    FetchHttpClient.layer
  )),
  Logger.withMinimumLogLevel(LogLevel.Error)
)

void Effect.runPromise(main).then(() => process.disconnect())
