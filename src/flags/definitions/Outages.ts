/**
 * One warning when something breaks, one line when it works again, and nothing while it stays broken.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/** What can break on its own. */
export type Place = "definitions" | "file" | "initial" | "decision" | "read" | "data" | "store" | "changes" | "shutdown"

export interface Outages {
  /** `kind` tells failures apart that deserve a warning each, although one follows the other. */
  readonly failed: (place: Place, kind: string, line: string) => Effect.Effect<void>
  readonly works: (place: Place, line: string) => Effect.Effect<void>
}

const annotations = { package: "effect-posthog", module: "flags" }

export const make = (): Outages => {
  const broken = new Map<Place, string>()
  return {
    failed: (place, kind, line) =>
      Effect.suspend(() => {
        const known = broken.get(place) === kind
        broken.set(place, kind)
        return Effect.annotateLogs(known ? Effect.logDebug(line) : Effect.logWarning(line), annotations)
      }),
    works: (place, line) =>
      Effect.suspend(() => broken.delete(place) ? Effect.annotateLogs(Effect.logInfo(line), annotations) : Effect.void)
  }
}
