/**
 * Values that PostHog answered, kept for those who ask the same again, and for when PostHog cannot be asked
 * (FLAGS-CACHE-01 to -05).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { FlagsUnavailable, QuotaLimited } from "../evaluation/FlagError.js"
import type { FlagsRequest } from "./FlagsRequest.js"
import * as LruMap from "./LruMap.js"
import type { RemoteAnswer } from "./RemoteAnswer.js"
import type { RemoteFlags } from "./RemoteFlags.js"
import * as RequestIdentity from "./RequestIdentity.js"

export interface CachedAnswer {
  readonly answer: RemoteAnswer
  /**
   * - `fresh`: PostHog answered just now
   * - `cached`: it did so recently, and was not asked
   * - `stale`: it did so before; now it failed, or failed to compute some of the flags that are here
   */
  readonly freshness: "fresh" | "cached" | "stale"
  /** Why the answer is a stale one; `undefined` where only some flags are, see `errorsWhileComputing`. */
  readonly error: FlagsUnavailable | QuotaLimited | undefined
}

export interface ValueCache {
  readonly request: (body: FlagsRequest) => Effect.Effect<CachedAnswer, FlagsUnavailable | QuotaLimited>
  /** Forgets everything, what is under way included (FLAGS-CACHE-03). */
  readonly clear: Effect.Effect<void>
}

export interface Settings {
  /** How many answers are kept; those that were not asked for the longest go first. Default: 10,000. */
  readonly capacity?: number | undefined
  /** How old an answer may be to be given without asking. Default: 0, every evaluation asks (FLAGS-REMOTE-03). */
  readonly ttl?: Duration.DurationInput | undefined
  /** How old an answer may be to be given when PostHog fails. Default: 0, none is. */
  readonly staleTtl?: Duration.DurationInput | undefined
}

/** One answer. It never changes: a reader sees the old one or the new one (FLAGS-CACHE-04). */
interface Entry {
  readonly answer: RemoteAnswer
  readonly freshUntil: number
  readonly staleUntil: number
}

export const make = (remote: RemoteFlags, settings: Settings = {}): ValueCache => {
  const ttl = Duration.toMillis(settings.ttl ?? 0)
  const staleTtl = Duration.toMillis(settings.staleTtl ?? 0)
  if (ttl <= 0 && staleTtl <= 0) {
    return { request: (body) => Effect.map(remote.request(body), fresh), clear: Effect.void }
  }
  const entries = LruMap.make<Entry>(settings.capacity ?? 10_000)
  let generation = 0

  const usable = (key: string, now: number): Entry | undefined => {
    const entry = entries.get(key)
    return entry !== undefined && now < entry.staleUntil ? entry : undefined
  }

  const received = (key: string, answer: RemoteAnswer, now: number, asked: number): CachedAnswer => {
    const old = usable(key, now)
    if (!answer.errorsWhileComputing || old === undefined) {
      // an incomplete answer is better than none, but not good enough to keep anybody from asking
      const freshUntil = answer.errorsWhileComputing ? now : now + ttl
      return store(key, { answer, freshUntil, staleUntil: now + staleTtl }, asked, "fresh")
    }
    const merged = { ...answer, flags: new Map([...old.answer.flags, ...answer.flags]) }
    const freshness = merged.flags.size > answer.flags.size ? "stale" : "fresh"
    // it gets no older time to live than its oldest values
    return store(key, { answer: merged, freshUntil: now, staleUntil: old.staleUntil }, asked, freshness)
  }

  const store = (key: string, entry: Entry, asked: number, freshness: CachedAnswer["freshness"]): CachedAnswer => {
    // who asked before everything was forgotten does not bring it back
    if (asked === generation) {
      entries.set(key, entry)
    }
    return { answer: entry.answer, freshness, error: undefined }
  }

  return {
    request: (body) =>
      Effect.gen(function*() {
        const key = RequestIdentity.withoutToken(body)
        const asked = generation
        const entry = entries.get(key)
        if (entry !== undefined && (yield* Clock.currentTimeMillis) < entry.freshUntil) {
          return { answer: entry.answer, freshness: "cached", error: undefined } as const
        }
        const answer = yield* Effect.either(remote.request(body))
        const now = yield* Clock.currentTimeMillis
        if (answer._tag === "Right") {
          return received(key, answer.right, now, asked)
        }
        const stale = usable(key, now)
        return stale === undefined
          ? yield* Effect.fail(answer.left)
          : { answer: stale.answer, freshness: "stale", error: answer.left } as const
      }),
    clear: Effect.sync(() => {
      entries.clear()
      generation++
    })
  }
}

const fresh = (answer: RemoteAnswer): CachedAnswer => ({ answer, freshness: "fresh", error: undefined })
