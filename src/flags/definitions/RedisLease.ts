/**
 * A cache in Redis with one leader: it alone fetches, the others read what it stored, and one of them takes its place
 * when it is gone.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as CurrentScope from "../../scope/CurrentScope.js"
import * as FlagDefinitionCache from "./FlagDefinitionCache.js"
import * as IdleSleep from "./IdleSleep.js"
import * as RedisScripts from "./RedisScripts.js"

/** As much of Redis as is needed; `eval` has an end and fails with words that hold no secret. */
export interface Commands {
  readonly eval: (
    script: string,
    keys: ReadonlyArray<string>,
    args: ReadonlyArray<string | number>
  ) => Effect.Effect<unknown, string>
  /** What is published; the empty text when something may have been missed. */
  readonly messages: (channel: string) => Stream.Stream<string>
}

export interface Settings {
  readonly keyPrefix: string
  /** Tells this process from all others. */
  readonly token: string
  /** After so long a leader that was killed has a successor. */
  readonly lease: Duration.Duration
  /** How long a reader waits for the first set of a leader that is just fetching it. */
  readonly patience: Duration.Duration
}

type Operation = FlagDefinitionCache.CacheError["operation"]

// how often a reader that waits for the first set looks
const glance = 50

export const make = (
  commands: Commands,
  settings: Settings
): Effect.Effect<FlagDefinitionCache.Service, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { token } = settings
    // in braces: one slot of a cluster, as the scripts need it
    const lock = `{${settings.keyPrefix}}:leader`
    const data = `{${settings.keyPrefix}}:definitions`
    const channel = `{${settings.keyPrefix}}:changes`
    // the successor needs a moment too
    const ttl = Math.floor(Duration.toMillis(settings.lease) * 0.9)
    const leading = Effect.unsafeMakeLatch(false)
    let isLeading = false
    let renewedAt = 0
    let stores = 0
    let stored: string | undefined
    let known: { readonly revision: string; readonly definitions: FlagDefinitionCache.CachedDefinitions } | undefined

    const run = (
      operation: Operation,
      script: string,
      keys: ReadonlyArray<string>,
      args: ReadonlyArray<string | number>
    ) =>
      Effect.mapError(
        commands.eval(script, keys, args),
        (reason) => new FlagDefinitionCache.CacheError({ operation, reason })
      )

    const follow = Effect.sync(() => {
      isLeading = false
      leading.unsafeClose()
    })

    const lead = (now: number) => {
      isLeading = true
      renewedAt = now
      leading.unsafeOpen()
    }

    const write = (body: string) =>
      run("store", RedisScripts.store, [lock, data], [token, channel, `${token}:${++stores}`, body])

    const heartbeat = Effect.gen(function*() {
      yield* leading.await
      yield* IdleSleep.sleep(ttl / 3)
      // before the question: the lease counts from when Redis heard of it, which is no earlier
      const now = yield* Clock.currentTimeMillis
      const answer = yield* Effect.option(run("shouldFetch", RedisScripts.renew, [lock, data], [token, ttl]))
      if (Option.isNone(answer)) {
        return now - renewedAt >= ttl ? yield* follow : undefined
      }
      if (answer.value === 0) {
        return yield* follow
      }
      renewedAt = now
      if (answer.value === 2 && stored !== undefined) {
        yield* Effect.ignore(write(stored))
      }
    }).pipe(Effect.forever)

    const shouldFetch = Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const mine = yield* run("shouldFetch", RedisScripts.acquire, [lock], [token, ttl])
      if (mine === 1) {
        lead(now)
      } else {
        yield* follow
      }
      return mine === 1
    })

    const malformed = new FlagDefinitionCache.CacheError({ operation: "get", reason: "what is stored is malformed" })

    const decode = (revision: string, body: string) =>
      Effect.try({ try: (): unknown => JSON.parse(body), catch: () => malformed }).pipe(
        Effect.flatMap((value) =>
          Effect.mapError(Effect.fromNullable(FlagDefinitionCache.fromUnknown(value)), () => malformed)
        ),
        Effect.map((definitions) => {
          known = { revision, definitions }
          return Option.some(definitions)
        })
      )

    const readUntil = (
      deadline: number
    ): Effect.Effect<Option.Option<FlagDefinitionCache.CachedDefinitions>, FlagDefinitionCache.CacheError> =>
      Effect.gen(function*() {
        const answer = yield* run("get", RedisScripts.read, [lock, data], [known?.revision ?? ""])
        if (!Array.isArray(answer)) {
          const now = yield* Clock.currentTimeMillis
          return answer === 1 && !isLeading && now < deadline
            ? yield* Effect.zipRight(IdleSleep.sleep(glance), readUntil(deadline))
            : Option.none()
        }
        const [revision, body]: ReadonlyArray<unknown> = answer
        if (known !== undefined && revision === known.revision) {
          return Option.some(known.definitions)
        }
        return typeof revision === "string" && typeof body === "string"
          ? yield* decode(revision, body)
          : yield* malformed
      })

    const release = Effect.suspend(() =>
      isLeading
        ? Effect.zipRight(follow, Effect.asVoid(run("shutdown", RedisScripts.release, [lock], [token, channel])))
        : Effect.void
    )

    /** Ends when nobody leads. */
    const vacancy = Effect.gen(function*() {
      for (;;) {
        const answer = yield* Effect.option(run("get", RedisScripts.remaining, [lock], []))
        const millis = Option.isSome(answer) && typeof answer.value === "number" ? answer.value : ttl
        if (millis === -2) {
          return
        }
        // a leader need not watch for itself
        yield* IdleSleep.sleep(!isLeading && millis > 0 ? millis + 1 : ttl)
      }
    })

    // not at once: a client asks when it starts, and whoever was hinted at a vacancy takes the place
    const vacancies = Stream.repeatEffect(Effect.zipRight(IdleSleep.sleep(ttl / 3), vacancy))

    yield* Effect.addFinalizer(() => Effect.ignore(release))
    yield* Effect.forkScoped(CurrentScope.withoutScope(Effect.interruptible(heartbeat)))

    return {
      get: Effect.flatMap(Clock.currentTimeMillis, (now) => readUntil(now + Duration.toMillis(settings.patience))),
      shouldFetch,
      store: (definitions) =>
        Effect.suspend(() => {
          const body = JSON.stringify(definitions)
          return Effect.flatMap(write(body), (answer) => {
            if (answer === 1) {
              stored = body
              return Effect.void
            }
            return Effect.zipRight(
              follow,
              new FlagDefinitionCache.CacheError({ operation: "store", reason: "another process leads by now" })
            )
          })
        }),
      shutdown: release,
      changes: Stream.merge(
        Stream.as(Stream.filter(commands.messages(channel), (sender) => sender !== token), undefined),
        vacancies
      )
    }
  })
