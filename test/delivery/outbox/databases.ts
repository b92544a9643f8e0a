/** Databases of a test's own. */
import { LibsqlClient } from "@effect/sql-libsql"
import type { SqlClient } from "@effect/sql/SqlClient"
import { Context, Effect, Layer, type Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** The path of a file for a database, in a folder that goes with the scope. */
export const file: Effect.Effect<string, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "outbox-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "events.db")
)

/** One more connection to the database in a file. */
export const connect = (path: string): Effect.Effect<SqlClient, never, Scope.Scope> =>
  Effect.gen(function*() {
    const sql = Context.get(yield* Layer.build(LibsqlClient.layer({ url: `file:${path}` })), LibsqlClient.LibsqlClient)
    yield* Effect.orDie(sql`PRAGMA journal_mode = WAL`)
    return sql
  })

export const sqlite: Effect.Effect<SqlClient, never, Scope.Scope> = Effect.flatMap(file, connect)
