/**
 * Flag definitions, compiled: synchronous evaluation without a promise and without I/O.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import type { Subject } from "../context/Subject.js"
import { compile, type Compiled } from "./compiled/Compiled.js"
import type { CompiledFlag } from "./compiled/CompiledFlag.js"
import { explain } from "./compiled/Explain.js"
import { Pass } from "./compiled/Pass.js"
import * as Payloads from "./compiled/Payloads.js"
import type { Explanation } from "./Explanation.js"
import type { EvaluationRuntime } from "./FlagDefinition.js"
import type { FlagDefinitions } from "./FlagDefinitions.js"
import type { FlagEvaluation, FlagValue } from "./FlagEvaluation.js"
import { Inconclusive } from "./Inconclusive.js"
import type { LocalOutcome, TimeSource } from "./LocalOutcome.js"

export type { LocalOutcome, TimeSource } from "./LocalOutcome.js"

/** One set of definitions, compiled. It never changes; one evaluation sees one set (FLAGS-LOCAL-11). */
export interface LocalFlags {
  readonly definitions: FlagDefinitions
  /** Keys that are evaluated here, in the order of the definitions. */
  readonly keys: ReadonlyArray<string>
  /**
   * How many nodes the definitions have; no evaluation takes more steps than this. It is the sum of
   *
   * - for each flag 1, and for each of its conditions 1, its filters, 1 if its rollout needs a hash and 1 if its variants
   *   do; for a holdout 1, and 1 if it needs a hash;
   * - for each cohort 1, and for each of its groups 1 and its filters;
   * - for each filter 1, and for each flag in its dependency chain 1.
   *
   * A pass visits a flag and a cohort at most once, so this bounds a single evaluation and one of every flag alike.
   */
  readonly size: number
  /** `undefined`: there is no such flag. */
  readonly evaluate: (key: string, subject: Subject, time: TimeSource) => LocalOutcome | undefined
  /** Every flag, or those of `keys` that exist, in one pass: shared cohorts and dependencies are evaluated once. */
  readonly evaluateAll: (
    subject: Subject,
    time: TimeSource,
    keys?: Iterable<string>
  ) => Map<string, LocalOutcome>
  /** The payload that the definition of `key` has for a value, without evaluating (FLAGS-GET-06). */
  readonly payload: (key: string, value: boolean | string) => FlagEvaluation["payload"]
  readonly explain: (key: string, subject: Subject, time: TimeSource) => Explanation | undefined
  /**
   * Where a flag is meant to be evaluated. One for clients is evaluated here like any other, but where that is
   * inconclusive, asking PostHog as a server would not answer it either.
   */
  readonly runtime: (key: string) => EvaluationRuntime | undefined
  /** How many steps the last evaluation took: at most `size`. */
  readonly lastSteps: () => number
}

export interface LocalFlagsOptions {
  /** For dates without an offset. Default: UTC. */
  readonly zone?: DateTime.TimeZone | undefined
  /** Only flags of these contexts, and those that name none. Default: every flag. */
  readonly evaluationContexts?: Iterable<string> | undefined
}

export const make = (definitions: FlagDefinitions, options?: LocalFlagsOptions): LocalFlags =>
  new CompiledFlags(
    definitions,
    compile(
      definitions,
      {
        zone: options?.zone ?? DateTime.zoneMakeOffset(0),
        explicitMatching: definitions.explicitMatching,
        ambiguousIntegers: definitions.ambiguousIntegers
      },
      new Set(options?.evaluationContexts)
    )
  )

class CompiledFlags implements LocalFlags {
  readonly definitions: FlagDefinitions
  readonly keys: ReadonlyArray<string>
  readonly size: number
  readonly #flags: ReadonlyMap<string, CompiledFlag>
  readonly #all: ReadonlyArray<CompiledFlag>
  readonly #pass = new Pass()
  #epoch = 0
  #evaluating = false
  #steps = 0

  constructor(definitions: FlagDefinitions, { flags, size }: Compiled) {
    this.definitions = definitions
    this.keys = [...flags.keys()]
    this.size = size
    this.#flags = flags
    this.#all = [...flags.values()]
  }

  readonly evaluate = (key: string, subject: Subject, time: TimeSource): LocalOutcome | undefined => {
    const flag = this.#flags.get(key)
    return flag === undefined ? undefined : this.#within(subject, time, flag, evaluateOne)
  }

  readonly evaluateAll = (subject: Subject, time: TimeSource, keys?: Iterable<string>): Map<string, LocalOutcome> =>
    this.#within(subject, time, keys, this.#evaluateKeys)

  readonly payload = (key: string, value: FlagValue): FlagEvaluation["payload"] =>
    Payloads.lookup(this.#flags.get(key)?.definition.payloads, value)

  readonly explain = (key: string, subject: Subject, time: TimeSource): Explanation | undefined => {
    const flag = this.#flags.get(key)
    return flag === undefined
      ? undefined
      : this.#within(subject, time, flag, explainOne)
  }

  readonly runtime = (key: string): EvaluationRuntime | undefined => this.#flags.get(key)?.definition.runtime

  readonly lastSteps = (): number => this.#steps

  readonly #evaluateKeys = (pass: Pass, keys: Iterable<string> | undefined): Map<string, LocalOutcome> => {
    const outcomes = new Map<string, LocalOutcome>()
    if (keys === undefined) {
      for (const flag of this.#all) {
        outcomes.set(flag.name, evaluateOne(pass, flag))
      }
      return outcomes
    }
    for (const key of keys) {
      const flag = this.#flags.get(key)
      if (flag !== undefined) {
        outcomes.set(key, evaluateOne(pass, flag))
      }
    }
    return outcomes
  }

  /** A getter of the application's that evaluates flags while they are evaluated gets a pass of its own. */
  #within<A, B>(subject: Subject, time: TimeSource, argument: A, body: (pass: Pass, argument: A) => B): B {
    const inner = this.#evaluating
    const pass = inner ? new Pass() : this.#pass
    pass.begin(subject, time, ++this.#epoch)
    this.#evaluating = true
    try {
      return body(pass, argument)
    } finally {
      this.#evaluating = inner
      this.#steps = pass.steps
    }
  }
}

/** Nothing here throws by itself; what is read may (a proxy for groups, a clock). */
const evaluateOne = (pass: Pass, flag: CompiledFlag): LocalOutcome => {
  try {
    return flag.evaluate(pass)
  } catch {
    return new Inconclusive("unreadable", flag.name)
  }
}

/** Steps are those of the evaluation: explaining it asks everything a second time. */
const explainOne = (pass: Pass, flag: CompiledFlag): Explanation => {
  const outcome = evaluateOne(pass, flag)
  const { steps } = pass
  const explanation = explain(flag, outcome, pass)
  pass.steps = steps
  return explanation
}
