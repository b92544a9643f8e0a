/**
 * Keys of which it is known that there is no such flag, so that nobody asks PostHog for them again (FLAGS-EVAL-09,
 * FLAGS-EVAL-10, FLAGS-EVAL-30).
 *
 * What was learned holds for one generation of the definitions: each successful refresh forgets it all.
 *
 * @since 0.1.0
 */
import * as LruMap from "./LruMap.js"
import type { CachedAnswer } from "./ValueCache.js"

export interface AbsentFlags {
  readonly isAbsent: (key: string, generation: number) => boolean
  /** Learns nothing if the definitions were refreshed while PostHog was asked. */
  readonly learn: (keys: Iterable<string>, generationAtStart: number, generationNow: number) => void
}

/** When there are more than `capacity` keys, those that were learned first are forgotten. */
export const make = (capacity = 10_000): AbsentFlags => {
  const absent = LruMap.make<true>(capacity)
  let known = -Infinity

  /** Is this the generation that is known now? A newer one becomes it, and nothing is known of it yet. */
  const moveTo = (generation: number): boolean => {
    if (generation > known) {
      absent.clear()
      known = generation
    }
    return generation === known
  }

  return {
    isAbsent: (key, generation) => moveTo(generation) && absent.has(key),
    learn: (keys, generationAtStart, generationNow) => {
      if (moveTo(generationNow) && generationAtStart === generationNow) {
        for (const key of keys) {
          absent.set(key, true)
        }
      }
    }
  }
}

/** Which of the keys an answer shows to be absent: none, unless it is complete and PostHog gave it just now. */
export const absentKeys = (keys: Iterable<string>, { answer, freshness }: CachedAnswer): ReadonlyArray<string> =>
  freshness !== "fresh" || answer.errorsWhileComputing
    ? []
    : Array.from(keys).filter((key) => !answer.flags.has(key))
