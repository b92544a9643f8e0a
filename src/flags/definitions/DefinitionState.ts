/**
 * What is known of the flag definitions at a moment.
 *
 * @since 0.1.0
 */
import type { LocalFlags } from "../evaluation/LocalFlags.js"

export interface DefinitionState {
  /** `undefined`: none are loaded. */
  readonly flags: LocalFlags | undefined
  /** When the set was received, in milliseconds since the epoch. */
  readonly loadedAt: number | undefined
  /** Grows with every successful refresh, one that found nothing new (304) included (FLAGS-EVAL-10). */
  readonly generation: number
  /** Has the first attempt ended, well or not? Until then an evaluation waits for it; afterwards none ever waits. */
  readonly attempted: boolean
  /** Did the last refresh fail, so that the set may be out of date? */
  readonly stale: boolean
}
