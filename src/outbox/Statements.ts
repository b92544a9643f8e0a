/**
 * How the outbox's own fibers talk to the database: in no transaction of the program, in no span, and never for ever.
 *
 * @since 0.1.0
 */
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Random from "effect/Random"

/** A statement without an answer is given up after this long. */
const timeout = Duration.seconds(10)

const longestDetail = 300

const messageOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "message" in error && typeof error.message === "string"
    ? error.message
    : undefined

/** What a driver says, without the statement and its values. */
export const detail = (error: unknown): string => {
  const cause = typeof error === "object" && error !== null && "cause" in error ? error.cause : undefined
  return (messageOf(cause) ?? messageOf(error) ?? "no words").slice(0, longestDetail).toWellFormed()
}

/** Runs a statement to its end, whoever is interrupted meanwhile. A failure is what the driver says of it. */
export const run = <A>(statement: Effect.Effect<A, SqlError>): Effect.Effect<A, string> =>
  statement.pipe(
    Effect.mapError(detail),
    Effect.catchAllDefect((defect) => Effect.fail(detail(defect))),
    // in this order: waiting for it can be given up as well
    Effect.disconnect,
    Effect.interruptible,
    Effect.timeoutFail({ duration: timeout, onTimeout: () => `no answer within ${Duration.format(timeout)}` }),
    Effect.uninterruptible,
    Effect.withTracerEnabled(false),
    Effect.locally(FiberRef.currentContext, Context.empty())
  )

const shortest = 50
const longest = 5000

/** Waits before the next attempt after so many have failed in a row. */
export const backOff = (failures: number): Effect.Effect<void> =>
  Effect.flatMap(Random.next, (random) => {
    const most = Math.min(longest, shortest * 2 ** Math.min(failures, 10))
    return Effect.sleep(Duration.millis(Math.ceil(shortest + random * (most - shortest))))
  })
