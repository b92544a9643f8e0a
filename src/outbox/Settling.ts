/**
 * What is decided about rows, until the database knows: repeated until it does, several decisions in one statement.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type { OutboxTable } from "./OutboxTable.js"
import * as Statements from "./Statements.js"
import type { Trouble } from "./Trouble.js"

/** They are deleted, wait again, or are set aside for this reason. */
export type Decision = "remove" | "release" | { readonly aside: string }

export interface Settling {
  /**
   * Has this done. It returns when it is, or after a second: then it goes on by itself. `after` runs when it is done.
   */
  readonly decide: (decision: Decision, ids: ReadonlyArray<number>, after: () => void) => Effect.Effect<void>
  /** Rows about which something is decided that the database does not know yet. */
  readonly ids: () => ReadonlyArray<number>
  /** Does what there is to do, for ever. */
  readonly run: Effect.Effect<never>
  /** One attempt at all there is. `false` where some is left. */
  readonly once: Effect.Effect<boolean>
}

interface Task {
  readonly decision: Decision
  readonly ids: ReadonlyArray<number>
  readonly after: () => void
  readonly done: Deferred.Deferred<void>
}

const patience = Duration.seconds(1)

const keyOf = (decision: Decision) => typeof decision === "string" ? decision : `aside ${decision.aside}`

export const make = (table: OutboxTable, claimer: string, trouble: Trouble): Effect.Effect<Settling> =>
  Effect.gen(function*() {
    const nudges = yield* Queue.dropping<void>(1)
    const turn = yield* Effect.makeSemaphore(1)
    let tasks: ReadonlyArray<Task> = []

    const statement = (decision: Decision, ids: ReadonlyArray<number>) =>
      decision === "remove"
        ? table.remove(ids)
        : decision === "release"
        ? table.release(claimer, ids)
        : table.setAside(ids, decision.aside)

    const attempt = (group: ReadonlyArray<Task>): Effect.Effect<boolean> => {
      // a group has at least one
      const { decision } = group[0]!
      return Statements.run(statement(decision, group.flatMap(({ ids }) => ids))).pipe(
        Effect.matchEffect({
          onFailure: (detail) => Effect.as(trouble.failed(detail), false),
          onSuccess: () =>
            Effect.gen(function*() {
              yield* trouble.worked
              tasks = tasks.filter((task) => !group.includes(task))
              for (const { after, done } of group) {
                after()
                yield* Deferred.succeed(done, undefined)
              }
              return true
            })
        })
      )
    }

    const once = turn.withPermits(1)(Effect.suspend(() => {
      const groups = new Map<string, Array<Task>>()
      for (const task of tasks) {
        const key = keyOf(task.decision)
        groups.set(key, [...groups.get(key) ?? [], task])
      }
      return Effect.map(
        Effect.forEach(groups.values(), attempt),
        (results) => results.every((result) => result)
      )
    }))

    return {
      decide: (decision, ids, after) =>
        Effect.gen(function*() {
          if (ids.length === 0) {
            return
          }
          const done = yield* Deferred.make<void>()
          tasks = [...tasks, { decision, ids, after, done }]
          Queue.unsafeOffer(nudges, undefined)
          yield* Effect.timeoutOption(Effect.interruptible(Deferred.await(done)), patience)
        }),
      ids: () => tasks.flatMap(({ ids }) => ids),
      once,
      run: Effect.gen(function*() {
        let failures = 0
        while (true) {
          if (failures === 0) {
            yield* Queue.take(nudges)
          } else {
            yield* Statements.backOff(failures)
          }
          failures = (yield* once) ? 0 : failures + 1
        }
      })
    }
  })
