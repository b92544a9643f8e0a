/**
 * Requests that are made once for all who want the same at the same time.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import * as CurrentScope from "../../scope/CurrentScope.js"

/** One request on its way, and how many wait for it. */
interface Flight<A, E> {
  readonly result: Deferred.Deferred<A, E>
  waiting: number
  fiber: Fiber.Fiber<unknown, unknown> | undefined
}

/**
 * `run` is started by the first who asks for a key and runs in a fiber of the surrounding `Scope`, outside of everybody's
 * PostHog scope. Who is interrupted leaves the others their answer; when nobody waits any more it is interrupted itself.
 * Once the `Scope` has closed, who still waits gets `whenClosed`.
 */
export const make = <A, E>(
  run: (key: string) => Effect.Effect<A, E>,
  whenClosed: E
): Effect.Effect<(key: string) => Effect.Effect<A, E>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const flights = new Map<string, Flight<A, E>>()

    const forget = (key: string, flight: Flight<A, E>): boolean => flights.get(key) === flight && flights.delete(key)

    const start = (key: string): Effect.Effect<Flight<A, E>> => {
      const flight: Flight<A, E> = { result: Deferred.unsafeMake(FiberId.none), waiting: 1, fiber: undefined }
      flights.set(key, flight)
      return run(key).pipe(
        CurrentScope.withoutScope,
        // the fiber starts where nothing interrupts it, so that it always gets as far as to say how this ended
        Effect.interruptible,
        Effect.exit,
        Effect.map((exit) => {
          forget(key, flight)
          Deferred.unsafeDone(flight.result, Exit.isInterrupted(exit) ? Exit.fail(whenClosed) : exit)
        }),
        Effect.forkIn(scope),
        Effect.map((fiber) => {
          flight.fiber = fiber
          return flight
        })
      )
    }

    const join = (key: string): Effect.Effect<Flight<A, E>> =>
      Effect.suspend(() => {
        const flight = flights.get(key)
        if (flight === undefined) {
          return start(key)
        }
        flight.waiting++
        return Effect.succeed(flight)
      })

    const leave = (key: string, flight: Flight<A, E>): Effect.Effect<void> =>
      Effect.suspend(() => {
        flight.waiting--
        return flight.waiting === 0 && forget(key, flight) && flight.fiber !== undefined
          ? Fiber.interruptFork(flight.fiber)
          : Effect.void
      })

    return (key) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(join(key), (flight) =>
          Effect.onInterrupt(restore(Deferred.await(flight.result)), () => leave(key, flight)))
      )
  })
