/**
 * The options of feature flags.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"

/**
 * How flags are evaluated. All of them may be left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagsOptions {
  /** Evaluate here, with definitions that are fetched with the secret key. Default: `true` where there is one. */
  readonly localEvaluation?: boolean | undefined
  /**
   * How often definitions are fetched: a tenth sooner on the average, so that processes do not ask in step. Default
   * 30 seconds, at least 100 ms (FLAGS-DEFS-24).
   */
  readonly pollInterval?: Duration.DurationInput | undefined
  /** For one request of definitions. Default 10 seconds. */
  readonly definitionsTimeout?: Duration.DurationInput | undefined
  /** How long a `FlagDefinitionCache` may take for one step. Default 3 seconds (FLAGS-DEFS-13). */
  readonly cacheTimeout?: Duration.DurationInput | undefined
  /** Definitions to start with, as PostHog serves them: `{ flags, group_type_mapping, cohorts }`. */
  readonly initialDefinitions?: unknown
  /** A file of definitions to start with; it is read again at every refresh where nothing else is asked. */
  readonly definitionsFile?: string | undefined
  /** No request for flags or definitions, ever: what is here decides. Default false. */
  readonly offline?: boolean | undefined
  /** Never ask PostHog for values. Default false. */
  readonly onlyEvaluateLocally?: boolean | undefined
  /** For one attempt of asking PostHog for values. Default 3 seconds (FLAGS-REMOTE-06). */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** How often such a request is repeated after no answer, a 502 or a 504. Default 1 (HTTP-13). */
  readonly maxRetries?: number | undefined
  /** Before the first repetition; it doubles with each further one. Default 300 ms (HTTP-15). */
  readonly retryDelay?: Duration.DurationInput | undefined
  /** Capture `$feature_flag_called` at the first read of a value. Default true. */
  readonly sendEvents?: boolean | undefined
  /** How many reads are remembered so as not to be captured again. Default 100,000 (FLAGS-TRACK-08). */
  readonly trackedReads?: number | undefined
  /** How long an answer of PostHog's is used again, for the same question. Default 0: never (FLAGS-CACHE-02). */
  readonly valueTtl?: Duration.DurationInput | undefined
  /** How long it is used where PostHog cannot be asked. Default 0: never (FLAGS-CACHE-05). */
  readonly staleValueTtl?: Duration.DurationInput | undefined
  /** How many answers are kept for either. Default 10,000. */
  readonly cachedValues?: number | undefined
  /** Evaluate only flags that have none of PostHog's evaluation contexts, or one of these. Default: all flags. */
  readonly evaluationContexts?: ReadonlyArray<string> | undefined
  /** The project's time zone, for dates without one: `Europe/Berlin`. Default UTC (FLAGS-LOCAL-55). */
  readonly timeZone?: string | undefined
}
