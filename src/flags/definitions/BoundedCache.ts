/**
 * A cache that cannot hang, throw or fail: every step has an end, and what goes wrong is a warning (FLAGS-DEFS-13).
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { CachedDefinitions } from "./CachedDefinitions.js"
import type { Service } from "./FlagDefinitionCache.js"
import type { Outages, Place } from "./Outages.js"

export type Read =
  | { readonly _tag: "Found"; readonly data: unknown }
  | { readonly _tag: "Empty" }
  | { readonly _tag: "Failed" }

export interface BoundedCache {
  /** `failed`: there is no decision. */
  readonly decide: Effect.Effect<"fetch" | "read" | "failed">
  readonly read: Effect.Effect<Read>
  /** Was it stored? */
  readonly store: (data: CachedDefinitions) => Effect.Effect<boolean>
  readonly shutdown: Effect.Effect<void>
  readonly changes: Stream.Stream<void>
}

export const make = (cache: Service, timeout: Duration.Duration, outages: Outages): BoundedCache => {
  const bounded = <A>(place: Place, step: () => Effect.Effect<A, unknown>) =>
    Effect.suspend(step).pipe(
      // a step that cannot be interrupted is left behind instead of waited for, also by a finalizer
      Effect.interruptible,
      Effect.disconnect,
      Effect.interruptible,
      Effect.timeoutFail({ duration: timeout, onTimeout: () => "no answer in time" }),
      Effect.sandbox,
      Effect.either,
      Effect.tap((result) =>
        Either.isLeft(result)
          ? outages.failed(place, "cache", `the cache of flag definitions failed (${place}): ${reasonOf(result.left)}`)
          : outages.works(place, `the cache of flag definitions works again (${place})`)
      )
    )

  return {
    decide: Effect.map(
      bounded("decision", () => cache.shouldFetch),
      Either.match({ onLeft: () => "failed", onRight: (fetch) => fetch === true ? "fetch" : "read" })
    ),
    read: Effect.map(
      bounded("read", () => cache.get),
      Either.match({
        onLeft: (): Read => ({ _tag: "Failed" }),
        onRight: (data): Read =>
          // what a cache of somebody's own returns need not be what its type says
          !Option.isOption(data)
            ? { _tag: "Found", data }
            : Option.match(data, {
              onNone: () => ({ _tag: "Empty" }),
              onSome: (data) => ({ _tag: "Found", data })
            })
      })
    ),
    store: (data) => Effect.map(bounded("store", () => cache.store(data)), Either.isRight),
    shutdown: Effect.asVoid(bounded("shutdown", () => cache.shutdown)),
    changes: (cache.changes ?? Stream.empty).pipe(
      Stream.catchAllCause((cause) =>
        Stream.drain(Stream.fromEffect(
          outages.failed(
            "changes",
            "cache",
            `the cache of flag definitions tells no changes any more: ${reasonOf(cause)}`
          )
        ))
      )
    )
  }
}

const reasonOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return typeof error === "string" ? error : error instanceof Error ? error.message : "it failed"
}
