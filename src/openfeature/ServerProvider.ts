/**
 * The border between OpenFeature's promises and effects. No promise of an evaluation rejects, and nothing throws.
 *
 * @since 0.1.0
 */
import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  type ResolutionDetails,
  type TrackingEventDetails
} from "@openfeature/server-sdk"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import type { FeatureFlags } from "../flags/FeatureFlags.js"
import type { Posthog } from "../Posthog.js"
import * as CurrentScope from "../scope/CurrentScope.js"
import { detach } from "../scope/PosthogScope.js"
import { withScopeValue } from "../scope/ScopeRegion.js"
import * as DefinitionEvents from "./DefinitionEvents.js"
import * as Readiness from "./Readiness.js"
import * as Resolution from "./Resolution.js"
import * as ResolutionError from "./ResolutionError.js"
import * as StaticFlags from "./StaticFlags.js"
import * as Tracking from "./Tracking.js"
import * as ValueKind from "./ValueKind.js"

export type Services = FeatureFlags | Posthog

export interface Settings {
  /** Runs what opens and closes the provider. */
  readonly runtime: Runtime.Runtime<never>
  /** The client, for as long as the scope is open; at each initialization. */
  readonly connect: Effect.Effect<Runtime.Runtime<Services>, Error, Scope.Scope>
  /** What is left to do when the provider is closed and its scope with it. */
  readonly closed: Effect.Effect<unknown>
  readonly readyTimeout: Duration.Duration
  readonly statusInterval: Duration.Duration
}

interface Connection {
  readonly runtime: Runtime.Runtime<Services>
  readonly scope: Scope.CloseableScope
}

export interface ServerProvider extends Provider {
  /** Ends the provider without `closed`. */
  readonly disconnect: Effect.Effect<void>
}

export const make = (settings: Settings): ServerProvider => {
  const events = new OpenFeatureEventEmitter()
  const isStatic = StaticFlags.make()
  const lifecycle = Effect.unsafeMakeSemaphore(1)
  let connection: Connection | undefined
  let emitting: Connection | undefined

  const connect: Effect.Effect<Connection, Error> = lifecycle.withPermits(1)(
    // the client is built where it can be interrupted: its fibers could never be otherwise
    Effect.uninterruptibleMask((restore) =>
      connection !== undefined ?
        Effect.succeed(connection) :
        Effect.flatMap(Scope.make(), (scope) =>
          restore(Scope.extend(settings.connect, scope)).pipe(
            Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause))),
            Effect.map((runtime) => connection = { runtime, scope })
          ))
    )
  )

  const disconnect: Effect.Effect<boolean> = lifecycle.withPermits(1)(Effect.suspend(() => {
    const ended = connection
    connection = undefined
    return ended === undefined
      ? Effect.succeed(false)
      : Effect.as(Scope.close(ended.scope, Exit.void), true)
  }))

  /** What the definitions do later is told only after OpenFeature knows how the initialization ended. */
  const startEvents = (connected: Connection, health: DefinitionEvents.Health) =>
    Effect.suspend(() => {
      if (emitting === connected || connection !== connected) {
        return Effect.void
      }
      emitting = connected
      return DefinitionEvents.emit(events, health, Duration.toMillis(settings.statusInterval)).pipe(
        outsideScopes,
        Effect.provide(connected.runtime),
        Effect.forkIn(connected.scope),
        Effect.asVoid
      )
    })

  const initialize = Effect.flatMap(connect, (connected) =>
    Readiness.awaitDefinitions(settings.readyTimeout).pipe(
      Effect.provide(connected.runtime),
      Effect.tapBoth({
        onFailure: () => startEvents(connected, "error"),
        onSuccess: () => startEvents(connected, "ready")
      })
    ))

  const resolve = <A>(question: Resolution.Question<A>): Promise<ResolutionDetails<A>> => {
    const { defaultValue } = question
    return connection === undefined
      ? Promise.resolve(Resolution.failed(defaultValue, ResolutionError.notReady))
      : Runtime.runPromiseExit(connection.runtime)(inScopeOfCaller(Resolution.resolve(question, isStatic))).then(
        Exit.match({
          onSuccess: (details) => details,
          onFailure: (cause) => Resolution.failed(defaultValue, { code: ErrorCode.GENERAL, message: messageOf(cause) })
        })
      )
  }

  return {
    metadata: { name: "effect-posthog" },
    runsOn: "server",
    hooks: [],
    events,
    initialize: () => settled(settings.runtime, initialize),
    onClose: () =>
      settled(
        settings.runtime,
        Effect.flatMap(disconnect, (wasConnected) => wasConnected ? Effect.asVoid(settings.closed) : Effect.void)
      ),
    resolveBooleanEvaluation: (key, defaultValue, context) =>
      resolve({ kind: ValueKind.boolean, key, defaultValue, context }),
    resolveStringEvaluation: (key, defaultValue, context) =>
      resolve({ kind: ValueKind.string, key, defaultValue, context }),
    resolveNumberEvaluation: (key, defaultValue, context) =>
      resolve({ kind: ValueKind.number, key, defaultValue, context }),
    resolveObjectEvaluation: <T extends JsonValue>(key: string, defaultValue: T, context: EvaluationContext) =>
      // OpenFeature leaves it to the caller to know the structure
      resolve<JsonValue>({ kind: ValueKind.structure, key, defaultValue, context }) as Promise<ResolutionDetails<T>>,
    track: (name: string, context: EvaluationContext, details: TrackingEventDetails) => {
      if (connection !== undefined) {
        Runtime.runFork(connection.runtime)(inScopeOfCaller(Tracking.track(name, context, details)))
      }
    },
    disconnect: Effect.asVoid(disconnect)
  }
}

const outsideScopes = CurrentScope.withoutScope

/**
 * In the scope of the fiber that calls right now, if one does: what is run here outlives nobody's call. Otherwise outside
 * every scope: that of whoever made the provider is not the caller's.
 */
const inScopeOfCaller = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Option.match(Fiber.getCurrentFiber(), {
    onNone: () => outsideScopes(self),
    onSome: (fiber) => withScopeValue(self, detach(CurrentScope.unsafeGet(fiber)), { captureExceptions: false })
  })

/** Rejects with the error itself, as OpenFeature expects it of a provider that cannot be initialized. */
const settled = async <A, E>(runtime: Runtime.Runtime<never>, effect: Effect.Effect<A, E>): Promise<A> => {
  const exit = await Runtime.runPromiseExit(runtime)(outsideScopes(effect))
  if (Exit.isFailure(exit)) {
    throw Cause.squash(exit.cause)
  }
  return exit.value
}

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : "the evaluation failed unexpectedly"
}
