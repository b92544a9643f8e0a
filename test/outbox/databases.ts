/** Databases of a test's own. */
import * as Sql from "@effect/sql/SqlClient"
import { Context, Effect, Layer, type Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as SqliteClient from "../../src/outbox/SqliteClient.js"

/** The path of a file for a database, in a folder that goes with the scope. */
export const file: Effect.Effect<string, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "outbox-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "events.db")
)

/** One more connection to the database in a file. It does not wait for a lock, so that a test need not. */
export const connect = (
  path: string,
  options: Omit<SqliteClient.Options, "filename"> = { lockTimeout: 0 }
): Effect.Effect<Sql.SqlClient, never, Scope.Scope> =>
  Effect.map(
    Effect.orDie(Layer.build(SqliteClient.layer({ ...options, filename: path }))),
    (context) => Context.get(context, Sql.SqlClient)
  )

export const sqlite: Effect.Effect<Sql.SqlClient, never, Scope.Scope> = Effect.flatMap(file, (path) => connect(path))
