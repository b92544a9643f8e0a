/**
 * The layer of an outbox: `Posthog.layer` takes its buffers from it.
 *
 * @since 0.1.0
 */
import type { MigrationError } from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { EventBuffers, type Lane } from "../delivery/buffer/EventBuffers.js"
import * as OutboxBuffer from "./OutboxBuffer.js"
import { OutboxError } from "./OutboxError.js"
import * as OutboxOptions from "./OutboxOptions.js"
import * as OutboxSchema from "./OutboxSchema.js"
import * as OutboxService from "./OutboxService.js"
import * as OutboxTable from "./OutboxTable.js"
import * as Room from "./Room.js"
import * as Statements from "./Statements.js"

const make = (options: OutboxOptions.Options) =>
  Effect.gen(function*() {
    const client = yield* SqlClient.SqlClient
    if (!client.onDialectOrElse({ sqlite: () => true, pg: () => true, orElse: () => false })) {
      return yield* new OutboxError({
        operation: "open",
        reason: "unsupported",
        detail: "the database is neither SQLite nor PostgreSQL"
      })
    }
    const resolved = yield* OutboxOptions.resolve(options)
    yield* Effect.withTracerEnabled(OutboxSchema.migrate(resolved.table), false)
    const table = OutboxTable.make(client, resolved)
    const room = Room.make(table, resolved.maxRows)
    // the first poll looks again
    yield* Effect.ignore(Statements.run(table.prune))
    const buffers = new Map<Lane, OutboxBuffer.OutboxBuffer>()
    return Context.make(EventBuffers, {
      open: (request) =>
        Effect.gen(function*() {
          const buffer = yield* OutboxBuffer.make({ table, options: resolved, room, request })
          yield* Effect.acquireRelease(
            Effect.sync(() => request.lanes.forEach((lane) => buffers.set(lane, buffer))),
            () =>
              Effect.sync(() =>
                request.lanes.filter((lane) => buffers.get(lane) === buffer).forEach((lane) => buffers.delete(lane))
              )
          )
          return buffer
        })
    }).pipe(
      Context.add(OutboxService.Outbox, OutboxService.make(client, table, (lane) => buffers.get(lane)))
    )
  })

export const layer = (
  options: OutboxOptions.Options = {}
): Layer.Layer<
  EventBuffers | OutboxService.Outbox,
  OutboxError | SqlError | MigrationError,
  SqlClient.SqlClient
> => Layer.effectContext(make(options))
