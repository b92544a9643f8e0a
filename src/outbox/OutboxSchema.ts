/**
 * The table of an outbox, made and changed by the migrator of @effect/sql. Several processes may start at once.
 *
 * @since 0.1.0
 */
import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/**
 * `id` is the order of insertion; ids are never used twice, so that a late word about a row cannot meet another one.
 * `exact` has name and distinct id as JSON where their columns could not hold them as they are.
 */
const create = (table: string) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const name = sql.literal(table)
    const [id, options] = sql.onDialectOrElse({
      // half of each page is left for the row's next version: a claim need not touch the indexes
      pg: () =>
        [
          "BIGSERIAL PRIMARY KEY",
          "WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)"
        ] as const,
      orElse: () => ["INTEGER PRIMARY KEY AUTOINCREMENT", ""] as const
    })
    yield* sql`CREATE TABLE ${name} (
  id ${sql.literal(id)},
  uuid TEXT NOT NULL UNIQUE,
  lane TEXT NOT NULL,
  event TEXT NOT NULL,
  distinct_id TEXT NOT NULL,
  timestamp TEXT NOT NULL,
  properties TEXT NOT NULL,
  exact TEXT,
  size INTEGER NOT NULL,
  grade TEXT NOT NULL,
  origin TEXT NOT NULL,
  sequence BIGINT,
  stored_at BIGINT NOT NULL,
  claims INTEGER NOT NULL DEFAULT 0,
  claimed_by TEXT,
  claimed_until BIGINT,
  aside_at BIGINT,
  aside_reason TEXT
) ${sql.literal(options)}`
    const index = (suffix: string) => sql.literal(`${table}_${suffix}`)
    yield* sql`CREATE INDEX ${index("waiting")} ON ${name} (lane, id) WHERE aside_at IS NULL`
    yield* sql`CREATE INDEX ${index("origin")} ON ${name} (origin, sequence)
      WHERE aside_at IS NULL AND sequence IS NOT NULL`
    yield* sql`CREATE INDEX ${index("aside")} ON ${name} (aside_at) WHERE aside_at IS NOT NULL`
  })

const migrations = (table: string): ReadonlyArray<Migrator.ResolvedMigration> => [
  [1, "create_outbox", Effect.succeed(create(table))]
]

/** Two that start at once get in each other's way once: who comes second finds the work done. */
const again = Schedule.intersect(Schedule.spaced("200 millis"), Schedule.recurs(25))

export const migrate = (
  table: string
): Effect.Effect<void, SqlError | Migrator.MigrationError, SqlClient.SqlClient> =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    yield* Migrator.make({})({
      loader: Effect.succeed(migrations(table)),
      table: `${table}_migrations`
    }).pipe(
      // a migration that fails is a defect there
      Effect.catchAllDefect((defect) =>
        defect instanceof Migrator.MigrationError ? Effect.fail(defect) : Effect.die(defect)
      )
    )
    // where another process holds the lock of migrations this one is told that all is well
    yield* sql`SELECT claims FROM ${sql.literal(table)} WHERE id = 0`
  }).pipe(Effect.retry(again))
