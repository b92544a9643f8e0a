/**
 * The statements of an outbox. Each is one statement, and so a transaction of its own: nothing is held open between two.
 *
 * @since 0.1.0
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Lane } from "../delivery/buffer/EventBuffers.js"
import type { Resolved } from "./OutboxOptions.js"
import * as Row from "./Row.js"

/** A row that nobody will deliver. */
export interface AsideRow {
  readonly uuid: string
  readonly lane: Lane
  readonly event: string
  readonly aside_reason: string
  readonly aside_at: number | string
  readonly stored_at: number | string
  readonly claims: number
}

export interface Counts {
  readonly waiting: number
  readonly claimed: number
  readonly setAside: number
  /** When the oldest that waits or is claimed was stored, in milliseconds since the epoch; `undefined` for none. */
  readonly oldest: number | undefined
}

export interface OutboxTable {
  /** Inserts those whose uuid is not there yet, and says which these are. */
  readonly insert: (
    origin: string,
    rows: ReadonlyArray<Row.NewRow>
  ) => Effect.Effect<ReadonlySet<string>, SqlError>
  /** Which of these are there with this origin. */
  readonly present: (origin: string, uuids: ReadonlyArray<string>) => Effect.Effect<ReadonlySet<string>, SqlError>
  /** The next rows that nobody holds, in order. */
  readonly claim: (
    claimer: string,
    lanes: ReadonlyArray<Lane>,
    maxItems: number,
    maxBytes: number
  ) => Effect.Effect<ReadonlyArray<Row.StoredRow>, SqlError>
  /** Prolongs the leases of those that are still this claimer's. */
  readonly renew: (claimer: string, ids: ReadonlyArray<number>) => Effect.Effect<void, SqlError>
  readonly release: (claimer: string, ids: ReadonlyArray<number>) => Effect.Effect<void, SqlError>
  readonly remove: (ids: ReadonlyArray<number>) => Effect.Effect<void, SqlError>
  readonly setAside: (ids: ReadonlyArray<number>, reason: string) => Effect.Effect<void, SqlError>
  /** How many can be claimed, counting no further than `limit` in each lane, and their sizes. */
  readonly waiting: (
    lanes: ReadonlyArray<Lane>,
    limit: number
  ) => Effect.Effect<{ readonly count: number; readonly bytes: number }, SqlError>
  /** The lowest sequence of this origin's that is still there. */
  readonly firstSequence: (origin: string) => Effect.Effect<number | undefined, SqlError>
  /** How many rows there are, exactly where it might be more than `most`. */
  readonly rows: (most: number) => Effect.Effect<number, SqlError>
  /** Deletes the oldest that nobody holds. */
  readonly evict: (count: number) => Effect.Effect<ReadonlyArray<Row.StoredRow>, SqlError>
  /** Deletes what was set aside too long ago, or is too much. */
  readonly prune: Effect.Effect<void, SqlError>
  readonly counts: Effect.Effect<Counts, SqlError>
  readonly aside: (limit: number) => Effect.Effect<ReadonlyArray<AsideRow>, SqlError>
  readonly retry: (uuids: ReadonlyArray<string>) => Effect.Effect<number, SqlError>
}

/** A row that was left so often by a worker that died is claimed alone: it may be what kills them. */
const suspectClaims = 2

/** How many rows are asked for at once, whatever a caller says. */
const mostClaimed = 10_000

