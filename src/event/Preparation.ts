/**
 * The preparation stage: what of an event cannot be done in the caller's step waits here, bounded, before the buffer.
 *
 * Hooks that are Effects run beside each other, each in a fiber of its own. Exceptions stand in a line and are prepared
 * one after the other in a single fiber: joining the line costs the caller next to nothing.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as CurrentScope from "../scope/CurrentScope.js"

/** One preparation in the line. */
export interface Task {
  readonly run: Effect.Effect<void>
  /** The same in one synchronous step, for a process that has no other left. */
  readonly runAtExit: Effect.Effect<void>
  /** It will not be run any more. */
  readonly abandon: Effect.Effect<void>
}

export interface Preparation {
  /** Runs a preparation in a fiber of its own; `false` where too many are under way. */
  readonly start: (preparation: Effect.Effect<void>) => Effect.Effect<boolean>
  /** Puts a task at the end of the line, at once; `false` where too many stand there. */
  readonly enqueue: (task: Task) => boolean
  /** Waits for everything that was started before. */
  readonly settled: Effect.Effect<void>
  readonly pending: Effect.Effect<number>
  /** Runs what stands in the line, now. */
  readonly runAtExit: Effect.Effect<void>
}

export interface Limits {
  /** How many preparations may be under way beside each other. */
  readonly fibers: number
  /** How many tasks may stand in the line. */
  readonly tasks: number
}

export const make = (limits: Limits): Effect.Effect<Preparation, never, Scope.Scope> =>
  Effect.gen(function*() {
    const fibers = yield* FiberSet.make<void>()
    const wake = yield* Queue.dropping<void>(1)
    let line: Array<Task> = []
    let current: Task | undefined
    let closed = false
    // who waits for the line to be done with a task
    let ends: ReadonlyArray<{ readonly after: Task; readonly reached: Deferred.Deferred<void> }> = []

    /** Everything that is not done, what is under way included. */
    const takeAll = (): ReadonlyArray<Task> => {
      const left = current === undefined ? line : [current, ...line]
      line = []
      current = undefined
      return left
    }

    const settle = (task: Task) =>
      Effect.suspend(() => {
        const ready = ends.filter(({ after }) => after === task)
        if (ready.length === 0) {
          return Effect.void
        }
        ends = ends.filter(({ after }) => after !== task)
        return Effect.forEach(ready, ({ reached }) => Deferred.succeed(reached, undefined), { discard: true })
      })

    const runNext = Effect.suspend(() => {
      const task = line.shift()!
      current = task
      return Effect.catchAllCause(task.run, () => task.abandon).pipe(
        Effect.zipRight(Effect.suspend(() => {
          current = undefined
          return settle(task)
        }))
      )
    })

    const worker = Effect.forever(
      Effect.zipRight(
        Queue.take(wake),
        Effect.whileLoop({ while: () => line.length > 0, body: () => runNext, step: () => {} })
      )
    )

    yield* Effect.acquireRelease(
      CurrentScope.withoutScope(Effect.forkDaemon(Effect.interruptible(worker))),
      (fiber) =>
        Effect.zipRight(
          Fiber.interrupt(fiber),
          Effect.suspend(() => {
            closed = true
            return Effect.forEach(takeAll(), (task) => Effect.zipRight(task.abandon, settle(task)), { discard: true })
          })
        )
    )

    return {
      start: (preparation) =>
        Effect.flatMap(
          FiberSet.size(fibers),
          (size) =>
            size >= limits.fibers
              ? Effect.succeed(false)
              : Effect.as(FiberSet.run(fibers, CurrentScope.withoutScope(Effect.interruptible(preparation))), true)
        ),
      enqueue: (task) => {
        if (line.length >= limits.tasks) {
          return false
        }
        line.push(task)
        if (line.length === 1) {
          Queue.unsafeOffer(wake, undefined)
        }
        return true
      },
      settled: Effect.gen(function*() {
        const last = line.at(-1) ?? current
        if (last !== undefined) {
          const reached = yield* Deferred.make<void>()
          ends = [...ends, { after: last, reached }]
          yield* Deferred.await(reached)
        }
        // afterwards: what stood in the line may have started one of these; a closed FiberSet cannot be iterated
        yield* closed ? Effect.void : Fiber.awaitAll(Array.from(fibers))
      }),
      pending: Effect.map(FiberSet.size(fibers), (size) => size + line.length + (current === undefined ? 0 : 1)),
      runAtExit: Effect.suspend(() =>
        Effect.forEach(takeAll(), (task) => Effect.catchAllCause(task.runAtExit, () => task.abandon), {
          discard: true
        })
      )
    }
  })
