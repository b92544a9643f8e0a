/**
 * One refresh: who is asked, the cache or PostHog, and what the answer does to the set in use.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { BoundedCache } from "./BoundedCache.js"
import * as CachedDefinitions from "./CachedDefinitions.js"
import type { DefinitionRequest } from "./DefinitionRequest.js"
import type { RefreshOutcome } from "./Definitions.js"
import type { Accepted, DefinitionStore } from "./DefinitionStore.js"
import type { Outages } from "./Outages.js"
import * as PollSchedule from "./PollSchedule.js"
import * as StartDefinitions from "./StartDefinitions.js"

export interface Settings {
  readonly store: DefinitionStore
  readonly outages: Outages
  readonly pollInterval: Duration.Duration
  /** `undefined`: there is no key to ask PostHog with (FLAGS-DEFS-04). */
  readonly request: DefinitionRequest | undefined
  readonly cache: BoundedCache | undefined
}

export interface DefinitionSource {
  /** `demanded`: by somebody who waits for it, not by the clock. Never run twice at a time. */
  readonly refresh: (demanded: boolean) => Effect.Effect<RefreshOutcome>
  /** How many milliseconds after the start of the last refresh the next one is due. */
  readonly untilNext: (startedAt: number) => Effect.Effect<number>
}

/** PostHog refused: it is left alone for a while. */
interface Pause {
  readonly until: number
  readonly outcome: RefreshOutcome
  /** PostHog said so itself: then not even a demand is a reason to ask. */
  readonly ordered: boolean
}