export const make = (client: SqlClient.SqlClient, options: Resolved): OutboxTable => {
  const sql = client
  const isPg = sql.onDialectOrElse({ pg: () => true, orElse: () => false })
  const table = sql.literal(options.table)
  const { leaseMillis, maxSetAside } = options

  /** Milliseconds since the epoch. */
  const databaseTime = sql.literal(
    isPg
      ? "(extract(epoch from statement_timestamp()) * 1000)::bigint"
      : "CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)"
  )

  const atNow = <A extends object>(
    statement: (now: Fragment) => Effect.Effect<ReadonlyArray<A>, SqlError>
  ): Effect.Effect<ReadonlyArray<A>, SqlError> =>
    options.leaseClock === "database"
      ? statement(databaseTime)
      : Effect.flatMap(Clock.currentTimeMillis, (now) => statement(sql.literal(String(Math.floor(now)))))

  // numbers of our own, which cannot be anything else
  const list = (ids: ReadonlyArray<number>) => sql.literal(`(${ids.map(Number).join(",")})`)

  const texts = (values: ReadonlyArray<string>) =>
    isPg
      ? sql`(SELECT json_array_elements_text(${JSON.stringify(values)}::json))`
      : sql`(SELECT value FROM json_each(${JSON.stringify(values)}))`

  const elements = (rows: ReadonlyArray<Row.NewRow>) => {
    const json = JSON.stringify(rows.map(Row.encode))
    return isPg
      ? sql`json_array_elements(${json}::json) WITH ORDINALITY AS input (value, key)`
      : sql`json_each(${json}) AS input`
  }

  const inputs = sql.literal(
    Row.columns.map(([, type], i) =>
      isPg ? `(input.value->>${i})${type === "bigint" ? "::bigint" : ""}` : `json_extract(input.value, '$[${i}]')`
    ).join(", ")
  )
  const inserted = sql.literal(Row.columns.map(([name]) => name).join(", "))

  const read = sql.literal(
    [
      "id",
      "uuid",
      "lane",
      "event",
      "distinct_id",
      "timestamp",
      "properties",
      "exact",
      "size",
      "grade",
      "origin",
      "sequence",
      "claims"
    ].map((name) => `${isPg ? `${options.table}.` : ""}${name} AS ${name}`).join(", ")
  )

  const skipLocked = sql.literal(isPg ? "FOR UPDATE SKIP LOCKED" : "")

  /** Lane by lane, each in the order of its index: a condition on several at once would sort all that wait. */
  const candidates = (lanes: ReadonlyArray<Lane>, now: Fragment, limit: number, lock: Fragment) =>
    sql.join(" UNION ALL ", false)(lanes.map((lane, i) =>
      sql`SELECT * FROM (SELECT id, size, claims FROM ${table}
  WHERE lane = ${lane} AND aside_at IS NULL AND (claimed_until IS NULL OR claimed_until <= ${now})
  ORDER BY id LIMIT ${limit} ${lock}) ${sql.literal(`lane${i}`)}`
    ))

  const byId = (rows: ReadonlyArray<Row.StoredRow>) => rows.toSorted((a, b) => Number(a.id) - Number(b.id))

  const none = sql.literal("")

  return {
    insert: (origin, rows) =>
      Effect.map(
        atNow<{ readonly uuid: string }>((now) =>
          sql<{ readonly uuid: string }>`INSERT INTO ${table} (${inserted}, origin, stored_at)
SELECT ${inputs}, ${origin}, ${now} FROM ${elements(rows)} WHERE true ORDER BY input.key
ON CONFLICT (uuid) DO NOTHING RETURNING uuid`.withoutTransform
        ),
        (found) => new Set(found.map(({ uuid }) => uuid))
      ),
    present: (origin, uuids) =>
      Effect.map(
        sql<{ readonly uuid: string }>`SELECT uuid FROM ${table} WHERE origin = ${origin} AND uuid IN ${texts(uuids)}`
          .withoutTransform,
        (found) => new Set(found.map(({ uuid }) => uuid))
      ),
    claim: (claimer, lanes, maxItems, maxBytes) => {
      const limit = Math.max(1, Math.min(Math.floor(maxItems), mostClaimed))
      const bytes = Math.max(0, Math.min(Math.floor(maxBytes), Number.MAX_SAFE_INTEGER))
      return Effect.map(
        atNow<Row.StoredRow>((now) =>
          sql<Row.StoredRow>`WITH candidates AS (${candidates(lanes, now, limit, skipLocked)}),
numbered AS (SELECT id,
  sum(size) OVER (ORDER BY id) AS total,
  sum(CASE WHEN claims >= ${sql.literal(String(suspectClaims))} THEN 1 ELSE 0 END) OVER (ORDER BY id) AS suspects,
  row_number() OVER (ORDER BY id) AS place FROM candidates)
UPDATE ${table} SET claimed_by = ${claimer}, claimed_until = ${now} + ${sql.literal(String(leaseMillis))},
  claims = claims + 1
WHERE id IN (SELECT id FROM numbered
  WHERE place = 1 OR (place <= ${limit} AND suspects = 0 AND total <= ${sql.literal(String(bytes))}))
RETURNING ${read}`.withoutTransform
        ),
        byId
      )
    },
    renew: (claimer, ids) =>
      Effect.asVoid(atNow((now) =>
        sql`UPDATE ${table} SET claimed_until = ${now} + ${sql.literal(String(leaseMillis))}
WHERE id IN ${list(ids)} AND claimed_by = ${claimer}`.withoutTransform
      )),
    release: (claimer, ids) =>
      // who gives back alive has not died of it
      Effect.asVoid(
        sql`UPDATE ${table} SET claimed_by = NULL, claimed_until = NULL, claims = claims - 1
WHERE id IN ${list(ids)} AND claimed_by = ${claimer}`.withoutTransform
      ),
    remove: (ids) => Effect.asVoid(sql`DELETE FROM ${table} WHERE id IN ${list(ids)}`.withoutTransform),
    setAside: (ids, reason) =>
      Effect.asVoid(
        atNow((now) =>
          sql`UPDATE ${table} SET aside_at = ${now}, aside_reason = ${reason}, claimed_by = NULL, claimed_until = NULL
WHERE id IN ${list(ids)}`.withoutTransform
        )
      ),
    waiting: (lanes, limit) =>
      Effect.map(
        atNow<{ readonly count: number | string; readonly bytes: number | string }>((now) =>
          sql<
            { readonly count: number | string; readonly bytes: number | string }
          >`SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes
FROM (${candidates(lanes, now, limit, none)}) found`.withoutTransform
        ),
        ([found]) => ({ count: Number(found?.count ?? 0), bytes: Number(found?.bytes ?? 0) })
      ),
    firstSequence: (origin) =>
      Effect.map(
        sql<{ readonly first: number | string }>`SELECT sequence AS first FROM ${table}
WHERE origin = ${origin} AND aside_at IS NULL AND sequence IS NOT NULL ORDER BY sequence LIMIT 1`.withoutTransform,
        ([found]) => found === undefined ? undefined : Number(found.first)
      ),
    rows: (most) =>
      sql<{ readonly extent: number | string }>`SELECT coalesce(max(id) - min(id) + 1, 0) AS extent FROM ${table}`
        .withoutTransform.pipe(
          Effect.flatMap(([found]) =>
            Number(found?.extent ?? 0) <= most
              ? Effect.succeed(Number(found?.extent ?? 0))
              : Effect.map(
                sql<{ readonly count: number | string }>`SELECT count(*) AS count FROM ${table}`.withoutTransform,
                ([counted]) => Number(counted?.count ?? 0)
              )
          )
        ),
    evict: (count) =>
      Effect.map(
        atNow<Row.StoredRow>((now) =>
          sql<Row.StoredRow>`DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table}
  WHERE aside_at IS NULL AND (claimed_until IS NULL OR claimed_until <= ${now})
  ORDER BY id LIMIT ${count} ${skipLocked}) RETURNING ${read}`.withoutTransform
        ),
        byId
      ),
    prune: Effect.asVoid(atNow((now) =>
      sql`DELETE FROM ${table} WHERE aside_at IS NOT NULL AND (
  aside_at <= ${now} - ${sql.literal(String(options.keepSetAsideMillis))}
  OR id NOT IN (SELECT id FROM ${table} WHERE aside_at IS NOT NULL
    ORDER BY aside_at DESC, id DESC LIMIT ${maxSetAside}))`.withoutTransform
    )),
    counts: Effect.map(
      atNow<Record<string, number | string | null>>((now) =>
        sql<Record<string, number | string | null>>`SELECT
  coalesce(sum(CASE WHEN aside_at IS NULL AND (claimed_until IS NULL OR claimed_until <= ${now})
    THEN 1 ELSE 0 END), 0) AS waiting,
  coalesce(sum(CASE WHEN aside_at IS NULL AND claimed_until > ${now} THEN 1 ELSE 0 END), 0) AS claimed,
  coalesce(sum(CASE WHEN aside_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS aside,
  min(CASE WHEN aside_at IS NULL THEN stored_at END) AS oldest FROM ${table}`.withoutTransform
      ),
      ([found]) => ({
        waiting: Number(found?.["waiting"] ?? 0),
        claimed: Number(found?.["claimed"] ?? 0),
        setAside: Number(found?.["aside"] ?? 0),
        oldest: found?.["oldest"] == null ? undefined : Number(found["oldest"])
      })
    ),
    aside: (limit) =>
      sql<AsideRow>`SELECT uuid, lane, event, aside_reason, aside_at, stored_at, claims FROM ${table}
WHERE aside_at IS NOT NULL ORDER BY aside_at DESC, id DESC LIMIT ${limit}`.withoutTransform,
    retry: (uuids) =>
      Effect.map(
        // its account is settled where it came from: from now on it is nobody's
        sql`UPDATE ${table} SET aside_at = NULL, aside_reason = NULL, claims = 0, grade = 'retried', sequence = NULL
WHERE aside_at IS NOT NULL AND uuid IN ${texts(uuids)} RETURNING uuid`.withoutTransform,
        (found) => found.length
      )
  }
}

/** Has a row been claimed once too often? */
export const isPoison = (row: Row.StoredRow, { maxClaims }: Resolved): boolean => Number(row.claims) > maxClaims
