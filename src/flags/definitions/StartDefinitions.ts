/**
 * Definitions to start with: an object or a file. Malformed ones are a warning, and then as if there were none.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { readFile } from "node:fs/promises"
import * as CachedDefinitions from "./CachedDefinitions.js"
import type { Accepted, DefinitionStore } from "./DefinitionStore.js"
import type { Outages, Place } from "./Outages.js"

const malformed: Accepted = { _tag: "Malformed", reason: "there is no list of flags" }

/** Takes in definitions that came as a value, in PostHog's spelling or posthog-node's. */
export const acceptValue = (store: DefinitionStore, value: unknown): Effect.Effect<Accepted> =>
  Effect.suspend(() => {
    const definitions = CachedDefinitions.fromUnknown(value)
    return definitions === undefined ? Effect.succeed(malformed) : store.accept({ _tag: "Value", value: definitions })
  })

const reported = (outages: Outages, place: Place, what: string, accepted: Accepted) =>
  Effect.as(
    accepted._tag === "Malformed"
      ? outages.failed(place, "malformed", `${what} are malformed and not used: ${accepted.reason}`)
      : outages.works(place, `${what} can be used again`),
    accepted
  )

export const fromValue = (store: DefinitionStore, outages: Outages, value: unknown): Effect.Effect<Accepted> =>
  Effect.flatMap(
    acceptValue(store, value),
    (accepted) => reported(outages, "initial", "the initial flag definitions", accepted)
  )

export const fromFile = (store: DefinitionStore, outages: Outages, path: string): Effect.Effect<Accepted> => {
  const what = `the flag definitions in ${path}`
  return Effect.tryPromise((signal) => readFile(path, { encoding: "utf8", signal })).pipe(
    Effect.matchEffect({
      onFailure: ({ cause }) =>
        Effect.succeed<Accepted>({ _tag: "Malformed", reason: cause instanceof Error ? cause.message : "no file" }),
      onSuccess: (text) => store.accept({ _tag: "Text", text })
    }),
    Effect.flatMap((accepted) => reported(outages, "file", what, accepted))
  )
}
