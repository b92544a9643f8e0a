/**
 * The flags of one person at one moment: evaluated once, read as often as one likes.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type { JsonValue } from "../domain/JsonValue.js"
import type { EventFlags } from "../event/EventFlags.js"
import type { Freshness } from "./called/FlagCalled.js"
import type { FlagError } from "./evaluation/FlagError.js"
import type { FlagEvaluation, FlagReason, FlagValue } from "./evaluation/FlagEvaluation.js"

/**
 * An immutable set of evaluated flags. Reading it evaluates nothing and asks nobody; the first read of a flag's value
 * captures one `$feature_flag_called` event (FLAGS-EVAL-01 to -32).
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagSnapshot extends EventFlags {
  /** The keys of the flags in it; their order says nothing. */
  readonly keys: ReadonlyArray<string>
  /** Whose flags these are; `undefined` where nobody was named, and then the snapshot is empty. */
  readonly distinctId: string | undefined
  /** PostHog's groups that they were evaluated with. */
  readonly groups: { readonly [type: string]: string }
  /** Is the flag on? Missing: `default`, otherwise `false`. A flag that is off is off whatever the default is. */
  readonly isEnabled: (key: string, options?: { readonly default?: boolean | undefined }) => Effect.Effect<boolean>
  /** `true`, `false` or the variant's key; nothing where the flag is missing. */
  readonly variant: (key: string) => Effect.Effect<Option.Option<FlagValue>>
  /** The payload, silently: reading it is no access. Nothing where it is missing or the schema does not accept it. */
  readonly payload: {
    (key: string): Option.Option<JsonValue>
    <A, I>(key: string, schema: Schema.Schema<A, I>): Option.Option<A>
  }
  /** Why the flag has its value, silently. */
  readonly reason: (key: string) => Option.Option<FlagReason>
  /** Everything that is known of one flag, silently. */
  readonly get: (key: string) => Option.Option<FlagEvaluation>
  /** Only these flags, of those that are here (FLAGS-EVAL-23). */
  readonly only: (keys: Iterable<string>) => Effect.Effect<FlagSnapshot>
  /** Only the flags whose value was read before (FLAGS-EVAL-24). */
  readonly onlyAccessed: Effect.Effect<FlagSnapshot>
  /** Why some flags may be missing: PostHog could not be asked, or could not compute them all. */
  readonly error: Option.Option<FlagError>
  /** Is it from what is known now, or from what was known before? */
  readonly freshness: Freshness
  /** PostHog's id of the request, where there was one. */
  readonly requestId: Option.Option<string>
}
