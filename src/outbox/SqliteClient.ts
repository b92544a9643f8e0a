/**
 * A `SqlClient` over SQLite in a file, by the package `libsql`: it installs without compiling, and runs in the process.
 *
 * Why not `@effect/sql-libsql` 0.42.0: there, after a statement that found the file locked, the connection goes on in a
 * transaction that is never committed (the statement is not reset), and a `BEGIN` that found it locked blocks the client
 * for good. Here a locked file is waited for without blocking the process, and no statement is begun on one.
 * Any other `SqlClient` for SQLite will do as well, as long as no other process writes into the file.
 *
 * @since 0.1.0
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as Statement from "@effect/sql/Statement"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import Database from "libsql"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The path of the file. It is made where there is none; beside it stand two more, for its log. */
  readonly filename: string
  /** How long a statement waits for a file that another process has locked, before it fails. Default 5 seconds. */
  readonly lockTimeout?: Duration.DurationInput | undefined
  /**
   * `full`: a commit survives the machine's loss of power. `normal`: it survives the process's end, and is faster. Default
   * `full`.
   */
  readonly synchronous?: "full" | "normal" | undefined
}

const isLocked = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" &&
  error.code.startsWith("SQLITE_BUSY")

/** Between two looks at a locked file. */
const shortestWait = 2
const longestWait = 10

/** Statements that wait for no lock, and some that must not stand in a transaction. */
const reads = /^\s*(?:SELECT|PRAGMA|EXPLAIN|VALUES|VACUUM|ATTACH|DETACH)\b/i

type Row = Readonly<Record<string, unknown>>

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<SqlClient.SqlClient, SqlError, Reactivity.Reactivity | Scope.Scope> =>
  Effect.gen(function*() {
    const lockMillis = Duration.toMillis(Duration.decode(options.lockTimeout ?? "5 seconds"))
    const turn = yield* Effect.makeSemaphore(1)

    const open = () => {
      const database = new Database(options.filename)
      try {
        database.exec("PRAGMA journal_mode = WAL")
        database.exec(`PRAGMA synchronous = ${options.synchronous === "normal" ? "NORMAL" : "FULL"}`)
        return database
      } catch (error) {
        database.close()
        throw error
      }
    }

    /** Waits while the file is locked: other fibers go on. */
    const patiently = <A>(attempt: () => A): Effect.Effect<A, SqlError> => {
      const again = (waited: number, wait: number): Effect.Effect<A, SqlError> =>
        Effect.catchAll(
          Effect.try({
            try: attempt,
            catch: (cause) => new SqlError({ cause, message: "Failed to execute statement" })
          }),
          (error) =>
            isLocked(error.cause) && waited + wait <= lockMillis
              ? Effect.zipRight(Effect.sleep(wait), again(waited + wait, Math.min(wait * 2, longestWait)))
              : Effect.fail(error)
        )
      return again(0, shortestWait)
    }

    // the package ends the process where a closed database is asked
    let isOpen = true
    const database = yield* Effect.acquireRelease(
      patiently(open),
      (database) =>
        Effect.sync(() => {
          isOpen = false
          database.close()
        })
    )

    const ask = <A>(attempt: (database: Database.Database) => A) =>
      patiently(() => {
        if (!isOpen) {
          throw new Error("the database is closed")
        }
        return attempt(database)
      })

    const all = <A>(sql: string, params: ReadonlyArray<unknown>, isRaw: boolean): ReadonlyArray<A> => {
      const statement = database.prepare(sql)
      if (!statement.reader) {
        statement.run(...params)
        return []
      }
      // the package's types leave open what a row is
      return (isRaw ? statement.raw(true) : statement).all(...params) as ReadonlyArray<A>
    }

    /** A statement of its own that writes: it is begun only when the lock is there, and so never meets a locked file. */
    const alone = <A>(write: () => A): A => {
      database.exec("BEGIN IMMEDIATE")
      try {
        const result = write()
        database.exec("COMMIT")
        return result
      } finally {
        if (database.inTransaction) {
          database.exec("ROLLBACK")
        }
      }
    }

    const run = <A = Row>(sql: string, given: ReadonlyArray<unknown>, isRaw = false) => {
      const params = given.map((value) => typeof value === "boolean" ? Number(value) : value)
      return ask(({ inTransaction }) =>
        inTransaction || reads.test(sql) ? all<A>(sql, params, isRaw) : alone(() => all<A>(sql, params, isRaw))
      )
    }

    const transformed = (
      sql: string,
      params: ReadonlyArray<unknown>,
      transform: (<A extends object>(rows: ReadonlyArray<A>) => ReadonlyArray<A>) | undefined
    ) => transform === undefined ? run(sql, params) : Effect.map(run(sql, params), transform)

    /** In here for as long as a transaction takes. */
    const inside: Connection = {
      execute: transformed,
      executeRaw: (sql, params) => run(sql, params),
      executeValues: (sql, params) => run<ReadonlyArray<unknown>>(sql, params, true),
      executeUnprepared: (sql, params, transform) => {
        switch (sql) {
          // these come to their end whether or not they succeed
          case "BEGIN IMMEDIATE":
          case "COMMIT":
            return Effect.as(ask((database) => database.exec(sql)), [])
          case "ROLLBACK":
            return Effect.as(ask((database) => database.inTransaction ? database.exec(sql) : database), [])
          default:
            return transformed(sql, params, transform)
        }
      },
      executeStream: (sql, params, transform) =>
        Stream.unwrap(Effect.map(transformed(sql, params, transform), Stream.fromIterable))
    }

    /** For one statement: not while somebody else's transaction is open. */
    const outside: Connection = {
      execute: (...all) => turn.withPermits(1)(inside.execute(...all)),
      executeRaw: (...all) => turn.withPermits(1)(inside.executeRaw(...all)),
      executeValues: (...all) => turn.withPermits(1)(inside.executeValues(...all)),
      executeUnprepared: (...all) => turn.withPermits(1)(inside.executeUnprepared(...all)),
      executeStream: (sql, params, transform) =>
        Stream.unwrap(Effect.map(turn.withPermits(1)(transformed(sql, params, transform)), Stream.fromIterable))
    }

    const turning = Effect.acquireReleaseInterruptible(turn.take(1), () => turn.release(1))

    return yield* SqlClient.make({
      acquirer: Effect.succeed(outside),
      transactionAcquirer: Effect.as(turning, inside),
      beginTransaction: "BEGIN IMMEDIATE",
      compiler: Statement.makeCompilerSqlite(),
      spanAttributes: [["db.system.name", "sqlite"]]
    })
  })

/**
 * @example
 * import { Layer, Redacted } from "effect"
 * import { Posthog } from "effect-posthog"
 * import * as SqliteClient from "effect-posthog/outbox/SqliteClient"
 * import * as Outbox from "effect-posthog/outbox/Outbox"
 *
 * const PosthogLive = Posthog.layer({ apiKey: Redacted.make("phc_key") }).pipe(
 *   Layer.provide(Outbox.layer()),
 *   Layer.provide(SqliteClient.layer({ filename: "events.db" }))
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<SqlClient.SqlClient, SqlError> =>
  Layer.scoped(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))
