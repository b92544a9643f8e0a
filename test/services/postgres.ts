/** A PostgreSQL for tests: `DATABASE_URL`, default postgres://postgres@127.0.0.1:5432/test. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Exit, Redacted } from "effect"

export const databaseUrl = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test"

export const database = (maxConnections = 6, url = databaseUrl) =>
  PgClient.layer({ url: Redacted.make(url), maxConnections, connectTimeout: "2 seconds" })

/** Is one there? Without it the tests are skipped, and it is said what they need. */
export const isThere: Promise<boolean> = Effect.runPromiseExit(
  Effect.provide(Effect.flatMap(PgClient.PgClient, (sql) => sql`SELECT 1`), database(1))
).then((exit) => {
  if (Exit.isFailure(exit)) {
    console.log(
      `These tests need a PostgreSQL at ${databaseUrl}; set DATABASE_URL to another one. Without it they are skipped.`
    )
  }
  return Exit.isSuccess(exit)
})

/** A name for a table of this run's own. */
export const tableName = (what: string) => `posthog_test_${what}_${process.pid}_${Date.now().toString(36)}`

export const dropTables = (table: string) =>
  Effect.gen(function*() {
    const sql = yield* PgClient.PgClient
    yield* sql`DROP TABLE IF EXISTS ${sql(table)}, ${sql(`${table}_migrations`)}`
  }).pipe(Effect.provide(database(1)), Effect.orDie, Effect.scoped)
