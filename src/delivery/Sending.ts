/**
 * One request, in as many attempts as it takes: until PostHog has decided about every item of it, or the attempts are used
 * up. Where PostHog decides about some items only, the others go on in the same request (HTTP-32).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { LaneDropReason } from "./buffer/ItemBuffer.js"
import type { Protocol } from "./protocol/Protocol.js"
import * as RetryPolicy from "./RetryPolicy.js"
import type { Transport } from "./Transport.js"

/** How a request ended for the items that are left of it. */
export type End<A> =
  /** None is left. */
  | { readonly _tag: "Settled" }
  /** They are too many, or too much, for one request. */
  | { readonly _tag: "Split"; readonly left: ReadonlyArray<A> }
  /** They were not sent. */
  | { readonly _tag: "Held" }
  /** PostHog did not take them; it asks to be left alone for so many milliseconds. */
  | {
    readonly _tag: "Exhausted"
    readonly left: ReadonlyArray<A>
    readonly reason: string
    readonly retryAfter: number | undefined
  }

export interface Watcher<A> {
  /** PostHog has them. */
  readonly delivered: (items: ReadonlyArray<A>) => Effect.Effect<void>
  /** Nobody will: they are dropped. */
  readonly dropped: (
    items: ReadonlyArray<A>,
    reason: LaneDropReason,
    status: number | undefined
  ) => Effect.Effect<void>
  /** May an attempt that is ready be sent? */
  readonly mayGo: () => boolean
  readonly requested: (isRetry: boolean) => Effect.Effect<void>
  /** Why an attempt failed; `undefined` where it did not. */
  readonly answered: (error: string | undefined) => void
  /** After attempt number `attempt` has failed: is another one to be made? */
  readonly mayRetry: (attempt: number) => boolean
}

export interface Settings<A> {
  readonly protocol: Protocol<A>
  readonly transport: Transport<A>
  readonly retry: RetryPolicy.RetryPolicy
  /** The id of a request that is made at this time (milliseconds). */
  readonly requestId: (now: number) => string
  /** In log lines: `events`. */
  readonly what: string
}

export type Send<A> = (items: ReadonlyArray<A>, watcher: Watcher<A>) => Effect.Effect<End<A>>

const settled = { _tag: "Settled" } as const

export const annotations = { package: "effect-posthog", module: "delivery" }

export const make = <A>(settings: Settings<A>): Send<A> => {
  const { protocol, retry, transport, what } = settings

  const decide = (items: ReadonlyArray<A>, text: string, watcher: Watcher<A>): Effect.Effect<ReadonlyArray<A>> => {
    const verdicts = protocol.read?.(items, text)
    if (verdicts === undefined) {
      return Effect.as(watcher.delivered(items), [])
    }
    const { again, delivered, refused } = verdicts
    return (refused.length === 0 ? Effect.void : watcher.dropped(refused, "rejected", 200)).pipe(
      Effect.zipRight(delivered.length === 0 ? Effect.void : watcher.delivered(delivered)),
      Effect.as(again)
    )
  }

  return (items, watcher) =>
    Effect.gen(function*() {
      const start = yield* Clock.currentTimeMillis
      const requestId = settings.requestId(start)
      const createdAt = new Date(start).toISOString()
      let left = items
      for (let number = 1;; number++) {
        const now = new Date(yield* Clock.currentTimeMillis).toISOString()
        const gate = Effect.suspend(() =>
          watcher.mayGo() ? Effect.as(watcher.requested(number > 1), true) : Effect.succeed(false)
        )
        const answer = yield* transport.send(left, { requestId, createdAt, number, now }, gate)
        let failure = { reason: "PostHog wants them again", retryAfter: undefined as number | undefined }
        switch (answer._tag) {
          case "Taken": {
            left = yield* decide(left, answer.text, watcher)
            watcher.answered(undefined)
            if (left.length === 0) {
              return settled
            }
            failure = { ...failure, retryAfter: answer.retryAfter }
            break
          }
          case "TooLarge":
          case "Unwritable": {
            watcher.answered(answer._tag === "TooLarge" ? `status ${answer.status ?? 413}` : "unencodable")
            if (left.length > 1) {
              return { _tag: "Split", left }
            }
            yield* answer._tag === "TooLarge"
              ? watcher.dropped(left, "tooLarge", answer.status)
              : watcher.dropped(left, "unencodable", undefined)
            return settled
          }
          case "Rejected": {
            watcher.answered(`status ${answer.status}`)
            yield* watcher.dropped(left, "rejected", answer.status)
            return settled
          }
          case "Held":
            return { _tag: "Held" }
          case "Retry": {
            failure = answer
            break
          }
        }
        const { reason, retryAfter } = failure
        watcher.answered(reason)
        yield* Effect.logDebug(`attempt ${number} with ${left.length} ${what} failed: ${reason}`).pipe(
          Effect.annotateLogs(annotations)
        )
        if (!watcher.mayRetry(number)) {
          return { _tag: "Exhausted", left, reason, retryAfter }
        }
        yield* Effect.sleep(yield* RetryPolicy.delay(retry, number, retryAfter))
      }
    })
}
