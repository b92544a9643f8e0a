/**
 * Where several clients share one set of flag definitions, so that not every one of them asks PostHog.
 *
 * The client asks `shouldFetch` before every request. `true`: it asks PostHog and hands what it got to `store`. `false`:
 * it reads `get` and asks nobody. It waits for every answer, but not longer than its `cacheTimeout`, and whatever fails
 * is a warning: definitions that are loaded stay loaded (FLAGS-DEFS-09 to FLAGS-DEFS-20).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { JsonObject } from "../../domain/JsonValue.js"
import { type CachedDefinitions, camelCased, fromUnknown } from "./CachedDefinitions.js"

export {
  /**
   * @since 0.1.0
   * @category models
   */
  type CachedDefinitions,
  /**
   * @since 0.1.0
   * @category conversions
   */
  fromUnknown
} from "./CachedDefinitions.js"

/**
 * Why a cache did not do its part. `reason` is logged: keep passwords out of it.
 *
 * @since 0.1.0
 * @category errors
 */
export class CacheError extends Schema.TaggedError<CacheError>("effect-posthog/CacheError")("CacheError", {
  operation: Schema.Literal("get", "shouldFetch", "store", "shutdown", "connect"),
  reason: Schema.String
}) {
  override get message(): string {
    return `The cache of flag definitions failed to ${this.operation}: ${this.reason}`
  }
}

/**
 * What a cache can do (FLAGS-DEFS-09).
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** What is cached, if anything is. */
  readonly get: Effect.Effect<Option.Option<CachedDefinitions>, CacheError>
  /** Shall the client that asks fetch from PostHog now? */
  readonly shouldFetch: Effect.Effect<boolean, CacheError>
  /** Takes what was fetched by a client that was told to. */
  readonly store: (data: CachedDefinitions) => Effect.Effect<void, CacheError>
  /** The client that uses it closes: gives up whatever it holds for it. */
  readonly shutdown: Effect.Effect<void, CacheError>
  /** Hints to look again at once: others have stored something, or nobody fetches any more. */
  readonly changes?: Stream.Stream<void> | undefined
}

/**
 * The cache that a client of feature flags uses, if the program provides one.
 *
 * @since 0.1.0
 * @category tags
 */
export class FlagDefinitionCache
  extends Context.Tag("effect-posthog/FlagDefinitionCache")<FlagDefinitionCache, Service>()
{}

/**
 * A cache of one's own.
 *
 * @example
 * import { Effect, Layer, Option } from "effect"
 * import * as FlagDefinitionCache from "effect-posthog/flags/definitions/FlagDefinitionCache"
 *
 * let cached: FlagDefinitionCache.CachedDefinitions | undefined
 *
 * const Cache: Layer.Layer<FlagDefinitionCache.FlagDefinitionCache> = FlagDefinitionCache.layer({
 *   get: Effect.sync(() => Option.fromNullable(cached)),
 *   shouldFetch: Effect.sync(() => cached === undefined),
 *   store: (data) =>
 *     Effect.sync(() => {
 *       cached = data
 *     }),
 *   shutdown: Effect.void
 * })
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (cache: Service): Layer.Layer<FlagDefinitionCache> => Layer.succeed(FlagDefinitionCache, cache)

/**
 * @since 0.1.0
 * @category models
 */
export interface MemoryOptions {
  /** One of the clients is told to fetch so often; set it below their poll interval. Default 20 seconds. */
  readonly every?: Duration.DurationInput | undefined
}

/**
 * A cache in memory, for clients of one process: whoever asks first fetches, the others read, and are told of what is
 * new at once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeMemory = (options: MemoryOptions = {}): Effect.Effect<Service> =>
  Effect.gen(function*() {
    const every = Duration.toMillis(options.every ?? "20 seconds")
    const stored = yield* PubSub.sliding<void>(1)
    let cached: CachedDefinitions | undefined
    let grantedAt = Number.NEGATIVE_INFINITY
    return {
      get: Effect.sync(() => Option.fromNullable(cached)),
      shouldFetch: Effect.map(Clock.currentTimeMillis, (now) => {
        const granted = now - grantedAt >= every
        if (granted) {
          grantedAt = now
        }
        return granted
      }),
      store: (data) =>
        Effect.suspend(() => {
          cached = data
          return Effect.asVoid(PubSub.publish(stored, undefined))
        }),
      shutdown: Effect.void,
      changes: Stream.fromPubSub(stored)
    }
  })

/**
 * A cache in memory, shared by all clients that the layer is provided to.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory = (options: MemoryOptions = {}): Layer.Layer<FlagDefinitionCache> =>
  Layer.effect(FlagDefinitionCache, makeMemory(options))

/**
 * What posthog-node takes as `flagDefinitionCacheProvider`; each function may return its result or a promise of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Provider {
  readonly getFlagDefinitions: () => unknown
  readonly shouldFetchFlagDefinitions: () => boolean | PromiseLike<boolean>
  readonly onFlagDefinitionsReceived: (data: JsonObject) => unknown
  readonly shutdown?: (() => unknown) | undefined
}

/**
 * Makes a cache of a provider that was written for posthog-node (FLAGS-DEFS-12, FLAGS-DEFS-25). It is handed both
 * spellings: `group_type_mapping` and `groupTypeMapping`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromProvider = (provider: Provider): Service => {
  const attempt = <A>(operation: CacheError["operation"], f: () => A | PromiseLike<A>) =>
    Effect.tryPromise({
      try: async () => f(),
      catch: (error) => new CacheError({ operation, reason: error instanceof Error ? error.message : "it threw" })
    })
  return {
    get: Effect.flatMap(attempt("get", () => provider.getFlagDefinitions()), (data) => {
      const cached = data === undefined || data === null ? undefined : fromUnknown(data)
      return data === undefined || data === null || cached !== undefined
        ? Effect.succeed(Option.fromNullable(cached))
        : Effect.fail(new CacheError({ operation: "get", reason: "what is cached is malformed" }))
    }),
    shouldFetch: Effect.map(
      attempt("shouldFetch", () => provider.shouldFetchFlagDefinitions()),
      (answer) => answer === true
    ),
    store: (data) =>
      Effect.asVoid(attempt("store", () => provider.onFlagDefinitionsReceived({ ...data, ...camelCased(data) }))),
    shutdown: Effect.asVoid(attempt("shutdown", () => provider.shutdown?.()))
  }
}
