/**
 * Timing what a program does: how long it took, how it ended, and what was noted about it meanwhile (seed 001 §3,
 * `timed_operation`).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import { timed, type TimedOperation, type TimedOptions } from "./OperationRun.js"

export type {
  /** @since 0.1.0 */
  OperationError,
  /** @since 0.1.0 */
  OperationOutcome
} from "./OperationOutcome.js"
export {
  /** @since 0.1.0 */
  operationDuration,
  /** @since 0.1.0 */
  type TimedOperation,
  /** @since 0.1.0 */
  type TimedOptions
} from "./OperationRun.js"

/**
 * Times an effect and leaves it as it is: value, failure, defect and interruption go on unchanged. It runs in an inherited
 * scope of its own, so that what is noted inside with `addOperationMetadata` lands in this operation and in nobody else's;
 * an operation inside it has its own. Without a name it keeps the name of the operation around it.
 *
 * Names are of low cardinality (`GET /users/:id`): they tag a metric. What varies belongs into the metadata.
 *
 * Seed 001 §3.1, `timed_operation`.
 *
 * @example
 * import { Effect } from "effect"
 * import { addOperationMetadata, Posthog, timedOperation } from "effect-posthog"
 *
 * const lookup = Effect.gen(function*() {
 *   yield* addOperationMetadata("rows", 3)
 *   return ["a", "b", "c"]
 * }).pipe(timedOperation("user_lookup", { onEnd: Posthog.captureOperation }))
 *
 * @since 0.1.0
 * @category regions
 */
export const timedOperation: {
  <R2 = never>(
    name?: string,
    options?: TimedOptions<R2>
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | R2>
  <A, E, R, R2 = never>(
    self: Effect.Effect<A, E, R>,
    name?: string,
    options?: TimedOptions<R2>
  ): Effect.Effect<A, E, R | R2>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R, R2>(self: Effect.Effect<A, E, R>, name?: string, options?: TimedOptions<R2>) =>
    timed(self, name, options ?? {}, (_, exit) => exit)
)

/**
 * Like `timedOperation`, with the operation as a value beside how the effect ended.
 *
 * @example
 * import { Duration, Effect } from "effect"
 * import { timedExit } from "effect-posthog"
 *
 * const program = Effect.gen(function*() {
 *   const { exit, operation } = yield* timedExit(Effect.succeed(1), "step_1")
 *   yield* Effect.log(`${operation.outcome} after ${Duration.toMillis(operation.duration)} ms`)
 *   return yield* exit
 * })
 *
 * @since 0.1.0
 * @category regions
 */
export const timedExit: {
  <R2 = never>(
    name?: string,
    options?: TimedOptions<R2>
  ): <A, E, R>(
    self: Effect.Effect<A, E, R>
  ) => Effect.Effect<{ readonly operation: TimedOperation; readonly exit: Exit.Exit<A, E> }, never, R | R2>
  <A, E, R, R2 = never>(
    self: Effect.Effect<A, E, R>,
    name?: string,
    options?: TimedOptions<R2>
  ): Effect.Effect<{ readonly operation: TimedOperation; readonly exit: Exit.Exit<A, E> }, never, R | R2>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R, R2>(self: Effect.Effect<A, E, R>, name?: string, options?: TimedOptions<R2>) =>
    timed(self, name, options ?? {}, (operation, exit) => Effect.succeed({ operation, exit }))
)
