/**
 * The one fiber that loads: by the clock, on demand and on hints, one refresh at a time (FLAGS-DEFS-07).
 *
 * Because refreshes never overlap, no answer can overtake a later one.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type { RefreshOutcome } from "./Definitions.js"
import * as IdleSleep from "./IdleSleep.js"

export interface Settings {
  readonly refresh: (demanded: boolean) => Effect.Effect<RefreshOutcome>
  /** Milliseconds until the next refresh, after the one that began at `startedAt`; `undefined`: only on demand. */
  readonly untilNext: ((startedAt: number) => Effect.Effect<number>) | undefined
  /** Hints come through no more often than this, in milliseconds: a cache may hint at what this very client stored. */
  readonly hintGap: number
}

export interface DefinitionPoller {
  /** Runs until it is interrupted. */
  readonly run: Effect.Effect<never>
  /** The outcome of the refresh under way, or else of a new one. Interrupting the wait does not interrupt that. */
  readonly demand: Effect.Effect<RefreshOutcome>
  readonly hint: Effect.Effect<void>
  /** The first refresh has ended. */
  readonly settled: Effect.Effect<void>
  readonly closed: Effect.Effect<void>
  /** Whoever waits, waits no longer; demands from now on are `inactive`. */
  readonly close: Effect.Effect<void>
}

const annotations = { package: "effect-posthog", module: "flags" }

export const make = (settings: Settings): DefinitionPoller => {
  const demanded = Effect.unsafeMakeLatch(false)
  const hinted = Effect.unsafeMakeLatch(false)
  const settled = Effect.unsafeMakeLatch(false)
  let outcome = Deferred.unsafeMake<RefreshOutcome>(FiberId.none)
  const closed = Effect.unsafeMakeLatch(false)
  let isWaitedFor = false
  let isRefreshing = false
  let isClosed = false

  const refresh = Effect.gen(function*() {
    const isDemanded = isWaitedFor
    isWaitedFor = false
    isRefreshing = true
    demanded.unsafeClose()
    hinted.unsafeClose()
    const result = yield* Effect.catchAllCause(
      settings.refresh(isDemanded),
      (cause) =>
        Effect.logError("refreshing flag definitions failed unexpectedly", cause).pipe(
          Effect.annotateLogs(annotations),
          Effect.as("failed" as const)
        )
    )
    isRefreshing = false
    const done = outcome
    outcome = Deferred.unsafeMake(FiberId.none)
    yield* Deferred.succeed(done, result)
    settled.unsafeOpen()
  })

  const pause = (startedAt: number) =>
    Effect.gen(function*() {
      if (settings.untilNext === undefined) {
        return yield* demanded.await
      }
      const millis = yield* settings.untilNext(startedAt)
      const gap = settings.hintGap - ((yield* Clock.currentTimeMillis) - startedAt)
      yield* demanded.await.pipe(
        Effect.raceFirst(IdleSleep.sleep(millis)),
        Effect.raceFirst(Effect.zipRight(gap > 0 ? IdleSleep.sleep(gap) : Effect.void, hinted.await))
      )
    })

  return {
    run: Effect.gen(function*() {
      const startedAt = yield* Clock.currentTimeMillis
      yield* refresh
      yield* pause(startedAt)
    }).pipe(Effect.forever),
    demand: Effect.suspend(() => {
      if (isClosed) {
        return Effect.succeed("inactive")
      }
      if (!isRefreshing) {
        isWaitedFor = true
        demanded.unsafeOpen()
      }
      return Deferred.await(outcome)
    }),
    hint: Effect.sync(() => hinted.unsafeOpen()),
    settled: settled.await,
    closed: closed.await,
    close: Effect.suspend(() => {
      isClosed = true
      settled.unsafeOpen()
      closed.unsafeOpen()
      return Effect.asVoid(Deferred.succeed(outcome, "inactive"))
    })
  }
}
