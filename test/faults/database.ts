/** The database of a row's outbox: a file, or a table behind a small proxy of ours that can be cut. */
import { PgClient } from "@effect/sql-pg"
import { SqlClient } from "@effect/sql/SqlClient"
import { Effect, Redacted, type Scope } from "effect"
import * as SqliteClient from "effect-posthog/outbox/SqliteClient"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { join } from "node:path"

export interface Database {
  readonly url: string
  readonly table: string
  /** Nobody can reach it for so long. */
  readonly goneFor: (seconds: number) => Effect.Effect<void>
}

/** While it is gone somebody else holds the file for writing. */
export const sqlite = (directory: string, row: string): Database => {
  const filename = join(directory, `${row}.db`)
  return {
    url: `file:${filename}`,
    table: "posthog_outbox",
    goneFor: (seconds) =>
      Effect.flatMap(SqlClient, (sql) => sql.withTransaction(Effect.sleep(`${seconds} seconds`))).pipe(
        Effect.provide(SqliteClient.layer({ filename })),
        Effect.orDie
      )
  }
}

/** While it is gone connections are cut and none is accepted. */
export const postgres = (databaseUrl: string, row: string): Effect.Effect<Database, never, Scope.Scope> =>
  Effect.gen(function*() {
    const target = new URL(databaseUrl)
    const sockets = new Set<Socket>()
    let isGone = false
    const keep = (socket: Socket) => {
      sockets.add(socket)
      socket.once("close", () => sockets.delete(socket))
      socket.on("error", () => socket.destroy())
    }
    const proxy = createServer({ noDelay: true }, (inside) => {
      keep(inside)
      if (isGone) {
        inside.resetAndDestroy()
        return
      }
      const outside = connect({ port: Number(target.port || "5432"), host: target.hostname, noDelay: true })
      keep(outside)
      inside.pipe(outside).pipe(inside)
      inside.once("close", () => outside.destroy())
      outside.once("close", () => inside.destroy())
    })
    const cut = () => sockets.forEach((socket) => socket.resetAndDestroy())
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        proxy.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.sync(() => {
          proxy.close()
          cut()
        })
    )
    const table = `faults_${row.replaceAll("-", "_")}_${process.pid}`
    const dropTables = Effect.flatMap(
      SqlClient,
      (sql) => sql`DROP TABLE IF EXISTS ${sql.literal([table, `${table}_migrations`, `${table}_orders`].join(", "))}`
    ).pipe(
      Effect.provide(PgClient.layer({ url: Redacted.make(databaseUrl) })),
      Effect.ignore
    )
    yield* Effect.addFinalizer(() => dropTables)
    const url = new URL(databaseUrl)
    url.hostname = "127.0.0.1"
    url.port = String((proxy.address() as AddressInfo).port)
    return {
      url: url.href,
      table,
      goneFor: (seconds) =>
        Effect.gen(function*() {
          isGone = true
          cut()
          yield* Effect.sleep(`${seconds} seconds`)
          isGone = false
        })
    }
  })
