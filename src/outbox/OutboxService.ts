/**
 * The outbox as a service: what is in it, and the ways in beside the client's buffers.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { type Lane, laneOf } from "../delivery/buffer/EventBuffers.js"
import type { LaneDropReason } from "../delivery/buffer/ItemBuffer.js"
import type { FinishedEvent } from "../event/FinishedEvent.js"
import type { OutboxBuffer } from "./OutboxBuffer.js"
import { OutboxError } from "./OutboxError.js"
import type { OutboxTable } from "./OutboxTable.js"
import * as Statements from "./Statements.js"

/**
 * How much is in an outbox, whoever put it there.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  /** Events that nobody works on now. */
  readonly waiting: number
  /** Events that a worker works on now. */
  readonly claimed: number
  /** Events that nobody will work on any more, unless `retry` says so. */
  readonly setAside: number
  /** When the oldest that is not set aside was stored; `undefined` where there is none. */
  readonly oldest: Date | undefined
}

/**
 * An event that nobody will deliver. Its properties are not in it: they may be what must not be logged.
 *
 * - `rejected`, `tooLarge`, `unencodable`, `retriesExhausted`: as of a dropped event
 * - `unanswered`: it was claimed `maxClaims` times, and its worker died each time
 *
 * @since 0.1.0
 * @category models
 */
export interface SetAside {
  readonly uuid: string
  readonly event: string
  readonly lane: Lane
  readonly reason: LaneDropReason | "unanswered"
  readonly at: Date
  readonly storedAt: Date
  /** How often it was claimed with no answer. */
  readonly claims: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly status: Effect.Effect<Status, OutboxError>
  /** The latest that were set aside. */
  readonly setAside: (limit: number) => Effect.Effect<ReadonlyArray<SetAside>, OutboxError>
  /** Those of them that were set aside wait again. Says how many there were. */
  readonly retry: (uuids: ReadonlyArray<string>) => Effect.Effect<number, OutboxError>
  /** @internal */
  readonly durable: (event: FinishedEvent) => Effect.Effect<void, OutboxError>
  /** @internal */
  readonly transactional: (event: FinishedEvent) => Effect.Effect<void, OutboxError>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class Outbox extends Context.Tag("effect-posthog/Outbox")<Outbox, Service>() {}

// @effect/sql-libsql has a tag of its own for its transactions, which it does not export
const LibsqlTransaction = Context.GenericTag<"LibsqlTransaction", unknown>(
  "@effect/sql-libsql/LibsqlClient/LibsqlTransaction"
)

/** Does the calling fiber stand in a transaction? */
export const isInTransaction: Effect.Effect<boolean> = Effect.withFiberRuntime(({ currentContext }) =>
  Effect.succeed(
    Context.getOption(currentContext, SqlClient.TransactionConnection)._tag === "Some" ||
      Context.getOption(currentContext, LibsqlTransaction)._tag === "Some"
  )
)

export const make = (
  client: SqlClient.SqlClient,
  table: OutboxTable,
  bufferOf: (lane: Lane) => OutboxBuffer | undefined
): Service => {
  const asking = <A>(operation: string, effect: Effect.Effect<A, string>) =>
    Effect.mapError(effect, (detail) => new OutboxError({ operation, reason: "unavailable", detail }))

  const isPg = client.onDialectOrElse({ pg: () => true, orElse: () => false })

  /** On PostgreSQL a statement that fails spoils the transaction around it. */
  const apart = <A>(statement: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> =>
    isPg ? client.withTransaction(statement) : statement

  return {
    status: Effect.map(asking("status", Statements.run(table.counts)), ({ oldest, ...counts }) => ({
      ...counts,
      oldest: oldest === undefined ? undefined : new Date(oldest)
    })),
    setAside: (limit) =>
      Effect.map(
        asking("setAside", Statements.run(table.aside(Math.max(0, Math.min(Math.floor(limit), 2 ** 31 - 1))))),
        (rows) =>
          rows.map((row) => ({
            uuid: row.uuid,
            event: row.event,
            lane: row.lane,
            // written by the buffer
            reason: row.aside_reason as SetAside["reason"],
            at: new Date(Number(row.aside_at)),
            storedAt: new Date(Number(row.stored_at)),
            claims: Number(row.claims)
          }))
      ),
    retry: (uuids) => asking("retry", Statements.run(table.retry(uuids))),
    durable: (event) =>
      Effect.gen(function*() {
        const operation = "captureDurable"
        if (yield* isInTransaction) {
          return yield* new OutboxError({
            operation,
            reason: "inTransaction",
            detail: "use captureInTransaction, or call it after the transaction"
          })
        }
        const buffer = bufferOf(laneOf(event))
        if (buffer === undefined) {
          return yield* new OutboxError({ operation, reason: "closed" })
        }
        yield* buffer.durable(event)
      }),
    transactional: (event) =>
      Effect.gen(function*() {
        const operation = "captureInTransaction"
        if (!(yield* isInTransaction)) {
          return yield* new OutboxError({ operation, reason: "noTransaction" })
        }
        const buffer = bufferOf(laneOf(event))
        if (buffer === undefined) {
          return yield* new OutboxError({ operation, reason: "closed" })
        }
        const row = {
          event,
          lane: laneOf(event),
          size: buffer.sizeOf(event),
          grade: "transactional" as const,
          sequence: undefined
        }
        yield* apart(table.insert(buffer.origin, [row])).pipe(
          Effect.withTracerEnabled(false),
          Effect.mapError(Statements.detail),
          Effect.catchAllDefect((defect) => Effect.fail(Statements.detail(defect))),
          Effect.mapError((detail) => new OutboxError({ operation, reason: "unavailable", detail }))
        )
        buffer.look()
      })
  }
}
