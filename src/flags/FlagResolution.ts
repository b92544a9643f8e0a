/**
 * From whom and which flags to their values: evaluated here where that can be, and for the rest PostHog is asked once.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as CurrentScope from "../scope/CurrentScope.js"
import type { ScopeView } from "../scope/PosthogScope.js"
import type { Origin } from "./called/FlagCalled.js"
import type { Subject, SubjectOptions } from "./context/Subject.js"
import type { DefinitionState } from "./definitions/DefinitionState.js"
import { type FlagError, FlagInconclusive, FlagNotFound, FlagsUnavailable } from "./evaluation/FlagError.js"
import type { FlagEvaluation } from "./evaluation/FlagEvaluation.js"
import type { Inconclusive } from "./evaluation/Inconclusive.js"
import type { LocalOutcome } from "./evaluation/LocalOutcome.js"
import type { EvaluateOptions } from "./FeatureFlags.js"
import { type AbsentFlags, absentKeys } from "./remote/AbsentFlags.js"
import * as FlagsRequest from "./remote/FlagsRequest.js"
import type { ValueCache } from "./remote/ValueCache.js"

/** What came of an evaluation. `origin` is `undefined` where nobody was named. */
export interface Resolved {
  readonly flags: ReadonlyMap<string, FlagEvaluation>
  /** Flags that are defined here and could not be told. */
  readonly inconclusive: ReadonlyMap<string, Inconclusive>
  readonly groups: { readonly [type: string]: string }
  readonly origin: Origin | undefined
  /** Was PostHog asked? */
  readonly asked: boolean
}

export interface Settings {
  readonly token: string
  readonly onlyEvaluateLocally: boolean
  readonly disableGeoip: boolean
  readonly evaluationContexts: ReadonlyArray<string> | undefined
  readonly definitions: { readonly state: () => DefinitionState; readonly settled: Effect.Effect<void> }
  readonly subject: (view: ScopeView, options: SubjectOptions) => Subject
  /** `undefined`: PostHog is never asked. */
  readonly remote: ValueCache | undefined
  readonly absent: AbsentFlags
}

const annotations = { package: "effect-posthog", module: "FeatureFlags" }

/** Evaluates some flags, or all, for the caller. It never fails: what went wrong is in `origin.error`. */
export type FlagResolution = (options: EvaluateOptions) => Effect.Effect<Resolved>

