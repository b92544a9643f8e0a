/**
 * Loads flag definitions and keeps them fresh: start values, PostHog, and a cache that is shared with others.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as CurrentScope from "../../scope/CurrentScope.js"
import * as BoundedCache from "./BoundedCache.js"
import * as Compile from "./Compile.js"
import * as DefinitionPoller from "./DefinitionPoller.js"
import * as DefinitionRequest from "./DefinitionRequest.js"
import type { Definitions, RefreshOutcome } from "./Definitions.js"
import * as DefinitionSource from "./DefinitionSource.js"
import type { DefinitionState } from "./DefinitionState.js"
import * as DefinitionStore from "./DefinitionStore.js"
import { FlagDefinitionCache } from "./FlagDefinitionCache.js"
import * as Outages from "./Outages.js"
import * as StartDefinitions from "./StartDefinitions.js"

export interface Settings {
  readonly host: string
  /** The project's API key. */
  readonly token: Redacted.Redacted
  /** Without one PostHog is never asked (FLAGS-DEFS-04). */
  readonly secretKey: Redacted.Redacted | undefined
  readonly pollInterval: Duration.Duration
  /** For one request, until its answer has been read. */
  readonly requestTimeout: Duration.Duration
  /** For one step of the cache. */
  readonly cacheTimeout: Duration.Duration
  /** Definitions to start with. */
  readonly initialDefinitions: unknown
  /** A file of definitions to start with, before the initial ones; read again at a refresh where nothing else is asked. */
  readonly definitionsFile: string | undefined
  /** Start values alone: no request, no cache. */
  readonly offline: boolean
  /** For dates without an offset. */
  readonly timeZone: DateTime.TimeZone
  /** Only flags of these contexts, and those that name none. */
  readonly evaluationContexts: ReadonlyArray<string> | undefined
}

export interface DefinitionLoader {
  /** What is known now; cheap enough for every evaluation, and never loads anything. */
  readonly current: () => DefinitionState
  /** The first attempt has ended, well or not, or start values are in use: then nobody waits any more. */
  readonly settled: Effect.Effect<void>
  readonly definitions: Definitions
  /** Ends the polling; the scope does the same. What is loaded stays. */
  readonly close: Effect.Effect<void>
}

/** Uses the `FlagDefinitionCache` of its context, if there is one. */
export const make = (
  settings: Settings
): Effect.Effect<DefinitionLoader, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const outages = Outages.make()
    const { definitionsFile, evaluationContexts, initialDefinitions, secretKey, timeZone } = settings
    const store = yield* DefinitionStore.make(Compile.make({ zone: timeZone, evaluationContexts }))
    const request = settings.offline || secretKey === undefined || Redacted.value(secretKey).trim() === ""
      ? undefined
      : yield* DefinitionRequest.make({ ...settings, secretKey })
    const provided = yield* Effect.serviceOption(FlagDefinitionCache)
    const cache = settings.offline || Option.isNone(provided)
      ? undefined
      : BoundedCache.make(provided.value, settings.cacheTimeout, outages)

    /** Start values that can be used make the first attempt nothing to wait for. */
    const start = (load: Effect.Effect<DefinitionStore.Accepted>) =>
      Effect.tap(load, (accepted) => accepted._tag === "Malformed" ? Effect.void : store.attempted)

    if (initialDefinitions !== undefined && initialDefinitions !== null) {
      yield* start(StartDefinitions.fromValue(store, outages, initialDefinitions))
    }
    const readFile = definitionsFile === undefined
      ? undefined
      : start(StartDefinitions.fromFile(store, outages, definitionsFile))
    const asksOthers = request !== undefined || cache !== undefined
    const isInert = !asksOthers && readFile === undefined
    if (isInert) {
      yield* store.attempted
    }
    if (asksOthers && readFile !== undefined) {
      yield* readFile
    }
    const source = DefinitionSource.make({ store, outages, pollInterval: settings.pollInterval, request, cache })
    const poller = DefinitionPoller.make({
      refresh: (demanded) =>
        Effect.ensuring(
          asksOthers
            ? source.refresh(demanded)
            : readFile === undefined
            ? Effect.succeed<RefreshOutcome>("inactive")
            : Effect.flatMap(readFile, outcomeOfFile(store)),
          store.attempted
        ),
      untilNext: asksOthers ? source.untilNext : undefined,
      hintGap: Math.min(Duration.toMillis(settings.pollInterval) / 20, 250)
    })

    const work = Effect.all(
      [poller.run, Stream.runForEach(cache?.changes ?? Stream.empty, () => poller.hint)],
      { concurrency: "unbounded", discard: true }
    )
    // once, whoever ends it: the scope or a client that is shut down
    const ended = yield* Deferred.make<void>()
    let isClosing = false
    const end = (workers: Fiber.Fiber<unknown, unknown>) =>
      Effect.uninterruptible(Effect.suspend(() => {
        if (isClosing) {
          return Deferred.await(ended)
        }
        isClosing = true
        return Effect.intoDeferred(
          Effect.all([Fiber.interrupt(workers), poller.close, cache?.shutdown ?? Effect.void], { discard: true }),
          ended
        )
      }))

    const workers = yield* Effect.acquireRelease(
      // they outlive whoever builds the layer, and so must not keep that one's scope
      Effect.forkDaemon(CurrentScope.withoutScope(Effect.interruptible(work))),
      end
    )

    return {
      current: store.current,
      settled: Effect.suspend(() => store.current().attempted ? Effect.void : poller.settled),
      close: Effect.asVoid(end(workers)),
      definitions: {
        refresh: poller.demand,
        current: Effect.sync(() => Option.fromNullable(store.current().flags?.definitions)),
        isReady: Effect.sync(() => store.current().flags !== undefined),
        awaitReady: (timeout) =>
          Effect.map(
            isInert ? Effect.void : Effect.timeoutOption(Effect.raceFirst(store.loaded, poller.closed), timeout),
            () => store.current().flags !== undefined
          ),
        changes: store.changes,
        loadedAt: Effect.sync(() => Option.fromNullable(store.current().loadedAt)),
        isStale: Effect.sync(() => store.current().stale)
      }
    }
  })

const outcomeOfFile = (store: DefinitionStore.DefinitionStore) => (accepted: DefinitionStore.Accepted) => {
  switch (accepted._tag) {
    case "Updated":
      return Effect.succeed<RefreshOutcome>("updated")
    case "Unchanged":
      return Effect.succeed<RefreshOutcome>("unchanged")
    case "Malformed":
      return Effect.as(store.keepStale, "failed" as const)
  }
}
