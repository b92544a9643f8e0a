/**
 * Flag definitions shared over Redis: of any number of processes one asks PostHog, and all see a change when it does.
 *
 * It needs `ioredis` 5. The process that leads holds a lock that it has to renew; when it is killed another takes its
 * place within the lease. The others read what it stored, and are told at once of what is new. While Redis cannot be
 * reached every process asks PostHog for itself.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Redis, type RedisOptions } from "ioredis"
import { randomUUID } from "node:crypto"
import { CacheError, FlagDefinitionCache, type Service } from "./FlagDefinitionCache.js"
import * as RedisLease from "./RedisLease.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * Names what is shared: give it to the processes of one project, and another one to those of another project. One
   * client in each process.
   */
  readonly keyPrefix: string
  /** `redis://…` or `rediss://…`. Default: `redis`, and what that leaves open. */
  readonly url?: string | Redacted.Redacted | undefined
  /** What `ioredis` takes. What this module depends on is not among it: queues, retries and timeouts of commands. */
  readonly redis?: RedisOptions | undefined
  /** After so long a leader that was killed has a successor. Default 10 seconds, at least half a second. */
  readonly lease?: Duration.DurationInput | undefined
  /** For one command, and for connecting. Default 1 second. */
  readonly commandTimeout?: Duration.DurationInput | undefined
  /**
   * How long a process that has nothing waits for the first set of a leader that is just fetching it; then it asks
   * PostHog itself. Keep it below the client's `cacheTimeout`. Default 2 seconds.
   */
  readonly patience?: Duration.DurationInput | undefined
}

/**
 * A cache on Redis. It connects when it is first used, and again whenever the connection is lost.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Service, CacheError, Scope.Scope> =>
  Effect.gen(function*() {
    if (options.keyPrefix.trim() === "") {
      return yield* new CacheError({ operation: "connect", reason: "keyPrefix is empty" })
    }
    const timeout = Duration.decode(options.commandTimeout ?? "1 second")
    const redis = yield* connection(options, {
      // a command that cannot be sent now is of no use later
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: Duration.toMillis(timeout),
      connectTimeout: Duration.toMillis(timeout)
    })
    return yield* RedisLease.make(
      {
        eval: (script, keys, args) =>
          Effect.zipRight(
            Effect.timeoutFail(Effect.disconnect(connected(redis)), {
              duration: timeout,
              onTimeout: () => "Redis cannot be reached"
            }),
            attempt(() => redis.eval(script, keys.length, ...keys, ...args))
          ),
        messages: (channel) => messages(options, channel)
      },
      {
        keyPrefix: options.keyPrefix,
        // not from Random: a seed that processes share would make all of them the leader
        token: randomUUID(),
        lease: Duration.max(Duration.decode(options.lease ?? "10 seconds"), "500 millis"),
        patience: Duration.decode(options.patience ?? "2 seconds")
      }
    )
  })

/**
 * A cache on Redis for the clients of feature flags.
 *
 * @example
 * import * as FlagDefinitionCacheRedis from "effect-posthog/flags/definitions/FlagDefinitionCacheRedis"
 *
 * const Cache = FlagDefinitionCacheRedis.layer({
 *   url: "redis://127.0.0.1:6379",
 *   keyPrefix: "shop:flags",
 *   lease: "10 seconds"
 * })
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<FlagDefinitionCache, CacheError> =>
  Layer.scoped(FlagDefinitionCache, make(options))

/**
 * A cache on Redis, with options from a `ConfigProvider`.
 *
 * @example
 * import { Config } from "effect"
 * import * as FlagDefinitionCacheRedis from "effect-posthog/flags/definitions/FlagDefinitionCacheRedis"
 *
 * const Cache = FlagDefinitionCacheRedis.layerConfig({
 *   url: Config.redacted("REDIS_URL"),
 *   keyPrefix: Config.succeed("shop:flags")
 * })
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Omit<Options, "redis">>
): Layer.Layer<FlagDefinitionCache, CacheError | ConfigError.ConfigError> =>
  Layer.scoped(FlagDefinitionCache, Effect.flatMap(Config.unwrap(config), make))

const reasonOf = (error: unknown): string => error instanceof Error && error.message !== "" ? error.message : "no words"

const attempt = <A>(f: () => PromiseLike<A>): Effect.Effect<A, string> => Effect.tryPromise({ try: f, catch: reasonOf })

/** A connection that opens when it is first used and closes with the scope. */
const connection = (
  options: Options,
  ours: RedisOptions
): Effect.Effect<Redis, CacheError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const { url } = options
        const all: RedisOptions = { ...options.redis, ...ours, lazyConnect: true }
        const redis = url === undefined
          ? new Redis(all)
          : new Redis(Redacted.isRedacted(url) ? Redacted.value(url) : url, all)
        // without a listener it would write to the console; whoever needs the connection is told by its command
        redis.on("error", () => {})
        return redis
      },
      catch: () => new CacheError({ operation: "connect", reason: "the address or the options are none of Redis's" })
    }),
    (redis) => Effect.sync(() => redis.disconnect())
  )

/** Waits until commands can be sent. */
const connected = (redis: Redis): Effect.Effect<void, string> =>
  Effect.suspend(() => {
    switch (redis.status) {
      case "ready":
        return Effect.void
      case "wait":
        return Effect.asVoid(attempt(() => redis.connect()))
      case "end":
        return Effect.fail("the connection is closed")
      default:
        return Effect.async<void, string>((resume) => {
          const succeed = () => resume(Effect.void)
          redis.once("ready", succeed)
          return Effect.sync(() => redis.off("ready", succeed))
        })
    }
  })

/** What is published on a channel, over a connection of its own, as Redis wants it. */
const messages = (options: Options, channel: string): Stream.Stream<string> =>
  Stream.asyncPush<string, CacheError>((emit) =>
    Effect.gen(function*() {
      const redis = yield* connection(options, { enableOfflineQueue: true, maxRetriesPerRequest: null })
      let wasReady = false
      redis.on("message", (_channel, sender) => emit.single(sender))
      redis.on("ready", () => {
        // it subscribes again by itself; what was said meanwhile is lost
        if (wasReady) {
          emit.single("")
        }
        wasReady = true
      })
      // waits in the queue until there is a connection
      redis.subscribe(channel).catch(() => {})
    }), { bufferSize: 16, strategy: "sliding" }).pipe(Stream.catchAll(() => Stream.empty))
