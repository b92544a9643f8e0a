/**
 * The provider's events: what becomes of the definitions while it is in use.
 *
 * @since 0.1.0
 */
import { type OpenFeatureEventEmitter, ProviderEvents } from "@openfeature/server-sdk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Definitions } from "../flags/definitions/Definitions.js"
import * as IdleSleep from "../flags/definitions/IdleSleep.js"
import type { FlagDefinitions } from "../flags/evaluation/FlagDefinitions.js"
import { FeatureFlags } from "../flags/FeatureFlags.js"
import * as ChangedFlags from "./ChangedFlags.js"

/**
 * - `ready`: with the definitions that PostHog has, or without any where none are used
 * - `stale`: they could not be refreshed
 * - `error`: there are none, though there should be; PostHog is asked for each evaluation
 */
export type Health = "ready" | "stale" | "error"

interface Seen {
  readonly definitions: FlagDefinitions | undefined
  readonly isStale: boolean
}

const see = (definitions: Definitions): Effect.Effect<Seen> =>
  Effect.zipWith(definitions.current, definitions.isStale, (current, isStale) => ({
    definitions: Option.getOrUndefined(current),
    isStale
  }))

/** Where nothing is loaded and nothing has failed, nothing is known. */
const healthOf = ({ definitions, isStale }: Seen): Health | undefined =>
  definitions === undefined ? isStale ? "error" : undefined : isStale ? "stale" : "ready"

/**
 * Emits until it is interrupted, beginning with what differs from `health`. New sets are seen at once; that refreshing
 * fails, or works again with nothing new, is nobody's event, and is looked for every `interval` milliseconds.
 */
export const emit = (
  emitter: OpenFeatureEventEmitter,
  health: Health,
  interval: number
): Effect.Effect<void, never, FeatureFlags> =>
  Effect.gen(function*() {
    const { definitions } = yield* FeatureFlags
    let known = health
    let before = (yield* see(definitions)).definitions

    const notice = (seen: Seen): void => {
      const now = healthOf(seen) ?? known
      if (now !== known) {
        known = now
        emitter.emit(events[now], { message: messages[now] })
      }
      const after = seen.definitions
      if (after !== before && after !== undefined) {
        const flagsChanged = before === undefined ? undefined : ChangedFlags.between(before, after)
        before = after
        emitter.emit(ProviderEvents.ConfigurationChanged, flagsChanged === undefined ? {} : { flagsChanged })
      }
    }

    const ticks = Stream.repeatEffect(IdleSleep.sleep(interval))
    yield* Stream.merge(ticks, Stream.map(definitions.changes, () => undefined)).pipe(
      Stream.runForEach(() => Effect.map(see(definitions), notice))
    )
  })

const events: { readonly [health in Health]: ProviderEvents } = {
  ready: ProviderEvents.Ready,
  stale: ProviderEvents.Stale,
  error: ProviderEvents.Error
}

const messages: { readonly [health in Health]: string } = {
  ready: "the flag definitions are up to date",
  stale: "the flag definitions could not be refreshed",
  error: "no flag definitions are loaded"
}