export const make = (settings: Settings): DefinitionSource => {
  const { cache, outages, request, store } = settings
  const interval = Math.max(Duration.toMillis(settings.pollInterval), PollSchedule.minInterval)
  let pause: Pause | undefined
  let refusals = 0
  // does the cache lack the set in use, because storing failed or nobody was told to?
  let unstored = false

  const isLoaded = () => store.current().flags !== undefined

  const failed = (kind: string, reason: string) =>
    Effect.as(
      Effect.zipRight(
        store.keepStale,
        outages.failed(
          "definitions",
          kind,
          `flag definitions could not be loaded: ${reason}; ${
            isLoaded() ? "those of before stay in use" : "none are loaded"
          }`
        )
      ),
      "failed" as const
    )

  const works = (outcome: RefreshOutcome): Effect.Effect<RefreshOutcome> => {
    pause = undefined
    refusals = 0
    return Effect.as(outages.works("definitions", "flag definitions can be loaded again"), outcome)
  }

  const refused = (outcome: RefreshOutcome, retryAfter: number | undefined): Effect.Effect<RefreshOutcome> =>
    Effect.gen(function*() {
      refusals++
      const now = yield* Clock.currentTimeMillis
      const millis = yield* PollSchedule.untilRetry(interval, refusals, retryAfter)
      pause = { until: now + millis, outcome, ordered: retryAfter !== undefined }
      return outcome
    })

  const clear = (kind: string, line: string) =>
    Effect.suspend(() => {
      unstored = false
      return Effect.zipRight(store.clear, outages.failed("definitions", kind, line))
    })

  const ask = (request: DefinitionRequest): Effect.Effect<RefreshOutcome> =>
    Effect.gen(function*() {
      const { etag } = store.current()
      const answer = yield* request(etag)
      switch (answer._tag) {
        case "Updated": {
          const accepted = yield* store.accept({ _tag: "Text", text: answer.text }, answer.etag)
          if (accepted._tag === "Malformed") {
            return yield* failed("malformed", `PostHog's answer is malformed: ${accepted.reason}`)
          }
          unstored = true
          return yield* works(outcomeOf(accepted))
        }
        case "NotModified": {
          // only what was asked about can be unchanged (FLAGS-DEFS-24)
          if (etag === undefined) {
            return yield* failed("malformed", "PostHog answered 304 to a request without an ETag")
          }
          yield* store.confirm(answer.etag ?? etag)
          return yield* works("unchanged")
        }
        case "Unauthorized": {
          yield* clear(
            "unauthorized",
            `PostHog refuses the secret key with status ${answer.status}: no flag is evaluated here until it takes it`
          )
          return yield* refused("unauthorized", undefined)
        }
        case "QuotaLimited": {
          yield* clear(
            "quotaLimited",
            "the quota of flag requests is used up: no flag is evaluated here until there is some again"
          )
          return yield* refused("quotaLimited", undefined)
        }
        case "RateLimited": {
          const outcome = yield* failed("rateLimited", "PostHog asks for fewer requests")
          return yield* refused(outcome, answer.retryAfter)
        }
        case "Failed":
          return yield* failed("failed", answer.reason)
      }
    })

  /** What the cache has; `undefined` where that is nothing to evaluate with, and nothing is loaded (FLAGS-DEFS-19). */
  const read = (cache: BoundedCache): Effect.Effect<RefreshOutcome | undefined> =>
    Effect.gen(function*() {
      const found = yield* cache.read
      if (found._tag === "Empty") {
        return isLoaded() ? "unchanged" : undefined
      }
      const accepted = found._tag === "Found"
        ? yield* StartDefinitions.acceptValue(store, found.data)
        : undefined
      if (accepted !== undefined && accepted._tag !== "Malformed") {
        unstored = false
        yield* outages.works("data", "the cached flag definitions can be used again")
        return outcomeOf(accepted)
      }
      if (accepted !== undefined) {
        yield* outages.failed("data", "malformed", `the cached flag definitions are malformed: ${accepted.reason}`)
      }
      yield* store.keepStale
      return isLoaded() ? "failed" : undefined
    })

  const storeIn = (cache: BoundedCache) =>
    Effect.suspend(() => {
      const { flags } = store.current()
      const data = unstored && flags !== undefined ? CachedDefinitions.fromDefinitions(flags.definitions) : undefined
      return data === undefined ? Effect.void : Effect.map(cache.store(data), (stored) => {
        unstored = !stored
      })
    })

  const askAndStore = (request: DefinitionRequest, cache: BoundedCache): Effect.Effect<RefreshOutcome> =>
    Effect.gen(function*() {
      const outcome = yield* ask(request)
      if (outcome === "updated" || outcome === "unchanged") {
        yield* storeIn(cache)
      } else if (outcome === "failed" && !isLoaded()) {
        return (yield* read(cache)) ?? outcome
      }
      return outcome
    })

  const consult = (cache: BoundedCache, request: DefinitionRequest): Effect.Effect<RefreshOutcome> =>
    Effect.flatMap(cache.decide, (decision) => {
      switch (decision) {
        case "fetch":
          return askAndStore(request, cache)
        case "failed":
          return ask(request)
        case "read":
          return Effect.flatMap(
            read(cache),
            (outcome) => outcome === undefined ? ask(request) : Effect.succeed(outcome)
          )
      }
    })

  const pausedAt = (now: number, demanded: boolean): Pause | undefined =>
    pause !== undefined && now < pause.until && (pause.ordered || !demanded) ? pause : undefined

  return {
    refresh: (demanded) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const paused = pausedAt(now, demanded)
        if (request !== undefined && paused === undefined) {
          return cache === undefined ? ask(request) : consult(cache, request)
        }
        const otherwise = paused?.outcome ?? "unchanged"
        // who may not ask PostHog never decides to: a lease in its hands would keep others from asking
        return cache === undefined
          ? Effect.succeed(otherwise)
          : Effect.map(read(cache), (outcome) => outcome ?? otherwise)
      }),
    untilNext: (startedAt) =>
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const paused = pausedAt(now, false)
        return paused === undefined
          ? PollSchedule.remaining(yield* PollSchedule.untilNext(interval), startedAt, now)
          : paused.until - now
      })
  }
}

const outcomeOf = (accepted: Exclude<Accepted, { readonly _tag: "Malformed" }>): RefreshOutcome =>
  accepted._tag === "Updated" ? "updated" : "unchanged"