export const make = (settings: Settings): FlagResolution => {
  const { absent, definitions, remote } = settings
  let isDown = false

  /** One warning for each time that PostHog stops answering, not one for each evaluation. */
  const noteOutcome = (error: FlagError | undefined): Effect.Effect<void> => {
    const was = isDown
    isDown = error !== undefined
    return was === isDown
      ? Effect.void
      : Effect.annotateLogs(
        error === undefined ? Effect.logInfo("PostHog evaluates flags again") : Effect.logWarning(error.message),
        annotations
      )
  }

  /** Everything that the definitions can tell; synchronous. */
  const locally = (subject: Subject, clock: Clock.Clock, keys: ReadonlyArray<string> | undefined) => {
    const state = definitions.state()
    const outcomes = state.flags?.evaluateAll(subject, clock, keys)
    let flags = new Map<string, FlagEvaluation>()
    const inconclusive = new Map<string, Inconclusive>()
    let isTold = state.flags !== undefined
    if (outcomes !== undefined && isDecided(outcomes)) {
      flags = outcomes
    } else if (outcomes !== undefined) {
      for (const [key, outcome] of outcomes) {
        if (outcome._tag === "FlagEvaluation") {
          flags.set(key, outcome)
        } else {
          inconclusive.set(key, outcome)
          // PostHog tells a server nothing of a flag that is for clients alone
          isTold &&= state.flags?.runtime(key) === "client"
        }
      }
    }
    const isComplete = isTold &&
      (keys === undefined ||
        keys.every((key) => flags.has(key) || inconclusive.has(key) || absent.isAbsent(key, state.generation)))
    return { state, flags, inconclusive, isComplete }
  }

  const resolveFor = (
    view: ScopeView,
    clock: Clock.Clock,
    options: EvaluateOptions
  ): Effect.Effect<Resolved> => {
    const subject = settings.subject(view, options)
    const { distinctId, groups } = subject
    if (distinctId === undefined) {
      return Effect.as(warnNobody, { flags: none, inconclusive: none, groups, origin: undefined, asked: false })
    }
    const keys = options.flagKeys
    const disableGeoip = options.disableGeoip ?? settings.disableGeoip
    const { flags, inconclusive, isComplete, state } = locally(subject, clock, keys)
    const minimalFlagCalledEvents = state.flags?.definitions.minimalFlagCalledEvents ?? false
    const origin: Origin = {
      distinctId,
      groups,
      disableGeoip,
      requestId: undefined,
      evaluatedAt: clock.unsafeCurrentTimeMillis(),
      definitionsLoadedAt: state.loadedAt,
      error: undefined,
      freshness: state.stale ? "stale" : "fresh",
      minimalFlagCalledEvents
    }
    if (isComplete || remote === undefined || keys?.length === 0) {
      return Effect.succeed({ flags, inconclusive, groups, origin, asked: false })
    }
    if (options.onlyEvaluateLocally ?? settings.onlyEvaluateLocally) {
      return Effect.succeed({ flags, inconclusive, groups, origin, asked: false })
    }
    const request = FlagsRequest.make({ ...subject, distinctId }, {
      token: settings.token,
      disableGeoip,
      flagKeys: keys,
      evaluationContexts: settings.evaluationContexts
    })
    return Effect.matchEffect(remote.request(request), {
      onFailure: (error) =>
        Effect.as(noteOutcome(error), { flags, inconclusive, groups, origin: { ...origin, error }, asked: true }),
      onSuccess: (received) => {
        const { answer, error, freshness } = received
        for (const [key, flag] of answer.flags) {
          // what was evaluated here stays, and nothing comes in that was not asked for (FLAGS-EVAL-06, -08)
          if (!flags.has(key) && (keys === undefined || keys.includes(key))) {
            flags.set(key, flag)
          }
        }
        if (keys !== undefined && state.flags !== undefined) {
          absent.learn(
            absentKeys(keys.filter((key) => !flags.has(key) && !inconclusive.has(key)), received),
            state.generation,
            definitions.state().generation
          )
        }
        return Effect.as(noteOutcome(error), {
          flags,
          inconclusive,
          groups,
          origin: {
            ...origin,
            requestId: answer.requestId,
            evaluatedAt: answer.evaluatedAt ?? origin.evaluatedAt,
            error: error ??
              (answer.errorsWhileComputing ? new FlagsUnavailable({ reason: "errorsWhileComputing" }) : undefined),
            freshness: freshness === "fresh" ? origin.freshness : freshness,
            minimalFlagCalledEvents: minimalFlagCalledEvents || answer.minimalFlagCalledEvents
          },
          asked: true
        })
      }
    })
  }

  return (options) =>
    Effect.withFiberRuntime((fiber: Fiber.RuntimeFiber<Resolved>) => {
      const { view } = CurrentScope.unsafeGet(fiber)
      const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
      return definitions.state().attempted
        ? resolveFor(view, clock, options)
        : Effect.zipRight(definitions.settled, Effect.suspend(() => resolveFor(view, clock, options)))
    })
}

/** Could every flag be told? Mostly so, and then the outcomes are the flags, without a copy. */
const isDecided = (outcomes: Map<string, LocalOutcome>): outcomes is Map<string, FlagEvaluation> => {
  for (const outcome of outcomes.values()) {
    if (outcome._tag === "Inconclusive") {
      return false
    }
  }
  return true
}

const none: ReadonlyMap<string, never> = new Map<string, never>()

const warnNobody = Effect.logDebug("flags were evaluated for nobody: neither the call nor the scope has a distinct id")
  .pipe(Effect.annotateLogs(annotations))

/** Why there is no value for `key`. */
export const reasonFor = (resolved: Resolved, key: string): FlagError => {
  const { asked, inconclusive, origin } = resolved
  if (origin === undefined) {
    return new FlagInconclusive({ key, reason: "missingDistinctId", detail: "" })
  }
  if (origin.error !== undefined) {
    return origin.error
  }
  const undecided = inconclusive.get(key)
  if (undecided !== undefined && !asked) {
    return new FlagInconclusive({ key, reason: undecided.reason, detail: undecided.detail })
  }
  return asked || origin.definitionsLoadedAt !== undefined
    ? new FlagNotFound({ key })
    : new FlagsUnavailable({ reason: "noDefinitions" })
}
