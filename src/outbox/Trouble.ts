/**
 * What is said of a database that does not answer: a line when it begins, one when it is over, and few between.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Sending from "../delivery/Sending.js"

export interface Trouble {
  readonly failed: (detail: string) => Effect.Effect<void>
  readonly worked: Effect.Effect<void>
  /** What the database said last; `undefined` while it works. */
  readonly last: () => string | undefined
}

const quietNanos = 60_000_000_000n

export const make = (staged: () => number): Trouble => {
  let last: string | undefined = undefined
  let said: bigint | undefined = undefined
  let isKnown = false

  return {
    failed: (detail) =>
      Effect.gen(function*() {
        last = detail
        const now = yield* Clock.currentTimeNanos
        if (said !== undefined && now - said < quietNanos) {
          return
        }
        said = now
        isKnown = true
        yield* Effect.annotateLogs(
          Effect.logWarning(`the outbox's database fails: ${detail}; ${staged()} events wait in memory`),
          Sending.annotations
        )
      }),
    worked: Effect.suspend(() => {
      last = undefined
      if (!isKnown) {
        return Effect.void
      }
      isKnown = false
      return Effect.annotateLogs(Effect.logInfo("the outbox's database works again"), Sending.annotations)
    }),
    last: () => last
  }
}
