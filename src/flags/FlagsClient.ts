/**
 * The making of the `FeatureFlags` service: where definitions, remote values, scope and reports meet.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as CurrentScope from "../scope/CurrentScope.js"
import type { ScopeView } from "../scope/PosthogScope.js"
import type { ServiceFields } from "../scope/sections/ServiceSection.js"
import type { FlagCalled } from "./called/FlagCalled.js"
import * as FlagCalledTracker from "./called/FlagCalledTracker.js"
import * as Subject from "./context/Subject.js"
import * as DefinitionLoader from "./definitions/DefinitionLoader.js"
import * as EvaluatedFlags from "./EvaluatedFlags.js"
import { FlagsUnavailable } from "./evaluation/FlagError.js"
import { type FlagOptions, peek, type Service } from "./FeatureFlags.js"
import * as FlagGetters from "./FlagGetters.js"
import * as FlagResolution from "./FlagResolution.js"
import * as AbsentFlags from "./remote/AbsentFlags.js"
import * as RemoteConfig from "./remote/RemoteConfig.js"
import * as RemoteFlags from "./remote/RemoteFlags.js"
import * as ValueCache from "./remote/ValueCache.js"
import type { ResolvedFlagsOptions } from "./ResolvedFlagsOptions.js"

export interface Settings {
  readonly host: string
  /** The project's API key. */
  readonly apiKey: Redacted.Redacted
  readonly secretKey: Redacted.Redacted | undefined
  /** The client's, for requests that do not say so themselves. */
  readonly disableGeoip: boolean
  readonly options: ResolvedFlagsOptions
  /** The service of the process: the application that asks. */
  readonly service?: ServiceFields | undefined
  /** Captures the event of a read. */
  readonly capture: (called: FlagCalled) => Effect.Effect<unknown>
}

/** The service, and its end: the tracker is emptied and no definitions are polled any more (SHUT-06, FLAGS-DEFS-08). */
export interface FlagsClient {
  readonly service: Service
  readonly forget: Effect.Effect<void>
}

