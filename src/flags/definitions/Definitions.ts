/**
 * The definitions in use, as an application sees them.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { FlagDefinitions } from "../evaluation/FlagDefinitions.js"

/**
 * What became of a refresh of the definitions: a new set (`updated`), the same as before (`unchanged`), or none, for the
 * reason that is logged (`failed`, `unauthorized`, `quotaLimited`), or nothing to refresh from (`inactive`).
 *
 * @since 0.1.0
 * @category models
 */
export type RefreshOutcome = "updated" | "unchanged" | "failed" | "unauthorized" | "quotaLimited" | "inactive"

/**
 * The definitions that flags are evaluated from locally.
 *
 * @since 0.1.0
 * @category models
 */
export interface Definitions {
  /** Loads them now; one load at a time: who asks while one is under way gets its outcome. */
  readonly refresh: Effect.Effect<RefreshOutcome>
  /** The set in use. */
  readonly current: Effect.Effect<Option.Option<FlagDefinitions>>
  /** Is a set loaded? */
  readonly isReady: Effect.Effect<boolean>
  /** Waits until a set is loaded; `false` when `timeout` has passed before. */
  readonly awaitReady: (timeout: Duration.DurationInput) => Effect.Effect<boolean>
  /** Every new set from now on. */
  readonly changes: Stream.Stream<FlagDefinitions>
  /** When the set in use was received, in milliseconds since the epoch. */
  readonly loadedAt: Effect.Effect<Option.Option<number>>
  /** Did the last refresh fail, so that the set may be out of date? */
  readonly isStale: Effect.Effect<boolean>
}
