/**
 * Hooks of the application: what goes wrong in one is told in the log, and the request goes on.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"

const annotations = { package: "effect-posthog", module: "PosthogHttp" }

export const warn = (message: string, cause?: Cause.Cause<unknown>): Effect.Effect<void> =>
  Effect.annotateLogs(cause === undefined ? Effect.logWarning(message) : Effect.logWarning(message, cause), annotations)

/** A defect that a hook has thrown. */
export const failed = (name: string, cause: Cause.Cause<unknown>): Effect.Effect<void> =>
  warn(`${name} failed, the request goes on without it`, cause)

/**
 * What the hook comes to, or `undefined`. A request that is given up is not kept waiting by it; one that was given up
 * before has its hook all the same (`isOver`).
 */
export const run = <A, R>(
  name: string,
  hook: () => Effect.Effect<A, unknown, R>,
  isOver = false
): Effect.Effect<A | undefined, never, R> => {
  const called = Effect.suspend(hook)
  return Effect.flatMap(Effect.exit(isOver ? called : Effect.interruptible(called)), (exit) =>
    exit._tag === "Success"
      ? Effect.succeed(exit.value)
      : Cause.isInterruptedOnly(exit.cause)
      ? Effect.succeed(undefined)
      : Effect.as(failed(name, exit.cause), undefined))
}
