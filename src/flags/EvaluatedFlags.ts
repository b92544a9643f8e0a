/**
 * A snapshot at work: frozen evaluations, and which of them were read.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { JsonValue } from "../domain/JsonValue.js"
import type { FlagCalled, Freshness, Origin } from "./called/FlagCalled.js"
import { type FlagEvaluation, type FlagReason, type FlagValue, isEnabled } from "./evaluation/FlagEvaluation.js"
import type { FlagSnapshot } from "./FlagSnapshot.js"

/** Captures that a flag was read, unless that is known already. */
export type Report = (called: FlagCalled) => Effect.Effect<void>

/** What a snapshot is made of. `origin` is `undefined` where nobody was named, and then no read is reported. */
export interface Evaluated {
  readonly flags: ReadonlyMap<string, FlagEvaluation>
  readonly origin: Origin | undefined
  readonly groups: { readonly [type: string]: string }
  /** `undefined`: reads are not reported. */
  readonly report: Report | undefined
}

export const make = (evaluated: Evaluated): FlagSnapshot => new EvaluatedFlags(evaluated, new Set(), false)

class EvaluatedFlags implements FlagSnapshot {
  readonly #evaluated: Evaluated
  readonly #accessed: Set<string>
  /** A part of another snapshot: what is missing in it says nothing about the flag (FLAGS-EVAL-18). */
  readonly #isPart: boolean
  #values: ReadonlyMap<string, FlagValue> | undefined

  constructor(evaluated: Evaluated, accessed: Set<string>, isPart: boolean) {
    this.#evaluated = evaluated
    this.#accessed = accessed
    this.#isPart = isPart
  }

  get values(): ReadonlyMap<string, FlagValue> {
    this.#values ??= new Map(Array.from(this.#evaluated.flags, ([key, { value }]) => [key, value]))
    return this.#values
  }

  get keys(): ReadonlyArray<string> {
    return Array.from(this.#evaluated.flags.keys())
  }

  get distinctId(): string | undefined {
    return this.#evaluated.origin?.distinctId
  }

  get groups(): { readonly [type: string]: string } {
    return this.#evaluated.groups
  }

  get error(): FlagSnapshot["error"] {
    return Option.fromNullable(this.#evaluated.origin?.error)
  }

  get freshness(): Freshness {
    return this.#evaluated.origin?.freshness ?? "fresh"
  }

  get requestId(): Option.Option<string> {
    return Option.fromNullable(this.#evaluated.origin?.requestId)
  }

  isEnabled(key: string, options?: { readonly default?: boolean | undefined }): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      const flag = this.#evaluated.flags.get(key)
      return Effect.as(this.#access(key, flag), flag === undefined ? options?.default ?? false : isEnabled(flag))
    })
  }

  variant(key: string): Effect.Effect<Option.Option<FlagValue>> {
    return Effect.suspend(() => {
      const flag = this.#evaluated.flags.get(key)
      return Effect.as(this.#access(key, flag), Option.map(Option.fromNullable(flag), ({ value }) => value))
    })
  }

  payload(key: string): Option.Option<JsonValue>
  payload<A, I>(key: string, schema: Schema.Schema<A, I>): Option.Option<A>
  payload(key: string, schema?: Schema.Schema<unknown, unknown>): Option.Option<unknown> {
    const payload = this.#evaluated.flags.get(key)?.payload
    return payload === undefined
      ? Option.none()
      : schema === undefined
      ? Option.some(payload)
      : Schema.decodeUnknownOption(schema)(payload)
  }

  reason(key: string): Option.Option<FlagReason> {
    return Option.map(this.get(key), ({ reason }) => reason)
  }

  get(key: string): Option.Option<FlagEvaluation> {
    return Option.fromNullable(this.#evaluated.flags.get(key))
  }

  only(keys: Iterable<string>): Effect.Effect<FlagSnapshot> {
    return Effect.suspend(() => {
      const wanted = Array.from(keys)
      const unknown = wanted.filter((key) => !this.#evaluated.flags.has(key))
      const part = this.#part(wanted)
      return unknown.length === 0
        ? Effect.succeed(part)
        : Effect.as(
          Effect.logDebug(`the snapshot has no flag ${unknown.map((key) => JSON.stringify(key)).join(", ")}`).pipe(
            Effect.annotateLogs({ package: "effect-posthog", module: "FlagSnapshot" })
          ),
          part
        )
    })
  }

  get onlyAccessed(): Effect.Effect<FlagSnapshot> {
    return Effect.sync(() => this.#part(this.#accessed))
  }

  #part(keys: Iterable<string>): FlagSnapshot {
    const flags = new Map<string, FlagEvaluation>()
    const accessed = new Set<string>()
    for (const key of keys) {
      const flag = this.#evaluated.flags.get(key)
      if (flag !== undefined) {
        flags.set(key, flag)
        if (this.#accessed.has(key)) {
          accessed.add(key)
        }
      }
    }
    return new EvaluatedFlags({ ...this.#evaluated, flags }, accessed, true)
  }

  #access(key: string, flag: FlagEvaluation | undefined): Effect.Effect<void> {
    this.#accessed.add(key)
    const { origin, report } = this.#evaluated
    return origin === undefined || report === undefined || (flag === undefined && this.#isPart)
      ? Effect.void
      : report({ key, flag, origin })
  }
}