export const make = (settings: Settings): Effect.Effect<FlagsClient, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const { apiKey, capture, host, options, secretKey } = settings
    const token = Redacted.value(apiKey)
    const scope = yield* Effect.scope
    const inner = yield* Scope.fork(scope, ExecutionStrategy.sequential)
    const loader = yield* DefinitionLoader.make({
      host,
      token: apiKey,
      secretKey: options.localEvaluation ? secretKey : undefined,
      pollInterval: options.pollInterval,
      requestTimeout: options.definitionsTimeout,
      cacheTimeout: options.cacheTimeout,
      initialDefinitions: options.initialDefinitions,
      definitionsFile: options.definitionsFile,
      offline: options.offline,
      timeZone: options.timeZone,
      evaluationContexts: options.evaluationContexts
    }).pipe(Scope.extend(inner))
    const cache = options.offline ? undefined : ValueCache.make(
      yield* RemoteFlags.make({
        host,
        requestTimeout: options.requestTimeout,
        maxRetries: options.maxRetries,
        retryDelay: options.retryDelay
      }).pipe(Scope.extend(inner)),
      { capacity: options.cachedValues, ttl: options.valueTtl, staleTtl: options.staleValueTtl }
    )
    const remoteConfig = yield* RemoteConfig.make({
      host,
      token,
      secretKey: options.offline ? undefined : secretKey,
      requestTimeout: options.definitionsTimeout
    })
    const subjects = Subject.make(settings.service)
    const tracker = FlagCalledTracker.make(options.trackedReads)
    const resolve = FlagResolution.make({
      token,
      onlyEvaluateLocally: options.onlyEvaluateLocally,
      disableGeoip: settings.disableGeoip,
      evaluationContexts: options.evaluationContexts,
      definitions: { state: loader.current, settled: loader.settled },
      subject: subjects.resolve,
      remote: cache,
      absent: AbsentFlags.make()
    })

    let closed = false

    const reports = ({ sendEvents }: FlagOptions): boolean => sendEvents ?? options.sendEvents

    /** Asking and noting are one step; only who was first captures (FLAGS-TRACK-01, -02, -09). */
    const report = (called: FlagCalled): Effect.Effect<void> =>
      Effect.suspend(() =>
        !closed && tracker.add(called.key, called.flag?.value, called.origin.distinctId, called.origin.groups)
          ? Effect.asVoid(capture(called))
          : Effect.void
      )

    const evaluateFlag: Service["evaluateFlag"] = (key, flagOptions = {}) =>
      Effect.flatMap(resolve({ ...flagOptions, flagKeys: [key] }), (resolved) => {
        const { flags, origin } = resolved
        const flag = flags.get(key)
        const result = flag === undefined
          ? Effect.fail(FlagResolution.reasonFor(resolved, key))
          : Effect.succeed(flag)
        return origin === undefined || !reports(flagOptions)
          ? result
          : Effect.zipRight(report({ key, flag, origin }), result)
      })

    const evaluate: Service["evaluate"] = (evaluateOptions = {}) =>
      Effect.map(
        resolve(evaluateOptions),
        ({ flags, groups, origin }) =>
          EvaluatedFlags.make({ flags, groups, origin, report: reports(evaluateOptions) ? report : undefined })
      )

    const inScope = <A>(read: (view: ScopeView, clock: Clock.Clock) => A): Effect.Effect<A> =>
      Effect.withFiberRuntime((fiber) =>
        Effect.succeed(
          read(CurrentScope.unsafeGet(fiber).view, Context.get(fiber.currentDefaultServices, Clock.Clock))
        )
      )

    // one for all: a flag is evaluated in one synchronous step, and the next one writes over it; only what a getter among
    // the properties evaluates comes in between
    const whoever = Subject.empty()
    let busy = false

    const service: Service = {
      evaluate,
      evaluateFlag,
      ...FlagGetters.make({
        evaluateFlag,
        evaluateSilently: (silently) => Effect.map(resolve(silently), ({ flags }) => flags),
        definedPayload: (key, value) => loader.current().flags?.payload(key, value)
      }),
      getRemoteConfigPayload: remoteConfig.payload,
      explain: (key, flagOptions = {}) =>
        Effect.zipRight(
          loader.settled,
          inScope((view, clock) =>
            Option.fromNullable(loader.current().flags?.explain(key, subjects.resolve(view, flagOptions), clock))
          )
        ),
      definitions: loader.definitions,
      clearCache: Effect.zipRight(cache?.clear ?? Effect.void, Effect.sync(tracker.clear)),
      trackedReads: Effect.sync(tracker.size),
      [peek]: (fiber, key, flagOptions) => {
        const { flags } = loader.current()
        if (flags === undefined || busy) {
          return undefined
        }
        busy = true
        try {
          subjects.fill(whoever, CurrentScope.unsafeGet(fiber).view, flagOptions)
          const { distinctId } = whoever
          if (distinctId === undefined) {
            return undefined
          }
          const outcome = flags.evaluate(key, whoever, Context.get(fiber.currentDefaultServices, Clock.Clock))
          return outcome === undefined || outcome._tag === "Inconclusive" ||
              (reports(flagOptions) && !tracker.has(key, outcome.value, distinctId, whoever.groups))
            ? undefined
            : outcome
        } finally {
          busy = false
        }
      }
    }

    // what was reported may have changed with the definitions (FLAGS-TRACK-07)
    yield* loader.definitions.changes.pipe(
      Stream.runForEach(() => Effect.sync(tracker.clear)),
      CurrentScope.withoutScope,
      Effect.interruptible,
      Effect.forkIn(inner)
    )

    return {
      service,
      forget: Effect.zipRight(
        Effect.sync(() => {
          closed = true
          tracker.clear()
        }),
        Effect.zipRight(loader.close, Scope.close(inner, Exit.void))
      )
    }
  })

/** The service of a client that does nothing: empty snapshots, no value, no request (FLAGS-EVAL-27). */
export const noop: Service = {
  evaluate: () =>
    Effect.succeed(EvaluatedFlags.make({ flags: new Map(), groups: {}, origin: undefined, report: undefined })),
  evaluateFlag: () => disabled,
  getFeatureFlag: () => Effect.succeed(undefined),
  isFeatureEnabled: (_key, _distinctId, options) => Effect.succeed(options?.default ?? false),
  getFeatureFlagPayload: () => Effect.succeed(undefined),
  getFeatureFlagResult: () => Effect.succeed(undefined),
  getAllFlags: () => Effect.succeed({}),
  getAllFlagsAndPayloads: () => Effect.succeed({ featureFlags: {}, featureFlagPayloads: {} }),
  getRemoteConfigPayload: () => disabled,
  explain: () => Effect.succeedNone,
  definitions: {
    refresh: Effect.succeed("inactive"),
    current: Effect.succeedNone,
    isReady: Effect.succeed(false),
    awaitReady: () => Effect.succeed(false),
    changes: Stream.never,
    loadedAt: Effect.succeedNone,
    isStale: Effect.succeed(false)
  },
  clearCache: Effect.void,
  trackedReads: Effect.succeed(0)
}

const disabled = Effect.fail(new FlagsUnavailable({ reason: "disabled" }))
