/**
 * The options of feature flags with every default filled in.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { atLeast } from "../domain/AtLeast.js"
import type { FlagsOptions } from "./FlagsOptions.js"

export interface ResolvedFlagsOptions {
  readonly localEvaluation: boolean
  readonly pollInterval: Duration.Duration
  readonly definitionsTimeout: Duration.Duration
  readonly cacheTimeout: Duration.Duration
  readonly initialDefinitions: unknown
  readonly definitionsFile: string | undefined
  readonly offline: boolean
  readonly onlyEvaluateLocally: boolean
  readonly requestTimeout: Duration.Duration
  readonly maxRetries: number
  readonly retryDelay: Duration.Duration
  readonly sendEvents: boolean
  readonly trackedReads: number
  readonly valueTtl: Duration.Duration
  readonly staleValueTtl: Duration.Duration
  readonly cachedValues: number
  readonly evaluationContexts: ReadonlyArray<string> | undefined
  /** UTC where the options name none, or one that does not exist. */
  readonly timeZone: DateTime.TimeZone
}

export const resolve = (options: FlagsOptions = {}): ResolvedFlagsOptions => ({
  localEvaluation: options.localEvaluation ?? true,
  pollInterval: Duration.max(Duration.decode(options.pollInterval ?? "30 seconds"), "100 millis"),
  definitionsTimeout: Duration.decode(options.definitionsTimeout ?? "10 seconds"),
  cacheTimeout: Duration.decode(options.cacheTimeout ?? "3 seconds"),
  initialDefinitions: options.initialDefinitions,
  definitionsFile: options.definitionsFile,
  offline: options.offline ?? false,
  onlyEvaluateLocally: options.onlyEvaluateLocally ?? false,
  requestTimeout: Duration.decode(options.requestTimeout ?? "3 seconds"),
  maxRetries: atLeast(0, options.maxRetries, 1),
  retryDelay: Duration.decode(options.retryDelay ?? "300 millis"),
  sendEvents: options.sendEvents ?? true,
  trackedReads: atLeast(0, options.trackedReads, 100_000),
  valueTtl: Duration.decode(options.valueTtl ?? 0),
  staleValueTtl: Duration.decode(options.staleValueTtl ?? 0),
  cachedValues: atLeast(0, options.cachedValues, 10_000),
  evaluationContexts: options.evaluationContexts,
  timeZone: zone(options.timeZone)
})

const zone = (name: string | undefined): DateTime.TimeZone =>
  name === undefined ? DateTime.zoneMakeOffset(0) : Option.getOrElse(
    DateTime.zoneFromString(name),
    () => DateTime.zoneMakeOffset(0)
  )
